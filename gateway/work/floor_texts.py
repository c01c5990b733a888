"""What jobs, weighings, equipment, downtime and the safety log answer, in Korean and English; no name of a person."""

from decimal import Decimal
from typing import Final

from gateway.config.floor import Equipment, Tool
from gateway.config.parts import Text
from gateway.work import loss
from gateway.work.answer import Words
from gateway.work.counts import Count
from gateway.work.josa import with_josa
from gateway.work.loss import Balance, Weighing

TRAVELLER_FIRST: Final = {
    "ko": "먼저 작업지시서를 찍어 주세요. 그다음에 시작, 세팅, 끝을 찍어요.",
    "en": "Scan the traveller first, then START, SETUP or STOP.",
}
OPERATION_FIRST: Final = {
    "ko": "어느 공정인지 몰라요. 공정표(P-)를 찍고 다시 찍어 주세요.",
    "en": "Which operation? Scan its ticket (P-), then this one again.",
}
HOW_MANY_SUPPLIED: Final = {
    "ko": "얼마나 내줬나요? 수량표를 찍어 주세요.",
    "en": "How many were supplied? Scan a quantity.",
}
HOW_MANY_SCRAPPED: Final = {
    "ko": "얼마나 버리나요? 수량표를 찍어 주세요.",
    "en": "How many are scrap? Scan a quantity.",
}
UNDO_JOB: Final = {
    "ko": "되돌릴 수 없어요 — 그 작업에 더 찍은 것이 있어요. 담당자에게 알려 주세요.",
    "en": "Cannot undo: more was scanned of that job since. Tell whoever keeps the books.",
}
LOT_FIRST: Final = {
    "ko": "먼저 저울에 올리고, 로트표(L-)를 찍은 다음 지급, 반납, 회수를 찍어 주세요.",
    "en": "Weigh first, scan the lot (L-), then ISSUE, RETURN or RECOVER.",
}
OPERATION_OF_ISSUE: Final = {
    "ko": "어느 공정에 내주나요? 공정표(P-)를 찍고 지급을 다시 찍어 주세요.",
    "en": "For which operation? Scan its ticket (P-), then ISSUE again.",
}
NO_SCALE: Final = {
    "ko": "이 자리에는 저울이 없어요. 설정의 저울에 station을 적어 주세요.",
    "en": "There is no scale at this station: name it in the configuration (station of the scale).",
}
PUT_IT_ON: Final = {
    "ko": "새로 잰 무게가 없어요. 저울에 올리고 멈추면 명령을 다시 찍어 주세요.",
    "en": "There is no fresh weighing: put it on the scale, and scan the command again when it is at rest.",
}
UNSTABLE: Final = {
    "ko": "저울이 흔들려요. 멈추면 명령을 다시 찍어 주세요.",
    "en": "The scale is not at rest: scan the command again when it is.",
}
USED_BEFORE: Final = {
    "ko": "이미 적은 무게예요. 내려놓았다 다시 올리고 찍어 주세요.",
    "en": "This weighing was recorded before: lift it, put it back, and scan again.",
}
UNDO_SESSION: Final = {
    "ko": "되돌릴 수 없어요 — 그 장비를 그 뒤에 또 썼어요.",
    "en": "Cannot undo: the equipment was used again since.",
}
_ACTIONS: Final = {"start": ("시작", "started"), "setup": ("세팅", "being set up"), "stop": ("끝", "stopped")}
_HANDS: Final = {
    "issue": ("지급", "Issued"),
    "return": ("반납", "Returned"),
    "recover": ("회수", "Recovered"),
}
_INCIDENTS: Final = {
    "ESTOP": ("비상정지", "emergency stop"),
    "GUARD": ("보호 덮개", "guard"),
    "NEARMISS": ("아차사고", "near miss"),
}


def traveller(order: str, operation: Text | None) -> Words:
    """Ask what is to be done with a work order."""
    ko, en = (f" {operation.ko}", f", {operation.en}") if operation else ("", "")
    return {
        "ko": f"작업지시서 {order}{ko} — 시작, 세팅, 끝, 또는 수량을 찍어 주세요.",
        "en": f"Work order {order}{en}: scan START, SETUP, STOP, or a quantity.",
    }


def how_many_defective(label: Text | None, code: str) -> Words:
    """Ask how many have a defect."""
    ko, en = (label.ko, label.en) if label else (code, code)
    return {"ko": f"{ko} — 얼마나 되나요? 수량표를 찍어 주세요.", "en": f"{en}: how many? Scan a quantity."}


def job(action: str, order: str, operation: Text, stopped: str | None) -> Words:
    """Say that a job began or ended, and which other one ended by that."""
    said_ko, said_en = _ACTIONS[action]
    ko, en = (f" 하던 {with_josa(stopped, '은/는')} 끝냈어요.", f" {stopped} was stopped.") if stopped else ("", "")
    return {"ko": f"{said_ko} — {order} {operation.ko}.{ko}", "en": f"{order}, {operation.en}: {said_en}.{en}"}


