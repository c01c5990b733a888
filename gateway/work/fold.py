"""The fold: what the entries of the journal's events make of the projections.

`project` runs in the transaction of the event: what is paid and what is kept never disagree. `begin`, a `Making` and
`finish` make the tables anew, in the order of the journal. A time that the journal still corrects, when the clock
synchronises, is taken over by `settle`. An entry whose word no projection knows was written by another version: it is
counted in `work_unknown` and passed over.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import apsw

from gateway.event import Row, position_of
from gateway.journal.rows import WAITING, key
from gateway.work.entries import KINDS, Entry, Shape, entries_of
from gateway.work.projection import At, Projection, Tables, Word, Write
from gateway.work.projections import ALL

UNFINISHED: Final = "work_unfinished"  # a table that is there while the others are being made
_OWN: Final = """
CREATE TABLE IF NOT EXISTS work_unknown(do TEXT NOT NULL PRIMARY KEY, entries INTEGER NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS work_taken_back(row INTEGER PRIMARY KEY, by_row INTEGER NOT NULL) STRICT;
"""
TABLES: Final = (*(table for one in ALL for table in one.tables), "work_unknown", "work_taken_back")
SCHEMA: Final = "".join(one.schema for one in ALL) + _OWN


def _readers() -> Mapping[str, list[Word]]:
    found: dict[str, list[Word]] = {}
    for one in ALL:
        for do, word in one.words.items():
            found.setdefault(do, []).append(word)
    return found


_WORDS: Final = _readers()
TAKING_BACK: Final = {
    "undo": Shape({"of": str}, {"station": str}),
    "void": Shape({"of": str, "reason": str, "by": str}),
}
_WRITERS: Final[Mapping[str, tuple[Write, ...]]] = {
    do: tuple(word.write for word in _WORDS.get(do, ())) for do in {*_WORDS, *TAKING_BACK}
}
SHAPES: Final[Mapping[str, Shape]] = {do: words[0].shape for do, words in _WORDS.items()} | TAKING_BACK


def missing(db: apsw.Connection) -> bool:
    """Return whether any of the tables is not there or an older version's, or their making was cut off."""
    made = dict(db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name LIKE 'work_%'"))
    ours = (made.get(table, "").partition("CREATE TABLE ")[2] for table in TABLES)
    return UNFINISHED in made or not all(table and table in SCHEMA for table in ours)


def project(db: apsw.Connection, row: Row) -> None:
    """Write what one event's entries mean; a second payment of one (bundle, operation) is refused as not unique."""
    if row.kind in KINDS:
        fold(Tables(db), entries_of(row.kind, row.body), at(row))


def begin(db: apsw.Connection) -> None:
    """Make the tables, empty; they count as missing until `finish`."""
    for (name,) in list(db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'work_%'")):
        db.execute(f'DROP TABLE "{name}"')
    db.execute(f"{SCHEMA} CREATE TABLE IF NOT EXISTS {UNFINISHED}(event INTEGER) STRICT;")


def finish(db: apsw.Connection) -> None:
    """Let the tables be used: all events are in them."""
    for one in ALL:
        if one.triggers:
            db.execute(one.triggers)
    settle(db)
    db.execute(f"DROP TABLE {UNFINISHED}")


def settle(db: apsw.Connection) -> None:
    """Take over the UTC of what was kept while the clock was wrong, once the journal has frozen it."""
    tables = Tables(db)
    for one in ALL:
        for table in one.timed:
            settled = db.execute(
                f"UPDATE {table} SET time_ns = events.time_ns, waiting = 0 FROM events"
                f" WHERE {table}.waiting = 1 AND events.id = {table}.row AND events.clock <> ?"
                f" RETURNING {table}.time_ns, {table}.row",
                (WAITING,),
            )
            for time_ns, row in list(settled):
                if one.settled:
                    one.settled(tables, time_ns, row)


def unsettled(db: apsw.Connection) -> bool:
    """Return whether the journal has frozen times that the projections do not have yet."""
    return any(
        db.execute(
            f"SELECT 1 FROM {table} JOIN events ON events.id = {table}.row"
            f" WHERE {table}.waiting = 1 AND events.clock <> ? LIMIT 1",
            (WAITING,),
        ).fetchone()
        for one in ALL
        for table in one.timed
    )


def undo(event: str, station: str) -> Entry:
    """Return the entry that takes back what an event did, at the station where it did it."""
    return {"do": "undo", "of": event, "station": station}


def last_at(db: apsw.Connection, station: str, after: int) -> int | None:
    """Return the key of the newest event behind `after` that did at this station what can be taken back."""
    found = [one.last(db, station, after) for one in ALL if one.last]
    return max((row for row in found if row is not None), default=None)


def fold(tables: Tables, entries: list[Entry], at: At, holding: Iterable[Projection] = ALL) -> None:
    """Write what one event's entries mean. `holding`: those that may hold what was done before."""
    for entry in entries:
        do = entry.get("do")
        writers = _WRITERS.get(do) if isinstance(do, str) else None
        if writers is None:
            count(tables, str(do)[:40])
            continue
        if do in TAKING_BACK:
            _take_back(tables, entry, at, holding)
        for write in writers:
            write(tables, entry, at)


def _take_back(tables: Tables, entry: Entry, at: At, holding: Iterable[Projection]) -> None:
    """Take back what an event did, once."""
    of = position_of(entry["of"])
    row = key(of.start, of.n)
    if list(tables.apart("INSERT OR IGNORE INTO work_taken_back VALUES(?, ?) RETURNING row", (row, at.row))):
        for one in holding:
            if one.take_back:
                one.take_back(tables, row, at)


def taken_back(db: apsw.Connection, row: int) -> bool:
    """Return whether what an event did was taken back."""
    return db.execute("SELECT 1 FROM work_taken_back WHERE row = ?", (row,)).fetchone() is not None


def count(tables: Tables, do: str, entries: int = 1) -> None:
    """Count entries that were passed over."""
    tables.apart(
        "INSERT INTO work_unknown VALUES(?1, ?2) ON CONFLICT DO UPDATE SET entries = entries + ?2", (do, entries)
    )


def at(row: Row) -> At:
    """Return where an event stands."""
    place = key(row.position.start, row.position.n)
    return At(place, row.boot, row.mono_ns, row.time_ns, int(row.clock != "synced"))
