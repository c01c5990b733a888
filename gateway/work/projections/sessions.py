"""Who works where: the badges at each station."""

from typing import Any, Final, NamedTuple

import apsw

from gateway.work.entries import Entry, Shape
from gateway.work.projection import At, Projection, Tables, Word

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS work_session(
    station TEXT NOT NULL, worker TEXT NOT NULL, boot TEXT NOT NULL, mono_ns INTEGER NOT NULL,
    row INTEGER NOT NULL, PRIMARY KEY(station, worker)) WITHOUT ROWID, STRICT;
"""


class Session(NamedTuple):
    """A badge at a station, since `mono_ns` of `boot`."""

    station: str
    worker: str
    boot: str
    mono_ns: int
    row: int  # key of the badge's event, or of the last undo's: what was done behind it can be taken back


def _badge(tables: Tables, entry: Entry, at: At) -> None:
    values = (entry["station"], entry["worker"], at.boot, at.mono_ns, at.row)
    tables.apart("INSERT OR REPLACE INTO work_session VALUES(?,?,?,?,?)", values)


def _leave(tables: Tables, entry: Entry, at: At) -> None:
    """One leaves, or all."""
    who: tuple[Any, ...] = (entry["station"], entry.get("worker"))
    tables.apart("DELETE FROM work_session WHERE station = ?1 AND coalesce(worker = ?2, TRUE)", who)


def _undo(tables: Tables, entry: Entry, at: At) -> None:
    """What is taken back at a station cannot be followed by what was before it."""
    if station := entry.get("station"):
        tables.apart("UPDATE work_session SET row = ? WHERE station = ?", (at.row, station))


def at_station(db: apsw.Connection, station: str) -> list[Session]:
    """Return the badges that were scanned at this station, however long ago, in the order of their coming."""
    rows = db.execute("SELECT * FROM work_session WHERE station = ? ORDER BY mono_ns, worker", (station,))
    return [Session(*row) for row in rows]


PROJECTION: Final = Projection(
    SCHEMA,
    {
        "badge": Word(_badge, Shape({"station": str, "worker": str})),
        "leave": Word(_leave, Shape({"station": str}, {"worker": str})),
        "undo": Word(_undo, Shape({"of": str}, {"station": str})),
    },
)
