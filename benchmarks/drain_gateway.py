"""The gateway's side of `drain`, in a process of its own: makes a backlog, or sends one while it samples and scans."""

import asyncio
import json
import math
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np

from gateway.clock import SystemClock
from gateway.component import Component
from gateway.config.parts import Workshop
from gateway.config.publish import publisher_config
from gateway.event import Event, Position
from gateway.journal.blocks import Schema
from gateway.journal.journal import Journal
from gateway.publish import payloads
from gateway.publish.publisher import Publisher, publisher_class
from gateway.publish.source import Stream
from gateway.publish.topics import Topics
from gateway.supervisor import Backoff, Supervisor
from gateway.table import DeviceEntry, PointTable
from sensors.batch import Batch
from sensors.point import Point

WORKSHOP, GATEWAY = "bench", "gw_1"
STREAMS: tuple[Stream, ...] = ("e", "s")
TOGETHER = 500  # events of one commit; blocks likewise
REPORT_S = 0.2


class Past:
    """The clock of the life before: a boot that ended, its times a day ago."""

    boot_id, synced = "before", True

    def __init__(self) -> None:
        self.now_ns = 0

    def mono_ns(self) -> int:
        """Return a time that is later each time."""
        self.now_ns += 1_000_000
        return self.now_ns

    def time_ns(self, mono_ns: int) -> int:
        """Return its UTC."""
        return mono_ns + 1_764_000_000_000_000_000


def device(name: str, points: int, first: int = 0) -> DeviceEntry:
    """Return a device of so many gauges."""
    return DeviceEntry(
        name, "bus_1", None, first, tuple(Point(name=f"p{n}", unit="W", address=n) for n in range(points))
    )


def steady(chance: np.random.Generator, rows: int, points: int) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """Return values as meters send them: a tenth of noise on 230."""
    return np.round(chance.normal(230.0, 0.5, (rows, points)), 1)


async def build(path: Path, events: int, samples: int, points: int, rows_a_block: int, body_bytes: int) -> None:
    """Make a backlog of events and of blocks of samples."""
    clock, chance = Past(), np.random.default_rng(1)
    async with await Journal.open(path, GATEWAY, clock, max_bytes=1 << 40, linger_s=0) as journal:
        schema = await declared(journal, "line_1", points)
        body = {"raw": "A1B-0042-017-0010", "station": "sewing_3", "note": "." * (body_bytes - 60)}
        for first in range(0, events, TOGETHER):
            count = min(TOGETHER, events - first)
            await journal.append([Event("scan", "scanner_1", clock.mono_ns(), body) for _ in range(count)])
        blocks = samples // (points * rows_a_block)
        for first in range(0, blocks, TOGETHER):
            commits = []
            for _ in range(min(TOGETHER, blocks - first)):
                mono_ns = np.arange(rows_a_block, dtype=np.int64) * 1_000_000_000 + clock.mono_ns()
                clock.now_ns = int(mono_ns[-1]) + 999_000_000
                values = steady(chance, rows_a_block, points)
                journal.stage(Batch(0, 0, mono_ns, values, np.zeros(values.shape, np.uint8)), schema)
                commits.append(asyncio.create_task(journal.commit_block()))
                await asyncio.sleep(0)  # it has taken what is staged
            await asyncio.gather(*commits)
        row = (await journal.events(None, 2))[-1]
    message = {"topic": Topics(WORKSHOP, GATEWAY).event(row.kind), "bytes": len(payloads.event(GATEWAY, row))}
    print(json.dumps(message), flush=True)


async def declared(journal: Journal, name: str, points: int) -> Schema:
    """Return the schema of a device."""
    return await journal.declare(name, {"fields": [f"p{n}" for n in range(points)], "units": ["W"] * points})


async def last(journal: Journal, stream: Stream) -> Position | None:
    """Return the place of a stream's last row."""
    read: Callable[[Position | None], Awaitable[Any]] = journal.event_copies if stream == "e" else journal.block_copies
    at = None
    while rows := await read(at):
        at = rows[-1].position
    return at


