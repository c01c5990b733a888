"""A sliding window: the rows of the last so many seconds, and what several functions tell of them."""

from collections.abc import Sequence
from ctypes import addressof
from itertools import groupby, pairwise
from typing import Any

import numpy as np

from gateway.engine.between import BETWEEN, Limits
from gateway.engine.blocks import BLOCKS
from gateway.engine.cell import Cell
from gateway.engine.columns import LONG_AGO, Bools, Float64s, Int64s, Places, finite, is_tame
from gateway.engine.gliding import GLIDES, Glide
from gateway.engine.kernel import FUNCTIONS, PartFields, WindowFields, address
from gateway.engine.over_time import BY_ENDS, STATISTICS
from gateway.engine.quick import Quick, quick

_FEW = 0.5  # the share of results up to which it is quicker to leave out the others
_MANY = 4  # rows from which on a block is quicker than one row after the other


def _function(cell: Cell) -> str:
    return cell.op.removesuffix("_over")


def _turn(cell: Cell) -> tuple[str, bool, float | int | str]:
    """Return a cell's turn: by its function, then as what it reads stands in a device's row."""
    read = cell.inputs[0]
    return _function(cell), read.op != "point", read.detail[0] if read.op == "point" else read.slot


def _beside(read: list[Cell], wanted: list[Cell]) -> int:
    """Return where these stand beside each other among what is read; what does not is put behind it."""
    here = (at for at, one in enumerate(read) if one is wanted[0] and read[at : at + len(wanted)] == wanted)
    at = next(here, len(read))
    read[at : at + len(wanted)] = wanted
    return at


class Part(PartFields):
    """One function of a window: which of its results are that function's, of which columns of its rows (`read`)."""

    def __init__(self, function: str, cells: Sequence[Cell], first: int, column: int, window_ns: int) -> None:
        super().__init__(first=first, column=column, n=len(cells))
        self.function, self.results = function, slice(first, first + len(cells))
        self.read = slice(column, column + len(cells))
        self.statistic, self.block = STATISTICS[function], BLOCKS.get(function)
        self.glide = Glide(function, window_ns) if function in GLIDES else None
        if function in FUNCTIONS:
            self.which, self.glide_at = FUNCTIONS.index(function), self.glide and addressof(self.glide)
        self.empty = 0.0 if function == "count" else np.nan  # without any row
        self.by_ends = function in BY_ENDS
        self.more: Float64s = np.array([cell.detail[1] if len(cell.detail) > 1 else 0.0 for cell in cells], np.float64)

    def folded(self, dirty: bool) -> Glide | None:
        """Return what carries the result on from row to row; good rows need no counting one by one."""
        if dirty or self.function != "count" or self.glide is None:
            return self.glide
        self.glide.forget()
        return None

    def of_some(
        self, columns: Places, rows: Float64s, times: Int64s, first: Places, stop: Places, now: Int64s
    ) -> Float64s | None:
        """Return the results [T, c] of some of the columns; None where that must go row by row."""
        rows = rows[:, columns]
        dirty = not is_tame(rows)
        if not len(columns):
            return np.empty((len(first), 0))
        if self.glide is not None:
            return Glide(self.function, self.glide.window_ns).rows(rows, times, first, stop, now, dirty)
        windows = [slice(*one) for one in zip(first.tolist(), stop.tolist(), strict=True)]
        more = self.more[columns]
        return np.array([self.statistic(rows[window], times[window], not dirty, more) for window in windows])

    def mend(self, rows: Float64s, times: Int64s, first: Places, stop: Places, results: Float64s) -> None:
        """Put right those results [T, n] of which the window's first or last reading is not good."""
        open_ones: Bools = np.isnan(rows[first]) | np.isnan(rows[stop - 1])
        for at in np.flatnonzero(open_ones.any(axis=1)).tolist():
            columns, window = open_ones[at].nonzero()[0], slice(first[at], stop[at])
            results[at, columns] = self.statistic(rows[window][:, columns], times[window], False, self.more)


Prepared = tuple[Part, Float64s, Quick | None]


