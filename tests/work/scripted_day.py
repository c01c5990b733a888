"""A day of a shop as it was scanned, counted and weighed, on a real journal; and the reports that come of it.

A folder of `days/` holds `before.json` (entries of the morning: rates, bundles), `scans.csv` (time, what, where, value,
answer) and `reports/`, one file each. `what` is scan (a scanner and a code), count (a machine and pieces), weigh (a
scale, and value and unit) or meter (a machine and kWh).
"""

import asyncio
import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import apsw

from barcodes.scan import Scan
from drivers.base import Counters
from gateway import floor_reports
from gateway.config.load import load
from gateway.config.root import EdgeConfig
from gateway.desk import Desk
from gateway.event import Event
from gateway.journal.journal import Journal
from gateway.pay import book
from gateway.pay.terms import Terms
from gateway.reports.figures import figures
from gateway.reports.plan import Plan
from gateway.trades.templates import template
from gateway.work import stock
from gateway.work.answer import Answer
from gateway.work.floor import Weighed
from gateway.work.ledger import Ledger
from gateway.work.ledger_catalogue import LedgerCatalogue
from gateway.work.opening import open_ledger

DAYS = Path(__file__).with_name("days")
DAY = date(2026, 12, 1)
SEOUL = ZoneInfo("Asia/Seoul")
MIDNIGHT_NS = int(datetime(DAY.year, DAY.month, DAY.day, tzinfo=SEOUL).timestamp()) * 10**9
SPAN = MIDNIGHT_NS, MIDNIGHT_NS + 86_400 * 10**9


class Line(NamedTuple):
    """One line of the script."""

    time: str
    what: str
    where: str
    value: str
    answer: str


@dataclass
class Clock:
    """A clock that goes by the script: mono begins at midnight."""

    now_ns: int = 10**9
    synced: bool = True
    boot_id: str = "boot-1"

    def mono_ns(self) -> int:
        return self.now_ns

    def time_ns(self, mono_ns: int) -> int:
        return MIDNIGHT_NS + mono_ns


class Scanner:
    """A scanner that cannot be answered."""

    counters = Counters()


@dataclass
class Bench:
    """The instruments, as the script moves them."""

    pan: Weighed | None = None
    meters: dict[str, Decimal] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)

    def weighed(self, scale: str) -> Weighed | None:
        return self.pan if self.pan and self.pan.scale == scale else None

    def counted(self, machine: str) -> int | None:
        return self.totals.get(machine)

    def kwh(self, machine: str) -> Decimal | None:
        return self.meters.get(machine)


@dataclass
class Day:
    """What was answered, line by line, and the reports."""

    answers: list[tuple[Line, Answer]] = field(default_factory=list)
    reports: dict[str, Any] = field(default_factory=dict)


def run(trade: str, folder: Path) -> Day:
    """Live through a trade's day on a journal in a folder."""
    return asyncio.run(_run(trade, folder))


async def _run(trade: str, folder: Path) -> Day:
    config, clock, bench, day = load(template(trade)), Clock(), Bench(), Day()
    async with await Journal.open(folder / "journal.db", "gw_1", clock) as journal:
        await open_ledger(journal)
        catalogue = LedgerCatalogue(config.work, SEOUL, lambda: clock.time_ns(clock.now_ns))
        shown: list[Answer] = []
        ledger = Ledger(config, "gw_1", clock.boot_id, catalogue, bench)
        desk = Desk(journal, clock, ledger, lambda _, answer: shown.append(answer))
        before = json.loads((DAYS / trade / "before.json").read_text("utf-8"))
        await desk.record("import", "owner", lambda _: before)
        for line in script(trade):
            clock.now_ns = _mono_ns(line.time)
            if line.what == "scan":
                await desk.scan(Scan(line.where, clock.now_ns, line.value.encode()), Scanner())  # type: ignore[arg-type] # no driver
                day.answers.append((line, shown[-1]))
            else:
                await _instrument(line, bench, journal, clock)
        clock.now_ns = _mono_ns("23:59:59")
        day.reports = await journal.read(lambda db: dict(_reports(db, config, clock.time_ns(clock.now_ns))))
    return day


