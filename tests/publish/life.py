"""A gateway's life in a process of its own, to be killed: `life.py <journal> <port>` prints each id once committed."""

import asyncio
import sys

from gateway.clock import SystemClock
from gateway.config.parts import Workshop
from gateway.config.publish import MqttPublisher as Config
from gateway.event import Event
from gateway.journal.journal import Journal
from gateway.publish.mqtt import MqttPublisher
from gateway.table import PointTable


async def live(place: str, port: int) -> None:
    """Make events and publish them until killed."""
    clock = SystemClock(trust=True)
    async with await Journal.open(place, "gw_1", clock, linger_s=0.001) as journal:
        config = Config(name="broker", type="mqtt", host="127.0.0.1", port=port)
        known = {"table": PointTable([]), "journal": journal, "clock": clock}
        publisher = MqttPublisher(config, workshop=Workshop(id="shop-1", name="공방"), gateway="gw_1", **known)  # type: ignore[arg-type] # a dict of many types
        publishing = asyncio.create_task(publisher.run())
        while not publishing.done():
            events = [Event("count", "press_1", clock.mono_ns(), {"delta": 1}) for _ in range(3)]
            for row in await journal.append(events):
                print(row.id("gw_1"), flush=True)
            await asyncio.sleep(0.002)
        publishing.result()


asyncio.run(live(sys.argv[1], int(sys.argv[2])))
