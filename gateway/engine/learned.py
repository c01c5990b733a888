"""What a process usually does, learned from its baseline, and whether it still does: control charts and CUSUM.

The first `count` chart points under a baseline's name are the baseline. From then on centre and sigma stand, and each
point is judged; another name learns anew. Until then, and where nothing ever moved, all is unknown: it learns quietly.
"""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from gateway.engine.cell import Cell
from gateway.engine.chart_points import ChartPoint
from gateway.engine.charting import Charting, number, numbers
from gateway.engine.columns import Float64s, Int64s
from gateway.figures import charts, cusum
from gateway.figures.run_rules import MEMORY, RULES, RuleSet, first_broken

LEARNED: Final = frozenset({"learned", "charted", "usual", "sigma", "uneven", "drift", "drift_since", *RULES})
MOST: Final = 2.0 * cusum.H  # of a sum
DRAWN: Final = 300  # chart points that are kept to be shown; no snapshot holds them, so a restart shows MEMORY of them


class Drawn(NamedTuple):
    """A chart point as it was judged; all [n]. `begin_ns` is mono, None for one of before a restart."""

    begin_ns: int | None
    value: Float64s
    uneven: Float64s
    broken: Mapping[RuleSet, Float64s]  # by the set of rules: the first one that is broken, 0 for none, NaN not judged


class Learned(Charting):
    """A bank of them, under one baseline's name."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        super().__init__(cells)
        size, columns = self.points.size, len(self.keys)
        self.baseline: Float64s = np.full((self.count, columns), np.nan)
        self.spreads: Float64s = np.full((self.count if size > 1 else 0, columns), np.nan)
        self.filled: Int64s = np.zeros(columns, np.int64)
        self.recent: Float64s = np.full((MEMORY, columns), np.nan)  # the points judged last, in sigma
        self.sums = cusum.begin(columns)
        self.rules = [one for one in RULES if one in self.functions]
        self.limit: Float64s = np.full(columns, np.nan)  # of spreads
        self.drawn: deque[Drawn] = deque(maxlen=DRAWN)
        told = ("charted", "usual", "sigma", "uneven", "drift", "drift_since", *self.rules)
        self.told = {function: np.full(columns, np.nan) for function in told} | {"learned": np.zeros(columns)}
        self._tell()

    def _chart(self, point: ChartPoint) -> None:
        known = ~np.isnan(point.value)
        learning = known & (self.filled < self.count)
        spread = point.spread if self.points.size > 1 else np.abs(point.value - self.told["charted"])
        limit = np.where(self.limit > 0.0, self.limit, np.nan)
        self.told["uneven"] = np.where(known, spread / limit, self.told["uneven"])
        self.told["charted"] = np.where(known, point.value, self.told["charted"])
        self._judge(np.where(learning, np.nan, point.value))
        broken = {rules: self.told[rules].copy() for rules in self.rules}
        self.drawn.append(Drawn(point.begin_ns, point.value.copy(), self.told["uneven"].copy(), broken))
        for column in np.flatnonzero(learning).tolist():
            self._learn(column, point)

    def _judge(self, value: Float64s) -> None:
        sigma = self.told["sigma"]
        with np.errstate(invalid="ignore", divide="ignore"):
            z = np.where(sigma > 0.0, (value - self.told["usual"]) / sigma, np.nan)
        judged = ~np.isnan(z)
        if not judged.any():
            return
        drawn = np.concatenate((self.recent, z.reshape(1, -1)))
        for rules in self.rules:
            self.told[rules] = np.where(judged, first_broken(drawn, rules)[-1], self.told[rules])
        self.recent = np.where(judged, drawn[1:], self.recent)
        self.sums = cusum.step(self.sums, z, most=MOST)
        drifted = np.maximum(self.sums.high, self.sums.low) > cusum.H
        moved, points = cusum.shift(self.sums)
        since_s = points * (self.points.every_ns / 1e9 or np.nan)  # single readings come when they come
        for function, told in (("drift", moved * sigma), ("drift_since", since_s)):
            self.told[function] = np.where(judged, np.where(drifted, told, 0.0), self.told[function])

    def _learn(self, column: int, point: ChartPoint) -> None:
        place = int(self.filled[column])
        self.baseline[place, column] = point.value[column]
        if len(self.spreads):
            self.spreads[place, column] = point.spread[column]
        self.filled[column] += 1
        self.told["learned"][column] = 100.0 * self.filled[column] / self.count
        if self.filled[column] == self.count:
            self._settle(column)

    def _settle(self, column: int) -> None:
        """Learn from the whole baseline: single points by their moving range, subgroups by their spreads."""
        baseline, size = self.baseline[:, column], self.points.size
        spreads = self.spreads[:, column] if size > 1 else np.abs(np.diff(baseline))
        mean_spread = float(spreads.mean())
        self.told["usual"][column] = baseline.mean()
        self.told["sigma"][column] = charts.by_spread(mean_spread, max(size, 2)) / math.sqrt(size)
        self.limit[column] = charts.spread_limit(mean_spread, size)

    def restore(self, saved: Mapping[str, Any], same_boot: bool) -> None:
        """Go on with what is known, and draw the points that the rules still look at."""
        super().restore(saved, same_boot)
        self.drawn.clear()
        sigma = self.told["sigma"]
        broken = {rules: first_broken(self.recent, rules) for rules in self.rules}
        for place, z in enumerate(self.recent):
            if not np.isnan(z).all():
                told = {rules: found[place].astype(np.float64) for rules, found in broken.items()}
                self.drawn.append(Drawn(None, self.told["usual"] + z * sigma, np.full(len(z), np.nan), told))

    def draw_on(self, old: "Learned | None") -> None:
        """Keep the points that were drawn before a reload, where the same is charted and judged."""
        if old is not None and (old.keys, old.rules) == (self.keys, self.rules):
            self.drawn = old.drawn

    def _save(self, column: int) -> dict[str, Any]:
        filled = int(self.filled[column])
        kept = slice(filled if filled < self.count else 0)
        return {
            "filled": filled, "limit": float(self.limit[column]),
            "baseline": self.baseline[kept, column].tolist(), "spreads": self.spreads[kept, column].tolist(),
            "recent": self.recent[:, column].tolist(), "sums": [float(one[column]) for one in self.sums],
            "told": {function: float(told[column]) for function, told in self.told.items()},
        }  # fmt: skip

    def _restore(self, column: int, saved: Mapping[str, Any]) -> None:
        self.filled[column], self.limit[column] = saved["filled"], number(saved["limit"])
        self.baseline[: len(saved["baseline"]), column] = numbers(saved["baseline"])
        self.spreads[: len(saved["spreads"]), column] = numbers(saved["spreads"])
        self.recent[:, column] = numbers(saved["recent"])
        for sums, one in zip(self.sums, saved["sums"], strict=True):
            sums[column] = one
        for function in self.told.keys() & saved["told"].keys():
            self.told[function][column] = number(saved["told"][function])
