"""Histories of a journal, made of random steps; what was promised in them, and whether a journal still keeps it."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw
import numpy as np
from witness import BADGE, WORK, coupon

from barcodes.scan import Scan
from gateway.config.root import EdgeConfig
from gateway.errors import StorageFailed
from gateway.event import Event, Position, Row
from gateway.journal.blocks import Block, Schema
from gateway.journal.journal import Journal
from gateway.journal.verify import verify
from gateway.work.ledger import Ledger
from gateway.work.opening import open_ledger
from gateway.work.when import when
from sensors.batch import Batch

CONFIG = EdgeConfig.model_validate({"workshop": {"id": "bench", "name": "bench"}, "work": WORK})
SCANNERS = 3
EVICTED = ("space", "disk full")
Say = Callable[[tuple[str, Any]], None]  # what is promised from now on: (kind, what)


@dataclass(slots=True)
class HandClock:
    """A Clock that stands still until it is told; UTC is mono plus an offset, as on a machine."""

    now_ns: int = 1_000_000_000_000
    offset_ns: int = 1_764_000_000_000_000_000
    synced: bool = True
    boot_id: str = "boot-1"

    def mono_ns(self) -> int:
        """Return the time of the boot."""
        return self.now_ns

    def time_ns(self, mono_ns: int) -> int:
        """Return UTC."""
        return mono_ns + self.offset_ns

    def pass_s(self, seconds: float) -> None:
        """Let time pass."""
        self.now_ns += int(seconds * 1e9)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of history: its steps by how often each comes, and the journal's options."""

    steps: tuple[tuple[str, int], ...]
    synced: bool = True
    max_bytes: int = 2_000_000


KINDS = {
    "scans": Kind((("scan", 6), ("together", 2), ("samples", 1), ("deliver", 1))),
    "samples": Kind((("samples", 5), ("scan", 2), ("deliver", 2), ("look_again", 1))),
    "room": Kind((("samples", 6), ("machines", 4), ("scan", 2), ("deliver", 2), ("make_room", 3)), max_bytes=300_000),
    "clock": Kind((("scan", 4), ("samples", 2), ("turn_clock", 1), ("deliver", 2), ("machines", 1)), synced=False),
    "restarts": Kind((("scan", 4), ("samples", 2), ("deliver", 2), ("restart", 1))),
}


