"""Projection: tables that are a function of the entries alone, and what its functions get to write them.

A projection is a module of `gateway.work.projections` with a `PROJECTION`. Its functions read the entry, where it
stands (`At`) and tables; no clock, no configuration, no event: so the tables can always be made again. They write by
`Tables`, which gathers the rows of the large tables while all is made anew.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

import apsw

from gateway.work.coupons import Coupons
from gateway.work.entries import Entry, Shape

Values = tuple[Any, ...]
Clash = Callable[["Tables", Values], None]
Told = Callable[["Tables", Sequence[Any]], None]
AT_ONCE: Final = 4000  # rows that are gathered
TOGETHER: Final = 20  # rows that one statement inserts: the most that was still quicker for each
_REFUSED: Final = (apsw.ConstraintError, TypeError, ValueError, OverflowError)  # by the table, or as no value at all


@dataclass(slots=True)
class At:
    """Where in the journal entries stand: the event's key, and its times."""

    row: int  # gateway.journal.rows.key
    boot: str
    mono_ns: int
    time_ns: int  # UTC
    waiting: int  # 1 until time_ns is known to be frozen
    lines: int = 0  # of work_lines, written for this event so far


class Into:
    """How rows go into a table, one at a time or some together, and what is done with one that clashes in bulk."""

    def __init__(self, insert: str, columns: int | str, more: str = "", clash: Clash | None = None) -> None:
        """`columns` is their count, or what stands for them."""
        marks = f"({','.join('?' * columns)})" if isinstance(columns, int) else columns
        self.one = f"{insert} VALUES{marks}{more}"
        self.some = f"{insert} VALUES{','.join([marks] * TOGETHER)}{more}"
        self.clash = clash


class Tables:
    """The tables of the ledger in one transaction. In bulk, rows gather until something is read or changed."""

    def __init__(self, db: apsw.Connection, bulk: bool = False) -> None:
        self._db, self.bulk = db, bulk
        self.refused: Counter[str] = Counter()  # rows that the tables did not take while they are made anew, by error
        self.seen: dict[Any, Any] = {}  # for projections: what need not be asked, or written, again while this lives
        self.told: dict[Into, Told] = {}  # who is told of rows that were gathered
        self._gathered: dict[Into, list[Values]] = {}
        self._count = 0

    def insert(self, into: Into, values: Values) -> None:
        """Insert a row. Raises apsw.ConstraintError; in bulk `clash` decides instead, or the row is counted."""
        if self.bulk:
            self.gather(into, (values,))
        else:
            self._db.execute(into.one, values)

    def gather(self, into: Into, rows: Sequence[Values]) -> None:
        """Insert rows in bulk."""
        self._gathered.setdefault(into, []).extend(rows)
        self._count += len(rows)
        if self._count >= AT_ONCE:
            self.flush()

    def execute(self, sql: str, values: Values = ()) -> Iterator[Any]:
        """Run any other statement, over all that was inserted."""
        if self._count:
            self.flush()
        return self._db.execute(sql, values)

    def apart(self, sql: str, values: Values = ()) -> Iterator[Any]:
        """Run a statement over tables whose rows are not gathered: it may go before those of others."""
        return self._db.execute(sql, values)

    def flush(self) -> None:
        """Write what was gathered."""
        while self._count:
            gathered, self._gathered, self._count = self._gathered, {}, 0
            clashing: list[tuple[Clash, Values]] = []
            for into, rows in gathered.items():
                kept = self._write(into, rows, clashing)
                if into in self.told:
                    self.told[into](self, kept)
            for clash, values in clashing:  # all others are written: these may look at them
                clash(self, values)

    def _write(self, into: Into, rows: list[Values], clashing: list[tuple[Clash, Values]]) -> list[Values]:
        """Return the rows that the table took: among those left of a damaged journal any may clash."""
        kept: list[Values] = []
        whole = len(rows) - len(rows) % TOGETHER
        for first in range(0, whole, TOGETHER):
            some = rows[first : first + TOGETHER]
            try:
                self._db.execute(into.some, tuple(chain.from_iterable(some)))
                kept += some
            except _REFUSED:
                kept += [values for values in some if self._one(into, values, clashing)]
        return kept + [values for values in rows[whole:] if self._one(into, values, clashing)]

    def _one(self, into: Into, values: Values, clashing: list[tuple[Clash, Values]]) -> bool:
        try:
            self._db.execute(into.one, values)
        except _REFUSED as error:
            if into.clash and getattr(error, "extendedresult", 0) == apsw.SQLITE_CONSTRAINT_PRIMARYKEY:
                clashing.append((into.clash, values))
            else:
                self.refused[repr(error)] += 1
            return False
        return True


Write = Callable[[Tables, Entry, At], None]


@dataclass(frozen=True, slots=True)
class Word:
    """What an entry's `do` means to one projection, and its shape."""

    write: Write
    shape: Shape
    coupons: Callable[[Tables, Coupons], None] | None = None  # of `done`: the same for many at once, in bulk


@dataclass(frozen=True, slots=True)
class Projection:
    """Some tables. `schema` makes them, each as `CREATE TABLE IF NOT EXISTS name(`."""

    schema: str
    words: Mapping[str, Word]
    take_back: Callable[[Tables, int, At], None] | None = None  # what the event of a row did, by the entry at `At`
    held: tuple[str, ...] = ()  # other tables by which it is taken back: while all are empty there is nothing to do
    timed: tuple[str, ...] = ()  # tables with `row`, `time_ns`, `waiting`: they get the UTC that the journal freezes
    settled: Callable[[Tables, int, int], None] | None = None  # told (time_ns, row) of each that got it
    last: Callable[[apsw.Connection, str, int], int | None] | None = None  # (db, station, after row): what UNDO takes
    triggers: str = ""  # made when all is made: in bulk `told` does what they do
    told: Mapping[Into, Told] = field(default_factory=dict)  # of the rows of another's table
    end: Callable[[Tables], None] | None = None  # writes what it gathered in `Tables.seen`
    tables: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        names = [part.split("(")[0].strip() for part in self.schema.split("CREATE TABLE IF NOT EXISTS ")[1:]]
        object.__setattr__(self, "tables", tuple(names))
