"""The work ledger: how long a year takes to be made anew, and how long a scan waits for its durable answer.

The year is 1.5 million coupons of 300,000 bundles, by twenty workers, with an undo among every two hundred: its events
stand in a journal as the daemon writes them. It is made anew by the daemon's own way, `open_ledger`, with the process
that reads ahead (`ahead_`).
Scans go the daemon's own way too, ledger and journal to the answer, on tables that hold the year.
"""

import asyncio
import json
import resource
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from journal_scans import raw_syncs
from rig import emit

from barcodes.scan import Scan
from barcodes.ticket import Badge, BundleTicket, Coupon, DefectTicket, Ours, QuantityTicket, encode
from drivers.base import DriverConfig
from gateway.clock import SystemClock
from gateway.config.parts import Station, Text, Workshop
from gateway.config.root import EdgeConfig
from gateway.config.work import Operation, Work, Worker
from gateway.event import Event
from gateway.journal.journal import Journal
from gateway.journal.writer import Transaction
from gateway.work.ledger import Ledger
from gateway.work.opening import open_ledger

WORKLOAD: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text())
CODES = ("CUT", "FRONT", "SLEEVE", "ASSEM", "PRESS")
SECOND = 1_000_000_000


class Scanner(DriverConfig):
    """A scanner at a station of its own."""

    station: str


def configuration(scanners: int) -> EdgeConfig:
    """Return a shop with a route of five operations; every other station scans IN and OUT, every fourth together."""
    operations = tuple(
        Operation(code=code, label=Text(ko=code, en=code), after=CODES[:i][-1:]) for i, code in enumerate(CODES)
    )
    ways: list[dict[str, Any]] = [{}, {"way": "in_out"}, {"workers": "together"}, {"badge_hold_s": 28800.0}]
    stations = tuple(Station(name=f"station_{n}", **ways[n % 4]) for n in range(scanners))
    workers = tuple(Worker(badge=str(n + 1), name=f"worker {n + 1}") for n in range(2 * scanners))
    return EdgeConfig(
        workshop=Workshop(id="shop-1", name="shop"),
        stations=stations,
        drivers=tuple(Scanner(name=f"scanner_{n}", station=f"station_{n}") for n in range(scanners)),
        work=Work(workers=workers, operations=operations, badge_hold_s=1e6),
    )


def scan_body(ticket: Ours, station: str, worker: str, answer: str, *entries: dict[str, Any], **more: Any) -> Any:
    """Return the body of a scan's event, as the ledger writes it."""
    text = encode(ticket)
    said = {"ko": f"등록 — 묶음 {text} 20개", "en": f"Recorded: bundle {text}, front, 20"}
    body = {"raw": text, "text": text, "symbology": "code128", "station": station, "worker": worker, "answer": answer}
    return body | {"answer_text": said, "tone": "ok", "ticket": {"type": "coupon"}, "entries": list(entries)} | more


def year(first: int, count: int, tx: Transaction, gateway: str, start_ns: int) -> int:
    """Append so many coupons; return how many events that were."""
    load, made = WORKLOAD["year"], 0
    for number in range(first, first + count):
        bundle, at = divmod(number, load["operations"])
        worker = str(number % load["workers"] + 1)
        station = f"station_{number % load['workers']}"
        coupon = Coupon(f"{bundle:06d}", CODES[at], 20)
        done = {"do": "done", "bundle": coupon.bundle, "operation": coupon.operation, "quantity": 20}
        done |= {"worker": worker, "station": station} | ({"last": True} if at == len(CODES) - 1 else {})
        body = scan_body(coupon, station, worker, "accepted", done)
        row = tx.append(Event("scan", f"scanner_{number % load['workers']}", start_ns + number * SECOND, body))
        made += 1
        if number % load["undo_every"] == 0:
            event = row.id(gateway)
            undo = {"do": "undo", "of": event, "station": station}
            taken_back = scan_body(coupon, station, worker, "command", undo, corrects=event)
            for again in (taken_back, body):
                tx.append(Event("scan", "scanner_1", start_ns + number * SECOND, again))
                made += 1
    return made


