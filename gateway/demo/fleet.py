"""Many simulated shops in one process: `python -m gateway.demo.fleet --shops 100 --port 1883 --folder DIR`.

Each is a real journal with a real publisher of the center; only what happens in it is made up. Some shops are cut off
for minutes and come back with what they kept meanwhile. Prints one line of JSON when all stand: {"shops": [workshop]}.
It ends at SIGTERM, SIGINT, or the end of its standard input.
"""

import argparse
import asyncio
import json
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Final

import numpy as np

from gateway.clock import Clock, SystemClock
from gateway.component import Component
from gateway.config.parts import Workshop
from gateway.config.publish import CenterPublisher as Config
from gateway.demo.stdin import end_with_stdin
from gateway.demo.trades import Day, Place, places
from gateway.event import Event
from gateway.journal.blocks import Schema
from gateway.journal.journal import Journal
from gateway.publish.center import CenterPublisher
from gateway.supervisor import Backoff, Supervisor, end
from sensors.batch import Batch

GATEWAY: Final = "gw_1"
JOURNAL_BYTES: Final = 8_000_000
BLOCK_S: Final = 10
FIELDS: Final = ("power", "voltage", "current")
UNITS: Final = ("W", "V", "A")
LINE_V: Final = 220.0
RESTLESS: Final = 12  # one shop in so many is cut off now and then
FIRST_S: Final = (15.0, 120.0)  # there, before it is cut off for the first time
THERE_S: Final = (120.0, 360.0)
AWAY_S: Final = (90.0, 300.0)


class SimulatedShop:
    """One shop: its journal, its publisher, and what happens in it."""

    def __init__(self, place: Place, port: int, folder: Path, clock: Clock, seed: int, restless: bool) -> None:
        self.place, self._clock, self._restless = place, clock, restless
        self._rng = Random(f"{seed} {place.workshop}")
        self._path, self._port = folder / f"{place.workshop}.db", port
        self._supervisor = Supervisor(clock.mono_ns)
        self._component = Component("center", "publisher")

    async def open(self) -> None:
        """Open the journal and write its first event."""
        self._journal = await Journal.open(self._path, GATEWAY, self._clock, max_bytes=JOURNAL_BYTES)
        trade = self.place.trade
        workshop = Workshop(id=self.place.workshop, name=self.place.name, trade=trade.key, cluster=trade.cluster)
        config = Config(name="center", type="center", host="127.0.0.1", port=self._port, reconnect_most_s=5)
        self._publisher = CenterPublisher(
            config,
            workshop=workshop,
            gateway=GATEWAY,
            journal=self._journal,
            clock=self._clock,
            arrived=lambda: self._supervisor.arrived(self._component),
        )
        body = {"hash": f"{self._rng.getrandbits(64):016x}", "by": "start", "difference": ""}
        await self._journal.append([Event("config", "gateway", self._clock.mono_ns(), body)])

    async def close(self) -> None:
        """Say goodbye and close the journal."""
        await self._supervisor.stop_all()
        await self._journal.close()

    async def live(self) -> None:
        """Work, measure and come and go, for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._work())
            tasks.create_task(self._measure())
            tasks.create_task(self._come_and_go())

    async def _work(self) -> None:
        for after_s, kind, source, body in Day(self.place.trade, self._rng).happenings():
            await asyncio.sleep(after_s)
            await self._journal.append([Event(kind, source, self._clock.mono_ns(), body)])

    async def _measure(self) -> None:
        """Keep a block of one row a second."""
        schema = await self._journal.declare("meter_1", {"fields": list(FIELDS), "units": list(UNITS)})
        await asyncio.sleep(self._rng.uniform(0, BLOCK_S))
        load_w = self._rng.uniform(300, 3000)
        while True:
            await asyncio.sleep(BLOCK_S)
            load_w = max(40.0, load_w + self._rng.gauss(0, 120))
            self._journal.stage(self._block(load_w, schema), schema)
            await self._journal.commit_block()

    def _block(self, load_w: float, schema: Schema) -> Batch:
        noise = np.random.default_rng(self._rng.getrandbits(32))
        power = np.round(load_w + noise.normal(0, 8, BLOCK_S), 1)
        voltage = np.round(LINE_V + noise.normal(0, 0.6, BLOCK_S), 1)
        values = np.stack((power, voltage, np.round(power / voltage, 3)), axis=1)
        ago_ns = np.arange(BLOCK_S - 1, -1, -1, dtype=np.int64) * 1_000_000_000
        return Batch(0, 0, self._clock.mono_ns() - ago_ns, values, np.zeros(values.shape, np.uint8))

    async def _come_and_go(self) -> None:
        there_s = FIRST_S
        while True:
            self._supervisor.start(self._component, self._publisher.run, Backoff(0.5, 5.0))
            await asyncio.sleep(self._rng.uniform(*there_s) if self._restless else float("inf"))
            there_s = THERE_S
            await self._supervisor.stop("center")
            await asyncio.sleep(self._rng.uniform(*AWAY_S))


async def fleet(shops: int, port: int, folder: Path, seed: int) -> None:
    """Run until a signal comes or the standard input ends."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    end_with_stdin(stop)
    clock = SystemClock(trust=True)
    found = [
        SimulatedShop(place, port, folder, clock, seed, n % RESTLESS == RESTLESS - 1)
        for n, place in enumerate(places(shops, seed))
    ]
    opened: list[SimulatedShop] = []
    try:
        for shop in found:
            await shop.open()
            opened.append(shop)
        lives = [asyncio.create_task(shop.live()) for shop in found]
        print(json.dumps({"shops": [shop.place.workshop for shop in found]}), flush=True)
        done, _ = await asyncio.wait([asyncio.create_task(stop.wait()), *lives], return_when=asyncio.FIRST_COMPLETED)
        await end(lives)
        for task in done:
            task.result()
    finally:
        await asyncio.gather(*(shop.close() for shop in opened))


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the arguments and run the fleet."""
    parser = argparse.ArgumentParser(prog="python -m gateway.demo.fleet", description=__doc__)
    parser.add_argument("--shops", type=int, default=100)
    parser.add_argument("--port", type=int, default=1883, help="the broker's, on this machine")
    parser.add_argument("--folder", required=True, help="where the journals are kept")
    parser.add_argument("--seed", type=int, default=17)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    asyncio.run(fleet(options.shops, options.port, Path(options.folder), options.seed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
