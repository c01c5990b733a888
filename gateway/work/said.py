"""The texts of dialogues of several steps, in Korean and English."""

from collections.abc import Mapping, Sequence
from typing import Final

from barcodes.ticket import Coupon
from gateway.config.parts import Text
from gateway.work.answer import Words
from gateway.work.counts import Count
from gateway.work.josa import with_josa

SCAN_TO_BEGIN: Final = {"ko": "시작 — 시작할 표를 찍어 주세요.", "en": "Begin: scan the ticket to begin."}
SCAN_TO_END: Final = {"ko": "끝 — 끝낸 표를 찍어 주세요.", "en": "End: scan the ticket that is done."}
CANCELLED: Final = {"ko": "그만뒀어요 — 아무것도 바꾸지 않았어요.", "en": "Cancelled: nothing was changed."}
NOTHING_TO_CANCEL: Final = {"ko": "그만둘 것이 없어요.", "en": "There is nothing to cancel."}
_CALLED_FOR: Final[Mapping[str, tuple[str, str]]] = {
    "": ("호출했어요", "Called for help"),
    "material": ("자재를 호출했어요", "Called for material"),
    "machine": ("기계 때문에 호출했어요", "Called for the machine"),
    "quality": ("품질 때문에 호출했어요", "Called for quality"),
}
HELPED: Final = {"ko": "호출을 껐어요.", "en": "The call is over."}
NO_CALL: Final = {"ko": "이 자리에서 부른 호출이 없어요.", "en": "Nobody called from here."}
HOW_MANY_FIRST: Final = {
    "ko": "수량을 몰라요 — 폐기 표, 수량 표, 묶음 표의 순서로 찍어 주세요.",
    "en": "How many? Scan SCRAP, the quantity, then the ticket.",
}
REPAIR_FIRST: Final = {
    "ko": "나눌 수 없어요 — 불량을 먼저 수선하거나 폐기해 주세요.",
    "en": "Cannot split: repair or scrap its defects first.",
}
NO_SERIALS: Final = {
    "ko": "나눌 수 없어요 — 한 번에 스물여섯 묶음까지 나눌 수 있어요.",
    "en": "Cannot split: 26 parts at most at once.",
}
TO_SOMEBODY_ELSE: Final = {"ko": "받을 사람의 명찰을 찍어 주세요.", "en": "Scan the badge of whoever takes it."}
UNDO_SPLIT: Final = {
    "ko": "되돌릴 수 없어요 — 묶음을 나눴어요. 나눈 것을 먼저 되돌려 주세요.",
    "en": "Cannot undo: the bundle was split since.",
}
UNDO_DEFECTS: Final = {
    "ko": "되돌릴 수 없어요 — 불량이 적혀 있어요. 먼저 정리해 주세요.",
    "en": "Cannot undo: its defects come first.",
}
UNDO_COUNTED: Final = {
    "ko": "되돌릴 수 없어요 — 그 뒤에 이 묶음으로 일했어요.",
    "en": "Cannot undo: the bundle was worked on since.",
}
_WHAT: Final[Mapping[str, tuple[str, str]]] = {
    "repair": ("수선", "Repair"),
    "scrap": ("폐기", "Scrap"),
    "split": ("나누기", "Split"),
    "short": ("모자람", "Short"),
    "handover": ("넘기기", "Hand over"),
    "quantity": ("수량", "Quantity"),
    "defect": ("불량", "Defect"),
    "way": ("시작·끝", "Begin or end"),
    "leave": ("나가기", "Leaving"),
}


def which(what: str, pieces: Count | None = None) -> Words:
    """Ask which bundle is meant."""
    ko, en = name_of(what)
    many_ko, many_en = (f" {pieces.ko}", f" {pieces.en}") if pieces is not None else ("", "")
    return {"ko": f"{ko}{many_ko} — 표를 찍어 주세요.", "en": f"{en}{many_en}: scan the ticket."}


def name_of(what: str) -> tuple[str, str]:
    """Return the name of a question, in Korean and English; of one of a trade its own word."""
    return _WHAT.get(what, (what, what))


