"""Durations: `3s`, `500ms`, `10min`, `8h`, `1d`, in nanoseconds and back."""

from decimal import Decimal
from typing import Final

MILLISECOND_NS: Final = 1_000_000
SECOND_NS: Final = 1_000_000_000
NS: Final[dict[str, int]] = {
    "d": 86_400 * SECOND_NS,
    "h": 3_600 * SECOND_NS,
    "min": 60 * SECOND_NS,
    "s": SECOND_NS,
    "ms": MILLISECOND_NS,
}
LONGEST_NS: Final = 31 * NS["d"]  # of a `for` and of a window
LARGEST_NS: Final = 36_525 * NS["d"]  # a century, of a duration that is a number; fits int64


def duration_ns(number: str, unit: str) -> int:
    """Return nanoseconds, rounded half to even; exact for what was written in decimals. The number is finite."""
    return 0 if float(number) == 0 else int((Decimal(number) * NS[unit]).to_integral_value())


def show_duration(duration_ns: int) -> str:
    """Write a duration in its largest unit that leaves no fraction; fractions of a millisecond are decimals."""
    if duration_ns == 0:
        return "0s"
    for unit, unit_ns in NS.items():
        if duration_ns % unit_ns == 0:
            return f"{duration_ns // unit_ns}{unit}"
    return f"{duration_ns // MILLISECOND_NS}.{duration_ns % MILLISECOND_NS:06d}".rstrip("0") + "ms"
