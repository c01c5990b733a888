"""Real brokers and an independent witness for the publishers' tests."""

import asyncio
import contextlib
import json
import signal
import socket
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from rig import WITNESSES, free_port, until

from gateway.clock import Clock, SystemClock
from gateway.component import Component
from gateway.config.parts import Workshop
from gateway.config.publish import InfluxPublisher as InfluxConfig
from gateway.config.publish import MqttPublisher as Config
from gateway.event import Event
from gateway.journal.journal import Journal
from gateway.publish.influxdb import InfluxPublisher
from gateway.publish.mqtt import MqttPublisher
from gateway.supervisor import Backoff, Supervisor
from gateway.table import DeviceEntry, PointTable
from sensors.batch import Batch, one_row
from sensors.point import Point

LOOPBACK = "127.0.0.1"
WAIT_S = 60.0  # the longest that a test waits for something that should come at once


async def soon(true: Callable[[], Any], what: str, wait_s: float = WAIT_S) -> None:
    """Wait, on the loop, until something holds."""
    begun = time.monotonic()
    while not true():
        waited_s = time.monotonic() - begun
        assert waited_s < wait_s, f"waited {wait_s:g} s in vain: {what}"
        await asyncio.sleep(min(max(0.01, waited_s / 20), 0.25))  # the longer the more seldom, as `rig.until`


@dataclass
class Mosquitto:
    """A Mosquitto of its own on a free port of the loopback. `kill` is a power cut, `stop` a clean end."""

    folder: Path
    lines: tuple[str, ...] = ("allow_anonymous true",)
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Mosquitto":
        """Start it, again on the same port, and wait until it listens."""
        self.folder.mkdir(parents=True, exist_ok=True)
        place = self.folder / "mosquitto.conf"
        lines = (line.format(folder=self.folder) for line in self.lines)
        place.write_text("\n".join((f"listener {self.port} {LOOPBACK}", "user root", *lines, "")))
        with (self.folder / "mosquitto.log").open("ab") as log:
            command = ["mosquitto", "-v", "-c", str(place)]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        until(self._listens, f"Mosquitto listens; it said:\n{self.log()[-2000:]}")
        return self

    def log(self) -> str:
        """Return what it wrote."""
        return (self.folder / "mosquitto.log").read_text(errors="replace")

    def _listens(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"Mosquitto ended:\n{self.log()[-2000:]}"
        with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, self.port), 0.2):
            return True
        return False

    def kill(self) -> None:
        """End it at once: what it held in memory is gone."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it in order."""
        self._end(signal.SIGTERM)

    def _end(self, sign: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(sign)
            self._process.wait(60)
            self._process = None


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Callable[..., Mosquitto]]:
    """Return a maker of brokers: `mosquitto("allow_anonymous true", ...)` starts one with these lines of config."""
    made: list[Mosquitto] = []

    def make(*lines: str) -> Mosquitto:
        broker = Mosquitto(tmp_path / f"mosquitto_{len(made)}", lines or ("allow_anonymous true",))
        made.append(broker)
        return broker.start()

    yield make
    for broker in made:
        broker.stop()


class Witness:
    """A subscriber that has nothing to do with the gateway: a session of its own, kept by the broker while away."""

    def __init__(self, port: int, topics: str = "gongbang/#", **account: str) -> None:
        self.messages: list[tuple[str, bytes, bool]] = []
        self.ready = threading.Event()
        self._topics = topics
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=f"witness_{next(WITNESSES)}", clean_session=False
        )
        if account:
            self._client.username_pw_set(**account)
        self._client.reconnect_delay_set(0.05, 0.1)  # type: ignore[arg-type] # seconds may be broken
        self._client.on_connect = lambda client, *_: client.subscribe(self._topics, qos=1)
        self._client.on_subscribe = lambda *_: self.ready.set()
        self._client.on_message = lambda _c, _u, m: self.messages.append((m.topic, bytes(m.payload), m.retain))
        self._client.connect_async(LOOPBACK, port)
        self._client.loop_start()
        assert self.ready.wait(60), "the witness could not subscribe"

    def close(self) -> None:
        """Leave; a second time does nothing."""
        if not hasattr(self, "_client"):
            return
        self._client.disconnect()
        self._client.loop_stop()
        # a cycle with its client would leave its sockets to the garbage collector, which warns
        self._client.on_connect = self._client.on_subscribe = self._client.on_message = None
        del self._client

    def bodies(self, under: str) -> list[dict[str, Any]]:
        """Return the messages whose topic has `/<under>` in it, in the order in which they came."""
        return [json.loads(payload) for topic, payload, _ in list(self.messages) if f"/{under}" in topic]

    def ids(self) -> list[str]:
        """Return the ids of the events, each once, as they first came."""
        return list(dict.fromkeys(body["id"] for body in self.bodies("event/")))


