"""Percentiles of long windows: of each pane some ranks are kept, each standing for as many readings.

As long as panes hold few readings all are kept, and the percentile is exact. Else each pane is thinned to some values,
closer to each other at both ends, where percentiles matter (the arcsine scale of Dunning and Ertl's t-digest).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from gateway.engine.cell import Cell
from gateway.engine.columns import Float64s, Int64s
from gateway.engine.panes import Panes, Pick

MOST_VALUES: Final = 4096  # of one column, in all full panes of its window
LEAST_VALUES: Final = 4  # of one pane
MORE: Final = 1024  # readings of the present pane beyond those, before it is thinned


def shares(count: int) -> Float64s:
    """Return what share of all readings each of the kept values stands for."""
    edges = (1.0 - np.cos(np.pi * np.arange(count + 1, dtype=np.float64) / count)) / 2.0
    found: Float64s = np.diff(edges)
    return found


class Values:
    """Values, each standing for `weights` readings."""

    def __init__(self, values: Float64s, weights: Float64s) -> None:
        self.values, self.weights = values, weights

    @classmethod
    def none(cls) -> "Values":
        """Return no values."""
        return cls(np.empty(0), np.empty(0))

    def __add__(self, other: "Values") -> "Values":
        return Values(np.concatenate((self.values, other.values)), np.concatenate((self.weights, other.weights)))

    def ranked(self) -> "Values":
        """Return them in order."""
        order = np.argsort(self.values, kind="stable")
        return Values(self.values[order], self.weights[order])

    def at(self, ranks: Float64s) -> Float64s:
        """Return the values at ranks (from 0, of all readings), linear between those that are kept, in order."""
        centers = np.cumsum(self.weights) - self.weights / 2.0 - 0.5
        found: Float64s = np.interp(ranks, centers, self.values)
        return found

    def thinned(self, most: int) -> "Values":
        """Return at most so many."""
        ranked = self.ranked()
        if len(ranked.values) <= most:
            return ranked
        weights = shares(most) * float(np.cumsum(ranked.weights)[-1])
        return Values(ranked.at(np.cumsum(weights) - weights / 2.0 - 0.5), weights)

    def percentile(self, percent: float) -> float:
        """Return the percentile, NaN of none."""
        if not len(self.values):
            return float("nan")
        ranked = self.ranked()
        return float(ranked.at(percent / 100.0 * (np.cumsum(ranked.weights)[-1:] - 1.0))[0])


class _Column:
    """The panes of one cell."""

    def __init__(self, kept: int, percent: float) -> None:
        self.kept, self.percent = kept, percent
        self.present, self.past = Values.none(), Values.none()
        self.full: list[Values] = []

    def add(self, reading: float) -> None:
        self.present += Values(np.array([reading]), np.ones(1))
        if len(self.present.values) >= self.kept + MORE:
            self.present = self.present.thinned(self.kept)

    def close(self) -> None:
        self.full.append(self.present.thinned(self.kept))
        self.present = Values.none()

    def forget(self, old: int) -> None:
        del self.full[:old]
        self.past = sum(self.full, Values.none()).ranked()

    def value(self, whole: bool) -> float:
        return (self.past if whole else self.past + self.present).percentile(self.percent)


class RankPanes(Panes):
    """A bank of percentiles or medians over long windows."""

    def _make(self, function: str) -> None:
        kept = max(LEAST_VALUES, MOST_VALUES // self.most)
        percents = [50.0 if function == "median" else float(cell.detail[1]) for cell in self.cells]
        self.columns = [_Column(kept, percent) for percent in percents]

    def _take(self, times: Int64s, rows: Float64s, results: Float64s) -> None:
        for place, column in enumerate(self.columns):
            for row, reading in enumerate(rows[:, place].tolist()):
                if reading == reading:
                    column.add(reading)
                if not self.whole:
                    results[row, place] = column.value(whole=False)
        if self.whole:
            results[:] = self._value()

    def _close(self) -> None:
        for column in self.columns:
            column.close()

    def _forget(self, old: int) -> None:
        for column in self.columns:
            column.forget(old)

    def _value(self) -> Float64s:
        return np.array([column.value(self.whole) for column in self.columns])

    def _own(self) -> tuple[dict[str, Any], dict[str, Float64s]]:
        """Return columns padded with NaN; of a full pane's weights their sum, for that is all there is to tell."""
        most = max((len(one.values) for column in self.columns for one in column.full), default=0)
        longest = max(len(column.present.values) for column in self.columns)
        full = np.full((len(self.before), most + 1, len(self.columns)), np.nan)
        present = np.full((2, longest, len(self.columns)), np.nan)
        for place, column in enumerate(self.columns):
            for number, one in enumerate(column.full):
                full[number, : len(one.values), place] = one.values
                full[number, -1, place] = one.weights.sum()
            count = len(column.present.values)
            present[0, :count, place], present[1, :count, place] = column.present.values, column.present.weights
        return {"most": most, "longest": longest}, {"full": full, "present": present}

    def _take_up(self, saved: Mapping[str, Any], pick: Pick) -> None:
        full = pick("full", (len(self.before), saved["most"] + 1), np.nan)
        present = pick("present", (2, saved["longest"]), np.nan)
        for place, column in enumerate(self.columns):
            column.full = [_pane(pane[:-1, place], pane[-1, place]) for pane in full]
            column.present = _known(present[0, :, place], present[1, :, place])
            column.forget(0)


def _known(values: Float64s, weights: Float64s) -> Values:
    known = ~np.isnan(values)
    return Values(values[known], weights[known])


def _pane(values: Float64s, weight: float) -> Values:
    """Return a full pane: its values stand for one reading each, or it was thinned."""
    known = values[~np.isnan(values)]
    count = len(known)
    return Values(known, np.ones(count) if weight == count else shares(count) * weight)


def panes_of(cells: Sequence[Cell]) -> Panes:
    """Return the panes of a bank of window functions."""
    return (RankPanes if cells[0].bank[0] in ("percentile", "median") else Panes)(cells)
