"""Every text that the ledger answers with, in Korean and English; those of several steps are in `said`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from barcodes.ticket import Coupon, Unknown
from gateway.config.parts import Text
from gateway.work.answer import Words
from gateway.work.counts import Count
from gateway.work.josa import with_josa

BADGE_FIRST: Final = {"ko": "먼저 명찰을 찍어 주세요.", "en": "Scan your badge first."}
FAILED: Final = {
    "ko": "저장 실패 — 세지 않았어요. 종이에 적고 알려 주세요.",
    "en": "Not stored, not counted: write it down and report it.",
}
NOTHING_TO_UNDO: Final = {
    "ko": "되돌릴 표가 없어요. 명찰을 찍은 뒤 마지막으로 등록한 표만 되돌려요.",
    "en": "Nothing to undo: only the last ticket recorded since the badge was scanned can be undone.",
}


def accepted(coupon: Coupon, operation: Text, pieces: Count, shares: Mapping[str, int] | None = None) -> Words:
    """Say what was recorded, for whom if for several, and that a bundle has fewer pieces than its coupon says."""
    of_ko = of_en = who_ko = who_en = ""
    if pieces.n != coupon.quantity:
        of_ko, of_en = f"(표에는 {pieces.of(coupon.quantity).ko})", f" of {coupon.quantity}"
    if shares:
        who_ko = " — " + ", ".join(f"{worker}번 {pieces.of(share).ko}" for worker, share in shares.items())
        who_en = ": " + ", ".join(f"{worker} {share}" for worker, share in shares.items())
    return {
        "ko": f"등록 — 묶음 {coupon.bundle} {operation.ko} {pieces.ko}{of_ko}{who_ko}",
        "en": f"Recorded: bundle {coupon.bundle}, {operation.en}, {pieces.en}{of_en}{who_en}",
    }


def duplicate(by: Words) -> Words:
    """Say who recorded the ticket when: `by` is of `who_and_when`."""
    return {
        "ko": f"이미 등록 — {by['ko']} 찍은 표예요. 두 번 세지 않았어요.",
        "en": f"Already recorded {by['en']}; not counted twice.",
    }


def who_and_when(workers: Sequence[str], then_ns: int, now_ns: int, zone: ZoneInfo) -> Words:
    """Return `오늘 12:16에 0101번이` and `today at 12:16 by 0101`; both times are UTC."""
    ko, en = _when(datetime.fromtimestamp(then_ns / 1e9, zone), datetime.fromtimestamp(now_ns / 1e9, zone))
    return {
        "ko": f"{ko}에" + (f" {', '.join(f'{worker}번' for worker in workers)}이" if workers else ""),
        "en": en + (f" by {', '.join(workers)}" if workers else ""),
    }


def wrong_order(first: Text) -> Words:
    """Say which operation comes first."""
    return {
        "ko": f"순서 틀림 — {with_josa(f'「{first.ko}」', '이/가')} 먼저예요. 옆에 두고 호출해 주세요.",
        "en": f"Wrong order: {first.en} comes first. Set it aside and call.",
    }


def unknown(why: Unknown) -> Words:
    """Say that the code is not ours, or why it cannot be read as ours."""
    if why.reason in ("foreign", "empty"):
        return {"ko": "모르는 표 — 우리 공방 표인지 확인해 주세요.", "en": "Unknown ticket: check that it is ours."}
    return {"ko": f"모르는 표 — {why.ko}", "en": f"Unknown ticket: {why.en}"}


def no_use_here(ticket: str) -> Words:
    """Say that the ticket is ours and means nothing at this point."""
    return {
        "ko": f"모르는 표 — {with_josa(ticket, '은/는')} 우리 표지만 여기서는 쓰지 않아요.",
        "en": f"Unknown ticket: {ticket} is ours, but has no use here.",
    }


def unknown_badge(number: int) -> Words:
    """Say that no worker has this badge."""
    return {
        "ko": f"모르는 명찰 — {number}번은 작업자 목록에 없어요. 담당자에게 알려 주세요.",
        "en": f"Unknown badge: no worker has number {number}. Tell whoever keeps the list.",
    }


def unknown_operation(code: str, nearest: str | None) -> Words:
    """Say that the ticket is ours and its operation is not in the configuration."""
    ko = f" 가장 가까운 것: {nearest}" if nearest else ""
    en = f"; the nearest is {nearest}" if nearest else ""
    return {
        "ko": f"모르는 표 — 공정 {with_josa(code, '이/가')} 설정에 없어요.{ko}",
        "en": f"Unknown ticket: the configuration has no operation {code}{en}.",
    }


def badge(worker: str) -> Words:
    """Greet; by number, because the text is kept for ever and leaves the workshop."""
    return {"ko": f"{worker}번 명찰 확인 — 이제 표를 찍어 주세요.", "en": f"Badge {worker}: now scan your tickets."}


def undone(bundle: str, operation: Text, pieces: Count) -> Words:
    """Say what was taken back."""
    return {
        "ko": f"되돌림 — 묶음 {bundle} {operation.ko} {with_josa(pieces.ko, '을/를')} 뺐어요.",
        "en": f"Undone: bundle {bundle}, {operation.en}, {pieces.en}",
    }


def undo_too_late(later: Text) -> Words:
    """Say which later operation already builds on the one to be undone."""
    return {
        "ko": f"되돌릴 수 없어요 — {with_josa(f'「{later.ko}」', '이/가')} 이미 등록됐어요. 호출해 주세요.",
        "en": f"Cannot undo: {later.en} is recorded already. Call for help.",
    }


def _when(then: datetime, now: datetime) -> tuple[str, str]:
    """Return the day and time as people say it, in the workshop's zone."""
    clock = f"{then:%H:%M}"
    match (now.date() - then.date()).days:
        case 0:
            return f"오늘 {clock}", f"today at {clock}"
        case 1:
            return f"어제 {clock}", f"yesterday at {clock}"
    if then.year == now.year:
        return f"{then.month}월 {then.day}일 {clock}", f"on {then:%m-%d} at {clock}"
    return f"{then.year}년 {then.month}월 {then.day}일 {clock}", f"on {then:%Y-%m-%d} at {clock}"