@pytest.fixture
def witness() -> Iterator[Callable[..., Witness]]:
    """Return a maker of witnesses: `witness(port, topics)`."""
    made: list[Witness] = []

    def make(*args: Any, **account: str) -> Witness:
        made.append(Witness(*args, **account))
        return made[-1]

    yield make
    while made:
        made.pop().close()


def shop() -> PointTable:
    """Return a table of a meter with two points and a press with a counter and a state."""
    meter = (Point(name="power", unit="W", address=0), Point(name="voltage", unit="V", address=1))
    press = (Point(name="strokes", kind="counter", address=0), Point(name="fault", kind="state", address=1))
    return PointTable(
        [DeviceEntry("meter_1", "bus_1", None, 0, meter), DeviceEntry("press_1", "bus_1", None, 2, press)]
    )


class Gateway:
    """A journal and one publisher under the real supervisor, as the daemon runs them."""

    def __init__(self, journal: Journal, clock: Clock, options: dict[str, Any]) -> None:
        self.journal, self.clock = journal, clock
        self.table = shop()
        self.component = Component("broker", "publisher")
        self.commands: list[tuple[str, dict[str, Any]]] = []
        self.supervisor = Supervisor(clock.mono_ns)
        self._backoff = Backoff(0.05, 0.2)
        self.publisher: Any = self.new_publisher(**options)
        self._others: list[MqttPublisher] = []

    def beside(self, **options: Any) -> tuple[MqttPublisher, Component]:
        """Let a further publisher live, to a broker of its own."""
        component = Component(options["name"], "publisher")
        publisher = self.new_publisher(component, **options)
        self._others.append(publisher)
        self.supervisor.start(component, publisher.run, self._backoff)
        return publisher, component

    def new_publisher(self, component: Component | None = None, **options: Any) -> MqttPublisher:
        """Return a publisher that stands where the journal's cursors say."""
        return MqttPublisher(
            Config.model_validate({"name": "broker", "type": "mqtt", "host": LOOPBACK, **options}),
            workshop=Workshop(id="shop-1", name="공방"),
            gateway="gw_1",
            table=self.table,
            journal=self.journal,
            clock=self.clock,
            arrived=lambda: self.supervisor.arrived(component or self.component),
            command=lambda name, body: self.commands.append((name, body)),
        )

    def start(self) -> None:
        """Let the publisher live."""
        self.supervisor.start(self.component, self.publisher.run, self._backoff)

    async def up(self) -> None:
        """Start, and wait until the broker took us."""
        self.start()
        await soon(lambda: self.component.state == "up", f"connected ({self.component.last_error})")

    async def event(self, kind: str = "count", source: str = "press_1", **body: Any) -> str:
        """Keep an event; return its id."""
        (row,) = await self.journal.append([Event(kind, source, self.clock.mono_ns(), body)])
        return row.id("gw_1")

    async def schema(self, device: str, **more: Any) -> Any:
        """Return the schema of a device of the shop."""
        entry = self.table.devices[self.table.device_index(device)]
        fields = [point.name for point in entry.points]
        return await self.journal.declare(device, {"fields": fields, "units": [p.unit for p in entry.points], **more})

    async def sample(self, device: str, *values: float, quality: tuple[int, ...] | None = None) -> int:
        """Stage and offer one row as the app does; return its mono time."""
        entry = self.table.devices[self.table.device_index(device)]
        codes = np.array(quality or (0,) * len(values), np.uint8)
        mono_ns = self.clock.mono_ns()
        batch = one_row(self.table.device_index(device), entry.first, mono_ns, np.array(values), codes)
        self.offer(batch, await self.schema(device))
        return mono_ns

    def offer(self, batch: Batch, schema: Any) -> None:
        """Hand a batch to the journal and then to the publishers, with the time that is kept."""
        time_ns = self.journal.stage(batch, schema)
        for publisher in (self.publisher, *self._others):
            publisher.offer(batch, time_ns)


