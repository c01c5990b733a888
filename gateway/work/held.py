"""Scans that were held back while they could not be sent: when they count, and what their event says of it.

A browser tells how long ago it read a code: it counts at that time (`late_s`). A scanner's memory tells nothing: codes
that come faster than anybody scans were in it, and count when they arrive (`by_arrival`). So does what is older than
rows may stand out of the order of their times.
"""

from typing import Final

from gateway.event import Body
from gateway.journal.period import SLACK_NS

LEAST_NS: Final = 1_000_000_000  # a shorter time is the way
FASTER_NS: Final = 250_000_000  # from one code to another: nobody scans like this
BY_ARRIVAL: Final[Body] = {"by_arrival": True}


def held(late_ns: int) -> tuple[int, Body]:
    """Return by how much a scan counts before its arrival, ns, and what its event says."""
    if late_ns < LEAST_NS:
        return 0, {}
    told: Body = {"late_s": round(late_ns / 1e9, 1)}
    return (late_ns, told) if late_ns <= SLACK_NS else (0, told | BY_ARRIVAL)


def lateness(body: Body) -> dict[str, str] | None:
    """Return what an event says of it in words; None where it was not held back."""
    late_s, by_arrival = body.get("late_s"), body.get("by_arrival")
    if late_s is None:
        unknown = {"ko": "찍은 때를 몰라 온 때로 셈", "en": "when it was scanned is not known: counts when it came"}
        return unknown if by_arrival else None
    minutes, seconds = divmod(int(late_s), 60)
    ko, en = (f"{minutes}분 {seconds}초", f"{minutes} min {seconds} s") if minutes else (f"{seconds}초", f"{seconds} s")
    if by_arrival:
        return {"ko": f"{ko} 늦게 와서 온 때로 셈", "en": f"late by {en}: counts when it came"}
    return {"ko": f"{ko} 늦게 옴", "en": f"late by {en}"}
