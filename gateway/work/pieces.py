"""What a machine counted since a job's last entry, from its count events: in the same database as the ledger.

A job may go on for weeks, and no scan may wait while the events of weeks are read. `add_up` reads them before, a page
at a time, and keeps how far it came in the table `tallies`. A scan reads on from there: a page of events, and those
that came since anybody called `add_up`. The table is no projection: without it a scan reads all, and says the same.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import apsw

from gateway.work.projections.jobs import JOBS

PAGE: Final = 1000  # events that are added up at once
KEPT: Final = 8  # tallies of a machine: entries that are taken back make an older one count again
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS tallies(
    machine TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL, counted REAL NOT NULL,
    first INTEGER, last INTEGER, PRIMARY KEY(machine, since)) WITHOUT ROWID, STRICT;
"""
# `total` of engines is no help: it begins anew with the engine's memory. What a machine counted since is in each event.
_FURTHER: Final = """
SELECT max(id), total(delta), min(iif(delta > 0, id, NULL)), max(iif(delta > 0, id, NULL)) FROM (
    SELECT id,
        iif(kind = 'count' AND source = ? AND json_valid(body), max(json_extract(body, '$.delta'), 0), 0) AS delta
    FROM events WHERE id > ? ORDER BY id LIMIT ?)
"""


class Pieces(NamedTuple):
    """Pieces that were counted, and the keys of the events of the first and the last; of the first its pieces."""

    counted: int
    first: int
    last: int
    first_pieces: int


class Tally(NamedTuple):
    """What was counted up to the event of the key `until`."""

    until: int
    counted: float = 0.0
    first: int | None = None
    last: int | None = None


def counted_since(db: apsw.Connection, machine: str, row: int) -> Pieces | None:
    """Return what a machine counted behind an event's key; None when nothing was."""
    tally = _further(db, machine, _tally(db, machine, row))
    if tally.first is None or tally.last is None:
        return None
    delta = db.execute("SELECT json_extract(body, '$.delta') FROM events WHERE id = ?", (tally.first,)).fetchone()
    return Pieces(int(tally.counted), tally.first, tally.last, int(delta[0]) if delta else 1)


def behind(db: apsw.Connection) -> tuple[str, int] | None:
    """Return a machine whose job goes on and has a page to be added up, and the key of that job's last entry."""
    ((newest,),) = db.execute("SELECT coalesce(max(id), 0) FROM events")
    going = _going(db)
    return next((one for one in going if newest - _tally(db, *one).until >= PAGE), None)


def add_up(db: apsw.Connection, machine: str, since: int) -> None:
    """Add up a page of what a machine counted behind an event's key."""
    db.execute(_SCHEMA)
    tally = _further(db, machine, _tally(db, machine, since), PAGE)
    db.execute("INSERT OR REPLACE INTO tallies VALUES(?, ?, ?, ?, ?, ?)", (machine, since, *tally))
    db.execute(
        "DELETE FROM tallies WHERE machine = ?1 AND since NOT IN"
        " (SELECT since FROM tallies WHERE machine = ?1 ORDER BY since DESC LIMIT ?2)",
        (machine, KEPT),
    )


def _going(db: apsw.Connection) -> Iterator[tuple[str, int]]:
    """Yield the machine of each job that goes on, and the key of the job's last entry."""
    station, next_station = "", "SELECT station FROM work_jobs WHERE station > ? ORDER BY station LIMIT 1"
    while found := db.execute(next_station, (station,)).fetchone():
        station = found[0]
        for last in JOBS.read(db, "station = ?", (station,), newest=1):
            if last["action"] != "stop" and last["machine"]:
                yield last["machine"], last["row"]


def _tally(db: apsw.Connection, machine: str, since: int) -> Tally:
    if not db.table_exists(None, "tallies"):
        return Tally(since)
    select = "SELECT until, counted, first, last FROM tallies WHERE machine = ? AND since = ?"
    found = db.execute(select, (machine, since)).fetchone()
    return Tally(*found) if found else Tally(since)


def _further(db: apsw.Connection, machine: str, tally: Tally, most: int = -1) -> Tally:
    """Return a tally with what the next events tell, all by default."""
    ((until, counted, first, last),) = db.execute(_FURTHER, (machine, tally.until, most))
    if until is None:
        return tally
    return Tally(until, tally.counted + counted, tally.first or first, last or tally.last)
