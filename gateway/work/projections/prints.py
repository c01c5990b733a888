"""What was printed: each print, how often each ticket was, and which serials are issued."""

import json
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import apsw

from gateway.journal.rows import N_BITS, N_MASK, Epoch
from gateway.work import serials
from gateway.work.entries import Entry, Shape
from gateway.work.projection import At, Projection, Tables, Word

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS work_prints(
    row INTEGER NOT NULL, n INTEGER NOT NULL, time_ns INTEGER NOT NULL, waiting INTEGER NOT NULL, what TEXT NOT NULL,
    printer TEXT NOT NULL, copy INTEGER NOT NULL, labels INTEGER NOT NULL, serials TEXT NOT NULL,
    PRIMARY KEY(row, n)) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS work_prints_waiting ON work_prints(row) WHERE waiting = 1;
CREATE TABLE IF NOT EXISTS work_printed(code TEXT NOT NULL PRIMARY KEY, times INTEGER NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS work_serials(head TEXT NOT NULL PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID, STRICT;
"""


class Print(NamedTuple):
    """One print."""

    start: int  # of its event's place
    token: str
    n: int
    time_ns: int
    what: str
    printer: str
    copy: int  # 0: first; else the highest of its tickets' reprints
    labels: int
    serials: list[str]


def _print(tables: Tables, entry: Entry, at: At) -> None:
    issued = entry.get("serials") or []
    values = (entry["what"], entry["printer"], entry["copy"], entry["labels"], json.dumps(issued))
    tables.apart(
        "INSERT INTO work_prints SELECT ?1, count(*), ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM work_prints WHERE row = ?1",
        (at.row, at.time_ns, at.waiting, *values),
    )
    for code in entry.get("codes") or []:
        tables.apart("INSERT INTO work_printed VALUES(?, 1) ON CONFLICT DO UPDATE SET times = times + 1", (code,))
    _issued(tables, entry.get("issued") or [])


def _issue(tables: Tables, entry: Entry, at: At) -> None:
    """Serials that were given without a print: to the bundles of an imported order."""
    _issued(tables, entry["serials"])


def _issued(tables: Tables, issued: Iterable[str]) -> None:
    for serial in issued:
        tables.apart(
            "INSERT INTO work_serials VALUES(?1, ?2) ON CONFLICT DO UPDATE SET last = max(last, ?2)",
            (serial[: -serials.WIDTH], serials.number(serial)),
        )


def issue(db: apsw.Connection, epoch: Epoch, how_many: int) -> list[str]:
    """Return serials that were never issued; they are once a `print` or `issue` of this transaction names them.

    `epoch`: the start of the daemon that this is. Raises NotRecorded when there are no more.
    """
    (last,) = next(db.execute("SELECT coalesce(max(last), 0) FROM work_serials WHERE head = ?", (serials.head(epoch),)))
    return [serials.of(epoch, last + n) for n in range(1, how_many + 1)]


def epoch(db: apsw.Connection) -> Epoch:
    """Return the start of the daemon that this is: its writer made it the newest one."""
    return Epoch(*next(db.execute("SELECT start, token, boot FROM epochs ORDER BY start DESC LIMIT 1")))


def times(db: apsw.Connection, codes: Iterable[str]) -> dict[str, int]:
    """Return how often each of these tickets was printed."""
    found: dict[str, int] = {}
    for code in codes:
        row = db.execute("SELECT times FROM work_printed WHERE code = ?", (code,)).fetchone()
        found[code] = row[0] if row else 0
    return found


def newest(db: apsw.Connection, limit: int) -> list[Print]:
    """Return the newest prints, newest first."""
    columns = f"start, token, row & {N_MASK}, time_ns, what, printer, copy, labels, serials"
    rows: Any = db.execute(
        f"SELECT {columns} FROM work_prints JOIN epochs ON start = row >> {N_BITS} ORDER BY row DESC, n DESC LIMIT ?",
        (limit,),
    )
    return [Print._make((*row[:-1], json.loads(row[-1]))) for row in rows]


PROJECTION: Final = Projection(
    SCHEMA,
    {
        "print": Word(
            _print,
            Shape(
                {"what": str, "printer": str, "copy": int, "labels": int},
                {"serials": list, "codes": list, "issued": list},
            ),
        ),
        "issue": Word(_issue, Shape({"serials": list})),
    },
    timed=("work_prints",),
)
