"""Pty pairs: serial ports without hardware."""

import asyncio
import os
import select
import tty
from types import TracebackType
from typing import Self

CHUNK_BYTES = 4096


class Pty:
    """One pty. `path` is what a program opens as a serial port; `fd` is the other end, non-blocking."""

    def __init__(self) -> None:
        self.fd, port = os.openpty()
        tty.setraw(port)
        os.set_blocking(self.fd, False)
        self.path = os.ttyname(port)
        os.close(port)  # from now on the kernel tells whether a program has the port open
        self._poll = select.poll()
        self._poll.register(self.fd, 0)

    @property
    def opened(self) -> bool:
        """Return whether a program has the port open."""
        return not any(event & select.POLLHUP for _, event in self._poll.poll(0))

    def write(self, data: bytes) -> int:
        """Write as much as the port takes now; nobody reading is no reason to wait."""
        try:
            return os.write(self.fd, data)
        except BlockingIOError:
            return 0

    def read(self) -> bytes:
        """Return what has arrived, maybe nothing."""
        try:
            return os.read(self.fd, CHUNK_BYTES)
        except OSError:  # nothing there (EAGAIN), or nobody (EIO)
            return b""

    def close(self) -> None:
        """Close our end; the port is gone with it."""
        os.close(self.fd)


class Line:
    """Two ptys joined: what is written to the port `here` is read at the port `there`, and the other way.

    It keeps both ports open itself, so that the line stands while a program closes its end and opens it again.
    """

    def __init__(self) -> None:
        self._ends = (Pty(), Pty())
        self.here, self.there = self._ends[0].path, self._ends[1].path
        self._kept = [os.open(end.path, os.O_RDWR | os.O_NOCTTY) for end in self._ends]

    def __enter__(self) -> Self:
        one, other = self._ends
        loop = asyncio.get_running_loop()
        loop.add_reader(one.fd, lambda: other.write(one.read()))
        loop.add_reader(other.fd, lambda: one.write(other.read()))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        loop = asyncio.get_running_loop()
        for end in self._ends:
            loop.remove_reader(end.fd)
            end.close()
        for port in self._kept:
            os.close(port)
