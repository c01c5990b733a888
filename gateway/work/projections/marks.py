"""Marks of presence: every badge and every leaving, from which hours at work are told."""

from typing import Final

from gateway.work.entries import Entry, Shape
from gateway.work.projection import At, Projection, Tables, Word

# `leaves`: 0 a badge, 1 leaving, 2 leaving because the same event let somebody else in: nobody said that he left.
SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS work_marks(
    row INTEGER NOT NULL, time_ns INTEGER NOT NULL, waiting INTEGER NOT NULL, station TEXT NOT NULL,
    worker TEXT NOT NULL, leaves INTEGER NOT NULL, PRIMARY KEY(row, station, worker, leaves)) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS work_marks_time ON work_marks(time_ns);
CREATE INDEX IF NOT EXISTS work_marks_waiting ON work_marks(row) WHERE waiting = 1;
"""


def _badge(tables: Tables, entry: Entry, at: At) -> None:
    _mark(tables, at, entry["station"], entry["worker"], 0)
    tables.apart(
        "UPDATE OR REPLACE work_marks SET leaves = 2 WHERE row = ? AND station = ? AND leaves = 1",
        (at.row, entry["station"]),
    )


def _leave(tables: Tables, entry: Entry, at: At) -> None:
    _mark(tables, at, entry["station"], entry.get("worker") or "", 1)


def _mark(tables: Tables, at: At, station: str, worker: str, leaves: int) -> None:
    values = (at.row, at.time_ns, at.waiting, station, worker, leaves)
    tables.apart("INSERT OR IGNORE INTO work_marks VALUES(?,?,?,?,?,?)", values)


BADGE: Final = Shape({"station": str, "worker": str})
LEAVE: Final = Shape({"station": str}, {"worker": str})
PROJECTION: Final = Projection(
    SCHEMA, {"badge": Word(_badge, BADGE), "leave": Word(_leave, LEAVE)}, timed=("work_marks",)
)
