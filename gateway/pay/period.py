"""Periods of pay in the ledger: which are closed, which is open, and the lines that belong to one.

Periods follow each other without a hole. To a closed one belong the lines of its time that stood before its closing;
what came behind that with a time before it (a clock that was set, a journal that was mended) and every correction of
it belong to the next one.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

import apsw
import orjson

from gateway.figures.timeline import Span
from gateway.pay.rates import NOW, Rate, Rates
from gateway.pay.terms import Terms
from gateway.work.projections.periods import Closed, closed

State = Literal["closed", "open", "view"]
HOUR_NS: Final = 3_600_000_000_000
COLUMNS: Final = (
    "row, n, time_ns, what, bundle, operation, order_code, style, worker, station, quantity, corrects_row, code,"
    " by_worker"
)


@dataclass(frozen=True, slots=True)
class Period:
    """Local dates, both in it, and what they are to pay: closed, the next to be closed, or merely looked at."""

    first: date
    last: date
    span: Span
    state: State
    number: int  # of the closed or open one; 0 for a view
    closings: tuple[Closed, ...]

    @property
    def closing(self) -> Closed | None:
        """Return how it was closed."""
        return self.closings[self.number - 1] if self.state == "closed" else None

    @property
    def before(self) -> Closed | None:
        """Return the closed period whose late lines belong to this one."""
        return self.closings[self.number - 2] if self.number > 1 else None

    @property
    def known_before(self) -> int:
        """Return the key before which a line must stand, and a rate must have been told."""
        return self.closing.row if self.closing else NOW

    def known_for(self, corrects: int) -> int:
        """Return the key before which a rate must have been told for pieces of this period, or of a closed one."""
        return self.closings[corrects - 1].row if 0 < corrects <= len(self.closings) else self.known_before


def period_of(db: apsw.Connection, terms: Terms, first: date, last: date) -> Period:
    """Return what some dates are."""
    closings = tuple(closed(db))
    for one in closings:
        if (one.first, one.last) == (first.isoformat(), last.isoformat()):
            return Period(first, last, (one.start_ns, one.stop_ns), "closed", one.n, closings)
    span, opens = terms.bounds(first, last), next_first(closings)
    if opens is None or first == opens:
        start_ns = closings[-1].stop_ns if closings else span[0]
        return Period(first, last, (start_ns, span[1]), "open", len(closings) + 1, closings)
    return Period(first, last, span, "view", 0, closings)


def next_first(closings: tuple[Closed, ...]) -> date | None:
    """Return the date on which the next period begins; None while any may."""
    return date.fromisoformat(closings[-1].last) + timedelta(1) if closings else None


def rates(db: apsw.Connection) -> Rates:
    """Return all rates that were ever told."""
    rows = db.execute("SELECT style, operation, since, row, won, retired, coalesce(until, ?) FROM work_rates", (NOW,))
    return Rates(
        (style or None, operation, Rate(since, row, Decimal(won), style or None, bool(retired), until))
        for style, operation, since, row, won, retired, until in rows
    )


def lines(db: apsw.Connection, period: Period) -> Iterator[tuple[Any, ...]]:
    """Yield the lines of a period, COLUMNS each, in the order of the journal."""
    start_ns, stop_ns = period.span
    first = next(db.execute("SELECT min(row) FROM work_hours WHERE hour >= ?", (start_ns // HOUR_NS,)))[0]
    before = period.before.row if period.before else NOW
    rows = [row for row in (first, before) if row is not None]
    yield from db.execute(
        f"SELECT {COLUMNS} FROM work_lines WHERE row >= ?1 AND row < ?2 AND waiting = 0"
        " AND (time_ns >= ?3 AND time_ns < ?4 OR row > ?5 AND time_ns < ?3) ORDER BY row, n",
        (min(rows), period.known_before, start_ns, stop_ns, before),
    )


def hash_of(found: Iterator[tuple[Any, ...]]) -> tuple[str, int]:
    """Return the SHA-256 (hex) of lines, each a JSON array and a line feed, and how many there are."""
    digest, count = hashlib.sha256(), 0
    for line in found:
        digest.update(orjson.dumps(line) + b"\n")
        count += 1
    return digest.hexdigest(), count
