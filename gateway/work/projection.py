"""Projection: tables that are a function of the entries alone, and what its functions get to write them.

A projection is a module of `gateway.work.projections` with a `PROJECTION`. Its functions read the entry, where it
stands (`At`) and tables; no clock, no configuration, no event: so the tables can always be made again. They write by
`Tables`, which gathers insertions while all is made anew.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import apsw

from gateway.work.entries import Entry, Shape

Values = tuple[Any, ...]
Clash = Callable[["Tables", Values], None]
AT_ONCE: Final = 4000  # insertions that are gathered


@dataclass(slots=True)
class At:
    """Where in the journal entries stand: the event's key, and its times."""

    row: int  # gateway.journal.rows.key
    boot: str
    mono_ns: int
    time_ns: int  # UTC
    waiting: int  # 1 until time_ns is known to be frozen
    lines: int = 0  # of work_lines, written for this event so far


class Tables:
    """The tables of the ledger in one transaction. In bulk, insertions gather until something is read or changed."""

    def __init__(self, db: apsw.Connection, bulk: bool = False) -> None:
        self._db, self.bulk = db, bulk
        self.refused = 0  # rows that the tables did not take, while they are made anew
        self.seen: dict[Any, int] = {}  # for projections: what need not be asked again while this lives
        self._gathered: dict[str, list[Values]] = {}
        self._clashes: dict[str, Clash] = {}
        self._count = 0

    def insert(self, sql: str, values: Values, clash: Clash | None = None) -> None:
        """Insert a row. Raises apsw.ConstraintError; in bulk `clash` decides instead, or the row is counted."""
        if not self.bulk:
            self._db.execute(sql, values)
            return
        rows = self._gathered.get(sql)
        if rows is None:
            rows = self._gathered[sql] = []
            if clash:
                self._clashes[sql] = clash
        rows.append(values)
        self._count += 1
        if self._count >= AT_ONCE:
            self.flush()

    def execute(self, sql: str, values: Values = ()) -> Iterator[Any]:
        """Run any other statement, over all that was inserted."""
        if self._count:
            self.flush()
        return self._db.execute(sql, values)

    def flush(self) -> None:
        """Write what was gathered."""
        gathered, self._gathered, self._count = self._gathered, {}, 0
        clashing = []
        for sql, rows in gathered.items():
            self._db.execute("SAVEPOINT bulk")
            try:
                self._db.executemany(sql, rows)
            except apsw.ConstraintError:
                self._db.execute("ROLLBACK TO bulk")
                clashing += [(sql, values) for values in rows if not self._one(sql, values)]
            self._db.execute("RELEASE bulk")
        for sql, values in clashing:  # all others are written: these may look at them
            if sql in self._clashes:
                self._clashes[sql](self, values)
            else:
                self.refused += 1

    def _one(self, sql: str, values: Values) -> bool:
        """Insert one; among rows that are left of a damaged journal any may clash, which does not stop the others."""
        try:
            self._db.execute(sql, values)
        except apsw.ConstraintError:
            return False
        return True


Write = Callable[[Tables, Entry, At], None]


@dataclass(frozen=True, slots=True)
class Word:
    """What an entry's `do` means to one projection, and its shape."""

    write: Write
    shape: Shape


@dataclass(frozen=True, slots=True)
class Projection:
    """Some tables. `schema` makes them, each as `CREATE TABLE IF NOT EXISTS name(`."""

    schema: str
    words: Mapping[str, Word]
    take_back: Callable[[Tables, int, At], None] | None = None  # what the event of a row did, by the entry at `At`
    timed: tuple[str, ...] = ()  # tables with `row`, `time_ns`, `waiting`: they get the UTC that the journal freezes
    settled: Callable[[Tables, int, int], None] | None = None  # told (time_ns, row) of each that got it
    last: Callable[[apsw.Connection, str, int], int | None] | None = None  # (db, station, after row): what UNDO takes
    triggers: str = ""  # made when all is made: in bulk `page` does what they do
    page: Callable[[Tables, int, int], None] | None = None  # (first row, last row) of what was written in bulk
    tables: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        names = [part.split("(")[0].strip() for part in self.schema.split("CREATE TABLE IF NOT EXISTS ")[1:]]
        object.__setattr__(self, "tables", tuple(names))
