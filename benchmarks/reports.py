"""Reports of a month on a year's ledger of 1.5 million scans: how long each takes, beside adding up the lines.

The tables are made in bulk, as the fold would leave them: most reports do not need the journal's own events. That which
holds scans against machines does: it has a journal of a month, in which machines counted twice for each scan.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import apsw
from histories import HandClock
from rig import emit

from gateway.config.root import EdgeConfig
from gateway.event import Event
from gateway.journal import figures as of_machines
from gateway.journal.files import Files
from gateway.journal.pager import Pager
from gateway.journal.rows import key
from gateway.journal.store import Store
from gateway.pay import book
from gateway.pay.terms import Terms
from gateway.reports import contradictions
from gateway.reports.figures import figures
from gateway.reports.plan import Plan
from gateway.work import fold
from gateway.work.catalogue import ConfiguredCatalogue
from gateway.work.projection import Tables
from gateway.work.projections import quarters

WORKLOAD: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text())
FIRST = date(2025, 12, 1)
SECOND_NS = 1_000_000_000
DAY_NS = 86_400 * SECOND_NS
STATIONS = 20  # with a machine and a worker each
MACHINES = [(f"machine_{n}", f"sewing_{n}") for n in range(STATIONS)]
MONTH = date(2026, 10, 1), date(2026, 10, 31)
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


def lines(load: dict[str, Any], first: date = FIRST, over: int = 365) -> Iterator[tuple[Any, ...]]:
    """A year of coupons, or some days: every worker does one operation of a style for an hour, a bundle in minutes."""
    days, workers, count = load["days"], load["workers"], load["scans"]
    a_day = count // days
    n = 0
    for day in range(days):
        date_of = first + timedelta(day * over // days)
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
                f"sewing_{worker % STATIONS}",
            )
            yield (key(1, n), 0, start_ns + second * SECOND_NS, 0, what, *about, 20, None, None, None)


def lived(path: Path, made: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Keep what the machines did and counted for these lines, and their scans; yield lines with their scans' keys.

    Each machine counts a bundle in two, shortly before its scan; of every fiftieth it counts too little.
    """
    lines_of = {line[0]: line for line in made}
    happened: list[tuple[int, str, str, dict[str, Any]]] = []
    totals, days = dict.fromkeys(range(STATIONS), 0), set()
    for row, line in lines_of.items():
        at, place = line[2], int(line[10].removeprefix("sewing_"))
        machine, pieces = f"machine_{place}", 10 if row % 50 else 4
        if (place, at // DAY_NS) not in days:
            days.add((place, at // DAY_NS))
            happened.append((at - 60 * SECOND_NS, "state", machine, {"state": "run", "before": "off", "after_s": 1.0}))
        for ago_s in (20, 5):
            totals[place] += pieces
            body = {"delta": pieces, "total": totals[place], "reset": False, "raw": totals[place], "cycle_s": 1.5}
            happened.append((at - ago_s * SECOND_NS, "count", machine, body))
        entry = {"do": line[4], "bundle": line[5], "operation": line[6], "quantity": 20, "worker": line[9]}
        body = {"raw": f"B-{row}", "answer": "accepted", "station": line[10], "entries": [entry], "line": row}
        happened.append((at, "scan", "scanner_1", body))
    clock = HandClock(0, offset_ns=0)
    store = Store(Files(path), clock, 0.0)
    store.open()
    with store.transaction():
        for at, kind, source, body in sorted(happened, key=lambda one: one[0]):
            clock.now_ns = at
            row, body = body.pop("line", 0), body if kind == "scan" else body | {"machine": source}
            place = store.append(Event(kind, source, at, body)).position
            if row:
                yield (key(place.start, place.n), *lines_of[row][1:])
    pager = Pager()
    while pager.step(store):
        pass
    store.close()


def fill(db: apsw.Connection, load: dict[str, Any], made: Iterable[tuple[Any, ...]]) -> int:
    """Make the ledger's tables of these lines; return how many."""
    fold.begin(db)
    with db:
        db.executemany(f"INSERT INTO work_lines VALUES({','.join('?' * 15)})", made)
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


def asked(path: Path, terms: Terms, span: tuple[int, int]) -> dict[str, Any]:
    """Make a journal of a month with scans and machines; return the question for their contradictions."""
    load = WORKLOAD | {"scans": WORKLOAD["scans"] // 12, "days": WORKLOAD["days"] // 12}
    made = list(lived(path, lines(load, MONTH[0], 31)))
    db = apsw.Connection(str(path))
    fill(db, load, made)
    with db:
        fold.finish(db)
    db.close()
    machines = [{"name": name, "station": station, "counts": True} for name, station in MACHINES]
    return {**terms.question(), "span": list(span), "machines": machines, "journal": str(path)}


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
        path, config, first, last = str(Path(folder) / "journal.db"), configuration(WORKLOAD), *MONTH
        filling = apsw.Connection(path)
        count = fill(filling, WORKLOAD, lines(WORKLOAD))
        filling.close()
        db = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY)
        plan = Plan.of(Terms.of(config), ConfiguredCatalogue(config.work), db)
        span = plan.terms.bounds(first, last)
        now_ns = plan.terms.bounds(date(2026, 12, 1), date(2026, 12, 1))[0]
        question = asked(Path(folder) / "month.db", plan.terms, span)
        planned = [ends for _, ends in plan.terms.days(span)]
        machines = [one | {"ideal_cycle_s": 1.5, "micro_stop_s": 300.0} for one in question["machines"]]
        reports: dict[str, Callable[[], Any]] = {
            "pay": lambda: book.read(db, plan.terms, first, last, now_ns).entry(),
            "figures": lambda: figures(db, plan, span, now_ns),
            "workers": lambda: figures(db, plan, span, now_ns, workers=True),
            "contradictions": lambda: contradictions.answer(question),
            "machines": lambda: of_machines.answer({**question, "machines": machines, "planned": planned}),
        }
        assert reports["pay"]()["won"] > 10**6
        told = reports["contradictions"]()
        assert 0 < told["stays_wrong"] < told["stays_compared"] / 10, told["stays_wrong"]
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
