"""The dial: by whose word the clock is right, and an operator's device that offers its time where nobody else does."""

from datetime import UTC, datetime
from typing import Any, Final

import apsw

from gateway.clock import Clock, SystemClock
from gateway.component import Component
from gateway.event import Event
from gateway.journal.journal import Journal
from gateway.journal.rows import SYNCED, key
from gateway.version import BUILT

MS_NS: Final = 1_000_000
AHEAD_NS: Final = 5 * 365 * 86_400 * 1_000_000_000  # of all that is known: no gateway lies in a drawer for longer
LOOKED_AT: Final = 100_000  # events among which the newest of a right clock is looked for
NEWEST: Final = """
SELECT time_ns FROM (SELECT time_ns, clock FROM events WHERE id < ? ORDER BY id DESC LIMIT ?) WHERE clock = ? LIMIT 1
"""
BUILT_NS: Final = int(datetime.fromisoformat(BUILT).replace(tzinfo=UTC).timestamp()) * 1_000_000_000


class Dial:
    """The component `clock`, and what is done when an operator vouches for a time."""

    def __init__(self, clock: Clock, journal: Journal) -> None:
        self._clock, self._journal = clock, journal
        self.component = Component("clock", "clock", since_ns=clock.mono_ns())
        self.component.detail = lambda: {"word": self._word()}

    def second(self) -> None:
        """Look whether the clock is right."""
        self.component.turn("up" if self._clock.synced else "waiting", self._clock.mono_ns())

    def _word(self) -> str:
        clock = self._clock
        return clock.word if isinstance(clock, SystemClock) else "ntp" if clock.synced else "none"

    async def vouch(self, utc_ms: int, by: str) -> Event:
        """Set our clock by an operator's word; returns the event that tells it.

        Raises ValueError for a time that cannot be right or is not needed, StorageFailed, OSError.
        """
        clock = self._clock
        if not isinstance(clock, SystemClock) or clock.word not in ("none", "operator"):
            raise ValueError(f"The clock is right already, by another word: {self._word()}.")
        least_ns = max(BUILT_NS, await self._journal.read(self._last_ns))
        if utc_ms * MS_NS < least_ns:
            raise ValueError(f"{_said(utc_ms * MS_NS)} is over: records here are of {_said(least_ns)}.")
        if utc_ms * MS_NS > least_ns + AHEAD_NS:
            raise ValueError(f"{_said(utc_ms * MS_NS)} is years after the last records here, of {_said(least_ns)}.")
        now_ns = clock.mono_ns()
        before_ns, word = clock.time_ns(now_ns), clock.word
        clock.vouch(utc_ms * MS_NS)
        self.second()
        after_ns = clock.time_ns(now_ns)
        body: dict[str, Any] = {"what": "clock", "by": by, "before_word": word}
        body |= {"before_ms": before_ns // MS_NS, "after_ms": after_ns // MS_NS}
        return Event("consent", "clock", now_ns, body)

    def _last_ns(self, db: apsw.Connection) -> int:
        """Return the newest time by a right clock of an earlier boot: this one came after it."""
        (first,) = next(db.execute("SELECT min(start) FROM epochs WHERE boot = ?", (self._clock.boot_id,)))
        return max((time_ns for (time_ns,) in db.execute(NEWEST, (key(first, 0), LOOKED_AT, SYNCED))), default=0)


def _said(utc_ns: int) -> str:
    return datetime.fromtimestamp(utc_ns / 1e9, UTC).strftime("%Y-%m-%d %H:%M UTC")
