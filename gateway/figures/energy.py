"""Energy of a machine or a meter: in all, by the machine's state, a piece, and the quarter-hour peak.

Energy comes by the minute (`Minutes`). Demand is energy by time (kW = kWh / h), the mean of a
calendar quarter hour, as power companies bill it; every zone is a whole number of quarter hours away from UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from gateway.figures.ratio import Ratio, rounded
from gateway.figures.timeline import Bools, Timeline
from gateway.states import IDLE, OFF, STATES
from sensors.batch import Float64s, Int64s

FORMULA: Final = "energy / 1"
MINUTE_S: Final = 60
QUARTER_S: Final = 900
LEAST_MINUTES: Final = 12  # of fifteen: a quarter hour of which less is known has no demand


@dataclass(frozen=True, slots=True)
class Minutes:
    """Energy by the minute, the first begins at `start_s` (UTC, whole minutes): kWh [M], 0 where it is not known.

    `measured` [M]: where readings tell it of this very minute; elsewhere it may stand spread over a silence.
    """

    start_s: int
    kwh: Float64s
    measured: Bools


@dataclass(frozen=True, slots=True)
class Quarter:
    """The mean power of one calendar quarter hour; `start_s` is UTC."""

    start_s: int
    mean_kw: float
    minutes: int  # of how many it is known


@dataclass(frozen=True, slots=True)
class Energy:
    """What a period took, by the state of the machine; `standby`: while it was idle or off."""

    total_kwh: float
    by_state_kwh: dict[str, float]
    per_piece: Ratio  # kWh a piece, all energy in it
    per_piece_run: Ratio  # what it takes while it runs alone
    peak: Quarter | None
    coverage: float

    @property
    def standby_kwh(self) -> float:
        """Return what it took without making anything."""
        return self.by_state_kwh[STATES[IDLE]] + self.by_state_kwh[STATES[OFF]]

    def entry(self) -> dict[str, Any]:
        """Return it for JSON."""
        peak = self.peak
        return {
            "formula": FORMULA,
            "kwh": round(self.total_kwh, 4),
            "standby_kwh": round(self.standby_kwh, 4),
            "by_state_kwh": {state: round(kwh, 4) for state, kwh in self.by_state_kwh.items()},
            "per_piece": self.per_piece.entry() | {"value": rounded(self.per_piece.value, 6)},
            "per_piece_run": self.per_piece_run.entry() | {"value": rounded(self.per_piece_run.value, 6)},
            "peak": peak and {"ts": peak.start_s * 1000, "kw": round(peak.mean_kw, 3), "minutes": peak.minutes},
            "coverage": round(self.coverage, 4),
        }


def of_power(start_s: int, mean_kw: Float64s) -> Minutes:
    """Return the energy of each minute from its mean power [M], NaN where it is not known."""
    return Minutes(start_s, np.nan_to_num(mean_kw) * (MINUTE_S / 3600), np.isfinite(mean_kw))


def of_counter(start_s: int, last_kwh: Float64s) -> Minutes:
    """Return the energy of each minute from what the counter showed at the end of the one before and of each, [M + 1].

    What was counted while nothing was read is spread over that time. A counter that began anew counts from zero.
    """
    kwh, measured = np.zeros(max(0, len(last_kwh) - 1)), np.zeros(max(0, len(last_kwh) - 1), np.bool_)
    known = np.flatnonzero(np.isfinite(last_kwh))
    for before, after in zip(known[:-1].tolist(), known[1:].tolist(), strict=True):
        added = last_kwh[after] - last_kwh[before]
        kwh[before:after] = (last_kwh[after] if added < 0 else added) / (after - before)
        measured[before:after] = after - before == 1
    return Minutes(start_s, kwh, measured)


def quarters(minutes: Minutes) -> list[Quarter]:
    """Return the demand of each calendar quarter hour of which enough is measured."""
    place = (minutes.start_s + MINUTE_S * np.arange(len(minutes.kwh))) // QUARTER_S
    count = np.bincount(place - place[0], minutes.measured) if len(place) else np.empty(0)
    sums = np.bincount(place - place[0], np.where(minutes.measured, minutes.kwh, 0.0)) if len(place) else count
    return [
        Quarter(int(place[0] + at) * QUARTER_S, float(sums[at] / count[at]) * (3600 / MINUTE_S), int(count[at]))
        for at in np.flatnonzero(count >= LEAST_MINUTES).tolist()
    ]


def peak(found: Sequence[Quarter]) -> Quarter | None:
    """Return the quarter hour with the highest demand, the first of equal ones."""
    return max(found, key=lambda one: (one.mean_kw, -one.start_s), default=None)


def projected_kw(so_far_kwh: float, now_kw: float, left_s: float) -> float:
    """Return the demand that a quarter hour will have when the present power goes on to its end."""
    return (so_far_kwh + now_kw * left_s / 3600) * (3600 / QUARTER_S)


def energy(minutes: Minutes, timeline: Timeline, pieces: float, told: Sequence[Quarter] = ()) -> Energy:
    """Return the energy figures of a period. A minute's energy belongs to its states by the time that each had.

    `told`: quarter hours that are known better than the minutes tell them.
    """
    count = len(minutes.kwh)
    edges: Int64s = (minutes.start_s + MINUTE_S * np.arange(count + 1, dtype=np.int64)) * 1_000_000_000
    parts = timeline.split_at(edges)
    share = parts.durations_s() / MINUTE_S
    minute = np.searchsorted(edges, parts.edges_ns[:-1], "right") - 1
    within = (minute >= 0) & (minute < count)
    kwh = np.zeros(len(share))
    kwh[within] = minutes.kwh[minute[within]] * share[within]
    sums = np.bincount(parts.codes, kwh, len(STATES))
    by_state = dict(zip(STATES, sums.tolist(), strict=True))
    seen = float(share[within][minutes.measured[minute[within]]].sum())
    coverage = seen / float(share.sum()) if share.sum() else 0.0
    return Energy(
        float(sums.sum()),
        by_state,
        Ratio(float(sums.sum()), pieces, coverage),
        Ratio(by_state["run"], pieces, coverage),
        peak([one for one in told if one.minutes >= LEAST_MINUTES] or quarters(minutes)),
        coverage,
    )
