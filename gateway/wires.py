"""The wires that run: drivers in the south and publishers in the north, by name, each in the supervisor's care."""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace

from barcodes.scan import Scan
from drivers.base import Driver, DriverConfig, Previews, Reading, Slots, Writes, Written
from drivers.errors import NotWritten
from drivers.registry import build
from gateway.component import Component
from gateway.config.publish import PublisherConfig
from gateway.flow import Sink
from gateway.losses import Account, What
from gateway.publish.publisher import Publisher
from gateway.supervisor import DEVICE, Backoff, Life, Supervisor
from sensors.batch import Batch
from sensors.measurement import Measurement
from sensors.text import TextReading

Part = DriverConfig | PublisherConfig
SINK_LEAST_S = 1.0
STREAMS: dict[type, str] = {Batch: "rows", Scan: "scans", TextReading: "texts", Measurement: "measurements"}

Take = Callable[[Reading, Driver], Awaitable[int]]  # how many rows or scans of it were not taken
Accounts = Callable[[str], list[Account]]  # of a publisher
MakePublisher = Callable[[PublisherConfig, Callable[[], None]], Publisher]


class Taken:
    """What was read of one wire, and what of it was not taken: rows that came late, scans that could not be kept."""

    def __init__(self) -> None:
        self._read: Counter[str] = Counter()
        self._not: Counter[str] = Counter()

    def add(self, reading: Reading, not_taken: int) -> None:
        """Count a reading."""
        stream = STREAMS[type(reading)]
        self._read[stream] += len(reading.mono_ns) if isinstance(reading, Batch) else 1
        self._not[stream] += not_taken

    def accounts(self, unreadable: int) -> list[Account]:
        """Return the accounts of what came; `unreadable` is what the driver itself could make nothing of."""
        found = [self._account(stream, rows) for stream, rows in self._read.items()]
        return [*found, Account("raw", unreadable, {("lost", "unreadable"): unreadable})] if unreadable else found

    def _account(self, stream: str, rows: int) -> Account:
        lost: tuple[What, str] = ("late", "") if stream == "rows" else ("refused", "storage")
        return Account(stream, rows, {("kept", ""): rows - self._not[stream], lost: self._not[stream]})


class Wires:
    """Starts and ends parts of the configuration. `take` gets every reading, in the order in which they come."""

    def __init__(
        self,
        supervisor: Supervisor,
        components: dict[str, Component],
        sinks: dict[str, Sink],
        take: Take,
        publisher: MakePublisher,
        accounts: Accounts,
    ) -> None:
        self._supervisor, self._components, self._sinks = supervisor, components, sinks
        self._take, self._publisher, self._accounts = take, publisher, accounts
        self._running: dict[str, Part] = {}
        self._silent: set[str] = set()  # drivers that have read nothing yet
        self._previews: dict[str, Previews] = {}
        self._writers: dict[str, tuple[Writes, Slots]] = {}

    def runs(self, part: Part) -> bool:
        """Return whether exactly this part runs; what was given up does not, so that a reload tries it anew."""
        return self._running.get(part.name) == part and self._components[part.name].state != "off"

    def start(self, part: Part, slots: Slots) -> None:
        """Start a part that is switched on and does not run; `slots` tell a driver where its devices stand."""
        if not part.enabled or part.name in self._running:
            return
        if isinstance(part, PublisherConfig):
            self._start_publisher(part)
        else:
            self._start_driver(part, slots)

    async def keep_only(self, names: Collection[str]) -> None:
        """End what is not named."""
        for name in [name for name in self._running if name not in names]:
            await self._supervisor.stop(name)
            for known in (self._running, self._components, self._sinks, self._previews, self._writers):
                known.pop(name, None)
            self._silent.discard(name)

    async def end_all(self) -> None:
        """End everything, together."""
        await self._supervisor.stop_all()

    def unready(self) -> list[str]:
        """Return what has not read anything yet though its wire is there, or was not tried yet."""
        state = {name: self._components[name].state for name in self._running if name not in self._sinks}
        return sorted(name for name, now in state.items() if now == "waiting" or (now == "up" and name in self._silent))

    def preview(self, name: str) -> bytes | None:
        """Return the newest picture of a camera that shows any."""
        camera = self._previews.get(name)
        return camera.preview if camera else None

    async def write(self, device: str, output: str, value: float | str) -> Written:
        """Write an output of a device. NotWritten or DeviceGone says why it was not."""
        for writer, slots in self._writers.values():
            if device in slots:
                return await writer.write(device, output, value)
        raise NotWritten(f"{device}: 쓸 수 있는 기기가 아니에요. / not a device that can be written.")

    def _start_driver(self, config: DriverConfig, slots: Slots) -> None:
        driver = build(config, slots)
        if isinstance(driver, Previews):
            self._previews[config.name] = driver
        if isinstance(driver, Writes):
            self._writers[config.name] = driver, slots
        component = Component(config.name, "driver", driver.counters)
        component.detail = lambda: {"devices": driver.counters.unit_errors} | _shows(driver)
        taken = Taken()
        component.accounts = lambda: taken.accounts(driver.counters.dropped)
        self._silent.add(config.name)
        self._begin(component, config, lambda: self._read(driver, component, taken), _backoff(config))

    async def _read(self, driver: Driver, component: Component, taken: Taken) -> None:
        """One connection's life: read until the wire is gone."""
        async with driver:
            self._supervisor.arrived(component)
            async for reading in driver.readings():
                self._silent.discard(component.name)
                taken.add(reading, await self._take(reading, driver))

    def _start_publisher(self, config: PublisherConfig) -> None:
        component = Component(config.name, "publisher")
        publisher = self._publisher(config, lambda: self._supervisor.arrived(component))
        component.counters, component.detail = publisher.counters, publisher.detail
        component.queued = lambda: publisher.queued
        component.accounts = lambda: self._accounts(config.name)
        self._sinks[config.name] = publisher
        self._begin(component, config, publisher.run, Backoff(SINK_LEAST_S, config.reconnect_most_s))

    def _begin(self, component: Component, part: Part, life: Life, backoff: Backoff) -> None:
        self._running[component.name] = part
        self._components[component.name] = component
        self._supervisor.start(component, life, backoff)


def _backoff(config: DriverConfig) -> Backoff:
    return replace(DEVICE, most_s=config.retry_most_s)


def _shows(driver: Driver) -> dict[str, bool]:
    """Return whether a camera has a picture for its owner; nothing for other drivers."""
    return {"preview": driver.preview is not None} if isinstance(driver, Previews) else {}
