"""Cables pulled and plugged in again, each under its name but as another terminal, below the daemon's own supervisor.

Of every kind of serial instrument there is one. Each round pulls its cable at a random moment, in the middle of what it
sends, leaves it out for a moment, and takes the time from plugging in to the first reading. In the end no descriptor
may be open that was not before.
"""

import argparse
import asyncio
import json
import logging
import os
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from cables import Cable
from rig import emit

from barcodes.scan import Scan
from drivers.base import Driver, Reading, Slot
from drivers.mono import mono_ns
from drivers.registry import driver_config
from gateway.component import Component
from gateway.supervisor import Supervisor
from gateway.wires import Wires
from sensors.measurement import Measurement
from sensors.text import TextReading

MOST_REOPEN_S = 5.0
PAUSE_S = 0.02
KINDS: dict[str, tuple[dict[str, Any], bytes]] = {  # the options of an instrument, and what it says
    "serial_scanner": ({}, b"8801234567893\r\n"),
    "serial_line": ({"pattern": "(?P<t>.+)", "points": [{"name": "t", "kind": "text"}]}, b"T=20.5C\r\n"),
    "scale": ({"format": "and", "unit": "g", "weighings": "each", "sample_s": 0}, b"ST,+00123.45  g\r\n"),
    "digimatic": ({}, b"01A+0000.123\r"),
}


@dataclass
class Campaign:
    """One instrument of each kind, and what was found."""

    folder: Path
    dice: random.Random
    out_s: float = 1.0  # a cable is out for so long at the most
    reopened_s: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._heard: dict[str, asyncio.Event] = {kind: asyncio.Event() for kind in KINDS}

    async def run(self, rounds: int) -> None:
        """Pull and plug so often; every cable at its own moments."""
        before = _descriptors()
        cables = {kind: Cable(self.folder / kind) for kind in KINDS}
        no_publisher: Any = lambda *_: None  # noqa: E731 - it is never called
        components: dict[str, Component] = {}
        wires = Wires(Supervisor(mono_ns), components, {}, self._take, no_publisher, lambda _: [])
        for place, (kind, (options, _)) in enumerate(KINDS.items()):
            config = driver_config({"name": kind, "type": kind, "port": cables[kind].port} | options)
            wires.start(config, {kind: Slot(place, 8 * place)})
        await asyncio.gather(*(self._hear(kind, cables[kind]) for kind in KINDS))
        running = _descriptors()
        await asyncio.gather(*(self._pull(kind, cables[kind], rounds) for kind in KINDS))
        self._compare("while all run", running)
        await wires.end_all()
        for cable in cables.values():
            cable.unplug()
        self._compare("when all has ended", before)

    async def _pull(self, kind: str, cable: Cable, rounds: int) -> None:
        said = KINDS[kind][1]
        for _ in range(rounds):
            cable.send((said * 3)[: self.dice.randrange(3 * len(said))])
            await asyncio.sleep(self.dice.uniform(0, PAUSE_S))
            cable.unplug()
            await asyncio.sleep(self.dice.uniform(0, self.out_s))
            cable.plug()
            began_s = time.monotonic()
            await self._hear(kind, cable)
            self.reopened_s.append(time.monotonic() - began_s)
            if self.reopened_s[-1] > MOST_REOPEN_S:
                self.wrong.append(f"{kind}: read again after {self.reopened_s[-1]:.2f} s")

    async def _hear(self, kind: str, cable: Cable) -> None:
        """Say it again and again until it is heard."""
        self._heard[kind].clear()
        async with asyncio.timeout(120):
            while not self._heard[kind].is_set():
                cable.send(KINDS[kind][1])
                await asyncio.sleep(PAUSE_S)

    async def _take(self, reading: Reading, driver: Driver) -> int:
        if isinstance(reading, Scan | Measurement | TextReading):
            self._heard[driver.config.name].set()  # type: ignore[attr-defined] # each of these has its config
        return 0

    def _compare(self, when: str, before: dict[str, str]) -> None:
        left = {number: what for number, what in _descriptors().items() if number not in before}
        if left:
            self.wrong.append(f"{when}: {len(left)} descriptors more: {sorted(left.values())[:5]}")


def _descriptors() -> dict[str, str]:
    found = {}
    for number in os.listdir("/proc/self/fd"):
        try:
            found[number] = os.readlink(f"/proc/self/fd/{number}")
        except FileNotFoundError:  # the one by which the folder was read
            continue
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Pull every cable so often; 0 when each came back in time and nothing stayed open."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="for each instrument")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32), help="the same number, the same moments")
    options = parser.parse_args(arguments)
    print(json.dumps({"seed": options.seed, "rounds": options.rounds}), flush=True)
    logging.getLogger("gongbang").setLevel(logging.ERROR)  # it tells of each cable, rightly
    with tempfile.TemporaryDirectory(prefix="gongbang-replug-") as folder:
        campaign = Campaign(Path(folder), random.Random(options.seed))
        asyncio.run(campaign.run(options.rounds))
    print("\n".join(campaign.wrong[:20]), end="", file=sys.stderr)
    slowest_s = max(campaign.reopened_s)
    emit("soak.replug", len(campaign.reopened_s), "1", instruments=len(KINDS))
    emit("soak.replug_reopened_s_max", round(slowest_s, 3), "s", median=round(median(campaign.reopened_s), 3))
    emit("soak.replug_wrong", len(campaign.wrong), "1", first=campaign.wrong[:3])
    return int(bool(campaign.wrong))


if __name__ == "__main__":
    sys.exit(main())
