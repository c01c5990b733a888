"""A scan: the bytes between two line ends, as they came."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scan:
    """One code read by one scanner. `raw` is what arrived without its line end; it is kept whatever it means."""

    scanner: str  # the scanner's name in the configuration
    mono_ns: int  # CLOCK_BOOTTIME when its last byte arrived
    raw: bytes
