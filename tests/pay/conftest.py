"""A shop's ledger for the tests of pay: entries at their times, folded on a real database."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import apsw
import pytest

from gateway.config.parts import Workshop
from gateway.config.shift import Break, Shift
from gateway.event import Position, Row
from gateway.journal.rows import key
from gateway.pay import book, closing
from gateway.pay.terms import Terms
from gateway.work import fold, making

SEOUL = ZoneInfo("Asia/Seoul")
SECOND_NS = 1_000_000_000
SHIFT = Shift(name="day", start="09:00", end="18:00", breaks=(Break(start="12:00", end="13:00"),))
TERMS = Terms(
    Workshop(id="shop-1", name="공방"), (SHIFT,), 4 * 3600.0, [("2025-01-01", 10_030), ("2026-01-01", 10_320)]
)


def ns(text: str) -> int:
    """UTC ns of a time in Seoul."""
    return int(datetime.fromisoformat(text).replace(tzinfo=SEOUL).timestamp()) * SECOND_NS


@dataclass
class Books:
    """Events in the order in which they were kept, and the tables that they make."""

    db: apsw.Connection = field(default_factory=lambda: apsw.Connection(":memory:"))
    rows: list[Row] = field(default_factory=list)
    terms: Terms = TERMS

    def __post_init__(self) -> None:
        self.db.execute("CREATE TABLE events(id INTEGER PRIMARY KEY, time_ns INTEGER, clock INTEGER)")
        making.rebuild(self.db, ())

    def enter(self, at: str, *entries: dict[str, Any], clock: str = "synced") -> str:
        """Keep an event with these entries; return its id."""
        position = Position(1, "a1b2", len(self.rows) + 1)
        row = Row(position, "work", "api", 0, "boot-1", ns(at), clock, {"by": "owner", "entries": list(entries)})
        self.rows.append(row)
        place = key(position.start, position.n)
        self.db.execute("INSERT INTO events VALUES(?, ?, ?)", (place, row.time_ns, int(clock == "synced")))
        fold.project(self.db, row)
        return row.id("gw_1")

    def done(self, at: str, worker: str, operation: str, quantity: int, **more: Any) -> str:
        """Keep a done coupon."""
        bundle = more.pop("bundle", f"{len(self.rows):04d}")
        entry = {"do": "done", "bundle": bundle, "operation": operation, "quantity": quantity, "worker": worker}
        return self.enter(at, entry | {"station": "sewing_1"} | more)

    def rate(
        self, operation: str, won: str, since: str, style: str | None = None, at: str = "2026-10-01T08:00"
    ) -> None:
        self.enter(at, {"do": "rate", "operation": operation, "won": won, "from": since, "style": style})

    def undo(self, at: str, of: str) -> str:
        return self.enter(at, {"do": "void", "of": of, "reason": "miscounted", "by": "owner"})

    def pay(self, first: str, last: str, now: str = "2027-06-01T00:00") -> book.Book:
        return book.read(self.db, self.terms, date.fromisoformat(first), date.fromisoformat(last), ns(now))

    def propose(self, first: str, last: str, now: str) -> closing.Proposal:
        return closing.propose(self.db, self.terms, date.fromisoformat(first), date.fromisoformat(last), ns(now))

    def close(self, first: str, last: str, now: str) -> closing.Proposal:
        """Close a period as the daemon does."""
        proposal = self.propose(first, last, now)
        assert closing.still_true(self.db, proposal)
        self.enter(now, proposal["entry"])
        return proposal

    def made_anew(self) -> "Books":
        """Return books with tables that are made again from the events alone."""
        again = Books()
        for row in self.rows:
            place = key(row.position.start, row.position.n)
            again.db.execute("INSERT INTO events VALUES(?, ?, ?)", (place, row.time_ns, 1))
        making.rebuild(again.db, self.rows)
        again.rows = self.rows
        return again

    def won(self, first: str, last: str) -> dict[str, int]:
        """Return each worker's won."""
        return {slip.worker: slip.won for slip in self.pay(first, last).slips}


@pytest.fixture(scope="session")
def new_books() -> type[Books]:
    """Return what opens new books, for properties that need many."""
    return Books


@pytest.fixture
def books() -> Iterator[Books]:
    opened = Books()
    opened.rate("FRONT", "120", "2026-01-01")
    opened.rate("SLEEVE", "80.5", "2026-01-01")
    yield opened
    opened.db.close()
