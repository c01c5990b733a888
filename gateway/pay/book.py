"""The pay book: every worker's slip of a period, with hours and minimum wage, from the ledger's sums.

It reads sums by the quarter hour, some ten thousand rows a month, and may run in a thread beside the loop. A closed
period is worked out again each time: when that gives other sums than were closed, both are shown.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import apsw

from gateway.pay import hours as at_work
from gateway.pay.hours import QUARTER_NS, Hours, Mark, stays
from gateway.pay.minimum import check
from gateway.pay.period import Period, period_of, rates
from gateway.pay.piecework import FORMULA, Pieces, Slip, badge, by_number, slips
from gateway.pay.rates import Rate, Rates
from gateway.pay.terms import Terms


@dataclass(frozen=True, slots=True)
class Book:
    """A period, worked out."""

    terms: Terms
    period: Period
    slips: tuple[Slip, ...]
    hours: dict[str, Hours]
    waiting: int  # lines that wait for the clock: they are in no period yet
    later_rates: tuple[dict[str, str], ...]  # told behind the closing, for a day in it

    @property
    def won(self) -> int:
        """Return what all get: the sum of the rounded slips, as it is paid."""
        return sum(slip.won for slip in self.slips)

    def sums(self) -> dict[str, Any]:
        """Return what a closing keeps."""
        workers = {slip.worker: {"won": slip.won, "pieces": slip.pieces} for slip in self.slips}
        return {"won": self.won, "pieces": sum(slip.pieces for slip in self.slips), "workers": workers}

    def unrated(self) -> list[dict[str, Any]]:
        """Return the operations whose pieces have no rate."""
        found: dict[tuple[str, str], int] = defaultdict(int)
        for slip in self.slips:
            for item, pieces in slip.items.items():
                if item.won is None:
                    found[item.operation, item.style] += pieces
        return [
            {"operation": operation, "style": style or None, "pieces": pieces}
            for (operation, style), pieces in sorted(found.items())
        ]

    def differs(self) -> list[dict[str, Any]]:
        """Return each worker whose sum is another one now than it was closed with; empty when all is as it was."""
        if self.period.closing is None:
            return []
        kept, now = self.period.closing.sums["workers"], self.sums()["workers"]
        return [
            {"worker": worker, "closed": kept.get(worker), "now": now.get(worker)}
            for worker in sorted(kept.keys() | now.keys(), key=by_number)
            if kept.get(worker) != now.get(worker)
        ]

    def entry(self) -> dict[str, Any]:
        """Return it for JSON."""
        period = self.period
        return {
            "formula": FORMULA,
            "from": period.first.isoformat(),
            "to": period.last.isoformat(),
            "state": period.state,
            "number": period.number or None,
            "hash": period.closing and period.closing.hash,
            "won": self.won,
            "pieces": sum(slip.pieces for slip in self.slips),
            "unrated": self.unrated(),
            "waiting": self.waiting,
            "differs": self.differs(),
            "later_rates": list(self.later_rates),
            "workers": [self._worker(slip) for slip in self._all()],
        }

    def _all(self) -> list[Slip]:
        """Return the slips, and empty ones of those who were there and made nothing."""
        known = {slip.worker for slip in self.slips}
        idle = [Slip(worker) for worker, told in self.hours.items() if worker not in known and told.total_s]
        return sorted([*self.slips, *idle], key=lambda slip: by_number(slip.worker))

    def _worker(self, slip: Slip) -> dict[str, Any]:
        """Return a slip for JSON. Where nobody is paid by the piece there is nothing to hold against the minimum."""
        by_piece = any(item.won is not None for one in self.slips for item in one.items)
        told = check(slip.won, self.hours.get(slip.worker, Hours()), self.terms.minimums if by_piece else ())
        return slip.entry() | {"minimum": told.entry()}


def read(db: apsw.Connection, terms: Terms, first: date, last: date, now_ns: int) -> Book:
    """Work out the pay of some local dates, both in it; hours go no further than now (UTC ns)."""
    period = period_of(db, terms, first, last)
    told = rates(db)
    cuts = [(terms.bounds(day, day)[0] // QUARTER_NS, day.isoformat()) for day in map(date.fromisoformat, told.days())]
    found = slips([Pieces(*row) for row in sums(db, period, _since(cuts))], rate_in(period, told))
    ((waiting,),) = db.execute("SELECT count(*) FROM work_lines WHERE waiting = 1")
    return Book(
        terms, period, tuple(found), hours_of(db, terms, period.span, now_ns), waiting, tuple(_later(db, period))
    )


def rate_in(period: Period, told: Rates) -> Callable[[Pieces], Rate | None]:
    """Return what tells the rate of pieces as it was known to a period."""
    return lambda one: told.find(one.style, one.operation, one.day, period.known_for(one.corrects))


def sums(db: apsw.Connection, period: Period, when: str, worker: str | None = None) -> Iterator[tuple[Any, ...]]:
    """Yield signed pieces of a period, of one worker or of all; of a mere view all lines of its time, whichever period
    they are paid in. `when`: an SQL expression of the quarter hour `rated`, whose rate counts."""
    select = f"SELECT worker, style, operation, {when}, sum(quantity), late, corrects FROM work_quarters WHERE"
    mine = "" if worker is None else "AND ltrim(worker, '0') = ltrim(:worker, '0')"
    group = f"AND what = 'done' {mine} GROUP BY worker, style, operation, 4, late, corrects HAVING sum(quantity) <> 0"
    first, stop = (time_ns // QUARTER_NS for time_ns in period.span)
    in_time = "" if period.state == "view" else "AND late = 0"
    told = {"first": first, "stop": stop, "worker": worker}
    yield from db.execute(f"{select} quarter >= :first AND quarter < :stop {in_time} {group}", told)
    if period.before:
        yield from db.execute(
            f"{select} late = :before AND late > 0 {group}", {"before": period.before.n, "worker": worker}
        )


def _since(cuts: Sequence[tuple[int, str]]) -> str:
    """Return which of the days from which any rate counts is the last one before: those between are paid alike."""
    since = " ".join(f"WHEN rated >= {quarter} THEN '{day}'" for quarter, day in reversed(cuts))
    return f"CASE {since} ELSE '' END" if cuts else "''"


def _later(db: apsw.Connection, period: Period) -> Iterator[dict[str, str]]:
    if period.closing is None:
        return
    rows = db.execute(
        "SELECT operation, style, since, won FROM work_rates WHERE row > ? AND since <= ? ORDER BY row",
        (period.closing.row, period.closing.last),
    )
    for operation, style, since, won in rows:
        yield {"operation": operation, "style": style, "from": since, "won": won}


def hours_of(db: apsw.Connection, terms: Terms, span: tuple[int, int], now_ns: int) -> dict[str, Hours]:
    """Return each worker's hours of a span, by badges that hold as long as the configuration says."""
    hold_ns = int(terms.badge_hold_s * 1e9)
    marks = db.execute(
        "SELECT time_ns, station, worker, leaves FROM work_marks WHERE time_ns >= ? AND time_ns < ? AND waiting = 0"
        " ORDER BY time_ns, row, leaves DESC",
        (span[0] - hold_ns, span[1]),
    )
    found = stays(
        [Mark(time_ns, station, badge(worker), leaves) for time_ns, station, worker, leaves in marks],
        hold_ns,
        min(now_ns, span[1] + hold_ns),
    )
    active: dict[str, list[int]] = defaultdict(list)
    quarters = db.execute(
        "SELECT DISTINCT worker, quarter FROM work_quarters"
        " WHERE quarter >= ? AND quarter < ? AND what = 'done' AND quantity > 0",
        (span[0] // QUARTER_NS, span[1] // QUARTER_NS),
    )
    for worker, quarter in quarters:
        active[badge(worker)].append(quarter)
    return at_work.hours(found, active, terms.day.breaks(span), span, terms.days)
