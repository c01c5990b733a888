"""All figures of one machine over a period, from what the journal tells of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from gateway.figures.cycles import cycles
from gateway.figures.energy import Energy, Minutes, Quarter, energy
from gateway.figures.oee import oee
from gateway.figures.stops import Told, by_reason, stops
from gateway.figures.timeline import Bools, Span, Timeline, clipped, holds
from gateway.states import IDLE, RUN, SETUP, STATES, UNKNOWN
from sensors.batch import Float64s, Int64s

FIRST_READING_NS: Final = 120 * 1_000_000_000  # a daemon that begins has read its counters by then, or they are silent


class Counts:
    """Count events as columns: 40 bytes each, for a quarter of a year has millions."""

    def __init__(self) -> None:
        self._found: list[tuple[Int64s, Float64s]] = [(np.empty(0, np.int64), np.empty((4, 0)))]

    def add(self, time_ns: Int64s, parts: Float64s) -> None:
        """Add events, times [N] and delta, seconds a piece (NaN unknown), missed and bounced, [4, N]."""
        self._found.append((time_ns, parts))

    def columns(self) -> tuple[Int64s, Float64s]:
        """Return times [N], ascending, and the other columns, [4, N]."""
        times, parts = (np.concatenate(each, axis=-1) for each in zip(*self._found, strict=True))
        self._found = [(times, parts)]
        if (np.diff(times) < 0).any():
            order = np.argsort(times, kind="stable")
            self._found = [(times[order], parts[:, order])]
        return self._found[0]


@dataclass(slots=True)
class Record:
    """A machine in a period: its state at the beginning, its changes (UTC ns, code) in order, and its counts."""

    before: int = UNKNOWN
    changes: list[tuple[int, int]] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    quarters: list[Quarter] = field(default_factory=list)  # of its energy, as its events told them


@dataclass(frozen=True, slots=True)
class Period:
    """A period, what of it was planned, and what the journal does not know of, all UTC ns."""

    span: Span
    planned: Sequence[Span]
    gaps: Sequence[Span]


@dataclass(frozen=True, slots=True)
class Layer:
    """What people told of a machine, above what was measured: the states themselves stay as they were.

    `setups`: from the last good piece of a job to the first of the next, UTC ns; `told`: reasons for stops.
    """

    setups: Sequence[Span] = ()
    told: Sequence[Told] = ()


NOBODY_TOLD: Final = Layer()


def machine_figures(
    record: Record,
    period: Period,
    ideal_cycle_s: float | None,
    micro_stop_s: float,
    wrong: float | None = None,
    layer: Layer = NOBODY_TOLD,
) -> dict[str, Any]:
    """Return OEE, stops, cycles and setup time of the planned time, for JSON.

    Where jobs are known, running and waiting between two of them is setup, whatever the machine's signal said.
    `wrong`: the pieces that were told as not right, where somebody tells such. Pieces at a time that is not covered
    (the machine could not be read, or the gateway was off) are told apart: no run time stands against them.
    """
    timeline = Timeline.of(period.span, record.before, record.changes, period.gaps)
    timeline = timeline.overlaid(SETUP, clipped(layer.setups, period.span), (RUN, IDLE))
    times, (delta, cycle_s, missed, bounced) = record.counts.columns()
    planned, covered = holds(times, period.planned), _covered(times, timeline, period.gaps)
    seconds = timeline.seconds(period.planned)
    planned_s = sum(seconds.values())
    produced = float(delta[planned & covered].sum())
    good = None if wrong is None else max(0.0, produced - wrong)
    return {
        "planned_s": round(planned_s, 3),
        "seconds": {state: round(lasted, 3) for state, lasted in seconds.items()},
        "setup_s": round(seconds["setup"], 3),
        "pieces": {
            "produced": produced,
            "outside_plan": float(delta[~planned].sum()),
            "not_covered": float(delta[planned & ~covered].sum()),
            "missed_estimate": float(missed.sum()),
            "bounced": float(bounced.sum()),
        },
        "oee": oee(
            planned_s, planned_s - seconds[STATES[UNKNOWN]], seconds["run"], produced, ideal_cycle_s, good
        ).entry(),
        "stops": stops(timeline, period.planned, micro_stop_s).entry(),
        "downtime": by_reason(timeline, period.planned, layer.told),
        "cycles": cycles(cycle_s[planned], delta[planned]).entry(),
    }


def energy_figures(record: Record, period: Period, minutes: Minutes) -> Energy:
    """Return the energy of a machine in a period, planned or not, by its states and by all its pieces.

    The peak is that of its events, which are exact, where there are any.
    """
    timeline = Timeline.of(period.span, record.before, record.changes, period.gaps)
    return energy(minutes, timeline, float(record.counts.columns()[1][0].sum()), record.quarters)


def _covered(times: Int64s, timeline: Timeline, gaps: Sequence[Span]) -> Bools:
    """Return which counts tell of time that is known; the first one just behind a gap tells of the gap, too."""
    if not len(times):
        return np.zeros(0, np.bool_)
    covered: Bools = timeline.before(times) != UNKNOWN
    for _, stop_ns in gaps:
        first = int(np.searchsorted(times, stop_ns))
        if first < len(times) and times[first] - stop_ns <= FIRST_READING_NS:
            covered[first] = False
    return covered