class History:
    """One journal that lives through random steps. What it promises is said, as soon as it is promised."""

    def __init__(self, path: Path, kind: Kind, dice: random.Random, say: Say, vfs: str | None = None) -> None:
        self._path, self._kind, self._dice, self._say, self._vfs = path, kind, dice, say, vfs
        self.clock = HandClock(synced=kind.synced, boot_id=f"boot-{dice.random()}")
        self._coupons = dice.randrange(100_000) * 1000
        self._delivered: dict[str, Position | None] = {"e": None, "s": None}

    async def live(self, steps: int) -> None:
        """Open the journal, go so many steps, close it in order."""
        async with self.lived(steps):
            pass

    @asynccontextmanager
    async def lived(self, steps: int) -> AsyncIterator[None]:
        """The same, and come to a moment before the end when the journal is still open."""
        await self._open()
        try:
            names, often = zip(*self._kind.steps, strict=True)
            for name in self._dice.choices(names, often, k=steps):
                self.clock.pass_s(self._dice.uniform(0.1, 30))
                await getattr(self, name)()
            yield
        finally:
            await self.journal.close()

    async def _open(self) -> None:
        self.journal = await Journal.open(
            self._path, "bench", self.clock, max_bytes=self._kind.max_bytes, linger_s=0.001, vfs=self._vfs
        )
        await open_ledger(self.journal)
        self._ledger = Ledger(CONFIG, "bench", self.clock.boot_id)
        self._schema = await self.journal.declare("shaker", {"fields": ["x"], "units": ["mm/s"]})
        self._delivered = {stream: await self.journal.cursor("broker", stream) for stream in ("e", "s")}
        for scanner in range(SCANNERS):
            await self._read(BADGE, scanner)

    async def _read(self, code: str, scanner: int) -> None:
        self.clock.pass_s(3)
        scan = Scan(f"scanner_{scanner}", self.clock.mono_ns(), code.encode())
        now_ns = self.clock.time_ns(scan.mono_ns)
        answer = await self.journal.transact(lambda tx: self._ledger.decide(tx, scan, now_ns))
        self._say(("event", answer.row))

    def _next(self) -> str:
        self._coupons += 1
        return coupon(self._coupons)

    # Steps

    async def scan(self) -> None:
        """One coupon; a few are read a second time."""
        code = self._next()
        for _ in range(self._dice.choice((1, 1, 1, 2))):
            await self._read(code, self._dice.randrange(SCANNERS))

    async def together(self) -> None:
        """Several scanners and machines in one commit."""
        events = [Event("count", f"press_{n}", self.clock.mono_ns(), {"delta": n}) for n in range(5)]
        scans = [self._read(self._next(), scanner) for scanner in range(SCANNERS)]
        kept, *_ = await asyncio.gather(self.journal.append(events), *scans)
        self._say_all(kept)

    async def machines(self) -> None:
        """States and counts, which may go when space ends."""
        body = {"state": "run", "note": "x" * 300}
        self._say_all(await self.journal.append([Event("state", "press_1", self.clock.mono_ns(), body)] * 5))

    async def samples(self) -> None:
        """A block of samples with a snapshot and an event; each value tells the time that it belongs to."""
        stage(self.journal, self._schema, self.clock, self._dice.randrange(1, 400))
        events = [Event("count", "press_1", self.clock.mono_ns(), {"delta": 1})]
        self._say_all(await self.journal.commit_block(b"snapshot" * 200, events=events))
        store = self.journal._store
        self._say(("block", (store.epoch.start, store.progress.numbers["s"])))

    async def deliver(self) -> None:
        """What a publisher does: read on, send, move on. What was sent never changes."""
        for stream, read in (("e", self.journal.events), ("s", self.journal.blocks)):
            found: list[Any] = await read(self._delivered[stream], 50)  # type: ignore[operator] # events or blocks
            if found:
                self._say(("sent", [(stream, row.position, times(row)) for row in found]))
                self._delivered[stream] = found[-1].position
                await self.journal.move_cursor("broker", stream, found[-1].position)

    async def look_again(self) -> None:
        """What the dashboard does."""
        await self.journal.recent(50, ["scan"])

    async def make_room(self) -> None:
        """What upkeep does every 20 s."""
        await self.journal._writer.read(lambda _: self.journal._retention.step())

    async def turn_clock(self) -> None:
        """The clock is set right, by an hour; or it is lost again."""
        if not self.clock.synced:
            self.clock.offset_ns += 3_600_000_000_000
        self.clock.synced = not self.clock.synced
        await self.journal.freeze()

    async def write_watermark(self) -> None:
        """What upkeep does each minute."""
        store = self.journal._store
        await self.journal._writer.read(lambda _: store.write_watermark())
        self._say(("watermark", (store.epoch.start, dict(store.progress.numbers))))

    async def restart(self) -> None:
        """End in order and begin again."""
        await self.journal.close()
        await self._open()

    def _say_all(self, kept: Iterable[Row]) -> None:
        for row in kept:
            self._say(("event", row))


def stage(journal: Journal, schema: Schema, clock: HandClock, rows: int) -> None:
    """Stage rows whose value tells their time."""
    mono_ns = clock.mono_ns() + np.arange(rows, dtype=np.int64)
    clock.now_ns += rows
    values = (mono_ns % 1000).astype(np.float64).reshape(-1, 1)
    journal.stage(Batch(0, 0, mono_ns, values, np.zeros((rows, 1), np.uint8)), schema)


def times(row: Row | Block) -> Any:
    """Return the UTC of an event or of a block's last row."""
    return row.time_ns if isinstance(row, Row) else int(row.columns.time_ns[-1])


@dataclass
class Promised:
    """What was promised until some moment."""

    events: dict[Position, Row] = field(default_factory=dict)
    blocks: set[tuple[int, int]] = field(default_factory=set)  # start, n
    sent: dict[tuple[str, Position], Any] = field(default_factory=dict)  # the time that it was sent with
    watermark: tuple[int, dict[str, int]] = (0, {"e": 0, "s": 0})

    @classmethod
    def of(cls, said: Iterable[tuple[str, Any]]) -> "Promised":
        """Return the sum of what was said."""
        made = cls()
        for kind, what in said:
            if kind == "event":
                made.events[what.position] = what
            elif kind == "block":
                made.blocks.add(what)
            elif kind == "watermark":
                made.watermark = what
            else:
                made.sent.update({(stream, place): time_ns for stream, place, time_ns in what})
        return made


@dataclass
class Kept:
    """What a journal holds, and what its `gap` events tell."""

    events: dict[Position, Row] = field(default_factory=dict)
    blocks: dict[Position, Block] = field(default_factory=dict)
    paid: list[str] = field(default_factory=list)  # ids of events
    cursors: dict[str, Position | None] = field(default_factory=dict)
    twice: bool = False
    epoch: int = 0

    def told(self, stream: str, causes: Iterable[str] = ()) -> Callable[[tuple[int, int]], bool]:
        """Return whether a `gap` event, of one of these causes, tells that a place (start, n) is gone."""
        gaps = [
            (_place(row.body["from"]), _place(row.body["to"]))
            for row in self.events.values()
            if row.kind == "gap" and row.body["stream"] == stream and row.body["from"]
            if not causes or row.body["cause"] in causes
        ]
        return lambda place: any(first <= place <= last for first, last in gaps)


