"""Replication: one stream of the journal on its way to the center, and the cursor that its answers move."""

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import Sequence
from functools import partial
from typing import Any, Final, NamedTuple

import orjson

from drivers.base import Counters
from gateway.event import Position
from gateway.journal.copies import BlockCopy, EventCopy
from gateway.journal.watch import Watch
from gateway.publish import replica
from gateway.publish.beside import Beside
from gateway.publish.chain import Sender, Sent
from gateway.publish.link import HEADER_BYTES, Link
from gateway.publish.message import Message
from gateway.publish.pace import Pace
from gateway.publish.reasons import NOBODY, REFUSAL, TOO_LARGE, reason
from gateway.publish.replica import Ack, BlockRow
from gateway.publish.source import Original, Stream
from gateway.publish.topics import Topics

ROWS: Final = {"e": 200, "s": 16}  # in one message
PROBE_ROWS: Final = {"e": 10, "s": 1}  # in one that asks whether anybody is there
MOST_BYTES: Final = 64_000  # of one message of several rows: every broker's default lets that pass
HEAD_BYTES: Final = 200  # of a payload beside its rows, at the most
STRIKES: Final = 5  # connections that ended on one large row, after which it is set aside

Copy = EventCopy | BlockCopy


class Item(NamedTuple):
    """A row and what is sent of it."""

    copy: Copy
    cells: bytes


