"""The words of reports, Korean and English."""

from typing import Final, Literal

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
    "pieces": ("수량", "Pieces"),
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
        "단가가 없어 셈하지 못한 수량이 {pieces}개 있어요: {names}.",
        "{pieces} pieces have no rate and are not in the sum: {names}.",
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
    "output": ("완성 수량", "Output"),
    "efficiency": ("라인 효율", "Line efficiency"),
    "dhu": ("DHU(100개당 불량)", "DHU (defects per hundred)"),
    "yield": ("누적 직행률", "Rolled yield"),
    "coverage": ("자료가 덮는 시간", "Time covered by data"),
    "lead": ("작업지시 소요(중간값)", "Order lead time (median)"),
    "bottleneck": ("지금 가장 많이 기다리는 공정", "Most waits now at"),
    "done": ("한 수량", "Done"),
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
    "formula": ("식의 판: {formula}", "Version of the formulas: {formula}"),
    "evidence": ("도입 전후 비교", "Before and now"),
    "measure": ("지표", "Figure"),
    "baseline": ("기준(도입 전)", "Baseline"),
    "now": ("지금", "Now"),
    "change": ("변화", "Change"),
    "by_hand": ("기준은 손으로 적은 값이에요: {source}", "The baseline was written down by hand: {source}"),
    "made_at": ("만든 때 {time}", "Made at {time}"),
}


class Words:
    """The words of one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._at = 0 if language == "ko" else 1

    def __call__(self, key: str, **places: object) -> str:
        """Return a text, its places filled."""
        return WORDS[key][self._at].format(**places)

    def either(self, ko: str, en: str) -> str:
        """Return the text in this language."""
        return (ko, en)[self._at]
