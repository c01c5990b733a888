"""The words of reports, Korean and English."""

from typing import Final, Literal

from gateway.work.counts import Count, unit_words

Language = Literal["ko", "en"]

WORDS: Final[dict[str, tuple[str, str]]] = {
    "slip": ("공임 명세서", "Wage slip"),
    "slips": ("공임 합계", "Pay of the period"),
    "day": ("작업 일보", "Day report"),
    "days": ("작업 보고서", "Work report"),
    "shift": ("근무조 보고서", "Shift report"),
    "worker": ("작업자", "Worker"),
    "badge": ("명찰", "Badge"),
    "name": ("이름", "Name"),
    "period": ("기간", "Period"),
    "state": ("상태", "State"),
    "closed": ("마감됨 ({number}번째)", "closed (no. {number})"),
    "open": ("마감 전", "not closed yet"),
    "view": ("마감 기간이 아님", "not a period of its own"),
    "style": ("스타일", "Style"),
    "operation": ("공정", "Operation"),
    "pieces": ("수량{of}", "{counted}"),
    "rate": ("단가(원)", "Rate (won)"),
    "since": ("단가 적용일", "Rate since"),
    "amount": ("금액(원)", "Amount (won)"),
    "note": ("비고", "Note"),
    "total": ("합계", "Total"),
    "paid": ("받을 공임(원)", "To be paid (won)"),
    "corrects": ("{number}번째 기간 정정", "corrects period {number}"),
    "late": ("{number}번째 기간에서 늦게 온 기록", "late, of period {number}"),
    "no_rate": ("단가 없음", "no rate"),
    "hours": ("일한 시간", "Hours"),
    "doubt": ("그 가운데 확실하지 않은 시간", "of which in doubt"),
    "unseen": ("명찰 없이 일한 시간", "worked without a badge"),
    "minimum": ("최저임금 기준액(원)", "Minimum wage due (won)"),
    "shortfall": ("최저임금에 모자란 금액(원)", "Short of the minimum (won)"),
    "below": ("공임이 최저임금보다 {won}원 적어요.", "The pay is {won} won below the minimum wage."),
    "unrated": (
        "단가가 없어 셈하지 못한 수량이 {pieces} 있어요: {names}.",
        "Without a rate, and not in the sum: {pieces} ({names}).",
    ),
    "differs": (
        "다시 셈한 금액이 마감한 금액과 달라요: {workers}. 기록이 손상됐는지 확인해 주세요.",
        "Worked out again, sums differ from those that were closed: {workers}. Look whether the journal is damaged.",
    ),
    "waiting": (
        "시각이 정해지지 않은 기록 {count}건은 아직 들어 있지 않아요.",
        "{count} lines wait for the clock and are not in it yet.",
    ),
    "never_left": (
        "나갈 때 찍지 않은 명찰이 {count}번 있어요. 마지막 기록 뒤의 시간은 확실하지 않아요.",
        "{count} times a badge never left: the time behind its last scan is in doubt.",
    ),
    "rounding": (
        "금액은 소수까지 더한 뒤 마지막에 한 번 원 단위로 반올림해요. 주휴·연장·야간 수당과 공제는 들어 있지 않아요.",
        "Amounts are added exactly and rounded to a whole won once, at the end. Holiday and overtime allowances and"
        " deductions are not in it.",
    ),
    "not_known": ("모름", "not known"),
    "no_such": ("해당 없음", "does not apply"),
    "output": ("완성 수량{of}", "Output{of}"),
    "efficiency": ("라인 효율", "Line efficiency"),
    "dhu": ("DHU(100{unit}당 불량)", "DHU (defects per hundred)"),
    "yield": ("누적 직행률", "Rolled yield"),
    "coverage": ("자료가 덮는 시간", "Time covered by data"),
    "lead": ("작업지시 소요(중간값)", "Order lead time (median)"),
    "bottleneck": ("지금 가장 많이 기다리는 공정", "Most waits now at"),
    "done": ("한 수량{of}", "Done{of}"),
    "defect": ("불량", "Defects"),
    "repair": ("수선", "Repaired"),
    "scrap": ("폐기", "Scrapped"),
    "operators": ("사람", "People"),
    "sam": ("표준시간(초)", "SAM (s)"),
    "fpy": ("직행률", "FPY"),
    "wip": ("지금 재공", "WIP now"),
    "hour": ("시각", "Hour"),
    "by_hour": ("시간별", "By the hour"),
    "by_operation": ("공정별", "By operation"),
    "by_order": ("작업지시별", "By order"),
    "by_station": ("자리별", "By station"),
    "by_worker": ("작업자별", "By worker"),
    "so_far": ("지금까지 완성", "So far"),
    "target": ("목표", "Target"),
    "progress": ("진척률", "Progress"),
    "order": ("작업지시", "Order"),
    "station": ("자리", "Station"),
    "without_sam": (
        "표준시간이 없는 공정은 효율에 0으로 들어가요: {names}.",
        "Operations without a standard time add nothing to the efficiency: {names}.",
    ),
    "unsure": (
        "마지막 공정을 몰라 가장 적게 한 공정을 완성으로 셌어요. 공정 순서를 넣어 주세요: {orders}.",
        "Nothing says which operation comes last: counted as output is what was done least. Tell a route: {orders}.",
    ),
    "formula": ("식의 판: {formula}", "Version of the formulas: {formula}"),
    "evidence": ("도입 전후 비교", "Before and now"),
    "measure": ("지표", "Figure"),
    "baseline": ("기준(도입 전)", "Baseline"),
    "now": ("지금", "Now"),
    "change": ("변화", "Change"),
    "by_hand": ("기준은 손으로 적은 값이에요: {source}", "The baseline was written down by hand: {source}"),
    "made_at": ("만든 때 {time}", "Made at {time}"),
    "setup": ("작업과 준비교체", "Jobs and setup"),
    "loss": ("금속 손실", "Metal loss"),
    "downtime": ("멈춘 까닭", "Downtime"),
    "reasons": ("알린 까닭", "Reasons told"),
    "equipment": ("공용 장비", "Shared equipment"),
    "sessions": ("쓴 기록", "Sessions"),
    "safety": ("안전 기록", "Safety log"),
    "contradictions": ("기계와 다른 것", "Scans against machines"),
    "date": ("날", "Day"),
    "machine": ("기계", "Machine"),
    "setup_at": ("준비 시작", "Setup began"),
    "start_at": ("시작", "Began"),
    "stop_at": ("끝", "Ended"),
    "setup_min": ("준비(분)", "Setup (min)"),
    "cycle_s": ("한 개에(초)", "Cycle (s)"),
    "counted": ("기계 수량", "Machine counted"),
    "gross": ("기계가 센 수", "Gross"),
    "make_ready": ("준비에 쓴 수", "Make-ready"),
    "waste": ("로스", "Waste"),
    "supplied": ("투입", "Supplied"),
    "spare": ("남은 여분", "Spare"),
    "lot": ("로트", "Lot"),
    "issued_g": ("내줌(g)", "Issued (g)"),
    "returned_g": ("돌려받음(g)", "Returned (g)"),
    "recovered_g": ("회수(g)", "Recovered (g)"),
    "held_g": ("작업자에게 있음(g)", "Held (g)"),
    "loss_g": ("손실(g)", "Loss (g)"),
    "loss_don": ("손실(돈)", "Loss (don)"),
    "loss_percent": ("손실(%)", "Loss (%)"),
    "allowed_percent": ("한도(%)", "Allowed (%)"),
    "beyond": ("한도를 넘음", "Beyond"),
    "loss_fine_g": ("순금속 손실(g)", "Fine loss (g)"),
    "stones_out_ct": ("나간 보석(ct)", "Stones out (ct)"),
    "reason": ("까닭", "Reason"),
    "stops": ("멈춘 횟수", "Stops"),
    "minutes": ("시간(분)", "Minutes"),
    "time": ("때", "Time"),
    "what": ("무엇", "What"),
    "where": ("어디", "Where"),
    "severity": ("얼마나", "Severity"),
    "rule": ("규칙", "Rule"),
    "kwh": ("전력량(kWh)", "kWh"),
    "booking": ("예약", "Booking"),
    "use": ("사용", "use"),
    "no_show": ("안 옴", "no-show"),
    "in_use_since": ("지금 쓰는 중, 시작", "In use since"),
    "scanned": ("스캔한 수량", "Scanned"),
    "differ": ("수량이 다름", "Numbers differ"),
    "while_still": ("멈춘 동안 스캔한 수량", "Scanned while it stood"),
    "stays": ("묶음·작업마다", "By bundle and job"),
    "bundle": ("묶음", "Bundle"),
    "run_min": ("가동(분)", "Ran (min)"),
    "stopped_min": ("멈춤(분)", "Stood (min)"),
    "never_ran": ("기계가 한 번도 돌지 않음", "Never ran"),
    "not_compared": ("목록에 없는 까닭", "Not listed, because"),
    "unclear_begin": ("언제 시작했는지 몰라요", "nobody knows since when"),
    "unclear_older": ("서로 다르지만, 더 오래되어 적지 않았어요", "they differ, but are older: not listed here"),
    "unclear_machines": ("자리에 기계가 여럿이에요", "several machines at the station"),
    "unclear_overlap": ("다른 일과 시간이 겹쳐요", "others worked there at the same time"),
    "unclear_coverage": ("기계 기록이 모자라요", "too little is known of the machine"),
    "yes": ("예", "yes"),
    "no": ("아니오", "no"),
    "estop": ("비상정지", "emergency stop"),
    "guard": ("안전덮개", "guard"),
    "nearmiss": ("아차사고", "near miss"),
    "injury": ("다침", "injury"),
    "fire": ("불", "fire"),
    "other": ("그 밖", "other"),
    "critical": ("위급", "critical"),
    "warning": ("주의", "warning"),
    "info": ("알림", "info"),
}


class Words:
    """The words of one language, in a shop that counts in this unit."""

    def __init__(self, language: Language, unit: str = "piece") -> None:
        self.language = language
        self._unit = unit
        self._at = 0 if language == "ko" else 1
        ko, en = unit_words(unit)
        of = "" if unit == "piece" else self.either(f"({ko})", f" ({en})")
        self._counted = {"unit": self.either(ko, en), "counted": self.either(ko, en.capitalize()), "of": of}

    def __call__(self, key: str, **places: object) -> str:
        """Return a text, its places filled."""
        return WORDS[key][self._at].format(**self._counted, **places)

    def count(self, n: int) -> str:
        """Return how many of what the shop counts: `20켤레`, `20 pairs`."""
        many = Count(n, self._unit)
        return self.either(many.ko, many.in_full)

    def either(self, ko: str, en: str) -> str:
        """Return the text in this language."""
        return (ko, en)[self._at]