def forgotten(what: str, seconds: float | None, then: Words) -> Words:
    """Say that a question was dropped, for time or for another ticket, and then the answer."""
    ko, en = name_of(what)
    if seconds is None:
        return {"ko": f"({ko} 그만둠) {then['ko']}", "en": f"({en} dropped) {then['en']}"}
    return {
        "ko": f"({with_josa(ko, '은/는')} {seconds:g}초가 지나 그만둠) {then['ko']}",
        "en": f"({en} dropped after {seconds:g} s) {then['en']}",
    }


def quantity(pieces: Count) -> Words:
    """Ask for the ticket of a quantity."""
    return {"ko": f"{pieces.ko} — 이제 표를 찍어 주세요.", "en": f"{pieces.en}: now scan the ticket."}


def too_many(pieces: int, has: Count, bundle: str) -> Words:
    """Say that a bundle has fewer pieces than that."""
    many = with_josa(has.of(pieces).ko, "을/를")
    return {
        "ko": f"너무 많아요 — 묶음 {bundle}에는 {has.ko} 있어요. {many} 적을 수 없어요.",
        "en": f"Too many: bundle {bundle} has {has.en}, not {pieces}.",
    }


def has_changed(bundle: str, pieces: Count) -> Words:
    """Say that a bundle is not as it was when its change was begun."""
    ko = f"묶음 {with_josa(bundle, '은/는')} 이제 {with_josa(pieces.ko, '이에요/예요')}"
    return {
        "ko": f"그 사이에 바뀌었어요 — {ko}. 처음부터 다시 해 주세요.",
        "en": f"It has changed meanwhile: bundle {bundle} has {pieces.en} now. Begin again.",
    }


def nothing_left(bundle: str) -> Words:
    """Say that a bundle has no pieces."""
    return {"ko": f"묶음 {bundle}에는 남은 것이 없어요.", "en": f"Bundle {bundle} has no pieces left."}


def begun(coupon: Coupon, operation: Text) -> Words:
    """Say what was begun."""
    return {
        "ko": f"시작 — 묶음 {coupon.bundle} {operation.ko}. 끝나면 다시 찍어 주세요.",
        "en": f"Begun: bundle {coupon.bundle}, {operation.en}. Scan it again when it is done.",
    }


def begun_before(coupon: Coupon, operation: Text, worker: str) -> Words:
    """Say that it is begun already, and who has it."""
    return {
        "ko": f"이미 시작 — 묶음 {coupon.bundle} {operation.ko}, {worker}번이 하고 있어요.",
        "en": f"Begun before: bundle {coupon.bundle}, {operation.en}, by {worker}.",
    }


def not_begun(bundle: str, operation: Text) -> Words:
    """Say that a beginning was taken back."""
    return {
        "ko": f"되돌림 — 묶음 {bundle} {operation.ko} 시작을 뺐어요.",
        "en": f"Undone: bundle {bundle}, {operation.en} is not begun.",
    }


def in_other_hands(coupon: Coupon, operation: Text, worker: str) -> Words:
    """Say that another one begun it."""
    return {
        "ko": f"{worker}번이 시작했어요 — 넘겨받으려면 {worker}번이 넘기기 표를 찍어 주세요.",
        "en": f"{worker} began bundle {coupon.bundle}, {operation.en}: {worker} scans HANDOVER first.",
    }


def in_hand(bundle: str, worker: str) -> Words:
    """Say that somebody works on a bundle."""
    return {
        "ko": f"묶음 {with_josa(bundle, '은/는')} {worker}번이 하고 있어요. 끝내거나 되돌린 뒤에 해 주세요.",
        "en": f"Bundle {bundle} is in the hands of {worker}: end it or undo it first.",
    }


def not_in_hand(bundle: str, worker: str) -> Words:
    """Say that a worker has not begun what is to be handed over."""
    return {
        "ko": f"{worker}번이 시작한 묶음이 아니에요: {bundle}.",
        "en": f"{worker} has not begun bundle {bundle}.",
    }


def to_whom(bundles: Sequence[str]) -> Words:
    """Ask for the badge of whoever takes bundles."""
    named = ", ".join(bundles)
    return {
        "ko": f"묶음 {named} — 받을 사람의 명찰을 찍어 주세요.",
        "en": f"Bundle {named}: scan the badge of whoever takes it.",
    }


