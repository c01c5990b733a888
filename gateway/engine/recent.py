"""stuck, missing, changed: a few times kept for each point. ewma: one value and its time."""

from collections.abc import Sequence

import numpy as np

from gateway.engine.cell import Cell
from gateway.engine.columns import LONG_AGO, NEVER, Float64s, Int8s, Int64s, before_and_filled, last_where


class Recent:
    """What one bank of these functions knows of its points, one entry a cell."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        count = len(cells)
        self.cells = list(cells)
        self.function = cells[0].bank[0]
        self.within_ns: Int64s = np.array([[int(cell.detail[0])] for cell in cells], np.int64)
        self.start_ns: Int64s = np.full(count, NEVER, np.int64)  # when we began to look
        self.value: Float64s = np.full(count, np.nan)  # the last good reading
        self.first_ns: Int64s = np.full(count, NEVER, np.int64)  # the first good reading
        self.last_ns: Int64s = np.full(count, LONG_AGO, np.int64)  # the last good reading
        self.other_ns: Int64s = np.full(count, LONG_AGO, np.int64)  # the last reading of another value
        self._next: tuple[Float64s, Int64s, Int64s, Int64s] | None = None

    def run(self, mono_ns: Int64s, values: Float64s | None) -> Int8s:
        """Return truths [n, T] at times [T]; `values` [n, T] are new rows, None when only time has passed."""
        if self.start_ns[0] == NEVER:
            self.start_ns[:] = mono_ns[0]
        if values is None:
            first, last, other = self.first_ns[:, None], self.last_ns[:, None], self.other_ns[:, None]
            self._next = None
        else:
            first, last, other = self._follow(mono_ns, values)
        return self._truths(np.maximum(mono_ns, last), first, last, other)

    def _follow(self, mono_ns: Int64s, values: Float64s) -> tuple[Int64s, Int64s, Int64s]:
        before, filled = before_and_filled(values, self.value)
        good = ~np.isnan(values)
        at = last_where(good)
        last = np.where(at < 0, self.last_ns[:, None], np.maximum(mono_ns[at], self.last_ns[:, None]))
        last_before = np.concatenate((self.last_ns[:, None], last[:, :-1]), axis=1)
        differs = good & (values != before) & ~np.isnan(before)
        other = np.maximum.accumulate(np.where(differs, last_before, LONG_AGO), axis=1)
        other = np.maximum(other, self.other_ns[:, None])
        first = np.where(self.first_ns[:, None] != NEVER, self.first_ns[:, None], NEVER)
        first = np.minimum(first, np.minimum.accumulate(np.where(good, mono_ns, NEVER), axis=1))
        self._next = filled, first, last, other
        return first, last, other

    def _truths(self, now: Int64s, first: Int64s, last: Int64s, other: Int64s) -> Int8s:
        begin = now - self.within_ns  # readings after it are within
        if self.function == "missing":
            heard = np.where(first == NEVER, self.start_ns[:, None], last)
            return np.where(heard <= begin, np.int8(1), np.int8(-1))
        if self.function == "changed":
            told = np.where(other > begin, np.int8(1), np.int8(-1))
            return np.where(first == NEVER, np.int8(0), told)
        told = np.where((other <= begin) & (first <= begin), np.int8(1), np.int8(-1))
        return np.where(first == NEVER, np.int8(0), told)

    def commit(self, columns: int) -> None:
        """Keep what is known after the first `columns` columns."""
        if self._next is not None:
            filled, first, last, other = self._next
            self.value, self.first_ns = filled[:, columns - 1].copy(), first[:, columns - 1].copy()
            self.last_ns, self.other_ns = last[:, columns - 1].copy(), other[:, columns - 1].copy()


class Ewma:
    """Exponentially weighted means: `y += (1 - exp(-dt / time constant)) * (x - y)` at each good reading."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.cells = list(cells)
        self.tau_s: Float64s = np.array([float(cell.detail[0]) / 1e9 for cell in cells])
        self.value: Float64s = np.full(len(cells), np.nan)
        self.last_ns: Int64s = np.full(len(cells), LONG_AGO, np.int64)
        self.seen: Float64s = np.full(len(cells), np.nan)  # the last reading, good or not
        self._seen: Float64s = np.empty((len(cells), 0))
        self._values: Float64s = np.empty((len(cells), 0))
        self._times: Int64s = np.empty((len(cells), 0), np.int64)

    def run(self, mono_ns: Int64s, values: Float64s) -> Float64s:
        """Return the means [n, T] after each of the new rows."""
        mean, last = self.value, self.last_ns
        self._seen = values
        self._values = np.empty(values.shape)
        self._times = np.empty(values.shape, np.int64)
        for column, now in enumerate(mono_ns.tolist()):
            reading = values[:, column]
            good = ~np.isnan(reading)
            passed_s = np.maximum(now - last, 0) / 1e9
            weight = np.where(np.isnan(mean), 1.0, -np.expm1(-passed_s / self.tau_s))
            start = np.where(np.isnan(mean), reading, mean)
            mean = np.where(good, start + weight * (reading - start), mean)
            last = np.where(good, np.maximum(now, last), last)
            self._values[:, column], self._times[:, column] = mean, last
        return self._values

    def commit(self, columns: int) -> None:
        """Keep what is known after the first `columns` columns."""
        self.value, self.last_ns = self._values[:, columns - 1].copy(), self._times[:, columns - 1].copy()
        self.seen = self._seen[:, columns - 1].copy()
