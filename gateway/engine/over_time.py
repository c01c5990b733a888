"""Functions over a window of good readings: mean, sum, min, max, first, last, rate, delta, percentile and the like.

A bank keeps the rows of its points for as long as its window; each result is computed from the rows inside the window
alone, so it cannot depend on how the rows came. Windows with a hop are another matter: `panes`.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gateway.engine.blocks import BLOCKS
from gateway.engine.cell import Cell
from gateway.engine.columns import LONG_AGO, Float64s, Int64s, finite, is_tame
from gateway.engine.gliding import GLIDES, Glide

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
        self.function, window, *_ = cells[0].bank
        self.statistic, self.block = STATISTICS[self.function], BLOCKS.get(self.function)
        self.empty: Float64s = np.full(len(cells), 0.0 if self.function == "count" else np.nan)  # without any row
        self.window_ns = int(window)
        self.glide = Glide(self.function, self.window_ns) if self.function in GLIDES else None
        self.more: Float64s = np.array([cell.detail[1] if len(cell.detail) > 1 else 0.0 for cell in cells], np.float64)
        self.times: Int64s = np.empty(16, np.int64)
        self.rows: Float64s = np.empty((16, len(cells)))
        self.count = 0  # rows that are kept
        self.first = 0  # the first row that was inside the window last
        self.now_ns = LONG_AGO  # the time of the last result: windows never go back
        self.dirty = -1  # the last row with a value that is not good or not tame, -1: none
        self.due_ns = LONG_AGO  # when the first row may leave the window
        self._seconds = np.array(0.0)

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
        if not is_tame(self.rows[old : self.count]):
            self._look_for_dirt(old)
        if len(mono_ns) >= _MANY and self.dirty < self._advance(int(mono_ns[0]), old + 1):
            results = self._block(mono_ns, old)
            if results is not None:
                return results.T
        results = np.empty(values.shape[::-1])
        for row, now_ns in enumerate(mono_ns.tolist()):
            results[row] = self._value(now_ns, old + row + 1, new=True)
        return results.T

    def next(self, now_ns: int, values: Float64s, clean: bool, out: Float64s) -> None:
        """Take one row [n] and put the results into `out` [n]: the same as `push` in fewer steps."""
        count = self.count
        if now_ns < self.now_ns or count == len(self.times) or not (clean or is_tame(values)):
            out[:] = self.push(np.array([now_ns], np.int64), values.reshape(-1, 1))[:, 0]
            finite(out)
            return
        self.times[count] = self.now_ns = now_ns
        row = self.rows[count]
        row[:] = values
        self.count = count + 1
        if now_ns >= self.due_ns:
            self._advance(now_ns, count + 1)
        if self.dirty >= self.first or not self._quick(row, out):
            out[:] = self._over(self.first, count + 1, new=True)
            finite(out)

    def _quick(self, row: Float64s, out: Float64s) -> bool:
        """Put the results of good rows, the last of which came now, into `out`; False where there is no quick way."""
        first, glide = self.first, self.glide
        if glide is not None:
            if not glide.quick(self.now_ns):
                return False
            glide.next(row, first, self.count - first, out)
        elif self.function == "count":
            out.fill(self.count - first)
        elif self.function == "delta":
            np.subtract(row, self.rows[first], out)
        elif self.function == "rate":
            seconds = (self.now_ns - self.due_ns + self.window_ns) / 1e9
            if not seconds:
                return False
            self._seconds[()] = seconds
            np.subtract(row, self.rows[first], out)
            np.divide(out, self._seconds, out)
        else:
            return False
        return True

    def _block(self, mono_ns: Int64s, old: int) -> Float64s | None:
        """Return the results [T, n] after each new row, all in the windows being good; None: that takes single rows."""
        now = np.maximum(mono_ns, self.now_ns)
        starts = now - self.window_ns
        times = self.times[: self.count]
        first, stop = times.searchsorted(starts, "right"), np.arange(old + 1, self.count + 1)
        if (first >= stop).any():  # rows from before the last result's time
            return None
        if self.glide is not None:
            results = self.glide.rows(self.rows, times, first, stop, now)
        else:
            results = None if self.block is None else self.block(self.rows, times, first, stop)
        if results is not None:
            self.now_ns, self.first, self.due_ns = int(now[-1]), int(first[-1]), LONG_AGO
        return results

    def _look_for_dirt(self, old: int) -> None:
        bad = np.flatnonzero([not is_tame(row) for row in self.rows[old : self.count]])
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
        if self.glide is not None:
            self.glide.moved(old)

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
        self.due_ns = LONG_AGO
        self._look_for_dirt(0)
        if self.glide is not None:
            self.glide.forget()

    def start_ns(self, mono_ns: int) -> int:
        """Return the time behind which rows are in the window at `mono_ns`."""
        return mono_ns - self.window_ns

    def value(self, mono_ns: int) -> Float64s:
        """Return the results [n] at a time, over all rows."""
        return self._value(mono_ns, self.count)

    def _value(self, mono_ns: int, stop: int, new: bool = False) -> Float64s:
        """Return the results at a time, or at the last result's if that was later, over the rows before `stop`."""
        return self._over(self._advance(mono_ns, stop), stop, new)

    def _advance(self, mono_ns: int, stop: int) -> int:
        """Let time go on; return the first row before `stop` that is still in the window."""
        self.now_ns = max(mono_ns, self.now_ns)
        start_ns, times = self.start_ns(self.now_ns), self.times
        first = self.first
        while first < stop and times[first] <= start_ns:
            first += 1
        self.first = first
        self.due_ns = LONG_AGO if first >= stop else int(times[first]) + self.window_ns
        return first

    def _over(self, first: int, stop: int, new: bool = False) -> Float64s:
        """Return the results over the rows from `first` on; `new`: the last was not there at the last result."""
        if first >= stop:
            if self.glide is not None:
                self.glide.forget()
            return self.empty
        if self.glide is not None:
            return self.glide.row(self.rows, self.times, first, stop, self.now_ns, new, self.dirty >= first)
        return self.statistic(self.rows[first:stop], self.times[first:stop], self.dirty < first, self.more)
