"""Stops of a machine: the short ones (micro-stops) apart from the long ones; and why it stood, as people told it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from gateway.figures.timeline import Span, Timeline, inside
from gateway.states import RUN, STOPPED

Told = tuple[int, str]  # when (UTC ns), and the reason's code
NOT_TOLD: Final = ""
TOLD_LATE_NS: Final = 1_800_000_000_000  # who has mended it tells why afterwards


@dataclass(frozen=True, slots=True)
class _Stop:
    """One stop, and how much of it lies in the planned time."""

    start_ns: int
    stop_ns: int
    between: bool  # two times of running
    lasted_s: float

    @property
    def whole_s(self) -> float:
        """Return how long it lasted, planned or not."""
        return (self.stop_ns - self.start_ns) / 1e9


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
    found = [(one.between and one.whole_s < micro_stop_s, one.lasted_s) for one in _each(timeline, planned)]
    micro = [lasted for short, lasted in found if short and lasted > 0]
    long = [lasted for short, lasted in found if not short and lasted > 0]
    return Stops(len(micro), sum(micro), len(long), sum(long))


def by_reason(timeline: Timeline, planned: Sequence[Span], told: Sequence[Told]) -> dict[str, dict[str, float]]:
    """Return how often and how long it stood for each reason, longest first; NOT_TOLD for what nobody explained.

    A reason belongs to the stop during which it was told, else to the last one before, if that ended within
    TOLD_LATE_NS; of several for one stop the last one counts. The states stay as they were measured.
    """
    each = [one for one in _each(timeline, planned) if one.lasted_s > 0]
    starts = np.array([one.start_ns for one in each], np.int64)
    why = [NOT_TOLD] * len(each)
    for time_ns, code in sorted(told):
        at = int(np.searchsorted(starts, time_ns, "right")) - 1
        if at >= 0 and time_ns < each[at].stop_ns + TOLD_LATE_NS:
            why[at] = code
    sums: dict[str, dict[str, float]] = {}
    for one, code in zip(each, why, strict=True):
        of = sums.setdefault(code, {"stops": 0, "s": 0.0})
        of["stops"] += 1
        of["s"] = round(of["s"] + one.lasted_s, 3)
    return dict(sorted(sums.items(), key=lambda item: -item[1]["s"]))


def _each(timeline: Timeline, planned: Sequence[Span]) -> list[_Stop]:
    """Return the stops in order."""
    parts = timeline.split(planned)
    still = np.isin(parts.codes, STOPPED)
    seconds = np.where(inside(parts.edges_ns, planned), parts.durations_s(), 0.0)
    steps = np.diff(np.concatenate(([0], still.view(np.int8), [0])))
    found = []
    for first, stop in zip(np.flatnonzero(steps == 1).tolist(), np.flatnonzero(steps == -1).tolist(), strict=True):
        between = first > 0 and stop < len(still) and parts.codes[first - 1] == parts.codes[stop] == RUN
        edges = int(parts.edges_ns[first]), int(parts.edges_ns[stop])
        found.append(_Stop(*edges, bool(between), float(seconds[first:stop].sum())))
    return found
