"""A shop without wires for the journal's benchmarks: engine, ledger and journal as in the daemon, time by hand."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from barcodes.scan import Scan
from barcodes.ticket import Badge, Coupon, encode
from gateway.clock import Clock
from gateway.component import Component
from gateway.config.root import EdgeConfig
from gateway.desk import Desk
from gateway.engine.engine import Engine
from gateway.event import Event
from gateway.flow import Flow
from gateway.journal.journal import Journal
from gateway.schemas import Schemas
from gateway.table import PointTable
from gateway.work.answer import Answer
from gateway.work.ledger import Ledger
from gateway.work.opening import open_ledger
from sensors.batch import Batch, one_row

SECOND_NS = 1_000_000_000


@dataclass(slots=True)
class HandClock:
    """Both clocks, moved by hand."""

    now_ns: int = 1_000 * SECOND_NS
    offset_ns: int = 1_764_000_000 * SECOND_NS
    synced: bool = True
    boot_id: str = "bench"

    def mono_ns(self) -> int:
        return self.now_ns

    def time_ns(self, mono_ns: int) -> int:
        return mono_ns + self.offset_ns

    def monotonic(self) -> float:
        """Stand in for the module `time`."""
        return self.now_ns / SECOND_NS


def configuration(devices: int, points: int, scanners: int, **more: Any) -> EdgeConfig:
    """Return a shop with a machine at each device, and a worker and a scanner at each station."""
    listed = [{"name": f"p{n}", "address": 2 * n, "type": "f32"} for n in range(points)]
    plc = {"name": "plc", "type": "modbus_tcp", "host": "localhost", "devices": [
        {"name": f"meter_{n}", "unit": n + 1, "points": listed} for n in range(devices)
    ]}  # fmt: skip
    hands = [{"name": f"scanner_{n}", "type": "serial_scanner", "port": f"/dev/tty{n}"} for n in range(scanners)]
    machines = [
        {"name": f"press_{n}", "states": [{"state": "run", "when": f"meter_{n}.p0 > 120 for 3s"}]}
        for n in range(devices)
    ]
    workers = [{"badge": str(n + 1), "name": f"worker {n}"} for n in range(scanners)]
    label = {"ko": "봉제", "en": "Sewing"}
    work = {"workers": workers, "operations": [{"code": "SEW", "label": label}], "same_label_s": 2, "badge_hold_s": 1e6}
    tree = {"workshop": {"id": "bench", "name": "bench"}, "drivers": [plc, *hands], "machines": machines, "work": work}
    return EdgeConfig.model_validate(tree | more)


def machine_event(number: int, mono_ns: int) -> Event:
    """Return what a machine does now: it counts a piece, or turns."""
    name = f"press_{number % 10}"
    body: dict[str, Any] = {"machine": name, "delta": 1, "total": number, "reset": False}
    if number % 2:
        body = {"machine": name, "state": "run", "before": "idle", "after_s": 61.25}
    return Event("state" if number % 2 else "count", name, mono_ns, body)


class Shop:
    """One shop, open. `batch`, `machine` and `scan` are what happens in it; `committed` what the daemon does then."""

    def __init__(self, path: Path, config: EdgeConfig, clock: Clock, **options: Any) -> None:
        self.config, self.clock = config, clock
        self._path, self._options = path, options
        self._stack = AsyncExitStack()
        self._chance = np.random.default_rng(1)
        self.scans = self.machines = 0

    async def __aenter__(self) -> Self:
        self.journal = await self._stack.enter_async_context(
            await Journal.open(self._path, "bench", self.clock, **self._options)
        )
        self.table = PointTable.of(self.config)
        schemas = await Schemas.declare(self.journal, self.config, self.table)
        await open_ledger(self.journal)
        self.flow = Flow(self.journal, Engine(self.config, self.table), schemas, Component("e", "engine"), _nothing)
        self.desk = Desk(self.journal, self.clock, Ledger(self.config, "bench", self.clock.boot_id), _unheard)
        for number, scanner in enumerate(self.scanners):
            await self._read(scanner, encode(Badge(number + 1)))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def scanners(self) -> list[str]:
        """Return the scanners' names."""
        return [driver.name for driver in self.config.drivers if driver.name.startswith("scanner")]

    @property
    def events(self) -> int:
        """Return the number of the newest event."""
        return self.journal.behind("e", None)

    @property
    def blocks(self) -> int:
        """Return the number of the newest block."""
        return self.journal.behind("s", None)

    async def keep_up(self) -> None:
        """Let the writer do what it does by itself when nothing was asked of it for a second of real time."""
        writer = self.journal._writer
        while await writer.read(lambda _: writer._upkeep.step()):
            pass

    def readings(self, rows: int, every_s: float, jitter_s: float = 0.0) -> None:
        """Read every device so often, up to now: steady values to a tenth, as meters send them."""
        for index, device in enumerate(self.table.devices):
            if device.driver == "plc":
                late_s = np.arange(1 - rows, 1) * every_s - self._chance.uniform(0, jitter_s, rows)
                values = np.round(self._chance.normal(230.0, 0.5, (rows, len(device.points))), 1)
                quality = np.zeros(values.shape, np.uint8)
                mono_ns = self.clock.mono_ns() + (late_s * SECOND_NS).astype(np.int64)
                self.flow.batch(Batch(index, device.first, mono_ns, values, quality))

    def machine(self) -> None:
        """A machine counts a piece, or turns."""
        self.flow.add([machine_event(self.machines, self.clock.mono_ns())])
        self.machines += 1

    async def scan(self, scanner: str | None = None) -> None:
        """Scan a new coupon, and wait until it is kept and answered."""
        self.scans += 1
        bundle = f"{self.scans * 7919 % 1_000_000:06d}"  # bundles come in no order
        scanner = scanner or self.scanners[self.scans % len(self.scanners)]
        self._count(scanner)
        await self._read(scanner, encode(Coupon(bundle, "SEW", 20)))

    def _count(self, scanner: str) -> None:
        """The row that a scanner's driver yields beside each scan: how many it has read."""
        index = next(n for n, entry in enumerate(self.table.devices) if entry.name == scanner)
        first, values = self.table.devices[index].first, np.array([float(self.scans)])
        self.flow.batch(one_row(index, first, self.clock.mono_ns(), values, np.zeros(1, np.uint8)))

    async def _read(self, scanner: str, code: str) -> None:
        row = await self.desk.scan(Scan(scanner, self.clock.mono_ns(), code.encode()), _Silent())  # type: ignore[arg-type] # only asked whether it answers
        if row is None or row.body["answer"] not in ("accepted", "badge"):
            raise RuntimeError(f"{code} was not accepted: {row and row.body}")


class _Silent:
    """A scanner that cannot answer."""


def _nothing(_rows: object) -> None:
    pass


def _unheard(_scan: Scan, _answer: Answer) -> None:
    pass
