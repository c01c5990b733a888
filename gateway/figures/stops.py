"""Stops of a machine: the short ones (micro-stops) apart from the long ones."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from gateway.figures.timeline import Span, Timeline, inside
from gateway.states import RUN, STOPPED


@dataclass(frozen=True, slots=True)
class Stops:
    """How often and how long a machine stood still in the planned time."""

    micro: int
    micro_s: float
    long: int
    long_s: float

    def entry(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {name: round(value, 3) for name, value in asdict(self).items()}


def stops(timeline: Timeline, planned: Sequence[Span], micro_stop_s: float) -> Stops:
    """Return the stops that touch the planned time.

    A micro-stop lies between two times of running and lasts, breaks included, less than `micro_stop_s`; seconds are
    those within the planned time.
    """
    parts = timeline.split(planned)
    still = np.isin(parts.codes, STOPPED)
    seconds = np.where(inside(parts.edges_ns, planned), parts.durations_s(), 0.0)
    steps = np.diff(np.concatenate(([0], still.view(np.int8), [0])))
    found: list[tuple[bool, float]] = []
    for first, stop in zip(np.flatnonzero(steps == 1).tolist(), np.flatnonzero(steps == -1).tolist(), strict=True):
        between = first > 0 and stop < len(still) and parts.codes[first - 1] == parts.codes[stop] == RUN
        short = parts.edges_ns[stop] - parts.edges_ns[first] < micro_stop_s * 1e9
        found.append((bool(between and short), float(seconds[first:stop].sum())))
    micro = [lasted for short, lasted in found if short and lasted > 0]
    long = [lasted for short, lasted in found if not short and lasted > 0]
    return Stops(len(micro), sum(micro), len(long), sum(long))
