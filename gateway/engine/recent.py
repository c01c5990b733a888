"""stuck, missing, changed: a few times kept for each point. ewma: one value and its time."""

from collections.abc import Sequence

import numpy as np

from gateway.engine.cell import Cell
from gateway.engine.columns import LONG_AGO, NEVER, Float64s, Int8s, Int64s, before_and_filled, is_clean, last_where


class Recent:
    """What one bank of these functions knows of its points, one entry a cell."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        count = len(cells)
        self.cells = list(cells)
        self.function = cells[0].bank[0]
        self.within_ns: Int64s = np.array([int(cell.detail[0]) for cell in cells], np.int64)
        self.start_ns: Int64s = np.full(count, NEVER, np.int64)  # when we began to look
        self.value: Float64s = np.full(count, np.nan)  # the last good reading
        self.first_ns: Int64s = np.full(count, NEVER, np.int64)  # the first good reading
        self.last_ns: Int64s = np.full(count, LONG_AGO, np.int64)  # the last good reading
        self.other_ns: Int64s = np.full(count, LONG_AGO, np.int64)  # the last reading of another value
        self.seen: Float64s = np.full(count, np.nan)  # the last reading, good or not

    def run(self, mono_ns: Int64s, values: Float64s | None) -> Int8s:
        """Return truths [n, T] at times [T]; `values` [n, T] are new rows, None when only time has passed."""
        if self.start_ns[0] == NEVER:
            self.start_ns[:] = mono_ns[0]
        if values is None:
            now = np.maximum(mono_ns, self.last_ns[:, None])
            return self._truths(now, self.first_ns[:, None], self.last_ns[:, None], self.other_ns[:, None])
        self.seen = values[:, -1].copy()
        if values.shape[1] > 1 or not is_clean(values) or not is_clean(self.value) or mono_ns[0] < self.last_ns.max():
            return self._follow(mono_ns, values)
        return self._next(mono_ns[0], values[:, 0]).reshape(-1, 1)

    def _next(self, now_ns: np.int64, values: Float64s) -> Int8s:
        """Take one row in which everything is good: the same in fewer steps."""
        differs = np.flatnonzero(values != self.value)
        if len(differs):
            self.other_ns[differs] = self.last_ns[differs]
            self.value = values.copy()
        self.last_ns.fill(now_ns)
        if self.function == "missing":
            return np.full(len(values), -1, np.int8)
        begin = now_ns - self.within_ns
        if self.function == "changed":
            return _told(self.other_ns > begin)
        return _told(np.maximum(self.first_ns, self.other_ns) <= begin)

    def _follow(self, mono_ns: Int64s, values: Float64s) -> Int8s:
        """Take any rows and return the truths after each."""
        before, filled = before_and_filled(values, self.value)
        good = ~np.isnan(values)
        at = last_where(good)
        known = self.last_ns[:, None]
        last = np.where(at < 0, known, np.maximum(mono_ns[at], known))
        last_before = np.concatenate((known, last[:, :-1]), axis=1)
        differs = good & (values != before) & ~np.isnan(before)
        other = np.maximum.accumulate(np.where(differs, last_before, LONG_AGO), axis=1)
        other = np.maximum(other, self.other_ns[:, None])
        first = np.minimum.accumulate(np.where(good, mono_ns, NEVER), axis=1)
        first = np.minimum(first, self.first_ns[:, None])
        self.value, self.first_ns = filled[:, -1].copy(), first[:, -1].copy()
        self.last_ns, self.other_ns = last[:, -1].copy(), other[:, -1].copy()
        return self._truths(np.maximum(mono_ns, last), first, last, other)

    def _truths(self, now: Int64s, first: Int64s, last: Int64s, other: Int64s) -> Int8s:
        """Return the truths at `now` [n, T]; the others are [n, T], or [n, 1] when no rows came."""
        begin = now - self.within_ns[:, None]  # readings after it are within
        if self.function == "missing":
            heard = np.where(first == NEVER, self.start_ns[:, None], last)
            return _told(heard <= begin)
        told = _told(other > begin) if self.function == "changed" else _told(np.maximum(first, other) <= begin)
        told[np.broadcast_to(first == NEVER, told.shape)] = 0
        return told


def _told(true: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Int8s:
    """Return 1 for true and -1 for false."""
    told: Int8s = true.view(np.int8) * np.int8(2)
    told -= 1
    return told


class Ewma:
    """Exponentially weighted means: `y += (1 - exp(-dt / time constant)) * (x - y)` at each good reading."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.cells = list(cells)
        self.minus_tau_ns: Float64s = np.array([-float(cell.detail[0]) for cell in cells])
        self.value: Float64s = np.full(len(cells), np.nan)
        self.last_ns: Int64s = np.full(len(cells), LONG_AGO, np.int64)
        self.seen: Float64s = np.full(len(cells), np.nan)  # the last reading, good or not

    def run(self, mono_ns: Int64s, values: Float64s) -> Float64s:
        """Return the means [n, T] after each of the new rows."""
        means = np.empty(values.shape[::-1])
        rows = np.ascontiguousarray(values.T)
        if is_clean(rows) and is_clean(self.value) and self.last_ns.min() == self.last_ns.max():
            self._clean(mono_ns, rows, means)
        else:
            for row, mean, now_ns in zip(rows, means, mono_ns, strict=True):
                self._follow(now_ns, row)
                mean[:] = self.value
        self.seen = rows[-1].copy()
        return means.T

    def _weight(self, passed_ns: Int64s) -> Float64s:
        weight: Float64s = np.maximum(passed_ns, 0) / self.minus_tau_ns
        return -np.expm1(weight, out=weight)

    def _clean(self, mono_ns: Int64s, rows: Float64s, means: Float64s) -> None:
        """Take rows in which everything is good: the same in fewer steps."""
        times = np.maximum.accumulate(np.concatenate((self.last_ns[:1], mono_ns)))
        weights = self._weight(np.diff(times).reshape(-1, 1))
        value = self.value
        for row, mean, weight in zip(rows, means, weights, strict=True):
            np.subtract(row, value, out=mean)
            mean *= weight
            mean += value
            value = mean
        self.value = value.copy()
        self.last_ns.fill(times[-1])

    def _follow(self, now_ns: np.int64, row: Float64s) -> None:
        """Take any row; a point's first good reading is its mean."""
        good, new = ~np.isnan(row), np.isnan(self.value)
        start = np.where(new, row, self.value)
        moved = (row - start) * self._weight(now_ns - self.last_ns) + start
        self.value = np.where(good, moved, self.value)
        self.last_ns = np.where(good, np.maximum(now_ns, self.last_ns), self.last_ns)
