"""How odd a value is for its time of day: what is usual is learned for each season by itself, and followed.

A season is always the same, the hour of the day, or the shift. The first few chart points of a season tell its centre
and sigma by median and MAD; from then on each point is judged by what was usual before it, and then moves it a little.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from gateway.engine.cell import Cell
from gateway.engine.chart_points import ChartPoint
from gateway.engine.charting import Charting, number, numbers
from gateway.engine.columns import Float64s, Int64s
from gateway.engine.season import Season, SeasonName
from gateway.figures.outliers import center_and_sigma, robust_z
from gateway.figures.smoothing import follow

SEASONAL: Final = frozenset({"odd", "normal"})
FIRST: Final = 12  # chart points that a season is learned from


class Seasonal(Charting):
    """A bank of them; `count` is how many chart points of its season the usual follows."""

    def __init__(self, cells: Sequence[Cell], season: Season) -> None:
        super().__init__(cells)
        self.season, self.kind = season, SeasonName(self.name)
        slots, columns = season.slots(self.kind), len(self.keys)
        self.first: Float64s = np.full((FIRST, slots, columns), np.nan)
        self.filled: Int64s = np.zeros((slots, columns), np.int64)
        self.center: Float64s = np.full((slots, columns), np.nan)
        self.sigma: Float64s = np.full((slots, columns), np.nan)
        self.told = {function: np.full(columns, np.nan) for function in sorted(SEASONAL)}

    def _chart(self, point: ChartPoint) -> None:
        slot = self.season.slot(self.kind, point.begin_ns)
        center, sigma, value = self.center[slot], self.sigma[slot], point.value
        known = ~np.isnan(value)
        self.told["odd"] = np.where(known, robust_z(value, center, sigma), self.told["odd"])
        self.told["normal"] = np.where(known, center, self.told["normal"])
        self.center[slot], self.sigma[slot] = follow(center, sigma, value, 1.0 / self.count)
        moves_at_last = (sigma == 0.0) & known & (value != center)  # it stood still: that told nothing
        self.center[slot, moves_at_last], self.sigma[slot, moves_at_last] = np.nan, np.nan
        self.filled[slot, moves_at_last] = 0
        for column in np.flatnonzero(known & (self.filled[slot] < FIRST)).tolist():
            self._learn(slot, column, value)

    def _learn(self, slot: int, column: int, value: Float64s) -> None:
        self.first[self.filled[slot, column], slot, column] = value[column]
        self.filled[slot, column] += 1
        if self.filled[slot, column] == FIRST:
            center, sigma = center_and_sigma(self.first[:, slot, column].reshape(-1, 1))
            self.center[slot, column], self.sigma[slot, column] = center[0], sigma[0]

    def _save(self, column: int) -> dict[str, Any]:
        filled = self.filled[:, column].tolist()
        kept = [0 if one == FIRST else one for one in filled]
        return {
            "filled": filled, "center": self.center[:, column].tolist(), "sigma": self.sigma[:, column].tolist(),
            "first": [self.first[:count, slot, column].tolist() for slot, count in enumerate(kept)],
            "told": {function: float(told[column]) for function, told in self.told.items()},
        }  # fmt: skip

    def _restore(self, column: int, saved: Mapping[str, Any]) -> None:
        if len(saved["filled"]) != len(self.filled):  # other shifts
            return
        self.filled[:, column] = saved["filled"]
        self.center[:, column], self.sigma[:, column] = numbers(saved["center"]), numbers(saved["sigma"])
        for slot, first in enumerate(saved["first"]):
            self.first[: len(first), slot, column] = numbers(first)
        for function in self.told.keys() & saved["told"].keys():
            self.told[function][column] = number(saved["told"][function])
