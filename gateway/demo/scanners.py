"""The scanners of the simulated shop: pty pairs that send codes, and hear what they are answered."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from gateway.demo.ptys import Pty

SUFFIX: Mapping[str, bytes] = {"auto": b"\r", "cr": b"\r", "lf": b"\n", "crlf": b"\r\n", "none": b""}


class Scanner:
    """One scanner on a pty."""

    def __init__(self, suffix: str) -> None:
        self._pty, self._suffix = Pty(), SUFFIX[suffix]
        self.path = self._pty.path
        self.sent = 0
        self.heard = bytearray()  # the latest answers (beeps), as bytes

    def __enter__(self) -> Self:
        asyncio.get_running_loop().add_reader(self._pty.fd, self._hear)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.get_running_loop().remove_reader(self._pty.fd)
        self._pty.close()

    def scan(self, raw: bytes) -> None:
        """Send one code."""
        self._pty.write(raw + self._suffix)
        self.sent += 1

    def _hear(self) -> None:
        self.heard += self._pty.read()
        del self.heard[:-64]
