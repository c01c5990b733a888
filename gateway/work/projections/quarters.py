"""Sums of the lines by the quarter hour: reports of a month read these, and not a hundred thousand lines.

Every zone is a whole number of quarter hours away from UTC, so hours and days of any shop are sums of them. Triggers
keep them: whatever writes a line, or gives it the UTC that the journal froze, writes its sum in the same statement.
While all is made anew there are no triggers: lines are summed up here, and some thousand of them written at a time.

A line's place in pay is kept beside it. `rated`: the quarter hour whose rate counts, that of the line that it corrects.
`late`: the closed period within whose time it lies, though it came after the closing: it belongs to the next one.
`corrects`: the closed period in which the line was paid that it takes back. Both are numbers of work_periods, 0: none.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.work.coupons import Coupon
from gateway.work.projection import Into, Projection, Tables, Values
from gateway.work.projections import lines

QUARTER_NS: Final = 900_000_000_000
_LATE: Final = (
    "coalesce((SELECT max(period.n) FROM work_periods AS period"
    " WHERE period.row < NEW.row AND period.stop_ns > NEW.time_ns), 0)"
)
_CORRECTED: Final = "SELECT line.time_ns FROM work_lines AS line WHERE line.row = NEW.corrects_row LIMIT 1"
_CORRECTS: Final = (
    "coalesce((SELECT min(period.n) FROM work_periods AS period WHERE NEW.corrects_row IS NOT NULL"
    f" AND period.row > NEW.corrects_row AND period.row < NEW.row AND period.stop_ns > ({_CORRECTED})), 0)"
)
_ADD: Final = f"""
  INSERT INTO work_quarters VALUES(
    NEW.time_ns / {QUARTER_NS}, NEW.what, NEW.worker, NEW.operation, coalesce(NEW.style, ''),
    coalesce(NEW.order_code, ''), NEW.station, coalesce(({_CORRECTED}), NEW.time_ns) / {QUARTER_NS},
    {_LATE}, {_CORRECTS}, NEW.quantity, 1)
  ON CONFLICT DO UPDATE SET quantity = quantity + excluded.quantity, lines = lines + 1;
  INSERT INTO work_progress VALUES(
    coalesce(NEW.order_code, ''), coalesce(NEW.style, ''), NEW.operation, NEW.what, NEW.quantity,
    NEW.time_ns, NEW.time_ns)
  ON CONFLICT DO UPDATE SET quantity = quantity + excluded.quantity,
    first_ns = min(first_ns, excluded.first_ns), last_ns = max(last_ns, excluded.last_ns);
"""
_PLACE: Final = f"""
  SELECT coalesce(({_CORRECTED}), NEW.time_ns) / {QUARTER_NS}, {_LATE}, {_CORRECTS}
  FROM work_lines AS NEW WHERE NEW.row = ? AND NEW.n = ?
"""
_QUARTERS: Final = Into(
    "INSERT INTO work_quarters",
    12,
    " ON CONFLICT DO UPDATE SET quantity = quantity + excluded.quantity, lines = lines + excluded.lines",
)
_PROGRESS: Final = Into(
    "INSERT INTO work_progress",
    7,
    " ON CONFLICT DO UPDATE SET quantity = quantity + excluded.quantity,"
    " first_ns = min(first_ns, excluded.first_ns), last_ns = max(last_ns, excluded.last_ns)",
)
SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS work_quarters(
    quarter INTEGER NOT NULL, what TEXT NOT NULL, worker TEXT NOT NULL, operation TEXT NOT NULL,
    style TEXT NOT NULL, order_code TEXT NOT NULL, station TEXT NOT NULL, rated INTEGER NOT NULL,
    late INTEGER NOT NULL, corrects INTEGER NOT NULL, quantity INTEGER NOT NULL, lines INTEGER NOT NULL,
    PRIMARY KEY(quarter, what, worker, operation, style, order_code, station, rated, late, corrects)
    ) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS work_quarters_late ON work_quarters(late) WHERE late > 0;
CREATE TABLE IF NOT EXISTS work_progress(
    order_code TEXT NOT NULL, style TEXT NOT NULL, operation TEXT NOT NULL, what TEXT NOT NULL,
    quantity INTEGER NOT NULL, first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL,
    PRIMARY KEY(order_code, style, operation, what)) WITHOUT ROWID, STRICT;
"""
TRIGGERS: Final = f"""
CREATE TRIGGER IF NOT EXISTS work_quarters_new AFTER INSERT ON work_lines WHEN NEW.waiting = 0 BEGIN{_ADD}END;
CREATE TRIGGER IF NOT EXISTS work_quarters_settled AFTER UPDATE OF waiting ON work_lines
    WHEN OLD.waiting = 1 AND NEW.waiting = 0 BEGIN{_ADD}END;
"""


@dataclass(slots=True)
class Sum:
    """Of lines that belong together."""

    quantity: int
    lines: int
    first_ns: int
    last_ns: int

    def add(self, other: "Sum") -> None:
        self.quantity += other.quantity
        self.lines += other.lines
        self.first_ns, self.last_ns = min(self.first_ns, other.first_ns), max(self.last_ns, other.last_ns)


def add(tables: Tables, made: Iterable[Values]) -> None:
    """Add rows of work_lines to the sums that `end` writes."""
    sums = _sums(tables)
    for row, n, at, waiting, what, _, operation, order, style, worker, station, quantity, *_ in made:
        if not waiting:
            about = (operation, order, style, worker, station, at // QUARTER_NS)
            place = next(tables.apart(_PLACE, (row, n)))
            sums.setdefault((*about, what, *place), Sum(0, 0, at, at)).add(Sum(quantity, 1, at, at))


def add_coupons(tables: Tables, made: Sequence[Coupon]) -> None:
    """Add coupons, which correct nothing."""
    sums = _sums(tables)
    ((closed_ns,),) = tables.apart("SELECT coalesce(max(stop_ns), 0) FROM work_periods")
    for row, at, _, operation, order, style, worker, station, quantity in made:
        about: Values = (operation, order, style, worker, station, at // QUARTER_NS)
        if at < closed_ns:
            about = (*about, "done", *next(tables.apart(_PLACE, (row, 0))))
        found = sums.get(about)
        if found is None:
            sums[about] = Sum(quantity, 1, at, at)
            continue
        found.quantity += quantity
        found.lines += 1
        if at > found.last_ns:
            found.last_ns = at
        elif at < found.first_ns:
            found.first_ns = at


def _sums(tables: Tables) -> dict[Values, Sum]:
    found: dict[Values, Sum] = tables.seen.setdefault("quarters", {})
    return found


def end(tables: Tables) -> None:
    """Write the sums."""
    progress: dict[Values, Sum] = {}
    for (operation, order, style, worker, station, quarter, *more), one in _sums(tables).items():
        style, order = style or "", order or ""
        what, *place = more or ("done", quarter, 0, 0)
        about = (quarter, what, worker, operation, style, order, station, *place)
        tables.insert(_QUARTERS, (*about, one.quantity, one.lines))
        progress.setdefault((order, style, operation, what), Sum(0, 0, one.first_ns, one.last_ns)).add(one)
    for about, one in progress.items():
        tables.insert(_PROGRESS, (*about, one.quantity, one.first_ns, one.last_ns))


PROJECTION: Final = Projection(
    SCHEMA, {}, triggers=TRIGGERS, told={lines.INTO: add, lines.COUPONS: add_coupons}, end=end
)
