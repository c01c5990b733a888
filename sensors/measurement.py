"""A measurement: one value that somebody took on purpose, such as a weighing or a press of a calliper's button.

The rows of a device tell how its values go; a measurement tells that one of them counts. It becomes an event.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measurement:
    """One value of one point at one time."""

    device: str
    point: str
    mono_ns: int  # CLOCK_BOOTTIME when its last byte arrived
    value: float
    unit: str  # a symbol of the table of quantities
    stable: bool
