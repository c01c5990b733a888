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

    def run(self, mono_ns: Int64s, values: Float64s | None) -> Int8s:
        """Return truths [n, T] at times [T]; `values` [n, T] are new rows, None when only time has passed."""
        if self.start_ns[0] == NEVER:
            self.start_ns[:] = mono_ns[0]
        if values is None:
            pass
        elif values.shape[1] == 1 and is_clean(values) and is_clean(self.value):
            self._next(int(mono_ns[0]), values[:, 0])
        else:
            return self._follow(mono_ns, values)
        return self._truths(np.maximum(mono_ns, self.last_ns[:, None]), self.first_ns, self.last_ns, self.other_ns)

    def _next(self, now_ns: int, values: Float64s) -> None:
        """Take one row in which everything is good."""
        differs = values != self.value
        if differs.any():
            self.other_ns[differs] = self.last_ns[differs]
            self.value = values.copy()
        np.maximum(self.last_ns, now_ns, out=self.last_ns)

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
        """Return the truths at `now` [n, T]; the others are [n, T], or [n] for one time."""
        begin = now - self.within_ns[:, None]  # readings after it are within
        first, last, other = (one.reshape(len(begin), -1) for one in (first, last, other))
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
        self.tau_s: Float64s = np.array([float(cell.detail[0]) / 1e9 for cell in cells])
        self.value: Float64s = np.full(len(cells), np.nan)
        self.last_ns: Int64s = np.full(len(cells), LONG_AGO, np.int64)
        self.seen: Float64s = np.full(len(cells), np.nan)  # the last reading, good or not

    def run(self, mono_ns: Int64s, values: Float64s) -> Float64s:
        """Return the means [n, T] after each of the new rows."""
        means = np.empty(values.shape[::-1])
        rows = np.ascontiguousarray(values.T)
        clean = is_clean(rows) and is_clean(self.value)
        for row, mean, now_ns in zip(rows, means, mono_ns.tolist(), strict=True):
            if clean:
                self._next(now_ns, row)
            else:
                self._follow(now_ns, row)
            mean[:] = self.value
        self.seen = rows[-1]
        return means.T

    def _weight(self, now_ns: int) -> Float64s:
        return -np.expm1(np.maximum(now_ns - self.last_ns, 0) / (-1e9 * self.tau_s))

    def _next(self, now_ns: int, row: Float64s) -> None:
        """Take a row in which everything is good."""
        self.value = self.value + self._weight(now_ns) * (row - self.value)
        np.maximum(self.last_ns, now_ns, out=self.last_ns)

    def _follow(self, now_ns: int, row: Float64s) -> None:
        """Take any row; a point's first good reading is its mean."""
        good, new = ~np.isnan(row), np.isnan(self.value)
        start = np.where(new, row, self.value)
        moved = start + self._weight(now_ns) * (row - start)
        self.value = np.where(good, moved, self.value)
        self.last_ns = np.where(good, np.maximum(now_ns, self.last_ns), self.last_ns)
