"""How much a daemon's memory grows in three days without broker, database and center, their time moved by hand.

The daemon is the real one, in this process: engine, journal, ledger, live view, dashboard, and publishers that try to
connect to where nobody listens. Its readings and scans are handed to it where a driver would; files lie in memory.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from journal_shop import SECOND_NS, HandClock, configuration, machine_event
from rig import emit, free_port, rss_mb

from barcodes.scan import Scan
from barcodes.ticket import Badge, Coupon, encode
from gateway.app import Gateway
from gateway.config.root import EdgeConfig
from sensors.batch import Batch

WORKLOAD: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text())


def shop(folder: Path, load: dict[str, Any]) -> EdgeConfig:
    """Return the shop's configuration, its drivers off, its publishers facing closed ports."""
    away = {"host": "127.0.0.1", "port": free_port(), "reconnect_most_s": 1}
    history = {"name": "history", "type": "influxdb", "url": f"http://127.0.0.1:{free_port()}", "version": 1}
    publish = [
        {"name": "broker", "type": "mqtt", **away},
        {"name": "center", "type": "center", **away},
        history | {"database": "shop", "reconnect_most_s": 1},
    ]
    more = {
        "publish": publish,
        "journal": {"path": str(folder / "journal.db")},
        "dashboard": {"host": "127.0.0.1", "port": free_port()},
    }
    config = configuration(load["devices"], load["points"], load["scanners"], **more)
    off = tuple(driver.model_copy(update={"enabled": False}) for driver in config.drivers)
    return config.model_copy(update={"drivers": off})


class Days:
    """Days of a shop, handed to its daemon."""

    def __init__(self, gateway: Gateway, clock: HandClock, load: dict[str, Any]) -> None:
        self.gateway, self.clock, self.load = gateway, clock, load
        self._chance = np.random.default_rng(1)
        self._done = {"scans": 0, "machine_events": 0}
        self._scanners = [f"scanner_{n}" for n in range(load["scanners"])]

    async def pass_h(self, hours: float) -> None:
        """Let hours pass, step by step; what happens in a step is kept at its end."""
        step_s = self.load["step_s"]
        for _ in range(round(hours * 3600 / step_s)):
            self.clock.now_ns += step_s * SECOND_NS
            self._readings(step_s)
            for number in self._due("machine_events", step_s):
                self.gateway._flow.add([machine_event(number, self.clock.mono_ns())])
            await asyncio.gather(*(self._scan(number) for number in self._due("scans", step_s)))
            await self.gateway._flow.commit_samples()
            await asyncio.sleep(0)

    def _due(self, what: str, step_s: float) -> range:
        """Return the numbers of what happens in a step."""
        before = self._done[what]
        self._done[what] += round(self.load[f"{what}_per_h"] * step_s / 3600)
        return range(before, self._done[what])

    def _readings(self, rows: int) -> None:
        for index, device in enumerate(self.gateway.live.table.devices):
            if device.driver == "plc":
                values = np.round(self._chance.normal(230.0, 0.5, (rows, len(device.points))), 1)
                mono_ns = self.clock.mono_ns() + np.arange(1 - rows, 1, dtype=np.int64) * SECOND_NS
                self.gateway._flow.batch(Batch(index, device.first, mono_ns, values, np.zeros(values.shape, np.uint8)))

    async def badges(self) -> None:
        """Let a worker in at each station."""
        for number, scanner in enumerate(self._scanners):
            await self._read(scanner, encode(Badge(number + 1)))

    async def _scan(self, number: int) -> None:
        bundle = f"{number * 7919 % 1_000_000:06d}"  # bundles come in no order
        await self._read(self._scanners[number % len(self._scanners)], encode(Coupon(bundle, "SEW", 20)))

    async def _read(self, scanner: str, code: str) -> None:
        row = await self.gateway._desk.scan(Scan(scanner, self.clock.mono_ns(), code.encode()), object())  # type: ignore[arg-type] # only asked whether it answers
        if row is None:
            raise RuntimeError(f"{code} was not kept")


async def main(hours: float) -> None:
    """Measure from after the warm-up to the end."""
    load, clock = WORKLOAD, HandClock()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        config = shop(Path(folder), load)
        gateway = Gateway(config, clock, lambda: config)
        running = asyncio.create_task(gateway.run())
        while not hasattr(gateway, "_desk") and not running.done():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)
        days, began_s = Days(gateway, clock, load), time.perf_counter()
        await days.badges()
        await days.pass_h(load["warm_up_h"])
        warm_mb = _rss_mb()
        await days.pass_h(hours - load["warm_up_h"])
        grown_mb = _rss_mb() - warm_mb
        behind = {name: part.queued() for name, part in gateway.live.components.items() if part.kind == "publisher"}
        gateway.stop.set()
        await running
    more = {"rss_mb": round(warm_mb, 1), "hours": hours, "behind": behind}
    emit("journal.outage_rss_growth_mb", grown_mb, "MB", **more, took_s=round(time.perf_counter() - began_s))


def _rss_mb() -> float:
    return rss_mb(os.getpid())


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if sys.argv[1:] else WORKLOAD["hours"]))
