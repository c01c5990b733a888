"""The lines of the ledger: append-only, signed. All sums of pay, output, WIP and defects are sums over them.

What is taken back stays, and gets a negative line (`corrects_row` is the row of what it takes back) at its own time:
a period that is closed does not change. `worker` is to whose account a line goes: who did it; for a defect or scrap who
caused it, as far as that is known, else ''; for a repair who earns it. `by_worker` is who told of it or repaired.
Where `work.defect_pay` is `deduct`, what a worker earns is done - defect + repair of his lines; else it is done alone.
"""

from typing import Any, Final, NamedTuple

import apsw

from gateway.work.coupons import Coupons
from gateway.work.entries import Entry, Shape
from gateway.work.projection import At, Into, Projection, Tables, Word

HOUR_NS: Final = 3_600_000_000_000
SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS work_lines(
    row INTEGER NOT NULL, n INTEGER NOT NULL, time_ns INTEGER NOT NULL, waiting INTEGER NOT NULL,
    what TEXT NOT NULL, bundle TEXT, operation TEXT NOT NULL, order_code TEXT, style TEXT,
    worker TEXT NOT NULL, station TEXT NOT NULL, quantity INTEGER NOT NULL, corrects_row INTEGER,
    code TEXT, by_worker TEXT, PRIMARY KEY(row, n)) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS work_lines_waiting ON work_lines(row, n) WHERE waiting = 1;
CREATE INDEX IF NOT EXISTS work_lines_corrects ON work_lines(corrects_row) WHERE corrects_row IS NOT NULL;
CREATE INDEX IF NOT EXISTS work_lines_rare ON work_lines(bundle) WHERE what <> 'done' OR corrects_row IS NOT NULL;
CREATE TABLE IF NOT EXISTS work_hours(hour INTEGER PRIMARY KEY, row INTEGER NOT NULL) STRICT;
"""
INTO: Final = Into("INSERT INTO work_lines", 15)
COUPONS: Final = Into("INSERT INTO work_lines", "(?,0,?,0,'done',?,?,?,?,?,?,?,NULL,NULL,NULL)")


class Line(NamedTuple):
    """A line as it stands in the table."""

    row: int
    n: int  # 0, 1, 2 ... of one event
    time_ns: int
    waiting: int
    what: str  # done, defect, repair, scrap
    bundle: str | None
    operation: str
    order_code: str | None
    style: str | None
    worker: str
    station: str
    quantity: int
    corrects_row: int | None
    code: str | None
    by_worker: str | None


def write(tables: Tables, at: At, what: str, worker: str, quantity: int, entry: Entry, by: str | None = None) -> None:
    """Append a line about the entry's bundle, operation, order, style, station and code."""
    _append(
        tables,
        at,
        (what, entry.get("bundle"), entry["operation"], entry.get("order"), entry.get("style")),
        (worker, entry.get("station") or "", quantity, None, entry.get("code"), by),
    )


def _append(tables: Tables, at: At, about: tuple[Any, ...], of: tuple[Any, ...]) -> None:
    tables.insert(INTO, (at.row, at.lines, at.time_ns, at.waiting, *about, *of))
    at.lines += 1
    if not at.waiting:
        _begin_hour(tables, at.time_ns, at.row)


def _begin_hour(tables: Tables, time_ns: int, row: int) -> None:
    """Keep the first row of each hour: all that was done in it stands there or behind, whatever the clock did."""
    hour = time_ns // HOUR_NS
    if tables.seen.get(hour, row + 1) <= row:
        return
    tables.seen[hour] = row
    tables.apart(
        "INSERT INTO work_hours VALUES(?, ?) ON CONFLICT DO UPDATE SET row = excluded.row WHERE excluded.row < row",
        (hour, row),
    )


def _done(tables: Tables, entry: Entry, at: At) -> None:
    """One line, or one for each who has a share, in the order of the file, which sorts keys."""
    for worker, quantity in sorted((entry.get("shares") or {entry["worker"]: entry["quantity"]}).items()):
        write(tables, at, "done", worker, quantity, entry)


