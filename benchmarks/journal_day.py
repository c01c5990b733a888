"""What a day of a shop writes to its disk, counted by the kernel: samples, windows, snapshots, scans, machine events.

The day is accelerated: time is moved by hand from one thing that happens to the next, and each commit comes as in the
daemon. Nothing shares a commit here that would not in a real day. Samples expire as fast as they come.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from journal_shop import SECOND_NS, HandClock, Shop, configuration
from rig import emit

from gateway import flow
from gateway.event import Position
from gateway.journal import upkeep

WORKLOAD: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text())
DAY_S = 86_400


def written_bytes() -> int:
    """Return how many bytes of pages this process made dirty for a disk: proc(5), write_bytes."""
    return int(Path("/proc/self/io").read_text().split("\nwrite_bytes: ")[1].split()[0])


class Day:
    """One day of a shop. What waits for others to share its commit comes when its time is over, by our clock."""

    def __init__(self, shop: Shop, clock: HandClock, load: dict[str, Any]) -> None:
        self.shop, self.clock, self.load = shop, clock, load
        self.written: Counter[str] = Counter()
        self._due_ns: int | None = None  # when a machine's event that waits for others must be kept

    async def run(self, seconds: int) -> None:
        """Let so many seconds of the day pass; those of the opening hours hold the scans and the machines' events."""
        happens, keeping = self._happens(seconds), asyncio.create_task(self.shop.flow.keep_events())
        for second in range(1, seconds + 1):
            for at_ns, what in happens.get(second, []):
                self.clock.now_ns = max(at_ns, self.clock.now_ns)
                await self._patience()
                await self._do(what)
            self.clock.now_ns = self._begin_ns + second * SECOND_NS
            await self._patience()
            if second % self.load["block_s"] == 0:
                self.shop.readings(self.load["block_s"], self.load["poll_s"], self.load["poll_jitter_s"])
                self.shop.flow.tick(self.clock.now_ns)
                await self._do("block")
            await self._quiet()
        keeping.cancel()

    def _happens(self, seconds: int) -> dict[int, list[tuple[int, str]]]:
        """Return by second what happens in it, at random times."""
        self._begin_ns, chance, load = self.clock.now_ns, np.random.default_rng(3), self.load
        share = seconds / DAY_S
        first, last = load["open_from_h"] / 24 * seconds, load["open_until_h"] / 24 * seconds
        found: dict[int, list[tuple[int, str]]] = {}
        for what, count in (("scan", load["scans"]), ("machine", load["machine_events"])):
            for at_s in chance.uniform(first, last, round(count * share)):
                found.setdefault(int(at_s) + 1, []).append((self._begin_ns + int(at_s * SECOND_NS), what))
        for events in found.values():
            events.sort()
        return found

    async def _do(self, what: str) -> None:
        before = written_bytes()
        match what:
            case "block":
                await self.shop.flow.commit_samples()
            case "scan":
                await self.shop.flow.go_along()
                await self.shop.scan()
            case "machine":
                self.shop.machine()
                self._due_ns = self._due_ns or self.clock.now_ns + int(flow.PATIENCE_S * SECOND_NS)
        await asyncio.sleep(0)  # those who keep events wake
        self.written[what] += written_bytes() - before
        if not self.shop.flow.account().parts["waiting", ""]:
            self._due_ns = None
        await self._publish()

    async def _patience(self) -> None:
        """Keep the machines' events that have waited long enough."""
        if self._due_ns is not None and self.clock.now_ns >= self._due_ns:
            before = written_bytes()
            await self.shop.flow.flush()
            self.written["machine"] += written_bytes() - before
            self._due_ns = None
            await self._publish()

    async def _publish(self) -> None:
        """Every publisher has taken all there is."""
        journal = self.shop.journal
        token = journal.epoch.partition("-")[2]
        for stream, number in (("e", self.shop.events), ("s", self.shop.blocks)):
            for name in self.load["publishers"]:
                await journal.move_cursor(name, stream, Position(1, token, number))

    async def _quiet(self) -> None:
        """A second is over in which the writer may have had nothing to do."""
        before = written_bytes()
        await self.shop.keep_up()
        self.written["upkeep"] += written_bytes() - before


async def main(seconds: int = DAY_S) -> None:
    """Measure on the disk of /var/tmp, which is not held in memory."""
    load, clock = WORKLOAD, HandClock()
    upkeep.time = clock  # type: ignore[attr-defined] # the time between two of its steps is by our clock, too
    config = configuration(load["devices"], load["points"], load["scanners"])
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        async with Shop(Path(folder) / "journal.db", config, clock, samples_keep_d=load["samples_keep_d"]) as shop:
            for name in load["publishers"]:
                await shop.journal.cursor(name, "e")
                await shop.journal.cursor(name, "s")
            day = Day(shop, clock, load)
            before, began_s = written_bytes(), time.perf_counter()
            await day.run(seconds)
            whole = written_bytes() - before
    share = DAY_S / seconds
    parts = {f"{what}_mb": round(size * share / 1e6, 1) for what, size in day.written.items()}
    emit("journal.written_mb_per_day", whole * share / 1e6, "MB", **parts, took_s=round(time.perf_counter() - began_s))
    emit("journal.written_bytes_per_scan", day.written["scan"] / max(1, shop.scans), "bytes")


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:2])))
