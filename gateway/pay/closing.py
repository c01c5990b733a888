"""Closing a period: what is looked at before, what the entry keeps, and what the closing transaction looks at again."""

from datetime import date, timedelta
from typing import Any

import apsw

from gateway.pay.book import Book, read
from gateway.pay.period import Period, hash_of, lines, next_first
from gateway.pay.terms import Terms
from gateway.work.entries import NotRecorded

Proposal = dict[str, Any]
MOST_DAYS = 366


def propose(db: apsw.Connection, terms: Terms, first: date, last: date, now_ns: int) -> Proposal:
    """Return the entry that would close a period, and what it was worked out from. Raises NotRecorded with the reason.

    It reads every line of the period: for a process of its own.
    """
    book = read(db, terms, first, last, now_ns)
    _may_close(book.period, terms.date_of(now_ns))
    _is_whole(book)
    digest, count = hash_of(lines(db, book.period))
    ((upto, told),) = db.execute(
        "SELECT coalesce((SELECT max(row) FROM work_lines), 0), "
        " (SELECT coalesce(max(max(row, coalesce(until, 0))), 0) FROM work_rates)"
    )
    entry = {
        "do": "close",
        "from": first.isoformat(),
        "to": last.isoformat(),
        "start_ns": book.period.span[0],
        "stop_ns": book.period.span[1],
        "sums": book.sums(),
        "hash": digest,
    }
    return {"entry": entry, "number": book.period.number, "upto": upto, "rates_upto": told, "lines": count}


def still_true(db: apsw.Connection, proposal: Proposal) -> bool:
    """Return whether nothing came since that would change a proposal; in the transaction that closes."""
    stop_ns = proposal["entry"]["stop_ns"]
    ((periods, came, waits, told),) = db.execute(
        "SELECT (SELECT count(*) FROM work_periods),"
        " EXISTS (SELECT 1 FROM work_lines WHERE row > ?1 AND time_ns < ?2),"
        " EXISTS (SELECT 1 FROM work_lines WHERE waiting = 1),"
        " EXISTS (SELECT 1 FROM work_rates WHERE row > ?3 OR until > ?3)",
        (proposal["upto"], stop_ns, proposal["rates_upto"]),
    )
    return not (came or waits or told) and periods == proposal["number"] - 1


def _may_close(period: Period, today: date) -> None:
    first, last = period.first, period.last
    if first > last:
        raise NotRecorded(
            f"시작({first})이 끝({last})보다 뒤예요.", f"The first day ({first}) is after the last ({last})."
        )
    if last >= today:
        yesterday = today - timedelta(1)
        raise NotRecorded(
            f"{last}은 아직 끝나지 않았어요. {yesterday}까지 마감할 수 있어요.",
            f"{last} is not over yet; up to {yesterday} can be closed.",
        )
    if (last - first).days >= MOST_DAYS:
        raise NotRecorded(f"한 번에 {MOST_DAYS}일까지 마감해요.", f"At most {MOST_DAYS} days are closed at once.")
    opens = next_first(period.closings)
    if opens is None or first == opens:
        return
    closed = next((one for one in period.closings if one.last >= first.isoformat()), None)
    if closed:
        raise NotRecorded(
            f"{closed.first}부터 {closed.last}까지는 이미 마감했어요. 다음 기간은 {opens}에 시작해요.",
            f"{closed.first} to {closed.last} is closed already; the next period begins on {opens}.",
        )
    raise NotRecorded(
        f"{opens}부터 {first - timedelta(1)}까지가 빠져요. 기간은 {opens}에 시작해야 해요.",
        f"{opens} to {first - timedelta(1)} would be left out; the period must begin on {opens}.",
    )


def _is_whole(book: Book) -> None:
    if book.waiting:
        raise NotRecorded(
            f"시각이 아직 정해지지 않은 기록이 {book.waiting}건 있어요. 시계가 맞으면(길어야 15분) 다시 해 주세요.",
            f"{book.waiting} lines wait for the clock: try again when it is right, in 15 minutes at most.",
        )
    if unrated := book.unrated():
        some = unrated[:5]
        names = ", ".join("/".join(filter(None, (one["operation"], one["style"]))) for one in some)
        more = f" (+{len(unrated) - len(some)})" if len(unrated) > len(some) else ""
        raise NotRecorded(
            f"단가가 없는 공정이 있어요: {names}{more}. 단가를 적거나, 주지 않는 공정이면 0원으로 적어 주세요.",
            f"Without a piece rate: {names}{more}. Tell a rate that is valid then; 0 won where nothing is paid.",
        )