def _coupons(tables: Tables, coupons: Coupons) -> None:
    tables.gather(COUPONS, coupons.made)
    for hour, row in {made[1] // HOUR_NS: made[0] for made in reversed(coupons.made)}.items():
        _begin_hour(tables, hour * HOUR_NS, row)


def _defect(tables: Tables, entry: Entry, at: At) -> None:
    write(tables, at, "defect", entry.get("cause_worker") or "", entry["quantity"], entry, entry["worker"])


def _repair(tables: Tables, entry: Entry, at: At) -> None:
    """What a defect took from whoever caused it comes back to `for_worker`, as the shop has it; '' earns nobody."""
    whose = entry.get("for_worker")
    write(tables, at, "repair", entry["worker"] if whose is None else whose, entry["quantity"], entry, entry["worker"])


def _scrap(tables: Tables, entry: Entry, at: At) -> None:
    write(tables, at, "scrap", entry.get("cause_worker") or "", entry["quantity"], entry, entry["worker"])


def _take_back(tables: Tables, row: int, at: At) -> None:
    """Append the negative of each line of an event, unless that was done before."""
    if not corrected(tables, row):
        for line in of_row(tables, row):
            if line.corrects_row is None:
                _negative(tables, line, at)


def _negative(tables: Tables, line: Line, at: At) -> None:
    about = (line.what, line.bundle, line.operation, line.order_code, line.style)
    _append(tables, at, about, (line.worker, line.station, -line.quantity, line.row, line.code, line.by_worker))


def replace(tables: Tables, earlier: int, row: int, bundle: str, operation: str) -> None:
    """Take back what an event did of one operation of a bundle, at the time of the one that did it again."""
    ((time_ns, waiting, lines),) = tables.execute(
        "SELECT max(time_ns), max(waiting), max(n) + 1 FROM work_lines WHERE row = ?", (row,)
    )
    at = At(row, "", 0, time_ns, waiting, lines)
    for line in of_row(tables, earlier):
        if (line.what, line.bundle, line.operation, line.corrects_row) == ("done", bundle, operation, None):
            _negative(tables, line, at)


def of_row(db: Tables | apsw.Connection, row: int) -> list[Line]:
    """Return the lines of an event."""
    return [Line(*line) for line in list(db.execute("SELECT * FROM work_lines WHERE row = ? ORDER BY n", (row,)))]


def corrected(db: Tables | apsw.Connection, row: int) -> bool:
    """Return whether what an event did was taken back."""
    return bool(list(db.execute("SELECT 1 FROM work_lines WHERE corrects_row = ? LIMIT 1", (row,))))


def _last(db: apsw.Connection, station: str, after: int) -> int | None:
    """Return the newest event at a station whose lines still hold: it may have been voided since."""
    found = db.execute(
        "SELECT row FROM work_lines AS line WHERE row > ? AND station = ? AND corrects_row IS NULL AND NOT EXISTS"
        " (SELECT 1 FROM work_lines WHERE corrects_row = line.row) ORDER BY row DESC LIMIT 1",
        (after, station),
    ).fetchone()
    return found and int(found[0])


DONE: Final = Shape(
    {"operation": str, "quantity": int, "worker": str, "station": str},
    {"bundle": str, "shares": dict, "order": str, "style": str, "last": bool},
)
_OF_BUNDLE: Final = {"bundle": str, "order": str, "style": str, "station": str, "cause_worker": str, "code": str}
_REPAIR: Final = {**_OF_BUNDLE, "for_worker": str}
_PIECES: Final = {"operation": str, "quantity": int, "worker": str}
PROJECTION: Final = Projection(
    SCHEMA,
    {
        "done": Word(_done, DONE, _coupons),
        "defect": Word(_defect, Shape({**_PIECES, "code": str}, _OF_BUNDLE)),
        "repair": Word(_repair, Shape(_PIECES, _REPAIR)),
        "scrap": Word(_scrap, Shape(_PIECES, _OF_BUNDLE)),
    },
    _take_back,
    timed=("work_lines",),
    settled=_begin_hour,
    last=_last,
)