def goes_on(order: str, operation: Text) -> Words:
    """Say that it is on already."""
    return {"ko": f"이미 하고 있어요 — {order} {operation.ko}.", "en": f"It is on already: {order}, {operation.en}."}


def not_on(order: str) -> Words:
    """Say that what is to be stopped is not on here."""
    return {
        "ko": f"{with_josa(order, '은/는')} 이 자리에서 하고 있지 않아요.",
        "en": f"{order} is not on at this station.",
    }


def made(order: str, operation: Text, quantity: Count) -> Words:
    """Say what was made."""
    return {
        "ko": f"등록 — {order} {operation.ko} {quantity.ko}",
        "en": f"Recorded: {order}, {operation.en}, {quantity.en}",
    }


def supplied(order: str, quantity: Count) -> Words:
    """Say what was supplied."""
    return {"ko": f"투입 — {order} {quantity.ko}", "en": f"Supplied: {order}, {quantity.en}"}


def job_scrapped(order: str, quantity: Count) -> Words:
    """Say what was scrapped."""
    return {"ko": f"불량 — {order} {quantity.ko}", "en": f"Scrap: {order}, {quantity.en}"}


def undone_job(action: str, order: str) -> Words:
    """Say what was taken back."""
    ko = {"start": "시작", "setup": "세팅", "stop": "끝", "output": "수량", "supply": "투입"}.get(action, action)
    return {"ko": f"되돌림 — {order} {ko}", "en": f"Undone: {order}, {action}"}


def material(lot: str) -> Words:
    """Say that a lot of material goes into work here."""
    return {"ko": f"자재 로트 {lot} — 이 자리에서 써요.", "en": f"Material lot {lot} is in use here."}


def lot(lot_number: str, metal: Text) -> Words:
    """Ask what is to be done with a lot."""
    return {
        "ko": f"로트 {lot_number} ({metal.ko}) — 공정표와 지급, 또는 반납, 회수를 찍어 주세요.",
        "en": f"Lot {lot_number} ({metal.en}): scan an operation and ISSUE, or RETURN, or RECOVER.",
    }


def lot_operation(lot_number: str, operation: Text) -> Words:
    """Ask what is to be done with a lot for an operation."""
    return {
        "ko": f"로트 {lot_number} {operation.ko} — 지급, 반납, 회수를 찍어 주세요.",
        "en": f"Lot {lot_number}, {operation.en}: scan ISSUE, RETURN or RECOVER.",
    }


def never_issued(lot_number: str) -> Words:
    """Say that nothing can come back of what was not issued."""
    return {
        "ko": f"로트 {lot_number} — 이 명찰로 내준 기록이 없어요. 받은 사람의 명찰을 찍어 주세요.",
        "en": f"Lot {lot_number} was not issued to this badge: scan the badge of whoever got it.",
    }


def no_weight(unit: str) -> Words:
    """Say that the scale weighs in something that is no weight."""
    return {
        "ko": f"저울의 단위({unit})가 무게가 아니에요. 저울을 g이나 ct로 바꿔 주세요.",
        "en": f"The scale's unit ({unit}) is no weight: set it to g or ct.",
    }


def too_many_stones(stones_ct: Decimal, out_ct: Decimal) -> Words:
    """Say that more stones come back than went out."""
    return {
        "ko": f"보석 {loss.text(stones_ct)} ct — 내준 것({loss.text(out_ct)} ct)보다 많아요. 로트를 확인해 주세요.",
        "en": f"{loss.text(stones_ct)} ct of stones is more than was issued ({loss.text(out_ct)} ct): check the lot.",
    }


def lighter_than_its_stones(stones_ct: Decimal) -> Words:
    """Say that the pan holds less than the stones that should be in it."""
    return {
        "ko": f"보석 {loss.text(stones_ct)} ct보다 가벼워요. 낱개 보석을 먼저 반납해 주세요.",
        "en": f"It weighs less than its {loss.text(stones_ct)} ct of stones: return the loose stones first.",
    }


def weighed(one: Weighing, balance: Balance, operation: Text, allowed: float | None) -> Words:
    """Say what was handed over, and what was lost, and whether that is too much."""
    ko, en = _HANDS[one.action]
    stones = f" ({loss.text(one.stones_ct)} ct)" if one.stones_ct else ""
    head_ko = f"{ko} — {one.lot} {operation.ko} {loss.text(one.grams)} g{stones}"
    head_en = f"{en}: {one.lot}, {operation.en}, {loss.text(one.grams)} g{stones}"
    percent = balance.percent
    if percent is None or one.action == "issue":
        return {"ko": head_ko, "en": head_en}
    share = f"{loss.text(balance.out)} g, {percent.quantize(Decimal('0.01'))} %"
    if balance.out < 0:
        return {
            "ko": f"{head_ko}. 내준 것보다 무거워요({share}). 로트를 확인해 주세요.",
            "en": f"{head_en}. That is more than was issued ({share}): check the lot.",
        }
    if balance.beyond(allowed):
        return {
            "ko": f"{head_ko}. 해리가 한도 {allowed:g} %를 넘었어요({share}). 담당자를 불러 주세요.",
            "en": f"{head_en}. The loss is beyond the allowed {allowed:g} % ({share}): call whoever is in charge.",
        }
    return {"ko": f"{head_ko}. 해리 {share}.", "en": f"{head_en}. Loss {share}."}


