"""Sums of the lines by the quarter hour: reports of a month read these, and not a hundred thousand lines.

Every zone is a whole number of quarter hours away from UTC, so hours and days of any shop are sums of them. Triggers
keep them: whatever writes a line, or gives it the UTC that the journal froze, writes its sum in the same statement.
While all is made anew there are no triggers: some thousand lines at a time are summed up by one statement.

A line's place in pay is kept beside it. `rated`: the quarter hour whose rate counts, that of the line that it corrects.
`late`: the closed period within whose time it lies, though it came after the closing: it belongs to the next one.
`corrects`: the closed period in which the line was paid that it takes back. Both are numbers of work_periods, 0: none.
"""

from typing import Final

from gateway.work.projection import Projection, Tables

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
_PAGE_QUARTERS: Final = f"""
  INSERT INTO work_quarters SELECT
    NEW.time_ns / {QUARTER_NS} AS quarter, NEW.what, NEW.worker, NEW.operation, coalesce(NEW.style, '') AS style_,
    coalesce(NEW.order_code, '') AS order_, NEW.station,
    iif(NEW.corrects_row IS NULL, NEW.time_ns, coalesce(({_CORRECTED}), NEW.time_ns)) / {QUARTER_NS} AS rated_,
    {_LATE} AS late_, iif(NEW.corrects_row IS NULL, 0, {_CORRECTS}) AS corrects_, sum(NEW.quantity), count(*)
  FROM work_lines AS NEW WHERE NEW.row BETWEEN ?1 AND ?2 AND NEW.waiting = 0
  GROUP BY quarter, NEW.what, NEW.worker, NEW.operation, style_, order_, NEW.station, rated_, late_, corrects_
  ON CONFLICT DO UPDATE SET quantity = quantity + excluded.quantity, lines = lines + excluded.lines
"""
_PAGE_PROGRESS: Final = """
  INSERT INTO work_progress SELECT
    coalesce(order_code, '') AS order_, coalesce(style, '') AS style_, operation, what, sum(quantity),
    min(time_ns), max(time_ns)
  FROM work_lines WHERE row BETWEEN ?1 AND ?2 AND waiting = 0 GROUP BY order_, style_, operation, what
  ON CONFLICT DO UPDATE SET quantity = quantity + excluded.quantity,
    first_ns = min(first_ns, excluded.first_ns), last_ns = max(last_ns, excluded.last_ns)
"""
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


def sum_lines(tables: Tables, first: int, last: int) -> None:
    """Sum up the lines that stand between two events, both counted."""
    tables.execute(_PAGE_QUARTERS, (first, last))
    tables.execute(_PAGE_PROGRESS, (first, last))


PROJECTION: Final = Projection(SCHEMA, {}, triggers=TRIGGERS, page=sum_lines)
