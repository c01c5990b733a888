"""Functions over a window of good readings: mean, sum, min, max, first, last, rate, delta, percentile and the like.

A bank keeps the rows of its points for as long as its window; each result is computed from the rows inside the window
alone, so it cannot depend on how the rows came. Windows with a hop are another matter: `panes`.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gateway.engine.blocks import BLOCKS, BlockStatistic
from gateway.engine.cell import Cell
from gateway.engine.columns import LONG_AGO, Float64s, Int64s, is_clean

# Each takes rows [R, n] (R >= 1, NaN for bad), whether all are good, and [n] extra arguments; gives [n].
Statistic = Callable[[Float64s, Int64s, bool, Float64s], Float64s]


def _count(rows: Float64s, times: Int64s, clean: bool, more: Float64s) -> Float64s:
    if clean:
        return np.full(rows.shape[1], float(len(rows)))
    known: Float64s = (~np.isnan(rows)).sum(axis=0, dtype=np.float64)
    return known


def _sum(rows: Float64s, times: Int64s, clean: bool, more: Float64s) -> Float64s:
    if clean:
        total: Float64s = np.add.reduce(rows, axis=0)
        return total
    known = ~np.isnan(rows)
    total = np.add.reduce(np.where(known, rows, 0.0), axis=0)
    return np.where(known.any(axis=0), total, np.nan)


def _mean(rows: Float64s, times: Int64s, clean: bool, more: Float64s) -> Float64s:
    return _sum(rows, times, clean, more) / _count(rows, times, clean, more)


def _min(rows: Float64s, times: Int64s, clean: bool, more: Float64s) -> Float64s:
    least: Float64s = (np.minimum if clean else np.fmin).reduce(rows, axis=0)
    return least


def _max(rows: Float64s, times: Int64s, clean: bool, more: Float64s) -> Float64s:
    most: Float64s = (np.maximum if clean else np.fmax).reduce(rows, axis=0)
    return most


def _range(rows: Float64s, times: Int64s, clean: bool, more: Float64s) -> Float64s:
    return _max(rows, times, clean, more) - _min(rows, times, clean, more)


def _std(rows: Float64s, times: Int64s, clean: bool, more: Float64s) -> Float64s:
    mean = _mean(rows, times, clean, more)
    spread: Float64s = np.sqrt(_mean((rows - mean) ** 2, times, clean, more))
    return spread


def _ends(rows: Float64s, times: Int64s) -> tuple[Float64s, Float64s, Float64s]:
    """Return the first and the last good value and the seconds between them."""
    known = ~np.isnan(rows)
    first, last = known.argmax(axis=0), len(rows) - 1 - known[::-1].argmax(axis=0)
    points = np.arange(rows.shape[1])
    return rows[first, points], rows[last, points], (times[last] - times[first]) / 1e9


def _delta(rows: Float64s, times: Int64s, clean: bool, more: Float64s) -> Float64s:
    first, last = (rows[0], rows[-1]) if clean else _ends(rows, times)[:2]
    change: Float64s = last - first
    return change


def _rate(rows: Float64s, times: Int64s, clean: bool, more: Float64s) -> Float64s:
    if clean:
        seconds = float(times[-1] - times[0]) / 1e9
        return (rows[-1] - rows[0]) / seconds if seconds > 0 else np.full(rows.shape[1], np.nan)
    first, last, apart_s = _ends(rows, times)
    return np.where(apart_s > 0, (last - first) / apart_s, np.nan)


def _first(rows: Float64s, times: Int64s, clean: bool, more: Float64s) -> Float64s:
    return rows[0] if clean else _ends(rows, times)[0]


def _last(rows: Float64s, times: Int64s, clean: bool, more: Float64s) -> Float64s:
    return rows[-1] if clean else _ends(rows, times)[1]


def _percentile(rows: Float64s, times: Int64s, clean: bool, more: Float64s) -> Float64s:
    """Interpolate linearly between the two nearest ranks (NumPy's and Excel's definition)."""
    ordered = np.sort(rows, axis=0)  # NaN last
    count = np.maximum(_count(rows, times, clean, more), 1.0)
    rank = more / 100.0 * (count - 1.0)
    low = np.floor(rank).astype(np.intp)
    high = np.minimum(low + 1, count.astype(np.intp) - 1)
    points = np.arange(rows.shape[1])
    below, above = ordered[low, points], ordered[high, points]
    return below + (above - below) * (rank - low)


def _median(rows: Float64s, times: Int64s, clean: bool, more: Float64s) -> Float64s:
    return _percentile(rows, times, clean, np.full(rows.shape[1], 50.0))


STATISTICS: dict[str, Statistic] = {
    "count": _count, "sum": _sum, "mean": _mean, "min": _min, "max": _max, "range": _range, "std": _std,
    "first": _first, "last": _last, "rate": _rate, "delta": _delta, "median": _median, "percentile": _percentile,
}  # fmt: skip


_MANY = 4  # rows from which on a block is quicker than one row after the other


class Window:
    """The rows that one bank of window functions looks at: same function, same window, points of the same rows."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.cells = list(cells)
        function, window, *_ = cells[0].bank
        self.statistic, self.block = STATISTICS[function], BLOCKS.get(function)
        self.empty: Float64s = np.full(len(cells), 0.0 if function == "count" else np.nan)  # without any row
        self.window_ns = int(window)
        self.more: Float64s = np.array([cell.detail[1] if len(cell.detail) > 1 else 0.0 for cell in cells], np.float64)
        self.times: Int64s = np.empty(16, np.int64)
        self.rows: Float64s = np.empty((16, len(cells)))
        self.count = 0  # rows that are kept
        self.first = 0  # the first row that was inside the window last
        self.now_ns = LONG_AGO  # the time of the last result: windows never go back
        self.dirty = -1  # the last row with a value that is not good, -1: none

    def push(self, mono_ns: Int64s, values: Float64s) -> Float64s:
        """Take rows, times [T] and values [n, T], and return the results [n, T] after each.

        A time before the last row's becomes the last row's.
        """
        if self.count and mono_ns[0] < self.times[self.count - 1]:
            mono_ns = np.maximum(mono_ns, self.times[self.count - 1])
        if self.count + len(mono_ns) > len(self.times):
            self.forget_old(len(mono_ns))
        old, self.count = self.count, self.count + len(mono_ns)
        self.times[old : self.count] = mono_ns
        self.rows[old : self.count] = values.T
        if not is_clean(self.rows[old : self.count]):
            self._look_for_dirt(old)
        if len(mono_ns) >= _MANY and self.block is not None and self.dirty < self._advance(int(mono_ns[0]), old + 1):
            return self._block(mono_ns, self.block, old).T
        results = np.empty(values.shape[::-1])
        for row, now_ns in enumerate(mono_ns.tolist()):
            results[row] = self._value(now_ns, old + row + 1)
        return results.T

    def _block(self, mono_ns: Int64s, statistic: BlockStatistic, old: int) -> Float64s:
        """Return the results [T, n] after each new row; every row in the windows is good, and a row is in its own."""
        now = np.maximum(mono_ns, self.now_ns)
        starts = now - self.window_ns
        times = self.times[: self.count]
        first = times.searchsorted(starts, "right")
        self.now_ns, self.first = int(now[-1]), int(first[-1])
        stop = np.arange(old + 1, self.count + 1)
        if (first >= stop).any():  # rows from before the last result's time
            return np.stack([self._over(begin, end) for begin, end in zip(first.tolist(), stop.tolist(), strict=True)])
        return statistic(self.rows, times, first, stop)

    def _look_for_dirt(self, old: int) -> None:
        bad = np.flatnonzero(np.isnan(self.rows[old : self.count]).any(axis=1))
        if len(bad):
            self.dirty = old + int(bad[-1])

    def forget_old(self, more: int = 0) -> None:
        """Move the rows that are still inside the window to the front, with room for as many and `more`."""
        last_ns = int(self.times[self.count - 1]) if self.count else 0
        old = int(self.times[: self.count].searchsorted(self.start_ns(last_ns), "right"))
        kept = self.count - old
        size = max(16, 2 * (kept + more))
        times, rows = np.empty(size, np.int64), np.empty((size, self.rows.shape[1]))
        times[:kept], rows[:kept] = self.times[old : self.count], self.rows[old : self.count]
        self.times, self.rows, self.count = times, rows, kept
        self.first, self.dirty = max(0, self.first - old), max(-1, self.dirty - old)

    @property
    def seen(self) -> Float64s | None:
        """Return the last reading, good or not."""
        return self.rows[self.count - 1] if self.count else None

    def save(self) -> dict[str, Any]:
        """Return the rows that are still inside the window, as columns that are copies."""
        self.forget_old()
        kept = slice(self.count)
        return {"times": self.times[kept].copy(), "rows": self.rows[kept].copy(), "now_ns": self.now_ns}

    def restore(self, now_ns: int, times: Int64s, rows: Float64s) -> None:
        """Begin with these rows."""
        self.now_ns = now_ns
        self.times, self.rows, self.count, self.first, self.dirty = times.copy(), rows, len(times), 0, -1
        self._look_for_dirt(0)

    def start_ns(self, mono_ns: int) -> int:
        """Return the time behind which rows are in the window at `mono_ns`."""
        return mono_ns - self.window_ns

    def value(self, mono_ns: int) -> Float64s:
        """Return the results [n] at a time, over all rows."""
        return self._value(mono_ns, self.count)

    def _value(self, mono_ns: int, stop: int) -> Float64s:
        """Return the results at a time, or at the last result's if that was later, over the rows before `stop`."""
        return self._over(self._advance(mono_ns, stop), stop)

    def _advance(self, mono_ns: int, stop: int) -> int:
        """Let time go on; return the first row before `stop` that is still in the window."""
        self.now_ns = max(mono_ns, self.now_ns)
        start_ns, times = self.start_ns(self.now_ns), self.times
        while self.first < stop and times[self.first] <= start_ns:
            self.first += 1
        return self.first

    def _over(self, first: int, stop: int) -> Float64s:
        if first >= stop:
            return self.empty
        return self.statistic(self.rows[first:stop], self.times[first:stop], self.dirty < first, self.more)
