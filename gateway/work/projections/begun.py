"""What is begun and not done yet, where a station scans IN and OUT: who has which bundle in hand."""

from typing import Final, NamedTuple

import apsw

from gateway.work.coupons import Coupons
from gateway.work.entries import Entry, Shape
from gateway.work.projection import At, Projection, Tables, Word
from gateway.work.projections import lines

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS work_begun(
    bundle TEXT NOT NULL, operation TEXT NOT NULL, worker TEXT NOT NULL, station TEXT NOT NULL, row INTEGER NOT NULL,
    time_ns INTEGER NOT NULL, waiting INTEGER NOT NULL, done_row INTEGER,
    PRIMARY KEY(bundle, operation)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS work_handover(
    row INTEGER NOT NULL, bundle TEXT NOT NULL, operation TEXT NOT NULL, worker_before TEXT NOT NULL,
    station TEXT NOT NULL, PRIMARY KEY(row, bundle, operation)) WITHOUT ROWID, STRICT;
"""
_DONE: Final = "UPDATE work_begun SET done_row = ? WHERE bundle = ? AND operation = ?"


class Begun(NamedTuple):
    """A bundle in somebody's hands."""

    bundle: str
    operation: str
    worker: str
    station: str
    row: int
    time_ns: int
    waiting: int
    done_row: int | None  # the event by which it was done; None while it is in hand


def _begin(tables: Tables, entry: Entry, at: At) -> None:
    tables.seen["begun"] = True
    who = (entry["bundle"], entry["operation"], entry["worker"], entry["station"])
    values = (*who, at.row, at.time_ns, at.waiting, None)
    tables.apart("INSERT OR REPLACE INTO work_begun VALUES(?,?,?,?,?,?,?,?)", values)


def _done(tables: Tables, entry: Entry, at: At) -> None:
    if _any(tables):
        tables.apart(_DONE, (at.row, entry.get("bundle"), entry["operation"]))


def _coupons(tables: Tables, coupons: Coupons) -> None:
    if _any(tables):
        for row, _, bundle, operation, *_ in coupons.made:
            tables.apart(_DONE, (row, bundle, operation))


def _any(tables: Tables) -> bool:
    """A shop that scans OUT alone has no row here, and looks for none while a year is made anew."""
    if "begun" not in tables.seen:
        some = "SELECT 1 FROM work_begun UNION ALL SELECT 1 FROM work_handover LIMIT 1"
        tables.seen["begun"] = bool(list(tables.apart(some)))
    return bool(tables.seen["begun"])


def _handover(tables: Tables, entry: Entry, at: At) -> None:
    for bundle in entry["bundles"]:
        which = (at.row, entry["station"], bundle, entry["from"])
        tables.apart(
            "INSERT OR IGNORE INTO work_handover SELECT ?, bundle, operation, worker, ? FROM work_begun"
            " WHERE bundle = ? AND worker = ? AND done_row IS NULL",
            which,
        )
        tables.apart(
            "UPDATE work_begun SET worker = ? WHERE bundle = ? AND worker = ? AND done_row IS NULL",
            (entry["to"], bundle, entry["from"]),
        )


def _take_back(tables: Tables, row: int, at: At) -> None:
    """What was begun is not; what was done is in hand again; what was handed over goes back."""
    if not _any(tables):
        return
    tables.apart("DELETE FROM work_begun WHERE row = ?", (row,))
    tables.apart("UPDATE work_begun SET done_row = NULL WHERE done_row = ?", (row,))
    given = "SELECT bundle, operation, worker_before FROM work_handover WHERE row = ?"
    for bundle, operation, worker in list(tables.apart(given, (row,))):
        _give_back(tables, row, bundle, operation, worker)
    tables.apart("DELETE FROM work_handover WHERE row = ?", (row,))


def _give_back(tables: Tables, row: int, bundle: str, operation: str, worker: str) -> None:
    """What was given on since stays where it is, and would go back to him; what was begun anew since is not his."""
    which = (worker, row, bundle, operation)
    same = "bundle = ?3 AND operation = ?4"
    begun = f"EXISTS (SELECT 1 FROM work_begun WHERE row < ?2 AND {same})"
    later = f"(SELECT min(row) FROM work_handover WHERE row > ?2 AND {same})"
    tables.apart(f"UPDATE work_begun SET worker = ?1 WHERE row < ?2 AND {same} AND {later} IS NULL", which)
    tables.apart(f"UPDATE work_handover SET worker_before = ?1 WHERE row = {later} AND {same} AND {begun}", which)


def in_hand(db: apsw.Connection, bundle: str, operation: str | None = None) -> list[Begun]:
    """Return what is begun of a bundle and not done yet."""
    rows = db.execute(
        "SELECT * FROM work_begun WHERE bundle = ?1 AND operation = coalesce(?2, operation) AND done_row IS NULL",
        (bundle, operation),
    )
    return [Begun(*row) for row in rows]


def _last(db: apsw.Connection, station: str, after: int) -> int | None:
    ((row,),) = db.execute(
        "SELECT max(row) FROM (SELECT row FROM work_begun WHERE row > ?1 AND station = ?2 AND done_row IS NULL"
        " UNION ALL SELECT row FROM work_handover WHERE row > ?1 AND station = ?2)",
        (after, station),
    )
    return row and int(row)


PROJECTION: Final = Projection(
    SCHEMA,
    {
        "begin": Word(_begin, Shape({"bundle": str, "operation": str, "worker": str, "station": str})),
        "done": Word(_done, lines.DONE, _coupons),
        "handover": Word(_handover, Shape({"from": str, "to": str, "bundles": list, "station": str})),
    },
    _take_back,
    timed=("work_begun",),
    last=_last,
)
