"""The clock by which readings are stamped."""

import time


def mono_ns() -> int:
    """Return CLOCK_BOOTTIME in nanoseconds: never set back, and it goes on while the machine sleeps."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
