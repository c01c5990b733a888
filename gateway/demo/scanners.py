"""The scanners of the simulated shop: ptys that send codes, and hear what they are answered."""

from collections.abc import Mapping
from types import TracebackType
from typing import Self

from gateway.demo.ptys import Pty

SUFFIX: Mapping[str, bytes] = {"auto": b"\r", "cr": b"\r", "lf": b"\n", "crlf": b"\r\n", "none": b""}
HEARD_BYTES = 64


class Scanner:
    """One scanner on a pty."""

    def __init__(self, suffix: str) -> None:
        self._pty, self._suffix = Pty(), SUFFIX[suffix]
        self.path = self._pty.path
        self.sent = 0
        self.lost = 0  # scanned while nobody listened
        self.heard = bytearray()  # the latest answers (beeps)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pty.close()

    @property
    def heeded(self) -> bool:
        """Return whether a program listens to the scanner."""
        return self._pty.opened

    def scan(self, raw: bytes) -> None:
        """Send one code; without anyone listening it is lost, as with a real scanner."""
        if not self.heeded:
            self.lost += 1
            return
        self._pty.write(raw + self._suffix)
        self.sent += 1

    def hear(self) -> None:
        """Take in what the scanner was answered."""
        if self.heeded:
            self.heard += self._pty.read()
            del self.heard[:-HEARD_BYTES]