def _place(name: str) -> tuple[int, int]:
    epoch, _, n = name.partition(":")
    return int(epoch.partition("-")[0]), int(n)


async def read(path: Path, clock: HandClock) -> Kept:
    """Use a journal, and read all that it holds when it is opened again."""
    if not await _used(path, clock) and not await _used(path, clock):
        raise StorageFailed("it is damaged after it was mended")
    async with await Journal.open(path, "bench", clock) as journal:
        await open_ledger(journal)
        cursors = {stream: await journal.cursor("broker", stream) for stream in ("e", "s")}
        events, blocks = await _all(journal.events), await _all(journal.blocks)
        paid = await journal.read(
            lambda db: [when(db, row, "bench").event for (row,) in db.execute("SELECT row FROM work_paid")]
        )
        kept = Kept({row.position: row for row in events}, {block.position: block for block in blocks}, paid, cursors)
        kept.twice = len(kept.events) < len(events) or len(kept.blocks) < len(blocks)
        kept.epoch = int(journal.epoch.partition("-")[0])
        return kept


def _paid(db: apsw.Connection) -> list[str]:
    return [when(db, row, "bench").event for (row,) in list(db.execute("SELECT row FROM work_paid"))]


async def _used(path: Path, clock: HandClock) -> bool:
    """Do what the daemon does first; False when the file refused a commit: the daemon ends, its next start mends it."""
    async with await Journal.open(path, "bench", clock) as journal:
        try:
            await open_ledger(journal)
            await journal.append([Event("count", "press_1", clock.mono_ns(), {"delta": 1})])
            await journal.freeze()
            await _all(journal.events), await _all(journal.blocks)  # what is found damaged is told
        except StorageFailed:
            if not journal.damaged:
                raise
        return not journal.damaged


async def _all(read: Callable[..., Any]) -> list[Any]:
    found: list[Any] = []
    while more := await read(found[-1].position if found else None):
        found += more
    return found


def wrong(path: Path, promised: Promised, clock: HandClock) -> list[str]:
    """Return what a journal does not keep of what was promised; it is opened twice. Empty when all is well."""
    clock = HandClock(clock.now_ns + 3_600_000_000_000, clock.offset_ns, synced=True, boot_id="boot-last")
    kept = asyncio.run(read(path, clock))
    return [*_events(promised, kept), *_blocks(promised, kept), *_paid(kept), *_verified(path)]


def _events(promised: Promised, kept: Kept) -> Iterable[str]:
    """Scans are never gone; what may go, goes when space ends, and is told. What is there is what it was."""
    told = kept.told("e", EVICTED)
    for place, row in promised.events.items():
        found = kept.events.get(place)
        if found is None:
            if row.kind in ("scan", "schema") or not told((place.start, place.n)):
                yield f"lost: {row.kind} {place}"
        elif (found.kind, found.source, found.mono_ns, found.body) != (row.kind, row.source, row.mono_ns, row.body):
            yield f"changed: {place}"
    for (stream, place), time_ns in promised.sent.items():
        now = (kept.events if stream == "e" else kept.blocks).get(place)
        if now is not None and times(now) != time_ns:
            yield f"its time changed: {stream} {place}"
    if kept.twice:
        yield "twice"


def _blocks(promised: Promised, kept: Kept) -> Iterable[str]:
    told, there = kept.told("s", EVICTED), {(place.start, place.n) for place in kept.blocks}
    yield from (f"lost: block {place}" for place in sorted(promised.blocks - there) if not told(place))
    for place, block in kept.blocks.items():
        columns = block.columns
        if (columns.values[:, 0] != columns.mono_ns % 1000).any() or (np.diff(columns.time_ns) <= 0).any():
            yield f"changed: block {place}"


def _paid(kept: Kept) -> Iterable[str]:
    """Each coupon is paid by one event, and the ledger's table says the same."""
    accepted = [row for row in kept.events.values() if row.kind == "scan" and row.body["answer"] == "accepted"]
    if len({row.body["text"] for row in accepted}) < len(accepted):
        yield "paid twice"
    if sorted(kept.paid) != sorted(row.id("bench") for row in accepted):
        yield "the ledger says something else than the events"


def _verified(path: Path) -> Iterable[str]:
    """No damaged row, and every number that is missing is told."""
    report = verify(path)
    return [] if report.well else report.names
