"""kill -9 of a real process, again and again: every acknowledged row is there, once, and numbers have no holes."""

import asyncio
import inspect
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from gateway.clock import SystemClock
from gateway.event import Row
from gateway.journal.journal import Journal

KILLS = 12


def make_paid(tx: Any) -> None:
    """Make the projection where it is missing: a commit cut off in its last write may be salvaged, and drops it."""
    if not list(tx.db.execute("SELECT 1 FROM sqlite_master WHERE name = 'paid'")):
        tx.db.execute("CREATE TABLE paid (serial TEXT PRIMARY KEY)")
        tx.db.execute("INSERT INTO paid SELECT json_extract(body, '$.raw') FROM events WHERE kind = 'scan'")


WORKER = """
import asyncio, sys
import numpy as np
from gateway.clock import SystemClock
from gateway.event import Event
from gateway.journal.journal import Journal
from sensors.batch import one_row

def scan(journal, clock, serial):
    def work(tx):
        tx.db.execute("INSERT INTO paid VALUES (?)", (serial,))
        return tx.append(Event("scan", "scanner_1", clock.mono_ns(), {"raw": serial}))
    return journal.transact(work)

async def worker(journal, clock, name):
    for i in range(100_000):
        if name == "samples":
            journal.stage(one_row(0, 0, clock.mono_ns(), np.zeros(1), np.zeros(1, np.uint8)), worker.schema)
            rows = await journal.commit_block(b"snapshot", events=[Event("state", "press_1", clock.mono_ns(), {})])
        elif name == "scans":
            rows = [await scan(journal, clock, f"{journal.epoch}-{i}")]
        else:
            rows = await journal.append([Event("count", name, clock.mono_ns(), {"delta": i})] * 2)
        print(*(f"{row.position.start},{row.position.n}" for row in rows), flush=True)

async def main():
    clock = SystemClock(trust=True)
    journal = await Journal.open(sys.argv[1], "gw_1", clock, max_bytes=10_000_000, linger_s=0.001)
    await journal.transact(make_paid)
    worker.schema = await journal.declare("meter_1", {"fields": ["power"], "units": ["W"]})
    await asyncio.gather(*(worker(journal, clock, name) for name in ("scans", "samples", "press_1", "press_2")))

asyncio.run(main())
"""
PROGRAM = inspect.getsource(make_paid).replace("Any", "object") + WORKER


def acknowledged_before_kill(path: Path, after_s: float) -> list[tuple[int, int]]:
    """Run a worker, kill it `after_s` after its first acknowledgement, and return what it had acknowledged."""
    with subprocess.Popen([sys.executable, "-c", PROGRAM, str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(after_s)  # the moment of the kill is what is tried
        process.kill()
        whole = (first + process.stdout.read()).decode()
    lines = whole[: whole.rfind("\n")].split()
    return [(int(start), int(n)) for start, _, n in (line.partition(",") for line in lines)]


async def read(path: Path) -> tuple[list[Row], list[tuple[int, int]], list[str]]:
    async with await Journal.open(path, "gw_1", SystemClock(trust=True)) as journal:
        rows: list[Row] = []
        while more := await journal.events(rows[-1].position if rows else None):
            rows += more
        at, blocks = None, []
        while found := await journal.blocks(at):
            blocks += [(block.position.start, block.position.n) for block in found]
            at = found[-1].position
        await journal.transact(make_paid)
        paid = await journal.transact(lambda tx: [serial for (serial,) in tx.db.execute("SELECT serial FROM paid")])
        return rows, blocks, paid


def by_epoch(positions: list[tuple[int, int]]) -> dict[int, list[int]]:
    epochs: dict[int, list[int]] = {}
    for start, n in positions:
        epochs.setdefault(start, []).append(n)
    return epochs


@pytest.mark.timeout(300)
def test_every_acknowledged_row_survives_kill_9_once_and_without_holes(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    chance = random.Random(3)
    acknowledged: list[tuple[int, int]] = []
    for _ in range(KILLS):
        acknowledged += acknowledged_before_kill(path, chance.uniform(0.0, 0.25))
    rows, blocks, paid = asyncio.run(read(path))

    kept = [(row.position.start, row.position.n) for row in rows]
    assert len(acknowledged) > KILLS * 10
    assert not set(acknowledged) - set(kept)
    assert max(Counter(kept).values()) == max(Counter(acknowledged).values()) == 1
    for stream in (kept, blocks):
        for numbers in by_epoch(stream).values():
            assert numbers == list(range(1, len(numbers) + 1))
    assert Counter(row.body["raw"] for row in rows if row.kind == "scan") == Counter(paid)
    assert {row.kind for row in rows} == {"scan", "state", "count", "schema"}  # no gap: nothing was lost
    assert len(by_epoch(kept)) == KILLS