@dataclass
class HandClock:
    """A clock that stands until it is told, and has NTP's word when it is told."""

    now_ns: int = 1_000_000_000_000
    synced: bool = True
    boot_id: str = "boot-1"

    def mono_ns(self) -> int:
        return self.now_ns

    def time_ns(self, mono_ns: int) -> int:
        return mono_ns + 1_764_000_000_000_000_000


@pytest.fixture
def hand_clock() -> HandClock:
    """Return a clock that is moved by hand."""
    return HandClock()


Running = Callable[..., Any]


@pytest.fixture
def running(tmp_path: Path) -> Running:
    """Return `async with running(port=..., ...) as gateway:`; its publisher is not started yet."""

    @asynccontextmanager
    async def run(clock: Any = None, max_bytes: int = 2_000_000_000, **options: Any) -> AsyncIterator[Gateway]:
        clock = clock or SystemClock(trust=True)
        path = tmp_path / "journal.db"
        async with await Journal.open(path, "gw_1", clock, max_bytes=max_bytes, linger_s=0.001) as journal:
            gateway = Gateway(journal, clock, options)
            try:
                yield gateway
            finally:
                await gateway.supervisor.stop_all()

    return run


@pytest.fixture(name="soon")
def _soon() -> Callable[..., Any]:
    """Return the waiting of tests that run on a loop: `await soon(lambda: ..., "what")`."""
    return soon


@pytest.fixture
def acl(tmp_path: Path) -> Callable[..., str]:
    """Return a maker of access lists: a line for the broker's config."""

    def make(*lines: str) -> str:
        place = tmp_path / "acl"
        place.write_text("\n".join((*lines, "")))
        place.chmod(0o600)
        return f"acl_file {place}"

    return make


@pytest.fixture
def port() -> int:
    """Return a free port of the loopback."""
    return free_port()


def _to_database(gateway: Gateway, component: Component, **options: Any) -> InfluxPublisher:
    return InfluxPublisher(
        InfluxConfig.model_validate({"name": "database", "type": "influxdb", **options}),
        workshop=Workshop(id="shop-1", name="공방"),
        gateway="gw_1",
        table=gateway.table,
        journal=gateway.journal,
        clock=gateway.clock,
        arrived=lambda: gateway.supervisor.arrived(component),
    )


@pytest.fixture
def to_database(running: Running) -> Running:
    """Return `async with to_database(url=..., ...) as gateway:` likewise, with a publisher to InfluxDB instead."""

    @asynccontextmanager
    async def run(clock: Any = None, **options: Any) -> AsyncIterator[Gateway]:
        async with running(clock) as gateway:
            gateway.publisher = _to_database(gateway, gateway.component, **options)
            yield gateway

    return run


@pytest.fixture
def beside() -> Callable[..., Any]:
    """Return a maker of further publishers to InfluxDB, which live at once: `beside(gateway, name=..., url=...)`."""

    def start(gateway: Gateway, **options: Any) -> tuple[InfluxPublisher, Component]:
        component = Component(options["name"], "publisher")
        publisher = _to_database(gateway, component, **options)
        gateway.supervisor.start(component, publisher.run, Backoff(0.05, 0.2))
        return publisher, component

    return start