class Replication:
    """The cursor of one stream. It moves on the center's word alone: a broker's answer frees nothing.

    A row that no broker takes is a dead letter, and passed over: the next message names the row before it, which the
    center has. It waits at `gate`, so that samples never hold up events.
    """

    def __init__(
        self,
        stream: Stream,
        name: str,
        topics: Topics,
        journal: Original,
        counters: Counters,
        answer_s: float,
        gate: asyncio.Event | None = None,
    ) -> None:
        self._stream, self._name, self._gate = stream, name, gate
        self._topic, self._gateway = topics.journal(stream), topics.gateway
        self._journal, self._counters, self._answer_s = journal, counters, answer_s
        self._sender = Sender(None, self._ours, answer_s)
        self._begun = False
        self._kept: Position | None = None  # where the journal's cursor stands
        self._seen: Position | None = None
        self._rows: deque[Copy] = deque()  # read, and not yet sent
        self._most_bytes = MOST_BYTES
        self._answers: set[asyncio.Future[int]] = set()  # of the broker, that are still to come
        self._suspect: Position | None = None  # a large row, on its way alone
        self._strikes: Counter[Position] = Counter()
        self._hopeless: dict[Position, str] = {}  # rows to be set aside, and why
        self._turn = Watch()
        self._pace = Pace()
        self._beside = Beside(name, stream, journal, self._fetch, self._again)
        self.caught_up = asyncio.Event()  # everything is read: there is room for others
        self.unheard = False  # the broker says that nobody has subscribed

    async def begin(self) -> None:
        """Stand where the center said last, or, at the first, where the journal remembers."""
        if not self._begun:
            self._kept = await self._journal.cursor(self._name, self._stream)
            self._seen = self._kept
            self._sender = Sender(self._kept, self._ours, self._answer_s)
            self._begun = True
        await self._beside.begin(self._sender.confirmed)
        self._rows.clear()
        self._answers.clear()
        self.caught_up.clear()
        self._sender.begin(_now())

    async def send(self, link: Link) -> None:
        """Read and send, for ever."""
        with self._journal.watch() as self._turn:
            while True:
                await self.keep()
                if self._gate:
                    await self._gate.wait()
                if not (await self._send_one(link) or await self._send_again(link)):
                    await self._wait()

    async def keep(self) -> None:
        """Write down what the center has. A chain that it lost is sent again, but never held again."""
        place = self._sender.confirmed
        if place is not None and place != self._kept:
            self._kept = place
            await self._journal.move_cursor(self._name, self._stream, place)

    def acked(self, ack: Ack) -> None:
        """Take what the center says."""
        self._beside.acked(ack)
        before = self._journal.behind(self._stream, self._sender.confirmed)
        if self._sender.acked(ack, _now()):
            self._counters.sent += before - self._journal.behind(self._stream, self._sender.confirmed)
        self._turn.tell()

    def alive(self) -> None:
        """Take a sign of life that the center gave elsewhere."""
        self._sender.alive(_now())
        self._turn.tell()

    def ended(self, closed_by_broker: bool) -> None:
        """Note how the connection ended; on MQTT 3.1.1 it is all that a broker can say of what is too large."""
        if closed_by_broker and self._suspect:
            self._strikes[self._suspect] += 1
            if self._strikes[self._suspect] >= STRIKES:
                self._hopeless[self._suspect] = f"the broker closed the connection {STRIKES} times when this was sent"
        self._suspect = None
        self._beside.ended(closed_by_broker)

    @property
    def silent(self) -> bool:
        """Return whether the center did not answer in time."""
        return self._sender.doubt > 0

    @property
    def confirmed(self) -> Position | None:
        """Return how far the center has it."""
        return self._sender.confirmed

    @property
    def behind(self) -> int:
        """Return how many rows the center has not confirmed."""
        return self._journal.behind(self._stream, self._sender.settled)

    async def oldest_ns(self) -> int | None:
        """Return the UTC of the oldest row that is not confirmed."""
        return await self._journal.oldest_ns(self._stream, self._sender.settled) if self.behind else None

    def detail(self) -> dict[str, Any]:
        """Return what the screen shows of this stream."""
        sender, of = self._sender, self._stream
        shown: dict[str, Any] = {f"behind_{of}": self.behind, f"on_the_way_{of}": len(sender.way)}
        shown |= {f"begun_again_{of}": sender.begun_again, f"foreign_answers_{of}": sender.foreign}
        shown |= {f"unanswered_{of}": sender.doubt} if sender.doubt else {}
        return shown | ({f"confirmed_{of}_ms": sender.confirmed_ns // 1_000_000} if sender.confirmed_ns else {})

    # Sending

    async def _send_one(self, link: Link) -> bool:
        """Send a message if there is room and something to send; return whether there was."""
        if self._sender.tick(_now()):
            self._rows.clear()
            if self.silent:
                self._counters.last_error = f"{self._topic}: the center does not answer"
        if self._sender.room < 1:
            return False
        await self._read()
        if not self._rows:
            self.caught_up.set()
            return False
        self.caught_up.clear()
        if why := self._hopeless.get(self._rows[0].position):
            await self._set_aside(self._rows.popleft(), why)
            return True
        room_bytes = link.most_bytes - HEADER_BYTES - len(self._topic) - HEAD_BYTES
        with self._pace.work():
            items, size = self._cut(min(self._most_bytes, room_bytes))
            payload = replica.joined(self._gateway, self._sender.after, [item.cells for item in items])
        last = items[-1].copy
        if size > room_bytes:
            await self._set_aside(last, f"{size} bytes are more than the broker takes ({link.most_bytes})")
            return True
        self._sender.sent(Sent(last.position, last.time_ns), _now())
        await self._publish(link, payload, len(items))
        await self._pace.rest()
        return True

    async def _read(self) -> None:
        """Have rows to send, if there are any: those behind what is read."""
        if not self._rows:
            self._rows.extend(await self._fetch(self._sender.read, ROWS[self._stream]))
            self._count(self._rows)
        while self._rows and self._sender.read is not None and self._rows[0].position <= self._sender.read:
            self._rows.popleft()  # confirmed meanwhile

    async def _fetch(self, after: Position | None, limit: int) -> Sequence[Copy]:
        read = self._journal.event_copies if self._stream == "e" else self._journal.block_copies
        return await read(after, limit)

    async def _send_again(self, link: Link) -> bool:
        """Send a dead letter that somebody asked for, when the center has all else; return whether one was settled."""
        return not self._sender.way and await self._beside.send(link, self._sender.patience_s)

    def _again(self, copy: Copy) -> Message:
        return Message(self._topic, replica.joined(self._gateway, None, [_cells(copy)], again=True))

    def _count(self, rows: Sequence[Copy]) -> None:
        """Count a row once, however often it is read."""
        self._counters.received += sum(self._seen is None or row.position > self._seen for row in rows)
        self._seen = max(self._seen or rows[-1].position, rows[-1].position) if rows else self._seen

    def _cut(self, most_bytes: int) -> tuple[list[Item], int]:
        """Take the rows of the next message, and how many bytes they are; a row that is larger alone goes alone."""
        most_rows = (PROBE_ROWS if self._sender.doubt else ROWS)[self._stream]
        items: list[Item] = []
        total = 0
        while self._rows and len(items) < most_rows:
            copy = self._rows[0]
            cells = _cells(copy)
            if items and (total + len(cells) + 1 > most_bytes or copy.position in self._hopeless):
                break
            items.append(Item(self._rows.popleft(), cells))
            total += len(cells) + 1
        return items, total

    async def _publish(self, link: Link, payload: bytes, rows: int) -> None:
        """Send. A large row goes when the broker has answered all else, so that it is known what it hangs up on."""
        end = self._sender.read
        large = rows == 1 and len(payload) > MOST_BYTES
        if large:
            if self._answers:
                await asyncio.wait(self._answers)
            self._suspect = end
        answer = await link.publish(Message(self._topic, payload))
        self._answers.add(answer)
        answer.add_done_callback(partial(self._answered, link, end, len(payload), rows))
        if large:
            await asyncio.wait({answer})
            if not answer.cancelled():  # else the connection is over, and `ended` wants to know
                self._suspect = None

    def _answered(self, link: Link, end: Position | None, size: int, rows: int, answer: "asyncio.Future[int]") -> None:
        """Look at the broker's answer: it frees nothing, but what it refuses never reaches the center."""
        self._answers.discard(answer)
        if answer.cancelled():
            return
        code = answer.result()
        self.unheard = code == NOBODY
        if code < REFUSAL:
            return
        if code == TOO_LARGE and rows > 1:
            self._most_bytes = min(self._most_bytes, size) // 2
        elif code == TOO_LARGE and end:
            self._hopeless[end] = reason(code)
        link.fail(f"{self._topic}: {reason(code)}")

    async def _set_aside(self, copy: Copy, why: str) -> None:
        self._counters.dropped += 1
        self._counters.last_error = f"{self._stream} {replica.place(copy.position)}: {why}"
        await self._journal.dead_letter(self._name, copy, why)
        self._sender.passed(copy.position)

    async def _wait(self) -> None:
        """Wait for rows, for an answer, or until one is overdue."""
        due = min((due for due in (self._sender.due, self._beside.due) if due is not None), default=None)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if due is None else max(0.0, due - _now())):
                await self._turn.wait()

    def _ours(self, place: Position) -> bool:
        return self._journal.has(self._stream, place)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _cells(copy: Copy) -> bytes:
    """Return what is sent of a row. An event's JSON goes as it is, a block as it was packed."""
    if isinstance(copy, EventCopy):
        return replica.event_cells(*copy[:-1], orjson.Fragment(copy.body))
    return replica.block_cells(BlockRow(copy.position, copy.schema, copy.boot, copy.clock, copy.data))