def script(trade: str) -> Iterator[Line]:
    """Yield the lines of a trade's day, in their order."""
    with (DAYS / trade / "scans.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Line(*(row[name] for name in Line._fields))


async def _instrument(line: Line, bench: Bench, journal: Journal, clock: Clock) -> None:
    match line.what:
        case "count":
            bench.totals[line.where] = bench.totals.get(line.where, 0) + int(line.value)
            body = {"machine": line.where, "delta": int(line.value), "total": bench.totals[line.where], "reset": False}
            await journal.append([Event("count", line.where, clock.now_ns, body)])
        case "weigh":
            value, unit = line.value.split()
            bench.pan = Weighed(line.where, f"{line.where}:{clock.now_ns}", clock.now_ns, float(value), unit, True)
        case "meter":
            bench.meters[line.where] = Decimal(line.value)
        case what:
            raise ValueError(f"{what}: a line is scan, count, weigh or meter")


def _reports(db: apsw.Connection, config: EdgeConfig, now_ns: int) -> Iterator[tuple[str, Any]]:
    """Yield each report in the few figures that the README checks."""
    terms = Terms.of(config)
    paid = book.read(db, terms, DAY, DAY, now_ns)
    short = {one["worker"]: one["minimum"]["shortfall_won"] for one in paid.entry()["workers"] if one["worker"]}
    yield "pay", {"won": paid.won, "workers": {slip.worker: slip.won for slip in paid.slips}, "shortfall": short}
    yield "output", _output(db)
    catalogue = LedgerCatalogue(config.work, SEOUL, lambda: now_ns)
    yield "wip", {code: pieces for code, pieces in sorted(stock.wip(db, catalogue).items()) if pieces}
    planned = terms.day.planned

    def planned_s(start_ns: int, stop_ns: int) -> float:
        return sum(stop - start for start, stop in planned((start_ns, stop_ns))) / 1e9

    yield "jobs", [_job(one) for one in floor_reports.jobs_report(db, SPAN, planned_s, workers=True)["jobs"]]
    yield (
        "tools",
        {one["tool"]: one["changed"] is not None for one in floor_reports.tools_report(db, config.work, {})["tools"]},
    )
    yield "figures", _figures(db, config, now_ns)
    losses = floor_reports.loss_report(db, SPAN, config.work)
    yield "loss", {"balances": [_loss(one) for one in losses["balances"]], "by_metal": losses["by_metal"]}
    used = floor_reports.equipment_report(db, SPAN, config.work, workers=True)["sessions"]
    yield "equipment", [{name: one[name] for name in ("equipment", "worker", "minutes", "kwh")} for one in used]
    told = floor_reports.downtime_report(db, SPAN, workers=False)["told"]
    yield "downtime", [f"{_clock(one['ts'])} {one['code']} {one['machine'] or one['station']}" for one in told]
    happened = floor_reports.incidents_report(db, SPAN, workers=False)["incidents"]
    yield "safety", [f"{_clock(one['ts'])} {one['what']} {one['where']} {one['severity']}" for one in happened]


def _figures(db: apsw.Connection, config: EdgeConfig, now_ns: int) -> dict[str, Any]:
    """Return the figures of the day, without what other reports say; nothing where none has a value."""
    found = figures(db, Plan.now(Terms.of(config), config.work, db, now_ns), SPAN, now_ns)
    efficiency, quality = found["efficiency"], found["quality"]
    ratio = ("numerator", "denominator", "value")
    balances = [{name: one[name] for name in (*ratio, "bottleneck", "pieces_per_h")} for one in found["balance"]]
    orders = {
        one["order"] or "": {name: one[name] for name in ("output", "sure", "progress")} for one in found["orders"]
    }
    return {
        "output": found["output"],
        "orders": orders,
        "efficiency": {name: efficiency[name] for name in (*ratio, "coverage", "without_sam")},
        "balance": balances,
        "wip": {one["operation"]: one["waiting"] for one in found["wip"]["operations"] if one["waiting"]},
        "bottleneck": found["wip"]["bottleneck"],
        "dhu": {name: quality["dhu"][name] for name in ratio},
        "fpy": {one["operation"]: one["fpy"]["value"] for one in found["operations"]},
        "rolled_yield": quality["rolled_yield"],
        "lead_time_s": {name: found["lead_time"][name] for name in ("count", "median_s", "longest_s")},
    }


def _output(db: apsw.Connection) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    sums = "SELECT operation, what, sum(quantity) AS q FROM work_lines GROUP BY 1, 2 HAVING q <> 0 ORDER BY 1, 2"
    for operation, what, pieces in db.execute(sums):
        found.setdefault(operation, {})[what] = pieces
    return found


def _job(entry: dict[str, Any]) -> dict[str, Any]:
    names = (
        "order",
        "operation",
        "machine",
        "quantity",
        "scrap",
        "counted_in_setup",
        "gross",
        "waste",
        "spare",
        "cycle_s",
    )
    setup_s = entry["setup_s"]
    return {name: entry[name] for name in names} | {"setup_min": None if setup_s is None else round(setup_s / 60, 2)}


def _loss(entry: dict[str, Any]) -> dict[str, Any]:
    names = (
        "lot",
        "operation",
        "worker",
        "issued_g",
        "returned_g",
        "recovered_g",
        "loss_g",
        "loss_don",
        "loss_percent",
    )
    return {name: entry[name] for name in (*names, "loss_fine_g", "beyond", "stones_out_ct")}


def _clock(ts: int) -> str:
    return f"{datetime.fromtimestamp(ts / 1000, SEOUL):%H:%M}"


def _mono_ns(written: str) -> int:
    hours, minutes, seconds = map(int, written.split(":"))
    return (hours * 3600 + minutes * 60 + seconds) * 10**9
