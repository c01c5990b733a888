"""A sliding window: the rows of the last so many seconds, and what several functions tell of them."""

from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Any

import numpy as np

from gateway.engine.blocks import BLOCKS
from gateway.engine.cell import Cell
from gateway.engine.columns import LONG_AGO, Float64s, Int64s, Places, finite, is_tame
from gateway.engine.gliding import GLIDES, Glide
from gateway.engine.over_time import STATISTICS
from gateway.engine.quick import Quick, quick

_MANY = 4  # rows from which on a block is quicker than one row after the other


def _function(cell: Cell) -> str:
    return cell.op.removesuffix("_over")


class Part:
    """One function of a window: which of its columns are that function's, and how it is found."""

    def __init__(self, function: str, cells: Sequence[Cell], first: int, window_ns: int) -> None:
        self.function, self.columns = function, slice(first, first + len(cells))
        self.statistic, self.block = STATISTICS[function], BLOCKS.get(function)
        self.glide = Glide(function, window_ns) if function in GLIDES else None
        self.empty = 0.0 if function == "count" else np.nan  # without any row
        self.more: Float64s = np.array([cell.detail[1] if len(cell.detail) > 1 else 0.0 for cell in cells], np.float64)


Prepared = tuple[Part, Float64s, Quick | None]


