"""Pty pairs: serial ports without hardware."""

import asyncio
import os
import tty
from types import TracebackType
from typing import Self

CHUNK_BYTES = 4096


class Pty:
    """One pty. `path` is what a program opens as a serial port; `fd` is the other end, non-blocking.

    It keeps its own descriptor of the port, so that the other end survives a program that closes and opens again.
    """

    def __init__(self) -> None:
        self.fd, self._port = os.openpty()
        tty.setraw(self._port)
        os.set_blocking(self.fd, False)
        self.path = os.ttyname(self._port)

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
        except BlockingIOError:
            return b""

    def close(self) -> None:
        """Close both ends."""
        os.close(self.fd)
        os.close(self._port)


class Line:
    """Two ptys joined: what is written to the port `here` is read at the port `there`, and the other way."""

    def __init__(self) -> None:
        self._ends = (Pty(), Pty())
        self.here, self.there = self._ends[0].path, self._ends[1].path

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