async def recompute(path: Path, coupons: int) -> None:
    """Write a year, and make its tables anew."""
    load, clock = WORKLOAD["year"], SystemClock(trust=True)
    async with await Journal.open(path, "bench", clock, max_bytes=20_000_000_000) as journal:
        now_ns = clock.mono_ns()
        events = 0
        for first in range(0, coupons, load["page"]):
            work = partial(year, first, load["page"], gateway="bench", start_ns=now_ns)
            events += await journal.transact(lambda tx, work=work: work(tx))
        before_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        begun, cpu_s = time.perf_counter(), time.process_time()
        made = await open_ledger(journal)
        took_s, cpu_s = time.perf_counter() - begun, time.process_time() - cpu_s
        child = resource.getrusage(resource.RUSAGE_CHILDREN)
        if made != events:
            raise RuntimeError(f"of {events} events {made} are in the tables")
        sums = await journal.read(
            lambda db: next(db.execute("SELECT count(*), (SELECT sum(quantity) FROM work_lines) FROM work_paid"))
        )
        if sums != (coupons, coupons * 20):
            raise RuntimeError(f"of {coupons} coupons {sums} are paid")
        if await journal.read(lambda db: next(db.execute("SELECT count(*) FROM work_open"))) != (0,):
            raise RuntimeError("bundles are open whose last operation was done")
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        more = {"events": events, "cpu_s": round(cpu_s, 2), "more_mb": round(peak_mb - before_mb, 1)}
        more |= {"ahead_cpu_s": round(child.ru_utime + child.ru_stime, 2), "ahead_mb": round(child.ru_maxrss / 1e3, 1)}
        emit("work.recompute_year_s", took_s, "s", **more)


async def scans(path: Path, seconds: float) -> None:
    """Scan tickets of all kinds on the year's tables, beside raw syncs on the same disk."""
    load, raw, clock = WORKLOAD["scans"], WORKLOAD["fdatasync"], SystemClock(trust=True)
    config = configuration(load["scanners"])
    waited: list[float] = []
    kinds: dict[str, int] = {}
    async with await Journal.open(path, "bench", clock, max_bytes=20_000_000_000) as journal:
        await open_ledger(journal)
        ledger = Ledger(config, "bench", clock.boot_id)

        async def one(scanner: str, ticket: Ours) -> None:
            begun = time.perf_counter()
            scan = Scan(scanner, clock.mono_ns(), encode(ticket).encode())
            now_ns = clock.time_ns(scan.mono_ns)
            answer = await journal.transact(lambda tx: ledger.decide(tx, scan, now_ns))
            waited.append(time.perf_counter() - begun)
            kinds[answer.kind] = kinds.get(answer.kind, 0) + 1

        async def hand(n: int) -> None:
            tickets, next_s = script(n), time.monotonic() + n / load["scans_per_s"] / load["scanners"]
            end_s = next_s + seconds
            await one(f"scanner_{n}", Badge(n + 1))
            while next_s < end_s:
                await asyncio.sleep(max(0.0, next_s - time.monotonic()))
                await one(f"scanner_{n}", next(tickets))
                next_s += 1 / load["scans_per_s"]

        with raw_syncs(path.with_name("raw"), raw["every_s"], raw["bytes"], raw["file_bytes"]) as syncs:
            await asyncio.gather(*(hand(n) for n in range(load["scanners"])))
    more = {"p50": round(1e3 * float(np.median(waited)), 2), "scans": len(waited), "answers": kinds}
    more |= {"fdatasync_ms_p99": round(1e3 * float(np.percentile(syncs, 99)), 2)}
    emit("work.ledger_ms_p99", 1e3 * float(np.percentile(waited, 99)), "ms", **more)


def script(n: int) -> Any:
    """Yield a scanner's tickets for ever: coupons in their order, a badge, a bundle, a quantity, a defect."""
    number = 0
    while True:
        bundle = f"S{n}X{number}"
        for code in CODES:
            yield Coupon(bundle, code, 20)
        yield Badge(n + 1 + 20 * (number % 2))
        yield from (BundleTicket(bundle), QuantityTicket(18), Coupon(bundle, "CUT", 20))
        yield from (DefectTicket("STAIN"), Coupon(bundle, "CUT", 20))
        number += 1


async def main(coupons: int, seconds: float) -> None:
    """Measure both on the disk of /var/tmp, which is not held in memory."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        path = Path(folder) / "journal.db"
        await recompute(path, coupons)
        await scans(path, seconds)


if __name__ == "__main__":
    load = WORKLOAD["year"]
    whole = load["bundles"] * load["operations"]
    asyncio.run(main(int(sys.argv[1]) if sys.argv[1:] else whole, WORKLOAD["scans"]["seconds"]))
