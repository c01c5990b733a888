"""Samples and windows as they are measured: a bounded queue that never makes the engine wait.

What it cannot send (not connected, clock not synchronised, too much at once) is not lost: it says so, and the
backlog takes it from the journal.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from drivers.base import Counters
from gateway.clock import Clock
from gateway.config.publish import MqttPublisher as Config
from gateway.errors import Refused
from gateway.publish import payloads
from gateway.publish.changes import Changes
from gateway.publish.link import Link
from gateway.publish.message import Message
from gateway.publish.reasons import Verdict, reason, verdict
from gateway.publish.topics import Topics
from gateway.table import PointTable
from sensors.batch import Batch, Float64s, Int64s

MOST_ROWS: Final = 20_000  # in the queue; a row of ten points takes about 200 bytes


@dataclass(slots=True, eq=False)
class _Item:
    """A batch or a window on its way. `left` messages are not yet answered."""

    part: Batch | payloads.Window
    time_ns: Int64s  # [T], or [1] for a window
    first_ns: int  # mono of its first row
    last_ns: int
    left: int = 0


def deadbands(table: PointTable, deadband: float) -> Float64s:
    """Return the deadband of each point: a counter's or a state's every step counts."""
    return np.array([deadband if point.kind == "gauge" else 0.0 for entry in table.devices for point in entry.points])


class LiveSamples:
    """The live end of the samples. `since_ns` is the mono time from which on every row was sent, None if none is."""

    def __init__(self, config: Config, table: PointTable, clock: Clock, topics: Topics, counters: Counters) -> None:
        self._wanted, self._table, self._clock, self._topics = config.samples, table, clock, topics
        self._counters = counters
        self._names = [point.name for entry in table.devices for point in entry.points]
        self._changes = Changes(deadbands(table, config.deadband), config.refresh_s)
        self.since_ns: int | None = None
        self.late = 0  # rows that the queue could not hold and the backlog sends later
        self._connected = False
        self._queue: deque[_Item] = deque()
        self._rows = 0
        self._open: set[_Item] = set()  # in the queue or unanswered
        self._wake = asyncio.Event()
        self._progress = asyncio.Event()
        self._room = asyncio.Semaphore(1)

    def start(self, link: Link) -> None:
        """Take samples from now on; half of the link's window is theirs, for events go first."""
        self._room = asyncio.Semaphore(max(1, link.window // 2))
        self._connected = True
        self._turn(self._clock.mono_ns() + 1)

    def stop(self) -> None:
        """Take none: what is here and not answered for is left to the backlog."""
        self._connected, self.since_ns = False, None
        self._queue.clear()
        self._open.clear()
        self._rows = 0
        self._progress.set()

    def offer(self, part: Batch | payloads.Window, time_ns: Int64s | None) -> None:
        """Take a batch or a window with the UTC [T] that the journal keeps for it, so that both ways agree.

        None is UTC that waits for the clock: then the row waits in the journal.
        """
        if self._wanted == "none" or not self._connected or time_ns is None:
            self.since_ns = None
        elif isinstance(part, Batch):
            if len(time_ns):
                self._put(_Item(part, time_ns, int(part.mono_ns[0]), int(part.mono_ns[-1])))
        else:
            self._put(_Item(part, time_ns, part.mono_ns, part.mono_ns))

    def _turn(self, since_ns: int) -> None:
        """Leave all before `since_ns` to the backlog: the next row of each device then must be whole."""
        self.since_ns = since_ns
        self._changes.forget()

    def _put(self, item: _Item) -> None:
        if self.since_ns is None:  # the clock came right: all that come from now on go out, those before did not
            self._turn(self._clock.mono_ns() + 1)
        self._queue.append(item)
        self._open.add(item)
        self._rows += len(item.time_ns)
        self._counters.received += len(item.time_ns)
        while self._rows > MOST_ROWS:
            lost = self._queue.popleft()
            self._rows -= len(lost.time_ns)
            self.late += len(lost.time_ns)
            self._close(lost)
            self._turn(max(self.since_ns or 0, lost.last_ns + 1))
        self._wake.set()

    @property
    def waiting(self) -> int:
        """Return the rows in the queue."""
        return self._rows

    async def passed(self, mono_ns: int) -> None:
        """Wait until no row up to `mono_ns` is in the queue or unanswered."""
        while self._holds(mono_ns):
            self._progress.clear()
            await self._progress.wait()

    def sent(self, mono_ns: Int64s) -> bool:
        """Return whether all rows of these times went out here, and those before them are answered for as well."""
        since_ns = self.since_ns
        return since_ns is not None and bool(mono_ns.min() >= since_ns) and not self._holds(int(mono_ns.max()))

    def _holds(self, mono_ns: int) -> bool:
        return any(item.first_ns <= mono_ns for item in self._open)

    async def send(self, link: Link) -> None:
        """Send what comes, for ever."""
        while True:
            while not self._queue:
                link.flush()
                self._wake.clear()
                await self._wake.wait()
            item = self._queue.popleft()
            self._rows -= len(item.time_ns)
            await self._send_item(link, item)

    async def _send_item(self, link: Link, item: _Item) -> None:
        messages = list(self._messages(item))
        item.left = len(messages) + 1  # one for ourselves, until all are on their way
        for message in messages:
            if self._room.locked():
                link.flush()
            await self._room.acquire()
            try:
                answer = await link.publish(message, more=True)
            except Refused as refused:
                self._refused(message.topic, str(refused))
                self._done(item)
                continue
            answer.add_done_callback(partial(self._answered, link, item, message.topic))
        item.left -= 1
        if not item.left:
            self._close(item)

    def _messages(self, item: _Item) -> Iterator[Message]:
        entry = self._table.devices[item.part.device]
        if isinstance(item.part, Batch):
            topic = self._topics.data(entry.name)
            yield from (Message(topic, part) for part in self._data(item.part, item.time_ns))
            return
        fields = self._fields(item.part.first, len(item.part.count))
        payload = payloads.window(self._topics.gateway, fields, int(item.time_ns[0]), item.part.window_s, item.part)
        if payload:
            yield Message(self._topics.window(entry.name), payload)

    def _fields(self, first: int, points: int) -> Sequence[str]:
        return self._names[first : first + points]

    def _data(self, batch: Batch, time_ns: Int64s) -> Iterator[bytes]:
        if self._wanted == "changes":
            chosen = self._changes.choose(batch.first, batch.mono_ns, batch.values, batch.quality)
        else:
            chosen = np.ones(batch.values.shape, np.bool_)
        fields = self._fields(batch.first, batch.values.shape[1])
        return payloads.data(self._topics.gateway, fields, time_ns, batch.values, batch.quality, chosen)

    def _answered(self, link: Link, item: _Item, topic: str, answer: "asyncio.Future[int]") -> None:
        if not answer.cancelled():
            count(answer.result(), link, self._counters, partial(self._refused, topic))
        self._done(item)

    def _done(self, item: _Item) -> None:
        self._room.release()
        item.left -= 1
        if not item.left:
            self._close(item)

    def _close(self, item: _Item) -> None:
        self._open.discard(item)
        self._progress.set()

    def _refused(self, topic: str, why: str) -> None:
        self._counters.dropped += 1
        self._counters.last_error = f"{topic}: {why}"


def count(code: int, link: Link, counters: Counters, refused: Callable[[str], None]) -> None:
    """Count the answer to a message of samples; a refused one is passed over, for the journal keeps its rows."""
    answer = verdict(code)
    if answer is Verdict.TAKEN:
        counters.sent += 1
    elif answer is Verdict.REFUSED:
        refused(reason(code))
    else:
        link.fail(f"the broker takes nothing now: {reason(code)}")
