"""The gateways of a district in a process of their own, to be killed: `district_shops.py <folder> <port> <gateways>`.

Each keeps events and blocks as fast as they come and sends them to the center. At a line on the standard input they
stop making any; when the center has confirmed all, one line is printed. They go on until the input ends, or a kill.
"""

import asyncio
import json
import random
import sys
from pathlib import Path

import numpy as np

from gateway.clock import SystemClock
from gateway.component import Component
from gateway.config.parts import Workshop
from gateway.config.publish import CenterPublisher as Config
from gateway.event import Event
from gateway.journal.journal import Journal
from gateway.publish.center import CenterPublisher
from gateway.supervisor import Backoff, Supervisor
from sensors.batch import Batch

WORKSHOP = "district"
KINDS = ("scan", "count", "state", "alarm")


async def live(place: Path, port: int, calm: asyncio.Event, over: asyncio.Event) -> None:
    """Live one gateway's life."""
    clock, dice, gateway = SystemClock(trust=True), random.Random(), place.stem
    async with await Journal.open(place, gateway, clock, linger_s=0.001) as journal:
        config = Config(name="center", type="center", host="127.0.0.1", port=port, answer_s=1)
        workshop = Workshop(id=WORKSHOP, name="공방")
        publisher = CenterPublisher(config, workshop=workshop, gateway=gateway, journal=journal, clock=clock)
        supervisor = Supervisor(clock.mono_ns)
        supervisor.start(Component("center", "publisher"), publisher.run, Backoff(0.05, 0.3))
        schema = await journal.declare("meter_1", {"fields": ["power", "voltage"], "units": ["W", "V"]})
        while not calm.is_set():
            events = [
                Event(dice.choice(KINDS), "press_1", clock.mono_ns(), {"text": "가" * dice.randrange(90), "n": n})
                for n in range(dice.randrange(1, 8))
            ]
            await journal.append(events)
            if dice.random() < 0.1:
                values = np.round(np.random.default_rng().normal(230, 5, (5, 2)), 2)
                mono_ns = clock.mono_ns() + np.arange(5, dtype=np.int64)
                journal.stage(Batch(0, 0, mono_ns, values, np.zeros((5, 2), np.uint8)), schema)
                await journal.commit_block()
            await asyncio.sleep(dice.uniform(0, 0.03))
        await confirmed(publisher)
        print(json.dumps({"confirmed": gateway}), flush=True)
        await over.wait()
        await supervisor.stop_all()


async def confirmed(publisher: CenterPublisher) -> None:
    """Return when the center has confirmed all."""
    while True:
        detail = publisher.detail()
        if not detail["behind_e"] and not detail["behind_s"]:
            return
        await asyncio.sleep(0.02)


async def main(folder: Path, port: int, gateways: int) -> None:
    """Run all, until the standard input ends."""
    calm, over = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def told() -> None:
        (calm if sys.stdin.readline() else over).set()

    loop.add_reader(0, told)
    async with asyncio.TaskGroup() as tasks:
        for number in range(gateways):
            tasks.create_task(live(folder / f"gw_{number}.db", port, calm, over))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
