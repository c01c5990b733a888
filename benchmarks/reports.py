"""Reports of a month on a year's ledger of 1.5 million scans: how long each takes, beside adding up the lines.

The tables are made in bulk, as the fold would leave them: the journal's own events are not needed to read reports.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import apsw
from rig import emit

from gateway.config.root import EdgeConfig
from gateway.journal.rows import key
from gateway.pay import book
from gateway.pay.terms import Terms
from gateway.reports.figures import figures
from gateway.reports.plan import Plan
from gateway.work import fold
from gateway.work.catalogue import ConfiguredCatalogue
from gateway.work.projection import Tables
from gateway.work.projections import quarters

WORKLOAD: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text())
FIRST = date(2025, 12, 1)
SECOND_NS = 1_000_000_000
RUNS = 5


def configuration(load: dict[str, Any]) -> EdgeConfig:
    """A sewing shop with a route of operations, each after the one before."""
    codes = [f"OP{n:02d}" for n in range(load["operations"])]
    operations = [
        {"code": code, "label": {"ko": code, "en": code}, "sam_s": 30 + n, "after": codes[n - 1 : n] if n else []}
        for n, code in enumerate(codes)
    ]
    shift = {"name": "day", "start": "09:00", "end": "18:00", "days": ["mon", "tue", "wed", "thu", "fri", "sat"]}
    wage = [{"since": "2025-01-01", "won_per_h": 10030}, {"since": "2026-01-01", "won_per_h": 10320}]
    work = {"operations": operations, "minimum_wage": wage}
    return EdgeConfig.model_validate({"workshop": {"id": "b", "name": "b"}, "work": work, "shifts": [shift]})


def lines(load: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """A year of coupons: every worker does one operation of a style for an hour, a bundle each few minutes."""
    days, workers, count = load["days"], load["workers"], load["scans"]
    a_day = count // days
    n = 0
    for day in range(days):
        date_of = FIRST + timedelta(day * 365 // days)
        start_ns = int(datetime(date_of.year, date_of.month, date_of.day, tzinfo=UTC).timestamp()) * SECOND_NS
        for place in range(a_day):
            n += 1
            second = place * 9 * 3600 // a_day
            worker, hour = place % workers, second // 3600
            operation = f"OP{(worker + hour) % load['operations']:02d}"
            order = f"O{day // 5:04d}"
            what = "defect" if n % 50 == 0 else "done"
            about = (
                f"{n:07d}",
                operation,
                order,
                f"S{day // 5 % 40:02d}",
                f"{worker + 1:03d}",
                f"sewing_{worker % 12}",
            )
            yield (key(1, n), 0, start_ns + second * SECOND_NS, 0, what, *about, 20, None, None, None)


def fill(db: apsw.Connection, load: dict[str, Any]) -> int:
    """Make the ledger's tables of a year; return how many lines."""
    fold.begin(db)
    with db:
        db.executemany(f"INSERT INTO work_lines VALUES({','.join('?' * 15)})", lines(load))
        tables = Tables(db)
        quarters.add(tables, db.execute("SELECT * FROM work_lines"))
        quarters.end(tables)
        db.execute("INSERT INTO work_hours SELECT time_ns / 3600000000000, min(row) FROM work_lines GROUP BY 1")
        for n in range(load["operations"]):
            rate = (f"OP{n:02d}", str(100 + n))
            db.execute("INSERT INTO work_rates VALUES(?, '', '2025-01-01', 1, ?, 0, NULL)", rate)
        db.execute(
            "INSERT OR IGNORE INTO work_marks SELECT min(row), min(time_ns), 0, station, worker, 0 FROM work_lines"
            " GROUP BY time_ns / 14400000000000, worker, station"
        )
        made = "SELECT bundle, NULL, order_code, style, NULL, NULL, quantity, row FROM work_lines WHERE row % 10 = 0"
        db.execute(f"INSERT INTO work_bundles {made}")
        db.execute("INSERT INTO work_open SELECT bundle FROM work_bundles ORDER BY row DESC LIMIT 500")
    return int(next(db.execute("SELECT count(*) FROM work_lines"))[0])


def control(db: apsw.Connection, span: tuple[int, int]) -> None:
    """Add up a month's lines by worker, operation and day, as one would without sums: an index on time is given."""
    rows = db.execute(
        "SELECT worker, operation, time_ns / 86400000000000, sum(quantity) FROM work_lines"
        " WHERE time_ns >= ? AND time_ns < ? GROUP BY 1, 2, 3",
        span,
    )
    assert len(list(rows)) > 100


def timed_ms(work: Callable[[], Any]) -> tuple[float, float]:
    """Return the medians of some runs: by the clock on the wall, and of the processor alone."""
    took = []
    for _ in range(RUNS):
        begun = time.perf_counter(), time.process_time()
        work()
        took.append((time.perf_counter() - begun[0], time.process_time() - begun[1]))
    wall, cpu = (statistics.median(one) * 1e3 for one in zip(*took, strict=True))
    return wall, cpu


def main() -> None:
    """Measure on the disk of /var/tmp, which is not held in memory."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        path = str(Path(folder) / "journal.db")
        filling = apsw.Connection(path)
        count = fill(filling, WORKLOAD)
        filling.close()
        db = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY)
        config = configuration(WORKLOAD)
        plan = Plan.of(Terms.of(config), ConfiguredCatalogue(config.work), db)
        first, last = date(2026, 10, 1), date(2026, 10, 31)
        span = plan.terms.bounds(first, last)
        now_ns = plan.terms.bounds(date(2026, 12, 1), date(2026, 12, 1))[0]
        reports: dict[str, Callable[[], Any]] = {
            "pay": lambda: book.read(db, plan.terms, first, last, now_ns).entry(),
            "figures": lambda: figures(db, plan, span, now_ns),
            "workers": lambda: figures(db, plan, span, now_ns, workers=True),
        }
        assert reports["pay"]()["won"] > 10**6
        took = {name: timed_ms(work) for name, work in reports.items()}
        for name, (wall, cpu) in took.items():
            emit(f"work.month_report_ms_{name}", wall, "ms", lines=count, cpu_ms=round(cpu, 1))
        wall, cpu = max(took.values())
        emit("work.month_report_ms", wall, "ms", lines=count, cpu_ms=round(cpu, 1))
        db.close()
        db = apsw.Connection(path)
        db.execute("CREATE INDEX by_time ON work_lines(time_ns)")
        wall, cpu = timed_ms(lambda: control(db, span))
        emit("work.month_report_ms_control", wall, "ms", lines=count, cpu_ms=round(cpu, 1))
        db.close()


if __name__ == "__main__":
    main()
