"""The way of a reading: driver -> engine -> journal, live view and publishers. One way, no way back."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Final, Protocol

from gateway.component import Component
from gateway.engine.engine import Engine, Output
from gateway.engine.windows import Window
from gateway.errors import StorageFailed
from gateway.event import Event, Row
from gateway.journal.journal import Journal
from gateway.losses import Account, What
from gateway.schemas import Schemas
from sensors.batch import Batch, Int64s
from sensors.measurement import Measurement
from sensors.text import TextReading

log = logging.getLogger("gongbang")

EVENTS_HELD = 100_000  # while the journal cannot commit; beyond it the oldest go, counted and told in a gap event
RETRY_S = 1.0
MUCH_BYTES = 8 << 20  # of samples: they are committed before their time
PATIENT: Final = ("count", "state")  # kinds that may wait a little to share a commit, for the memory card's life
PATIENCE_S = 1.0
Write = Callable[[Sequence[Event]], Awaitable[list[Row]]]


class Sink(Protocol):
    """A publisher, as the flow sees it: it takes samples at once or not at all, and never makes the south wait."""

    def offer(self, part: Batch | Window, time_ns: Int64s | None) -> None: ...


class Flow:
    """Takes readings from the drivers' tasks, all on one loop: the order in which they come is the stream."""

    def __init__(
        self,
        journal: Journal,
        engine: Engine,
        schemas: Schemas,
        component: Component,
        kept: Callable[[list[Row]], None],
    ) -> None:
        self.engine, self.schemas = engine, schemas
        self.sinks: dict[str, Sink] = {}
        self._journal, self._component, self._kept = journal, component, kept
        self._events: list[Event] = []
        component.queued = lambda: len(self._events)
        self._wake, self._much = asyncio.Event(), asyncio.Event()
        self._patience: asyncio.TimerHandle | None = None
        self._writing = asyncio.Lock()
        self._texts: dict[str, str] = {}
        self._lost = 0
        self._made = self._writing_now = 0  # events handed to us; of them, those in a commit that is not over

    def account(self) -> Account:
        """Return what became of the events that were made."""
        counters = self._component.counters
        waiting = len(self._events) + self._writing_now
        parts: dict[tuple[What, str], int] = {("kept", ""): counters.sent, ("waiting", ""): waiting}
        return Account("e", self._made, parts | {("lost", "storage"): counters.dropped})

    def batch(self, batch: Batch) -> int:
        """Run one batch through the engine and hand everything on; return how many rows came too late for it."""
        late = self.engine.arrival.late
        before = int(late[batch.device])
        self._component.counters.received += len(batch.mono_ns)
        self._keep(batch)
        self._take(self.engine.feed(batch))
        return int(late[batch.device]) - before

    def text(self, reading: TextReading) -> None:
        """A text that changed is an event; the first one is, too."""
        point = f"{reading.device}.{reading.point}"
        if self._texts.get(point) != reading.text:
            self._texts[point] = reading.text
            self.add([Event("text", point, reading.mono_ns, {"point": point, "text": reading.text})])

    def measurement(self, taken: Measurement) -> None:
        """A measurement that somebody took is an event."""
        body = {"device": taken.device, "point": taken.point, "value": taken.value, "unit": taken.unit}
        self.add([Event("measurement", taken.device, taken.mono_ns, body | {"stable": taken.stable})])

    def tick(self, mono_ns: int) -> None:
        """A whole second of mono is over."""
        self._take(self.engine.tick(mono_ns))

    def add(self, events: Iterable[Event]) -> None:
        """Hold events until they are kept; they leave in this order."""
        came = list(events)
        self._events.extend(came)
        self._made += len(came)
        if not came or any(event.kind not in PATIENT for event in came):
            self._hurry()
        elif self._patience is None:
            self._patience = asyncio.get_running_loop().call_later(PATIENCE_S, self._hurry)

    async def go_along(self) -> None:
        """Let what is held share the commit that the caller asks for next."""
        self._hurry()
        await asyncio.sleep(0)  # they ask first

    def _hurry(self) -> None:
        if self._events:
            self._wake.set()

    async def keep_events(self) -> None:
        """Commit events as they come, for ever. While the journal cannot, they wait here, and the screen says so."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self.flush()
            except StorageFailed:
                await asyncio.sleep(RETRY_S)
                self._wake.set()

    async def keep_samples(self, every_s: float) -> None:
        """Commit the samples every so often, with the engine's snapshot, for ever; the first snapshot at once.

        Just after the ticks that are multiples of `every_s`: windows are over then, and the snapshot holds no rows.
        Earlier where more than MUCH_BYTES wait.
        """
        while True:
            try:
                await self.commit_samples()
            except StorageFailed as failed:
                log.warning("journal: samples wait: %s", failed)
                await asyncio.sleep(RETRY_S)
            self._much.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(every_s - max(0, self.engine.last_tick_ns) / 1e9 % every_s):
                    await self._much.wait()

    async def flush(self) -> None:
        """Commit the events that are held; StorageFailed leaves them held."""
        await self._commit(self._journal.append)

    async def commit_samples(self) -> None:
        """Commit samples, the events that are held, and a snapshot that includes just these, in one transaction."""

        async def block(events: Sequence[Event]) -> list[Row]:
            return await self._journal.commit_block(self.engine.snapshot(), events=events)

        await self._commit(block, even_none=True)

    async def _commit(self, write: Write, even_none: bool = False) -> None:
        async with self._writing:  # one commit at a time: events that failed come before those that came later
            events, self._events = self._events, []
            if self._patience is not None:
                self._patience.cancel()
                self._patience = None
            if not events and not even_none:
                return
            self._writing_now = len(events)
            try:
                rows = await write(self._with_gap(events))
            except StorageFailed:
                self._hold(events)
                raise
            finally:
                self._writing_now = 0
            self._lost = 0
            self._made += len(rows) - len(events)  # the gap that tells of the lost ones
            self._component.counters.sent += len(rows)
        self._kept(rows)

    def _take(self, output: Output) -> None:
        for batch in output.derived:
            self._keep(batch)
        for window in output.windows:
            schema = self.schemas.of_windows(window.device, window.window_s)
            self._offer(window, self._journal.stage_window(window, schema))
        self.add(output.events)

    def _keep(self, batch: Batch) -> None:
        self._offer(batch, self._journal.stage(batch, self.schemas.of(batch.device)))
        if self._journal.staged_bytes > MUCH_BYTES:
            self._much.set()

    def _offer(self, part: Batch | Window, time_ns: Int64s | None) -> None:
        for sink in self.sinks.values():
            sink.offer(part, time_ns)

    def _with_gap(self, events: Sequence[Event]) -> Sequence[Event]:
        if not self._lost:
            return events
        body = {"stream": "e", "from": None, "to": None, "cause": "storage", "rows": self._lost}
        return [Event("gap", "journal", events[0].mono_ns, body), *events]

    def _hold(self, events: list[Event]) -> None:
        self._events[:0] = events
        if (over := len(self._events) - EVENTS_HELD) > 0:
            del self._events[:over]
            self._lost += over
            self._component.counters.dropped += over