def undone_weighing(action: str, lot_number: str, grams: str) -> Words:
    """Say what was taken back."""
    ko, en = _HANDS[action]
    return {"ko": f"되돌림 — {lot_number} {ko} {grams} g", "en": f"Undone: {lot_number}, {en.lower()}, {grams} g"}


def undone_lot(lot_number: str) -> Words:
    """Say what was taken back."""
    return {"ko": f"되돌림 — 자재 로트 {lot_number}", "en": f"Undone: material lot {lot_number}"}


def machine(name: str) -> Words:
    """Ask what is meant for a machine."""
    return {
        "ko": f"기계 {name} — 비가동 사유, 작업지시서, 또는 안전 기록을 찍어 주세요.",
        "en": f"Machine {name}: scan a downtime reason, a traveller, or what happened.",
    }


def unknown_equipment(name: str, nearest: str | None) -> Words:
    """Say that nothing has this name."""
    ko, en = (f" 가장 가까운 것: {nearest}", f"; the nearest is {nearest}") if nearest else ("", "")
    return {
        "ko": f"모르는 표 — {with_josa(name, '이/가')} 설정의 장비, 공구, 기계에 없어요.{ko}",
        "en": f"Unknown ticket: the configuration has no equipment, tool or machine {name}{en}.",
    }


def in_use(shared: Equipment, worker: str) -> Words:
    """Say who uses it, and how that can be ended."""
    ko, en = _label(shared)
    return {
        "ko": f"{ko} — {worker}번이 쓰고 있어요. 끝났으면 끝(STOP)을 찍어 주세요.",
        "en": f"{en} is in use by badge {worker}: scan STOP if that is over.",
    }


def session_begun(shared: Equipment) -> Words:
    """Say that a session began."""
    ko, en = _label(shared)
    return {
        "ko": f"사용 시작 — {ko}. 끝나면 이 표를 다시 찍어 주세요.",
        "en": f"{en}: begun. Scan it again at the end.",
    }


def session_ended(shared: Equipment, minutes: Decimal, kwh: Decimal | None) -> Words:
    """Say how long it was used, and what that took."""
    ko, en = _label(shared)
    power = "" if kwh is None else f", {kwh.quantize(Decimal('0.001')):f} kWh"
    return {"ko": f"사용 끝 — {ko} {minutes}분{power}", "en": f"{en}: ended after {minutes} min{power}"}


def undone_session(name: str, action: str) -> Words:
    """Say what was taken back."""
    ko = {"start": "시작", "end": "끝"}.get(action, action)
    return {"ko": f"되돌림 — {name} 사용 {ko}", "en": f"Undone: {name}, {action} of the session"}


def tool_changed(tool: Tool) -> Words:
    """Say that a tool is new."""
    ko, en = (tool.label.ko, tool.label.en) if tool.label else (tool.name, tool.name)
    return {"ko": f"공구 교체 — {ko}. 수명을 0부터 세요.", "en": f"{en} was changed: its life begins anew."}


def undone_tool(name: str) -> Words:
    """Say what was taken back."""
    return {"ko": f"되돌림 — 공구 {name} 교체", "en": f"Undone: change of {name}"}


def unknown_reason(code: str, nearest: str | None) -> Words:
    """Say that there is no such reason."""
    ko, en = (f" 가장 가까운 것: {nearest}", f"; the nearest is {nearest}") if nearest else ("", "")
    return {
        "ko": f"모르는 표 — 비가동 사유 {with_josa(code, '이/가')} 없어요.{ko}",
        "en": f"Unknown ticket: there is no downtime reason {code}{en}.",
    }


def reason(label: Text, machine_name: str | None) -> Words:
    """Say which reason was recorded."""
    where = f" ({machine_name})" if machine_name else ""
    return {"ko": f"비가동 사유 — {label.ko}{where}", "en": f"Downtime: {label.en}{where}"}


def undone_reason(label: Text | None, code: str) -> Words:
    """Say what was taken back."""
    ko, en = (label.ko, label.en) if label else (code, code)
    return {"ko": f"되돌림 — 비가동 사유 {ko}", "en": f"Undone: downtime, {en}"}


def incident(word: str, where: str) -> Words:
    """Say what went into the safety log."""
    ko, en = _INCIDENTS[word]
    return {
        "ko": f"안전 기록 — {ko} ({where}). 다친 사람이 있으면 먼저 119에 전화하세요.",
        "en": f"Safety log: {en} ({where}). If anyone is hurt, call 119 first.",
    }


def undone_incident(what: str) -> Words:
    """Say what was taken back."""
    ko, en = _INCIDENTS.get(what.upper(), (what, what))
    return {"ko": f"되돌림 — 안전 기록 {ko}", "en": f"Undone: safety log, {en}"}


def _label(shared: Equipment) -> tuple[str, str]:
    return (shared.label.ko, shared.label.en) if shared.label else (shared.name, shared.name)
