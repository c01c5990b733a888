"""Clock: the center's two times, so that tests can turn them by hand."""

import time
from typing import Protocol


class Clock(Protocol):
    """UTC for what is shown and kept; monotonic time for how long something lasts."""

    def utc_ms(self) -> int: ...
    def mono_s(self) -> float: ...


class SystemClock:
    """The machine's own."""

    def utc_ms(self) -> int:
        """Return UTC in milliseconds."""
        return time.time_ns() // 1_000_000

    def mono_s(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()
