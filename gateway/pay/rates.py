"""Piece rates: what an operation pays from a day on, and what was known of it when."""

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Final, NamedTuple

NOW: Final = 1 << 62  # a key behind every event


class Rate(NamedTuple):
    """What a piece of an operation pays from a day on."""

    since: str  # the first local date, ISO
    row: int  # key of the event that told it: of two from the same day the later told one counts
    won: Decimal
    style: str | None = None  # of one style only
    retired: bool = False  # told to end what was told for this day: the one before it counts again
    until: int = NOW  # key of the event that took it back


class Rates:
    """All rates that were ever told. A style's own rate goes before the operation's."""

    def __init__(self, told: Iterable[tuple[str | None, str, Rate]] = ()) -> None:
        self._told: dict[tuple[str | None, str], list[Rate]] = defaultdict(list)
        for style, operation, rate in told:
            insort(self._told[style, operation], rate)

    def days(self) -> list[str]:
        """Return the local dates (ISO) from which any rate counts, in order."""
        return sorted({rate.since for told in self._told.values() for rate in told})

    def find(self, style: str, operation: str, day: str, before: int = NOW) -> Rate | None:
        """Return the rate of a local date (ISO), as it was known before an event; None when nobody had told one."""
        return self._newest(style, operation, day, before) or self._newest(None, operation, day, before)

    def _newest(self, style: str | None, operation: str, day: str, before: int) -> Rate | None:
        ended = ""
        for rate in reversed(self._told.get((style, operation), ())):
            if rate.since > day or rate.since == ended or rate.row >= before or rate.until < before:
                continue
            if not rate.retired:
                return rate
            ended = rate.since
        return None
