"""Where things stand besides bundles: the station of a scanner that was moved, and who called for help."""

from typing import Final, NamedTuple

import apsw

from gateway.work.entries import Entry, Shape
from gateway.work.projection import At, Projection, Tables, Word

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS work_scanner(
    scanner TEXT NOT NULL PRIMARY KEY, station TEXT NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS work_help(
    station TEXT NOT NULL PRIMARY KEY, worker TEXT, row INTEGER NOT NULL, time_ns INTEGER NOT NULL,
    waiting INTEGER NOT NULL, what TEXT NOT NULL) WITHOUT ROWID, STRICT;
"""


class Call(NamedTuple):
    """Somebody needs help at a station."""

    station: str
    worker: str | None
    row: int
    time_ns: int
    waiting: int
    what: str  # material, machine, quality; '' when nobody said


def _move(tables: Tables, entry: Entry, at: At) -> None:
    tables.apart("INSERT OR REPLACE INTO work_scanner VALUES(?,?)", (entry["scanner"], entry["station"]))


def _help(tables: Tables, entry: Entry, at: At) -> None:
    """The first call counts: it is since then that somebody waits. A later one may say what for."""
    values = (entry["station"], entry.get("worker"), at.row, at.time_ns, at.waiting, entry.get("what") or "")
    insert = "INSERT INTO work_help VALUES(?,?,?,?,?,?) ON CONFLICT DO UPDATE SET what = excluded.what"
    tables.apart(f"{insert} WHERE excluded.what <> ''", values)


def _helped(tables: Tables, entry: Entry, at: At) -> None:
    tables.apart("DELETE FROM work_help WHERE station = ?", (entry["station"],))


def station_of(db: apsw.Connection, scanner: str) -> str | None:
    """Return the station that a scanner was moved to; None when it never was."""
    found = db.execute("SELECT station FROM work_scanner WHERE scanner = ?", (scanner,)).fetchone()
    return found and str(found[0])


def calls(db: apsw.Connection) -> list[Call]:
    """Return all who wait for help, the longest first."""
    return [Call(*row) for row in db.execute("SELECT * FROM work_help ORDER BY time_ns")]


_STATION: Final = {"station": str}
PROJECTION: Final = Projection(
    SCHEMA,
    {
        "move": Word(_move, Shape({"scanner": str, "station": str}, {"worker": str})),
        "help": Word(_help, Shape(_STATION, {"worker": str, "what": str})),
        "helped": Word(_helped, Shape(_STATION, {"worker": str})),
    },
    timed=("work_help",),
)