def handed_over(bundles: Sequence[str], before: str, after: str) -> Words:
    """Say who has bundles now."""
    named = ", ".join(bundles)
    return {
        "ko": f"넘김 — 묶음 {named}, {before}번 → {after}번",
        "en": f"Handed over: bundle {named}, {before} to {after}",
    }


def undone_handover(bundles: Sequence[str], before: str) -> Words:
    """Say that bundles are back."""
    named = ", ".join(bundles)
    return {
        "ko": f"되돌림 — 묶음 {named}, 다시 {before}번",
        "en": f"Undone: bundle {named} is back with {before}",
    }


def badge_joins(workers: Sequence[str]) -> Words:
    """Greet one more; say who is here."""
    named = ", ".join(workers)
    return {
        "ko": f"{workers[-1]}번 명찰 확인 — 함께 일하는 사람: {named}번. 이제 표를 찍어 주세요.",
        "en": f"Badge {workers[-1]}: now here: {named}. Scan your tickets.",
    }


def who_leaves(workers: Sequence[str]) -> Words:
    """Ask who of several leaves."""
    named = ", ".join(workers)
    return {
        "ko": f"누가 나가나요? 명찰을 찍어 주세요 ({named}번). 모두 나가면 나가기 표를 한 번 더 찍어요.",
        "en": f"Who leaves ({named})? Scan the badge, or LOGOUT again for all.",
    }


def left(worker: str | None, others: Sequence[str]) -> Words:
    """Say who left, and who is here still."""
    if worker is None or not others:
        return {
            "ko": "자리를 비웠어요. 다음 사람은 명찰을 찍어 주세요.",
            "en": "Logged out: the next scan is a badge.",
        }
    named = ", ".join(others)
    return {
        "ko": f"{worker}번이 나갔어요. 남은 사람: {named}번",
        "en": f"{worker} left; still here: {named}",
    }


def badge_ran_out(worker: str, hours: float) -> Words:
    """Say that a badge was scanned too long ago."""
    return {
        "ko": f"먼저 명찰을 찍어 주세요. {worker}번 명찰은 찍은 지 {hours:g}시간이 지났어요.",
        "en": f"Scan your badge first: {worker} was scanned more than {hours:g} h ago.",
    }


def unknown_station(name: str, nearest: str | None) -> Words:
    """Say that there is no such station."""
    ko = f" 가장 가까운 것: {nearest}" if nearest else ""
    en = f"; the nearest is {nearest}" if nearest else ""
    return {
        "ko": f"모르는 표 — 자리 {with_josa(name, '이/가')} 설정에 없어요.{ko}",
        "en": f"Unknown ticket: the configuration has no station {name}{en}.",
    }


def moved(name: str, label: Text | None) -> Words:
    """Say to which station a scanner belongs now."""
    ko, en = (label.ko, label.en) if label else (name, name)
    return {"ko": f"이 스캐너는 이제 「{ko}」 자리예요.", "en": f"This scanner is at {en} from now on."}


def unknown_bundle(bundle: str) -> Words:
    """Say that nothing is known of a bundle."""
    return {
        "ko": f"모르는 묶음 — {bundle}. 공정 표를 찍거나 묶음을 먼저 등록해 주세요.",
        "en": f"Unknown bundle {bundle}: scan one of its coupons, or record it first.",
    }


def stands(bundle: str, pieces: Count, waiting: Sequence[Text]) -> Words:
    """Say where a bundle stands."""
    ko, en = ", ".join(one.ko for one in waiting), ", ".join(one.en for one in waiting)
    return {
        "ko": f"묶음 {bundle} {pieces.ko} — " + (f"다음: {ko}" if ko else "모두 끝났어요."),
        "en": f"Bundle {bundle}, {pieces.en}: " + (f"next is {en}" if en else "all is done"),
    }


def was_split(bundle: str, parts: Sequence[str]) -> Words:
    """Say which bundles there are instead."""
    named = ", ".join(parts)
    return {
        "ko": f"나눈 묶음 — {bundle} 대신 {named}의 표를 찍어 주세요.",
        "en": f"Bundle {bundle} was split: scan the tickets of {named}.",
    }