class Gateway:
    """A journal with a backlog, and publishers under the real supervisor."""

    def __init__(self, journal: Journal, live: dict[str, Any]) -> None:
        self.journal, self._live = journal, live
        self.clock = SystemClock(trust=True)
        points = live["points"]
        self.table = PointTable([device(f"live_{n}", points, n * points) for n in range(live["devices"])])
        self.supervisor = Supervisor(self.clock.mono_ns)
        self.publishers: list[Publisher] = []
        self.up = asyncio.Event()  # all of them are connected
        self._components: list[Component] = []
        self.took_ms: list[float] = []

    async def skip(self, name: str) -> None:
        """Let a publisher stand at the end of both streams."""
        for stream in STREAMS:
            if place := await last(self.journal, stream):
                await self.journal.cursor(name, stream)
                await self.journal.move_cursor(name, stream, place)

    async def publish(self, options: dict[str, Any]) -> Publisher:
        """Start a publisher."""
        component = Component(options["name"], "publisher")
        self._components.append(component)
        config = publisher_config(options)
        publisher: Publisher = publisher_class(config)(
            config,
            workshop=Workshop(id=WORKSHOP, name="공방"),
            gateway=GATEWAY,
            table=self.table,
            journal=self.journal,
            clock=self.clock,
            arrived=lambda: self._arrived(component),
        )
        self.supervisor.start(component, publisher.run, Backoff(0.1, 0.2))
        self.publishers.append(publisher)
        return publisher

    def _arrived(self, component: Component) -> None:
        self.supervisor.arrived(component)
        if all(one.state == "up" for one in self._components):
            self.up.set()

    async def sample(self) -> None:
        """Poll one device after the other, each once in `every_s`, and commit, for ever."""
        live, chance, block_at = self._live, np.random.default_rng(2), time.monotonic() + self._live["block_s"]
        schemas = [await declared(self.journal, entry.name, live["points"]) for entry in self.table.devices]
        while True:
            for number, entry in enumerate(self.table.devices):
                await asyncio.sleep(live["every_s"] / live["devices"])
                values = steady(chance, 1, live["points"])
                mono_ns = np.array([self.clock.mono_ns()], np.int64)
                batch = Batch(number, entry.first, mono_ns, values, np.zeros(values.shape, np.uint8))
                time_ns = self.journal.stage(batch, schemas[number])
                for publisher in self.publishers:
                    publisher.offer(batch, time_ns)
            if time.monotonic() >= block_at:
                block_at += live["block_s"]
                await self.journal.commit_block()

    async def scan(self) -> None:
        """Commit a scan now and then, and note how long each took, for ever."""
        while True:
            await asyncio.sleep(self._live["scan_s"])
            begun = time.perf_counter()
            event = Event("scan", "scanner_1", self.clock.mono_ns(), {"raw": "A1B-0042-017-0010"})
            await self.journal.transact(lambda tx, event=event: tx.append(event))
            self.took_ms.append((time.perf_counter() - begun) * 1e3)


async def drain(path: Path, to: dict[str, Any], live_to: dict[str, Any], stream: Stream, live: dict[str, Any]) -> None:
    """Send the backlog of one stream until standard input ends, and report how far it is; live samples go beside."""
    async with await Journal.open(path, GATEWAY, SystemClock(trust=True), max_bytes=1 << 40) as journal:
        gateway = Gateway(journal, live)
        if live_to["name"] != to["name"]:
            await gateway.skip(live_to["name"])
            await gateway.publish(live_to)
        publisher = await gateway.publish(to)
        await gateway.up.wait()
        others = [asyncio.create_task(gateway.sample()), asyncio.create_task(gateway.scan())]
        ended = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        while not ended.done():
            behind = journal.behind(stream, await journal.cursor(to["name"], stream))
            report = {"at_s": time.monotonic(), "cpu_s": time.process_time(), "behind": behind}
            report |= {"taken": journal.behind(stream, None) - behind, "window": publisher.detail().get("window", 0)}
            print(json.dumps(report), flush=True)
            await asyncio.wait({ended, *others}, timeout=REPORT_S, return_when=asyncio.FIRST_COMPLETED)
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await gateway.supervisor.stop_all()
    took_ms = sorted(gateway.took_ms) or [math.nan]
    print(json.dumps({"scan_ms_p99": took_ms[int(len(took_ms) * 0.99)], "scan_ms_max": took_ms[-1]}), flush=True)


if __name__ == "__main__":
    work = {"build": build, "drain": drain}[sys.argv[1]]
    asked = json.loads(sys.argv[2])
    asyncio.run(work(Path(asked.pop("path")), **asked))
