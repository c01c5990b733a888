"""A reading that is text: it never enters a Batch; when it changed it becomes an event."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TextReading:
    """The text of one point at one time, decoded and without its padding."""

    device: str
    point: str
    mono_ns: int
    text: str
