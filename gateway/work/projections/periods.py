"""Pay periods that are closed, and every rate that was ever told.

A period is closed by an entry, for ever. What belongs to it: the lines of its time that stood before the closing, and
those that came late for the one before. Rates are kept with the row that told them, so a closed period can be worked
out again with what was known then.
"""

import json
from typing import Any, Final, NamedTuple

import apsw

from gateway.work.entries import Entry, Shape
from gateway.work.projection import At, Projection, Tables, Word
from gateway.work.projections import masters

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS work_periods(
    n INTEGER PRIMARY KEY, row INTEGER NOT NULL UNIQUE, first TEXT NOT NULL, last TEXT NOT NULL,
    start_ns INTEGER NOT NULL, stop_ns INTEGER NOT NULL, sums TEXT NOT NULL, hash TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS work_rates(
    operation TEXT NOT NULL, style TEXT NOT NULL, since TEXT NOT NULL, row INTEGER NOT NULL, won TEXT NOT NULL,
    retired INTEGER NOT NULL, until INTEGER, PRIMARY KEY(operation, style, since, row)) WITHOUT ROWID, STRICT;
"""


class Closed(NamedTuple):
    """A period that is closed."""

    n: int  # 1, 2, 3 ... in the order of closing, which is that of their time
    row: int  # key of the event that closed it
    first: str  # local dates, ISO; both belong to it
    last: str
    start_ns: int  # UTC, by the zone that the shop had then
    stop_ns: int
    sums: dict[str, Any]
    hash: str  # SHA-256 of its lines


def _close(tables: Tables, entry: Entry, at: At) -> None:
    """Lines that stand behind must find it: it is not gathered, and all that was gathered goes before it."""
    tables.execute(
        "INSERT OR IGNORE INTO work_periods SELECT coalesce(max(n), 0) + 1, ?, ?, ?, ?, ?, ?, ? FROM work_periods",
        (
            at.row,
            entry["from"],
            entry["to"],
            entry["start_ns"],
            entry["stop_ns"],
            json.dumps(entry["sums"], sort_keys=True),
            entry["hash"],
        ),
    )


def _rate(tables: Tables, entry: Entry, at: At) -> None:
    tables.apart(
        "INSERT OR REPLACE INTO work_rates VALUES(?,?,?,?,?,?,NULL)",
        (
            entry["operation"],
            entry.get("style") or "",
            entry["from"],
            at.row,
            entry["won"],
            int(bool(entry.get("retired"))),
        ),
    )


def _take_back(tables: Tables, row: int, at: At) -> None:
    """A rate that is taken back was known until then. A closing cannot be taken back."""
    tables.apart("UPDATE work_rates SET until = ? WHERE row = ? AND until IS NULL", (at.row, row))


def closed(db: apsw.Connection) -> list[Closed]:
    """Return all closed periods, in order."""
    rows = list(db.execute("SELECT * FROM work_periods ORDER BY n"))
    return [
        Closed(n, row, first, last, start_ns, stop_ns, json.loads(sums), digest)
        for n, row, first, last, start_ns, stop_ns, sums, digest in rows
    ]


CLOSE: Final = Shape({"from": str, "to": str, "start_ns": int, "stop_ns": int, "sums": dict, "hash": str})
PROJECTION: Final = Projection(
    SCHEMA, {"close": Word(_close, CLOSE), "rate": Word(_rate, masters.SHAPES["rate"])}, _take_back
)
