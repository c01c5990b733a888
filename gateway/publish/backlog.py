"""The samples that were missed while away: blocks of the journal, sent behind the live ones when there is room."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from drivers.base import Counters
from gateway.clock import Clock
from gateway.config.publish import MqttPublisher as Config
from gateway.errors import Refused, SinkAway
from gateway.event import Position
from gateway.journal.blocks import Block
from gateway.publish import payloads
from gateway.publish.changes import Changes
from gateway.publish.events import EventFeed
from gateway.publish.link import Link
from gateway.publish.message import Message
from gateway.publish.pace import Pace
from gateway.publish.payloads import Bools
from gateway.publish.samples import LiveSamples, count
from gateway.publish.source import Source
from gateway.publish.topics import Topics
from gateway.table import PointTable
from sensors.batch import Float64s, Int64s

PAGE: Final = 64  # blocks between two moves of the cursor
VALUES_PER_S: Final = 1_000_000  # so that a day's outage neither fills the line nor the processor
SHARE: Final = 4  # of the window, one part in so many


@dataclass(frozen=True, slots=True)
class _Past:
    """A window of the past, as columns [K]."""

    mono_ns: int
    count: Float64s
    mean: Float64s
    min: Float64s
    max: Float64s
    last: Float64s


class Backlog:
    """The cursor of stream `s`. Its rows are named by the schema they were written with, whatever is configured now."""

    def __init__(
        self,
        config: Config,
        table: PointTable,
        journal: Source,
        clock: Clock,
        topics: Topics,
        counters: Counters,
        live: LiveSamples,
        events: EventFeed,
    ) -> None:
        self._config, self._journal, self._clock, self._topics = config, journal, clock, topics
        self._counters, self._live, self._events = counters, live, events
        self._gauges = {
            (entry.name, point.name) for entry in table.devices for point in entry.points if point.kind == "gauge"
        }
        self._changes: dict[str, tuple[Position, Changes]] = {}  # by device, with the schema it was made for
        self._answers: set[asyncio.Future[int]] = set()
        self._pace = Pace(VALUES_PER_S)
        self.behind = False
        self.sent_rows = 0

    async def send(self, link: Link) -> None:
        """Read and send, for ever. What the last connection left unanswered is read again: its rows are the same."""
        after = await self._journal.cursor(self._config.name, "s")
        self._changes.clear()
        self._answers.clear()
        with self._journal.watch() as news:
            while True:
                if not self.behind:
                    await self._live.passed(self._clock.mono_ns())  # then there is next to nothing to unpack
                blocks = await self._journal.blocks(after, PAGE, self._known)
                if not blocks:
                    self.behind = False
                    await news.wait()
                    continue
                for block in blocks:
                    await self._send_block(link, block)
                await self._answered(link, 0)
                after = blocks[-1].position
                wanted = 0 if self._config.samples == "none" else len(blocks)
                await self._journal.move_cursor(self._config.name, "s", after, wanted, len(blocks) - wanted)

    def _known(self, boot: str, mono_ns: Int64s) -> bool:
        """Return whether the other side needs none of a block's rows."""
        return self._config.samples == "none" or (boot == self._clock.boot_id and self._live.sent(mono_ns))

    async def _send_block(self, link: Link, block: Block) -> None:
        missed = await self._missed(block)
        if not missed.any():
            self._changes.pop(block.schema.device, None)
            return
        self.behind = True
        topic = self._topic(block)
        rows = int(missed.sum())
        with self._pace.work(rows * len(block.schema.fields)):
            messages = [Message(topic, payload) for payload in self._payloads(block, missed)]
        for message in messages:
            await self._events.caught_up.wait()
            await self._publish(link, message)
        self.sent_rows += rows
        self._counters.received += rows
        await self._pace.rest()

    async def _missed(self, block: Block) -> Bools:
        """Return [T], True for rows that the live end did not send."""
        mono_ns = block.columns.mono_ns
        if block.boot == self._clock.boot_id and len(mono_ns):
            await self._live.passed(int(mono_ns.max()))
        since_ns = self._live.since_ns
        if block.boot != self._clock.boot_id or since_ns is None:
            return np.ones(len(mono_ns), np.bool_)
        missed: Bools = mono_ns < since_ns
        return missed

    def _topic(self, block: Block) -> str:
        name = block.schema.device
        return self._topics.data(name) if block.schema.window_s is None else self._topics.window(name)

    def _payloads(self, block: Block, missed: Bools) -> Iterator[bytes]:
        if block.schema.window_s is not None:
            return self._windows(block, missed)
        columns = block.columns
        chosen = np.repeat(missed[:, None], columns.values.shape[1], axis=1)
        if self._config.samples == "changes":
            chosen &= self._filter(block).choose(0, columns.mono_ns, columns.values, columns.quality)
        if not missed.all():  # its other rows went another way: what is unchanged to us may not be to the receiver
            self._changes.pop(block.schema.device, None)
        values = (columns.time_ns, columns.values, columns.quality)
        return payloads.data(self._topics.gateway, block.schema.fields, *values, chosen, block.clock)

    def _windows(self, block: Block, missed: Bools) -> Iterator[bytes]:
        for row in np.flatnonzero(missed).tolist():
            past = _Past(int(block.columns.mono_ns[row]), *block.windows[row])
            time_ns, window_s = int(block.columns.time_ns[row]), int(block.schema.window_s or 0)
            payload = payloads.window(self._topics.gateway, block.schema.fields, time_ns, window_s, past, block.clock)
            if payload:
                yield payload

    def _filter(self, block: Block) -> Changes:
        schema = block.schema
        place, changes = self._changes.get(schema.device, (None, None))
        if changes is None or place != schema.position:
            gauges = [(schema.device, field) in self._gauges for field in schema.fields]
            changes = Changes(np.where(gauges, self._config.deadband, 0.0), self._config.refresh_s)
            self._changes[schema.device] = schema.position, changes
        return changes

    async def _publish(self, link: Link, message: Message) -> None:
        await self._answered(link, max(1, link.window // SHARE) - 1)
        try:
            answer = await link.publish(message)
        except Refused as refused:
            self._refused(f"{message.topic}: {refused}")
            return
        self._answers.add(answer)

    async def _answered(self, link: Link, most: int) -> None:
        """Wait until at the most so many messages are unanswered. Raises SinkAway when one never will be."""
        while len(self._answers) > most:
            done, self._answers = await asyncio.wait(self._answers, return_when=asyncio.FIRST_COMPLETED)
            for answer in done:
                if answer.cancelled():
                    raise SinkAway(link.lost.result())
                count(answer.result(), link, self._counters, self._refused)

    def _refused(self, why: str) -> None:
        self._counters.dropped += 1
        self._counters.last_error = f"backlog: {why}"