class Window:
    """The rows that functions of one length look at, of points whose rows come together; its cells in their order."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.cells = sorted(cells, key=_function)
        self.window_ns = int(cells[0].detail[0])
        self.parts: list[Part] = []
        for function, group in groupby(self.cells, _function):
            first = self.parts[-1].columns.stop if self.parts else 0
            self.parts.append(Part(function, list(group), first, self.window_ns))
        self.times: Int64s = np.empty(16, np.int64)
        self.rows: Float64s = np.empty((16, len(cells)))
        self.count = 0  # rows that are kept
        self.first = 0  # the first row that was inside the window last
        self.now_ns = LONG_AGO  # the time of the last result: windows never go back
        self.dirty = -1  # the last row with a value that is not good or not tame, -1: none
        self.due_ns = LONG_AGO  # when the first row may leave the window
        self.latest: Float64s | None = None  # the last results, where they stand [n]
        self.glides = [part.glide for part in self.parts if part.glide is not None]

    def push(self, mono_ns: Int64s, values: Float64s) -> Float64s:
        """Take rows, times [T] and values [n, T], and return the results [n, T] after each.

        A time before the last row's becomes the last row's.
        """
        self.room(len(mono_ns))[:] = values.T
        results = np.empty(values.shape[::-1])
        self.came(mono_ns, results)
        finite(results)
        return results.T

    def room(self, rows: int) -> Float64s:
        """Return where so many new rows [T, n] are to be put, before `came` takes them."""
        if self.count + rows > len(self.times):
            self.forget_old(rows)
        return self.rows[self.count : self.count + rows]

    def came(self, mono_ns: Int64s, results: Float64s) -> None:
        """Take the rows that were put there; put the results after each into `results` [T, n]."""
        if self.count and mono_ns[0] < self.times[self.count - 1]:
            mono_ns = np.maximum(mono_ns, self.times[self.count - 1])
        self.latest = None
        old, self.count = self.count, self.count + len(mono_ns)
        self.times[old : self.count] = mono_ns
        tame = is_tame(self.rows[old : self.count])
        if tame and self.dirty < self._advance(int(mono_ns[0]), old + 1) and len(mono_ns) >= _MANY:
            self._block(mono_ns, old, results)
        else:
            self._runs(mono_ns, old, results)
            finite(results)

    def _runs(self, mono_ns: Int64s, old: int, results: Float64s) -> None:
        """Fill in the results [T, n] after each new row: those without a bad row in their windows at once."""
        now = np.maximum(np.maximum.accumulate(mono_ns), self.now_ns)
        first = self.times[: self.count].searchsorted(now - self.window_ns, "right")
        bad = [self.dirty if is_tame(row) else place for place, row in enumerate(self.rows[old : self.count], old)]
        last_bad = np.maximum.accumulate(np.array(bad))
        dirty = last_bad >= first
        edges = [0, *(np.flatnonzero(np.diff(dirty)) + 1).tolist(), len(now)]
        for start, stop in pairwise(edges):
            if not dirty[start] and stop - start >= _MANY:
                self.dirty = int(last_bad[start])
                self._advance(int(now[start]), old + start + 1)
                self._block(mono_ns[start:stop], old + start, results[start:stop])
                continue
            for row in range(start, stop):
                self.dirty = int(last_bad[row])
                self._over(self._advance(int(now[row]), old + row + 1), old + row + 1, results[row], new=True)

    def prepared(self, fresh: Float64s, out: Float64s) -> list[Prepared]:
        """Return each part, where its results stand in `out` [n], and its quick way for rows in `fresh` [n]."""
        return [
            (part, out[part.columns], quick(self, part, fresh[part.columns], out[part.columns])) for part in self.parts
        ]

    def next(self, now_ns: int, values: Float64s, clean: bool, out: Float64s, parts: Sequence[Prepared]) -> None:
        """Take one row [n] and put the results into `out` [n]: the same as `push` in fewer steps."""
        count = self.count
        if now_ns < self.now_ns or count == len(self.times) or not (clean or is_tame(values)):
            self.room(1)[:] = values
            self.came(np.array([now_ns], np.int64), out.reshape(1, -1))
            self.latest = out
            return
        self.times[count] = self.now_ns = now_ns
        self.rows[count] = values
        self.count = stop = count + 1
        if now_ns >= self.due_ns:
            self._advance(now_ns, stop)
        first, good = self.first, self.dirty < self.first
        for part, results, way in parts:
            if not good or way is None or not way(first, stop, True):
                self._of(part, first, stop, results, new=True)
        if not good:
            finite(out)
        self.latest = out

    def _block(self, mono_ns: Int64s, old: int, results: Float64s) -> None:
        """Fill in the results [T, n] after each new row, all in the windows being good."""
        now = np.maximum(mono_ns, self.now_ns)
        times = self.times[: self.count]
        first: Places = times.searchsorted(now - self.window_ns, "right")
        stop: Places = np.arange(old + 1, old + len(now) + 1)
        some = bool((first < stop).all())  # otherwise there are rows from before the last result's time
        for part in self.parts:
            rows, found = self.rows[:, part.columns], None
            if some and part.glide is not None:
                found = part.glide.rows(rows, times, first, stop, now)
            elif some and part.block is not None:
                found = part.block(rows, times, first, stop)
            if found is not None:
                results[:, part.columns] = found
                continue
            for row, now_ns in enumerate(now.tolist()):
                self.now_ns = now_ns
                self._of(part, int(first[row]), int(stop[row]), results[row, part.columns], new=True)
        self.now_ns, self.first, self.due_ns = int(now[-1]), int(first[-1]), LONG_AGO

    def _look_for_dirt(self, old: int) -> None:
        bad = np.flatnonzero([not is_tame(row) for row in self.rows[old : self.count]])
        if len(bad):
            self.dirty = old + int(bad[-1])

    def forget_old(self, more: int = 0) -> None:
        """Move the rows that are still inside the window to the front, with room for twice as many, or `more`."""
        last_ns = int(self.times[self.count - 1]) if self.count else 0
        old = int(self.times[: self.count].searchsorted(last_ns - self.window_ns, "right"))
        kept = self.count - old
        size, times, rows = max(64, 3 * kept, kept + 2 * more), self.times, self.rows
        if kept > old or not size // 2 <= len(times) <= 2 * size:
            times, rows = np.empty(size, np.int64), np.empty((size, rows.shape[1]))
        times[:kept], rows[:kept] = self.times[old : self.count], self.rows[old : self.count]
        self.times, self.rows, self.count = times, rows, kept
        self.first, self.dirty = max(0, self.first - old), max(-1, self.dirty - old)
        for glide in self.glides:
            glide.moved(old)

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
        self.due_ns, self.latest = LONG_AGO, None
        self._look_for_dirt(0)
        for glide in self.glides:
            glide.forget()

    def stands(self, now_ns: int) -> bool:
        """Tell whether the last results hold, to the last bit, if no row has come since."""
        return self.latest is not None and now_ns < self.due_ns and all(now_ns <= one.end_ns for one in self.glides)

    def pass_time(self, now_ns: int, out: Float64s, parts: Sequence[Prepared]) -> None:
        """Put the results at a time without a row into `out` [n], which stays where they are."""
        if self.latest is not None and self.stands(now_ns):
            np.copyto(out, self.latest)
        else:
            self.value(now_ns, out, parts)
            finite(out)
        self.latest = out

    def value(self, mono_ns: int, out: Float64s, parts: Sequence[Prepared] = ()) -> None:
        """Put the results at a time, or at the last result's if that was later, over all rows, into `out` [n]."""
        self.now_ns, self.latest = max(mono_ns, self.now_ns), None
        if self.now_ns >= self.due_ns:
            self._advance(mono_ns, self.count)
        if self.first >= self.count or self.dirty >= self.first:
            self._over(self.first, self.count, out)
            return
        first, stop = self.first, self.count
        for part, results, way in parts or self.prepared(out, out):
            if way is None or not way(first, stop, False):
                self._of(part, first, stop, results, new=False)

    def _advance(self, mono_ns: int, stop: int) -> int:
        """Let time go on; return the first row before `stop` that is still in the window."""
        self.now_ns = max(mono_ns, self.now_ns)
        start_ns, times, first = self.now_ns - self.window_ns, self.times, self.first
        self.due_ns = LONG_AGO
        while first < stop:
            if (at_ns := times.item(first)) > start_ns:
                self.due_ns = at_ns + self.window_ns
                break
            first += 1
        self.first = first
        return first

    def _over(self, first: int, stop: int, out: Float64s, new: bool = False) -> None:
        """Put the results over the rows from `first` on into `out`; `new`: the last was not there at the last one."""
        for part in self.parts:
            self._of(part, first, stop, out[part.columns], new)

    def _of(self, part: Part, first: int, stop: int, out: Float64s, new: bool) -> None:
        rows, times = self.rows[:, part.columns], self.times
        if first >= stop:
            out.fill(part.empty)
            if part.glide is not None:
                part.glide.forget()
        elif part.glide is not None:
            out[:] = part.glide.row(rows, times, first, stop, self.now_ns, new, self.dirty >= first)
        else:
            out[:] = part.statistic(rows[first:stop], times[first:stop], self.dirty < first, part.more)
