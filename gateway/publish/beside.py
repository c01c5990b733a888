"""Beside the chain: dead letters that somebody asked for, sent to the center when it has all else, one at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from gateway.errors import Refused
from gateway.event import Position
from gateway.journal.copies import BlockCopy, EventCopy
from gateway.publish.letters import Letters
from gateway.publish.link import Link
from gateway.publish.message import Message
from gateway.publish.reasons import REFUSAL, reason
from gateway.publish.replica import Ack
from gateway.publish.source import Original, Stream

Copy = EventCopy | BlockCopy
HUNG_UP: Final = "the broker closed the connection when this was sent again"


class Beside:
    """The center's word strikes a letter from the list; without it, it is sent again after a while."""

    def __init__(
        self,
        name: str,
        stream: Stream,
        journal: Original,
        read: Callable[[Position | None, int], Awaitable[Sequence[Copy]]],
        message: Callable[[Copy], Message],
    ) -> None:
        self._name, self._journal, self._message = name, journal, message
        self._letters: Letters[Copy] = Letters(name, stream, journal.letters, read)
        self._asked: Copy | None = None  # on its way
        self._answered = self._heard = False  # by the broker; by the center
        self._hung: Copy | None = None  # on which the broker hung up
        self.due: float | None = None  # when it is to be sent again

    async def begin(self, place: Position | None) -> None:
        """Note behind which row the chain begins (again)."""
        await self._letters.begin(place)

    def acked(self, ack: Ack) -> None:
        """Take what the center says."""
        self._heard |= self._asked is not None and ack.at == self._asked.position

    def ended(self, closed_by_broker: bool) -> None:
        """Note how the connection ended."""
        self._hung = self._asked if closed_by_broker and not self._answered else None
        self._asked = self.due = None

    async def send(self, link: Link, patience_s: float) -> bool:
        """Do what is next; return whether something was settled."""
        if self._asked and self._heard:
            await self._letters.strike(self._asked.position, taken=True)
        elif self._hung:
            await self._journal.dead_letter(self._name, self._hung, HUNG_UP)
        elif self.due is None or asyncio.get_running_loop().time() >= self.due:
            return await self._ask(link, patience_s)
        else:
            return False
        self._asked = self._hung = self.due = None
        return True

    async def _ask(self, link: Link, patience_s: float) -> bool:
        for copy in await self._letters.rows(1):
            self._asked, self._answered, self._heard = copy, False, False
            self.due = asyncio.get_running_loop().time() + patience_s
            if why := await self._refusal(link, copy):
                await self._journal.dead_letter(self._name, copy, why)
                self._asked = self.due = None
                return True
        return False

    async def _refusal(self, link: Link, copy: Copy) -> str | None:
        """Send; return why the broker refuses it, if it does."""
        try:
            answer = await link.publish(self._message(copy))
        except Refused as refused:
            return str(refused)
        await asyncio.wait({answer})
        self._answered = not answer.cancelled()
        return reason(answer.result()) if self._answered and answer.result() >= REFUSAL else None
