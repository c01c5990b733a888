"""Cycle times of a machine over a period: from piece to piece while it ran without a stop."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from gateway.figures.ratio import rounded
from sensors.batch import Float64s


@dataclass(frozen=True, slots=True)
class Cycles:
    """Seconds a piece: of the newest, on the average, at half, at best; `pieces`: of how many it is known."""

    pieces: int
    last_s: float | None
    mean_s: float | None
    median_s: float | None
    best_s: float | None

    def entry(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {name: rounded(value, 3) for name, value in asdict(self).items()}


def cycles(cycle_s: Float64s, pieces: Float64s) -> Cycles:
    """Return the figures of cycles [N], each the mean of so many pieces [N]; NaN where it is not known."""
    known = np.isfinite(cycle_s) & (pieces > 0)
    times, weights = cycle_s[known], pieces[known]
    if not len(times):
        return Cycles(0, None, None, None, None)
    mean = float(times @ weights / weights.sum())
    order = np.argsort(times, kind="stable")
    half = np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)
    median = float(times[order][half])
    return Cycles(int(weights.sum()), float(times[-1]), mean, median, float(times.min()))
