"""Presence: the retained status of a gateway, told while it is connected and when it goes."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from drivers.base import Counters
from gateway.errors import Refused, SinkAway
from gateway.publish.link import Link
from gateway.publish.message import Message
from gateway.publish.reasons import REFUSAL, reason

GOODBYE_S: Final = 2.0

Status = Callable[[str, str], Awaitable[bytes]]  # (state, version of MQTT) to the payload


class Presence:
    """Tells the status on one topic. The will tells the end of a connection that broke."""

    def __init__(self, topic: str, status: Status, counters: Counters) -> None:
        self._topic, self._status, self._counters = topic, status, counters

    async def will(self) -> Message:
        """Return what the broker says when the connection breaks."""
        return Message(self._topic, await self._status("offline", ""), retain=True)

    async def tell(self, link: Link, state: str = "online") -> None:
        """Publish the status and wait for the answer; a broker that does not allow it is told of, and used."""
        payload = await self._status(state, link.version)
        try:
            answer = await link.publish(Message(self._topic, payload, retain=True))
        except Refused as refused:
            self._counters.last_error = f"status: {refused}"
            return
        await asyncio.wait({answer})
        if not answer.cancelled() and answer.result() >= REFUSAL:
            self._counters.last_error = f"status: {reason(answer.result())}"

    async def keep(self, link: Link, every_s: float) -> None:
        """Tell it again and again, for ever."""
        while True:
            await asyncio.sleep(every_s)
            await self.tell(link)

    async def goodbye(self, link: Link) -> None:
        """Say that we go, if we go by ourselves; the will says it otherwise."""
        if not link.lost.done():
            try:
                await asyncio.wait_for(self.tell(link, "offline"), GOODBYE_S)
            except (TimeoutError, SinkAway):
                link.fail("no answer to our goodbye")


def only_cause(group: ExceptionGroup[Exception]) -> Exception:
    """Return the one cause that the supervisor should see: a bug or a failed disk before a lost connection."""
    away, rest = group.split(SinkAway)
    chosen: Exception | None = rest or away
    while isinstance(chosen, ExceptionGroup):
        chosen = chosen.exceptions[0]
    return chosen or group
