"""The events of one publisher: the journal read forward, sent in order, the cursor moved when they were taken."""

import asyncio
from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import Final

from drivers.base import Counters
from gateway.errors import Refused
from gateway.event import Position, Row
from gateway.publish import payloads
from gateway.publish.letters import Letters
from gateway.publish.link import Link
from gateway.publish.message import Message
from gateway.publish.reasons import Verdict, reason, verdict
from gateway.publish.source import Source
from gateway.publish.topics import Topics

READ: Final = 200  # rows at once from the journal
TURN: Final = 20  # rows after which others have the loop, though the window may have room for more
MOVE_S: Final = 0.2  # the cursor moves this seldom
INTERNAL: Final = frozenset({"schema", "audit"})  # these stay in the journal
ALONE: Final = 2  # connections that ended on the same event, after which it is sent alone
HOPELESS: Final = 5  # ... after which it is set aside


@dataclass(slots=True, eq=False)
class _Entry:
    """An event on its way, or answered but not yet passed by the cursor."""

    row: Row
    settled: bool = False
    refused: bool = False


class EventFeed:
    """The cursor of stream `e`. `taken` is the newest event that the broker and all before it have answered for.

    A connection that dies may have delivered more than it could answer for: the next one sends that again, with the
    same ids. A broker that hangs up on one event again and again (some do so on a topic or size they do not allow,
    and on MQTT 3.1.1 they cannot say it) would stop all that follow: such an event is sent alone, then set aside.
    """

    def __init__(self, name: str, topics: Topics, journal: Source, counters: Counters) -> None:
        self._name, self._topics, self._journal, self._counters = name, topics, journal, counters
        self.taken: Position | None = None
        self.refused = 0
        self.caught_up = asyncio.Event()  # nothing more to read: the backlog of samples may go on
        self.calm = asyncio.Event()  # no event is under suspicion: samples may go
        self._letters = Letters(name, "e", journal.letters, journal.events)
        self._letter: Row | None = None  # on its way again
        self._hung: Row | None = None  # the letter on which the broker hung up
        self._kept: Position | None = None  # where the journal's cursor stands
        self._acknowledged = self._skipped = 0  # passed since then
        self._furthest: Position | None = None
        self._pending: deque[_Entry] = deque()
        self._refusals: deque[tuple[_Entry, str]] = deque()
        self._news = asyncio.Event()  # something settled or was refused
        self._suspect: Position | None = None
        self._strikes = 0

    async def begin(self) -> None:
        """Stand where the last connection ended, or, at the first, where the journal remembers."""
        if self.taken is None:
            self.taken = self._kept = await self._journal.cursor(self._name, "e")
        await self._letters.begin(self.taken)
        self._pending.clear()
        self._refusals.clear()
        self.caught_up.clear()
        (self.calm.set if self._strikes < ALONE else self.calm.clear)()

    async def send(self, link: Link) -> None:
        """Read and send, for ever."""
        after = self.taken
        with self._journal.watch() as news:
            while True:
                rows = await self._journal.events(after, READ)
                if not rows:
                    self.caught_up.set()
                    if not await self._send_again(link):
                        await news.wait()
                    continue
                self.caught_up.clear()
                for number, row in enumerate(rows, 1):
                    await self._send_one(link, row)
                    after = row.position
                    if number % TURN == 0:
                        await asyncio.sleep(0)

    async def settle(self) -> None:
        """Set refused events aside and move the cursor, for ever; nothing is passed that is not one or the other."""
        while True:
            await self._news.wait()
            await asyncio.sleep(MOVE_S)
            await self.flush()

    async def flush(self) -> None:
        """Write down what is settled now."""
        self._news.clear()
        while self._refusals:
            entry, why = self._refusals[0]
            await self._journal.dead_letter(self._name, entry.row, why)
            self._refusals.popleft()  # only now: cut off in between, it is set aside twice rather than lost
            self._settled(entry)
        if self.taken is not None and self.taken != self._kept:
            self._kept = self.taken
            passed, self._acknowledged, self._skipped = (self._acknowledged, self._skipped), 0, 0
            await self._journal.move_cursor(self._name, "e", self._kept, *passed)

    def ended(self, closed_by_broker: bool) -> None:
        """Note how the connection ended; the first unanswered event is the one that the broker may not bear."""
        self._hung, self._letter = self._letter if closed_by_broker else None, None
        head = next((entry.row.position for entry in self._pending if not entry.settled), None)
        if not closed_by_broker or head is None:
            return
        self._strikes = self._strikes + 1 if head == self._suspect else 1
        self._suspect = head

    @property
    def waiting(self) -> int:
        """Return how many events were read and not yet answered for."""
        return len(self._pending)

    async def _send_one(self, link: Link, row: Row) -> None:
        self._count(row)
        entry = _Entry(row)
        self._pending.append(entry)
        if row.kind in INTERNAL:
            self._settled(entry)
            return
        try:
            self._doubt(row)
            answer = await link.publish(self._message(row))
        except Refused as refused:
            self._refuse(entry, str(refused))
            return
        answer.add_done_callback(partial(self._answered, link, entry))
        if self._strikes >= ALONE and row.position == self._suspect:
            await asyncio.wait({answer})

    async def _send_again(self, link: Link) -> bool:
        """Send some of the letters that somebody asked for, one after the other; return whether there were any."""
        hung, self._hung = self._hung, None
        if hung is not None:
            why = "the broker closed the connection when this was sent again"
            await self._journal.dead_letter(self._name, hung, why)
        rows = await self._letters.rows()
        for row in rows:
            try:
                answer = await link.publish(self._message(row))
            except Refused as refused:
                await self._journal.dead_letter(self._name, row, str(refused))
                continue
            self._letter = row
            await asyncio.wait({answer})
            if answer.cancelled():  # the link is lost: this one stays asked for, unless the broker hung up on it
                break
            self._letter, code = None, answer.result()
            if verdict(code) is Verdict.TAKEN:
                await self._letters.strike(row.position, taken=True)
                self._counters.sent += 1
            elif verdict(code) is Verdict.REFUSED:
                await self._journal.dead_letter(self._name, row, reason(code))
            else:
                link.fail(f"the broker takes nothing now: {reason(code)}")
        return bool(rows)

    def _message(self, row: Row) -> Message:
        return Message(self._topics.event(row.kind), payloads.event(self._topics.gateway, row))

    def _doubt(self, row: Row) -> None:
        if row.position == self._suspect and self._strikes >= HOPELESS:
            raise Refused(f"the broker closed the connection {self._strikes} times when this was sent")

    def _answered(self, link: Link, entry: _Entry, answer: "asyncio.Future[int]") -> None:
        if answer.cancelled():  # the link is lost: the next one sends it again
            return
        code = answer.result()
        said = verdict(code)
        if said is Verdict.TAKEN:
            self._counters.sent += 1
            self._settled(entry)
        elif said is Verdict.REFUSED:
            self._refuse(entry, reason(code))
        else:
            link.fail(f"the broker takes nothing now: {reason(code)}")

    def _refuse(self, entry: _Entry, why: str) -> None:
        self.refused += 1
        self._counters.dropped += 1
        self._counters.last_error = f"{entry.row.kind} {entry.row.id(self._topics.gateway)}: {why}"
        entry.refused = True
        self._refusals.append((entry, why))
        self._news.set()

    def _settled(self, entry: _Entry) -> None:
        entry.settled = True
        while self._pending and self._pending[0].settled:
            passed = self._pending.popleft()
            self.taken = passed.row.position
            self._skipped += passed.row.kind in INTERNAL
            self._acknowledged += not passed.refused and passed.row.kind not in INTERNAL
            self._news.set()
            if self.taken == self._suspect:
                self._suspect, self._strikes = None, 0
                self.calm.set()

    def _count(self, row: Row) -> None:
        """Count an event once, however often connections make us read it."""
        if self._furthest is None or row.position > self._furthest:
            self._furthest = row.position
            self._counters.received += 1