def split_into(bundle: str, pieces: Count, parts: Sequence[int]) -> Words:
    """Ask for the next part, or for the confirmation."""
    rest = pieces.of(pieces.n - sum(parts))
    so_far = " + ".join(map(str, parts))
    if not parts:
        return {
            "ko": f"묶음 {bundle} {pieces.ko} — 나눌 수량을 하나씩 찍어 주세요.",
            "en": f"Bundle {bundle}, {pieces.en}: scan the quantity of each part.",
        }
    if rest.n:
        return {"ko": f"{so_far} — {rest.ko} 남았어요.", "en": f"{so_far}: {rest.en} to go."}
    return {
        "ko": f"{so_far} — 맞으면 나누기 표를 한 번 더 찍어 주세요.",
        "en": f"{so_far}: scan SPLIT again to confirm.",
    }


def parts_do_not_add_up(pieces: Count, parts: Sequence[int]) -> Words:
    """Say that the parts are not the whole."""
    so_far = " + ".join(map(str, parts)) or "0"
    return {
        "ko": f"합이 맞지 않아요 — {so_far}, 묶음은 {with_josa(pieces.ko, '이에요/예요')}. 둘 이상으로 나눠 주세요.",
        "en": f"The parts do not add up: {so_far} of {pieces.en}, in two parts at least.",
    }


def split_done(bundle: str, into: Sequence[tuple[str, Count]]) -> Words:
    """Say which bundles there are now."""
    ko = ", ".join(f"{part} {pieces.ko}" for part, pieces in into)
    en = ", ".join(f"{part} with {pieces.en}" for part, pieces in into)
    return {
        "ko": f"나눔 — {bundle} → {ko}. 새 표를 뽑아 주세요.",
        "en": f"Split: {bundle} into {en}. Print their tickets.",
    }


def undone_split(bundle: str, parts: Sequence[str]) -> Words:
    """Say that a bundle is whole again."""
    named = ", ".join(parts)
    return {
        "ko": f"되돌림 — 묶음 {with_josa(bundle, '은/는')} 다시 하나예요. {named}의 표는 버려 주세요.",
        "en": f"Undone: bundle {bundle} is whole again. Throw away the tickets of {named}.",
    }


def short_of(bundle: str, pieces: Count) -> Words:
    """Ask how many pieces there really are."""
    return {
        "ko": f"묶음 {bundle} {pieces.ko} — 실제 수량을 찍어 주세요.",
        "en": f"Bundle {bundle}, {pieces.en}: scan how many there really are.",
    }


def not_short(bundle: str, quantity: int, pieces: Count) -> Words:
    """Say that it has no fewer pieces than it should."""
    told = with_josa(pieces.of(quantity).ko, "을/를")
    return {
        "ko": f"모자라지 않아요 — 묶음 {with_josa(bundle, '은/는')} {pieces.ko}인데 {told} 찍었어요.",
        "en": f"Not short: bundle {bundle} has {pieces.en}, and {quantity} was scanned.",
    }


def short_done(bundle: str, quantity: int, pieces: Count) -> Words:
    """Say how many pieces a bundle has from now on."""
    has = pieces.of(quantity)
    now, before = with_josa(has.ko, "이에요/예요"), with_josa(pieces.ko, "이었어요/였어요")
    return {
        "ko": f"모자람 등록 — 묶음 {with_josa(bundle, '은/는')} 이제 {now} ({before}).",
        "en": f"Short: bundle {bundle} has {has.en} from now on ({pieces.n} before).",
    }


def undone_short(bundle: str) -> Words:
    """Say that a bundle has its pieces again."""
    return {
        "ko": f"되돌림 — 묶음 {bundle}의 수량을 되돌렸어요.",
        "en": f"Undone: bundle {bundle} has its pieces again.",
    }


def help_called(what: str) -> Words:
    """Say that somebody is called, and how to end it; `what` is material, machine, quality or ''."""
    ko, en = _CALLED_FOR[what]
    return {"ko": f"{ko} — 사람이 오면 호출 끝 표를 찍어 주세요.", "en": f"{en}: scan HELPED when somebody has come."}


def help_called_before(since: Words) -> Words:
    """Say since when somebody is called."""
    return {"ko": f"이미 호출했어요 — {since['ko']} 불렀어요.", "en": f"Called already, {since['en']}."}