class Window(WindowFields):
    """The rows that functions of one length look at, of points whose rows come together; its cells in their order.

    `read` is what stands in the columns of its rows: what several functions look at once, where it stands so in all.
    `count` rows are kept, the `first` is the first that was inside the window last, `now_ns` the time of the last
    result: windows never go back. `dirty` is the last row with a value that is not good or not tame, -1: none; the
    first row may leave the window at `due_ns`.
    """

    def __init__(self, cells: Sequence[Cell]) -> None:
        super().__init__(now_ns=LONG_AGO, dirty=-1, due_ns=LONG_AGO, window_ns=int(cells[0].detail[0]))
        self.cells = sorted(cells, key=_turn)
        self.read: list[Cell] = []
        groups = [(function, list(group)) for function, group in groupby(self.cells, _function)]
        at = {
            function: _beside(self.read, [cell.inputs[0] for cell in group])
            for function, group in sorted(groups, key=lambda one: -len(one[1]))
        }
        self.parts: list[Part] = []
        for function, group in groups:
            first = self.parts[-1].results.stop if self.parts else 0
            self.parts.append(Part(function, group, first, at[function], self.window_ns))
        self.results_n = len(cells)
        self._hold(np.empty(16, np.int64), np.empty((16, len(self.read))))
        self.results: dict[int, Float64s] = {}  # where results stand [n], by address; the last ones at `latest_at`
        self.glides = [part.glide for part in self.parts if part.glide is not None]
        self._sums = [glide for glide in self.glides if glide.function in ("sum", "mean", "std")]

    def _hold(self, times: Int64s, rows: Float64s) -> None:
        """Keep the rows here from now on."""
        self.times, self.rows, self.capacity, self.columns = times, rows, *rows.shape
        self.times_at, self.rows_at = address(times), address(rows)
        if self.parts_n:  # the kernel does not make room
            self._make_room()

    def lay_out(self) -> bool:
        """Put the parts beside each other for the kernel; tell whether it has all of their functions."""
        if not all(part.function in FUNCTIONS for part in self.parts):
            return False
        self._laid_out = (PartFields * len(self.parts))(*self.parts)
        self.parts_n, self.parts_at = len(self.parts), addressof(self._laid_out)
        self._make_room()
        return True

    def _make_room(self) -> None:
        for part in self.parts:
            if part.glide is not None:  # of the rows that are kept seldom more are inside the window
                part.glide.make_room(self.capacity // 2, part.n)

    def push(self, mono_ns: Int64s, values: Float64s) -> Float64s:
        """Take rows, times [T] and values [k, T] of what is read, and return the results [n, T] after each.

        A time before the last row's becomes the last row's.
        """
        self.room(len(mono_ns))[:] = values.T
        results = np.empty((len(mono_ns), self.results_n))
        self.came(mono_ns, results)
        finite(results)
        return results.T

    def room(self, rows: int) -> Float64s:
        """Return where so many new rows [T, k] are to be put, before `came` takes them."""
        if self.count + rows > len(self.times):
            self.forget_old(rows)
        return self.rows[self.count : self.count + rows]

    def came(self, mono_ns: Int64s, results: Float64s, limits: Limits | None = None) -> None:
        """Take the rows that were put there; put the results after each into `results` [T, n].

        `limits`: of each result it counts only on which side it is.
        """
        if self.count and mono_ns[0] < self.times[self.count - 1]:
            mono_ns = np.maximum(mono_ns, self.times[self.count - 1])
        self.latest_at = None
        old, self.count = self.count, self.count + len(mono_ns)
        self.times[old : self.count] = mono_ns
        tame = is_tame(self.rows[old : self.count])
        if tame and self.dirty < self._advance(int(mono_ns[0]), old + 1) and len(mono_ns) >= _MANY:
            self._block(mono_ns, old, results, limits, dirty=False)
        else:
            self._runs(mono_ns, old, results, limits)
            finite(results)

    def _runs(self, mono_ns: Int64s, old: int, results: Float64s, limits: Limits | None) -> None:
        """Fill in the results [T, n] after each new row: those with, or without, a bad row in their windows at once."""
        now = np.maximum(np.maximum.accumulate(mono_ns), self.now_ns)
        first = self.times[: self.count].searchsorted(now - self.window_ns, "right")
        bad = [self.dirty if is_tame(row) else place for place, row in enumerate(self.rows[old : self.count], old)]
        last_bad = np.maximum.accumulate(np.array(bad))
        dirty = last_bad >= first
        edges = [0, *(np.flatnonzero(np.diff(dirty)) + 1).tolist(), len(now)]
        for start, stop in pairwise(edges):
            if stop - start >= _MANY:
                self.dirty = int(last_bad[stop - 1])
                self._advance(int(now[start]), old + start + 1)
                self._block(mono_ns[start:stop], old + start, results[start:stop], limits, bool(dirty[start]))
                continue
            for row in range(start, stop):
                self.dirty = int(last_bad[row])
                self._over(self._advance(int(now[row]), old + row + 1), old + row + 1, results[row], new=True)

    def prepared(self, fresh: Float64s | None, out: Float64s) -> list[Prepared]:
        """Return each part, where its results stand in `out` [n], and its quick way for rows in `fresh` [k], if any."""
        row = np.empty(self.columns) if fresh is None else fresh
        return [(part, out[part.results], quick(self, part, row[part.read], out[part.results])) for part in self.parts]

    def next(self, now_ns: int, values: Float64s, clean: bool, out: Float64s, parts: Sequence[Prepared]) -> None:
        """Take one row [k] and put the results into `out` [n]: the same as `push` in fewer steps."""
        count = self.count
        if now_ns < self.now_ns or count == len(self.times) or not (clean or is_tame(values)):
            self.room(1)[:] = values
            self.came(np.array([now_ns], np.int64), out.reshape(1, -1))
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

    def _block(self, mono_ns: Int64s, old: int, results: Float64s, limits: Limits | None, dirty: bool) -> None:
        """Fill in the results [T, n] after each new row; `dirty`: a row of each window is not good, else all are."""
        now = np.maximum(mono_ns, self.now_ns)
        times = self.times[: self.count]
        first: Places = times.searchsorted(now - self.window_ns, "right")
        stop: Places = np.arange(old + 1, old + len(now) + 1)
        some = bool((first < stop).all())  # otherwise there are rows from before the last result's time
        for part in self.parts:
            if some and limits is not None and self._settle(part, limits.part(part.results), first, stop, now, results):
                continue
            rows, found = self.rows[:, part.read], None
            if some and (glide := part.folded(dirty)) is not None:
                found = glide.rows(rows, times, first, stop, now, dirty)
            elif some and part.block is not None and (not dirty or part.by_ends):
                found = part.block(rows, times, first, stop)
                if dirty:
                    part.mend(rows, times, first, stop, found)
            if found is not None:
                results[:, part.results] = found
                continue
            for row, now_ns in enumerate(now.tolist()):
                self.now_ns = now_ns
                self._of(part, int(first[row]), int(stop[row]), results[row, part.results], new=True)
        self.now_ns, self.first, self.due_ns = int(now[-1]), int(first[-1]), LONG_AGO

    def _settle(self, part: Part, limits: Limits, first: Places, stop: Places, now: Int64s, results: Float64s) -> bool:
        """Fill in a part's results [T, n] where few of them may be on either side of their limits; False elsewhere."""
        if part.function not in BETWEEN:
            return False
        window = slice(int(first[0]), int(stop[-1]))
        rows, times = self.rows[window, part.read], self.times[window]
        low, high = BETWEEN[part.function](np.minimum.reduce(rows, axis=0), np.maximum.reduce(rows, axis=0))
        open_ones = limits.open(low, high)
        if len(open_ones) > _FEW * len(low):
            return False
        found = part.of_some(open_ones, rows, times, first - window.start, stop - window.start, now)
        if found is None:
            return False
        if part.glide is not None:
            part.glide.forget()  # it did not see these rows
        results[:, part.results] = low
        results[:, part.results][:, open_ones] = found
        return True

    def _look_for_dirt(self, old: int) -> None:
        bad = np.flatnonzero([not is_tame(row) for row in self.rows[old : self.count]])
        if len(bad):
            self.dirty = old + int(bad[-1])

    def forget_old(self, more: int = 0) -> None:
        """Move the rows that are still inside the window to the front, with room for twice as many, and for `more`."""
        last_ns = int(self.times[self.count - 1]) if self.count else 0
        old = int(self.times[: self.count].searchsorted(last_ns - self.window_ns, "right"))
        kept = self.count - old
        size, times, rows = max(64, 2 * kept + kept // 4, kept + more), self.times, self.rows
        if kept > old or not max(size // 2, kept + more) <= len(times) <= 2 * size:
            times, rows = np.empty(size, np.int64), np.empty((size, rows.shape[1]))
        times[:kept], rows[:kept] = self.times[old : self.count], self.rows[old : self.count]
        self._hold(times, rows)
        self.count = kept
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
        self._hold(times.copy(), rows)
        self.count, self.first, self.dirty, self.due_ns, self.latest_at = len(times), 0, -1, LONG_AGO, None
        self._look_for_dirt(0)
        for glide in self.glides:
            glide.forget()

    def stands(self, now_ns: int) -> bool:
        """Tell whether the last results hold, to the last bit, if no row has come since."""
        return self.latest_at is not None and now_ns < self.due_ns and all(now_ns <= one.end_ns for one in self._sums)

    def pass_time(self, now_ns: int, out: Float64s, parts: Sequence[Prepared]) -> None:
        """Put the results at a time without a row into `out` [n], which stays where they are."""
        if self.latest_at is not None and self.stands(now_ns):
            np.copyto(out, self.results[self.latest_at])
        else:
            self.value(now_ns, out, parts)
            finite(out)

    def value(self, mono_ns: int, out: Float64s, parts: Sequence[Prepared] = ()) -> None:
        """Put the results at a time, or at the last result's if that was later, over all rows, into `out` [n]."""
        self.now_ns, self.latest_at = max(mono_ns, self.now_ns), None
        if self.now_ns >= self.due_ns:
            self._advance(mono_ns, self.count)
        if self.first >= self.count or self.dirty >= self.first:
            self._over(self.first, self.count, out)
            return
        first, stop = self.first, self.count
        for part, results, way in parts or self.prepared(None, out):
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
            self._of(part, first, stop, out[part.results], new)

    def _of(self, part: Part, first: int, stop: int, out: Float64s, new: bool) -> None:
        rows, times = self.rows[:, part.read], self.times
        if first >= stop:
            out.fill(part.empty)
            if part.glide is not None:
                part.glide.forget()
        elif (glide := part.folded(dirty := self.dirty >= first)) is not None:
            out[:] = glide.row(rows, times, first, stop, self.now_ns, new, dirty)
        elif part.by_ends:
            out[:] = part.statistic(rows[first:stop], times[first:stop], True, part.more)
            if dirty:
                part.mend(rows, times, np.array([first]), np.array([stop]), out.reshape(1, -1))
        else:
            out[:] = part.statistic(rows[first:stop], times[first:stop], not dirty, part.more)
