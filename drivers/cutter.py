"""Cutting what a serial device sends into codes or lines. Pure: the time of arrival comes with the bytes."""

import re
from collections.abc import Mapping
from typing import Final, Literal

Suffix = Literal["auto", "cr", "lf", "crlf", "none"]
LINE_ENDS: Final[Mapping[str, re.Pattern[bytes] | None]] = {
    "auto": re.compile(rb"[\r\n]"),
    "cr": re.compile(rb"\r"),
    "lf": re.compile(rb"\n"),
    "crlf": re.compile(rb"\n"),  # the CR may have come before, and is stripped
    "none": None,
}
STALE_NS: Final = 30_000_000_000  # what was begun so long ago will not go on


class Cutter:
    """Cuts bytes where `ends` stands; what is longer than `max_bytes` is dropped whole and counted once."""

    def __init__(self, ends: re.Pattern[bytes] | None, max_bytes: int) -> None:
        self.dropped = 0  # pieces longer than max_bytes, and beginnings whose end never came
        self._ends = ends
        self._max_bytes = max_bytes
        self._held = b""
        self._too_long = False
        self._last_ns = 0

    def feed(self, data: bytes, mono_ns: int) -> list[bytes]:
        """Return what ends in `data`. A pause inside a code does not end it; a very long one drops it."""
        if (self._held or self._too_long) and mono_ns - self._last_ns > STALE_NS:
            self.drop()
        self._last_ns = mono_ns
        *ended, begun = self._ends.split(data) if self._ends else [data]
        found = []
        for piece in ended:
            self._hold(piece)
            found += self.end()
        self._hold(begun)
        return found

    def end(self) -> list[bytes]:
        """Return what is held as the one piece that it is, or nothing: empty between CR and LF, or too long."""
        piece = self._held.strip(b"\r\n")
        if self._too_long or len(piece) > self._max_bytes:
            self.drop()
            return []
        self._held = b""
        return [piece] if piece else []

    def drop(self) -> None:
        """Throw away what is held, counted; nothing where nothing is."""
        self.dropped += bool(self._held or self._too_long)
        self._held, self._too_long = b"", False

    def _hold(self, piece: bytes) -> None:
        self._held += piece
        if len(self._held) > self._max_bytes + 1:  # one for the CR of a CRLF
            self._held, self._too_long = b"", True
