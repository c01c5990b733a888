"""The door: one connection to the web server, and when it is closed without being asked."""

import asyncio
import logging
from typing import ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

log = logging.getLogger("gongbang")

MOST_CONNECTIONS = 200  # thirty browsers: the descriptors of the process belong to the drivers and the journal too
MOST_UNSENT_BYTES = 65_536  # of a connection: from there on its answer waits for it; beside what the kernel holds
STUCK_S = 30.0  # so long no byte of the answer went out: nobody reads it


class Door(H11Protocol):
    """One connection. One too many is closed at once; one that asks nothing after a while, as an idle one is; and one
    that stopped reading, however much of its answer is unsent."""

    cut_off: ClassVar = 0  # connections, of all servers of this process
    _stuck: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        """Let it in, or not."""
        super().connection_made(transport)
        if (over := len(self.connections) - MOST_CONNECTIONS) > 0:
            transport.abort()
            if over == 1:
                log.warning("the dashboard has %d connections: no more are taken now", MOST_CONNECTIONS)
            return
        transport.set_write_buffer_limits(MOST_UNSENT_BYTES)
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def pause_writing(self) -> None:
        """More is unsent than may be: see whether anything goes out at all."""
        super().pause_writing()
        self._look_again()

    def resume_writing(self) -> None:
        """What was unsent has gone out."""
        super().resume_writing()
        self._look_no_more()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone, by whomever."""
        self._look_no_more()
        super().connection_lost(exc)

    def _look_again(self) -> None:
        unsent = self.transport.get_write_buffer_size()
        self._stuck = self.loop.call_later(STUCK_S, self._look, unsent)

    def _look_no_more(self) -> None:
        if self._stuck:
            self._stuck.cancel()

    def _look(self, unsent: int) -> None:
        if self.transport.get_write_buffer_size() < unsent:
            self._look_again()
            return
        Door.cut_off += 1
        log.info("%s stopped reading: its connection is closed", self.client[0] if self.client else "a browser")
        self.transport.abort()  # to close it would wait until it has read
