"""Sums, minima and maxima of a sliding window, carried on from row to row.

Time is cut into stretches as long as the window. What a window holds is then of two parts: the rows up to the present
stretch's begin, added up backwards, and those behind it, added up forwards (van Herk, Pattern Recognition Letters 13,
1992; Gil and Werman, IEEE PAMI 15, 1993). Both depend on the rows of the window and the time alone, so the last bit is
the same however the rows came, and after a restart; and a spike is forgotten with its row.
"""

from collections.abc import Callable
from ctypes import addressof
from typing import Final

import numpy as np

from gateway.engine.columns import Bools, Float64s, Int64s, Places
from gateway.engine.kernel import FUNCTIONS, FoldFields, GlideFields, address
from gateway.engine.stretches import stretched

# Of a window: not everything begins anew with one row, nor at the whole ten seconds, at which windows are told.
_OFFSETS: Final = {"std": 5 / 12, "min": 17 / 24, "max": 17 / 24, "range": 17 / 24}
_SEVERAL: Final = 3  # stretches from which on it is quicker to take them side by side
_WIDEST: Final = {"sum": 2, "mean": 2, "std": 3}  # numbers of a column in a fold's row
_WIDE: Final = 100  # columns from which on a loop over rows is quicker than `accumulate`


class Fold(FoldFields):
    """One aggregate of the rows [k, n] of a window in its two parts; `begun`: a row is behind the stretch's begin."""

    def __init__(self, join: np.ufunc) -> None:
        which = FUNCTIONS.index("min" if join is np.minimum else "max" if join is np.maximum else "sum")
        super().__init__(which=which, capacity=-1)
        self.join = join
        self._room: Float64s = np.empty(0)
        self._since: Float64s = np.empty(0)

    @property
    def before(self) -> Float64s:
        """Return the aggregate from each row to the stretch's begin, [b, n]."""
        return self._room[: self.length * self.width].reshape(self.length, self.width)

    @property
    def since(self) -> Float64s:
        """Return the aggregate of the rows behind the stretch's begin, [n]."""
        return self._since[: self.width]

    def make_room(self, rows: int, width: int) -> None:
        """Have room for so many rows, each of so many numbers; keep what there is."""
        if rows * width > self.capacity:
            room, known = np.empty(rows * width), self.before.ravel()
            room[: len(known)] = known
            self._room, self.capacity, self.before_at = room, len(room), address(room)
        if width > len(self._since):
            since, known = np.empty(width), self.since
            since[: len(known)] = known
            self._since, self.since_at = since, address(since)

    def rebuild(self, before: Float64s, since: Float64s) -> None:
        """Begin anew with the rows of both parts."""
        (length, width), self.length = before.shape, 0
        self.make_room(length, width)
        self.length, self.width, self.begun = length, width, len(since) > 0
        _accumulate(self.join, before[::-1], self.before[::-1])
        if self.begun:
            self.since[:] = _accumulate(self.join, since, np.empty(since.shape))[-1]

    def next(self, row: Float64s | None, place: int, out: Float64s) -> None:
        """Take a row of the present stretch, if there is one; put the aggregate from `place` on into `out` [n]."""
        if row is not None:
            self.add(row)
        self.of(place, out)

    def add(self, row: Float64s) -> None:
        """Take a row of the present stretch."""
        if self.begun:
            self.join(self.since, row, out=self.since)
        else:
            self.since[:], self.begun = row, True

    def add_all(self, rows: Float64s) -> Float64s:
        """Take rows [T, n] of the present stretch; return what is behind its begin after each."""
        after = _accumulate(self.join, rows, np.empty(rows.shape), self.since if self.begun else None)
        self.since[:], self.begun = after[-1], True
        return after

    def of(self, first: int, out: Float64s) -> None:
        """Put the aggregate from a row of `before` on into `out` [n]; one of the parts has rows."""
        if first >= len(self.before):
            np.copyto(out, self.since)
        elif self.begun:
            self.join(self.before[first], self.since, out=out)
        else:
            np.copyto(out, self.before[first])

    def of_all(self, first: Places, after: Float64s) -> Float64s:
        """Return the same [T, n] for several first rows, which do not go back, and what was behind the begin then."""
        old = int(first.searchsorted(len(self.before)))
        if old:
            self.join(self.before.take(first[:old], 0), after[:old], out=after[:old])
        return after


def _accumulate(join: np.ufunc, rows: Float64s, after: Float64s, start: Float64s | None = None) -> Float64s:
    """Put the running aggregate of rows in their order into `after` [T, n]; return that."""
    if rows.shape[1] < _WIDE:
        if start is None:
            join.accumulate(rows, axis=0, out=after)
        else:
            after[:] = join.accumulate(np.concatenate((start.reshape(1, -1), rows)), axis=0)[1:]
        return after
    last = start
    for row, out in zip(rows, after, strict=True):
        if last is None:
            np.copyto(out, row)
        else:
            join(last, row, out=out)
        last = out
    return after


class Glide(GlideFields):
    """The result of one bank of count, sum, mean, std, min, max or range, over a window of rows [., n].

    `end_ns` is that of the present stretch; `base` and `edge` are the rows that `before` begins with and ends before;
    `steady`: there is a quick way until the stretch ends, for good rows among good ones. `firm`: of a spread, all
    shifts are readings of the present stretch.

    While a row of the window has a value that is not good, known values are counted along and the others stand as what
    changes nothing. A spread is that of the distances to a reading of the window: without that its digits would cancel.
    """

    def __init__(self, function: str, window_ns: int) -> None:
        super().__init__(firm=True, window_ns=window_ns, offset_ns=int(window_ns * _OFFSETS.get(function, 0.0)))
        self.function = function
        joins: dict[str, tuple[np.ufunc, ...]] = {
            "min": (np.minimum,), "max": (np.maximum,), "range": (np.minimum, np.maximum),
        }  # fmt: skip
        self.folds = [Fold(join) for join in joins.get(function, (np.add,))]
        self.folds_at[:] = [addressof(self.folds[0]), addressof(self.folds[-1])]
        self.shift: Float64s = np.empty(0)  # of a spread, [n]
        self._firm: Bools = np.empty(0, np.bool_)  # whether that is a reading of the present stretch, [n]
        self._result: Callable[[list[Float64s], Float64s | float], Float64s] = _RESULTS[function]

    def forget(self) -> None:
        """Begin anew with the next result."""
        self.end_ns = self.base = self.edge = 0
        self.steady = False

    def moved(self, rows: int) -> None:
        """Know that the window's rows were moved so many to the front."""
        self.base, self.edge = self.base - rows, self.edge - rows

    def make_room(self, rows: int, columns: int) -> None:
        """Have room for so many rows, also if some are not good: then known values are counted along."""
        for fold in self.folds:
            fold.make_room(rows, columns * _WIDEST.get(self.function, 1))
        if self.function == "std" and len(self.shift) != columns:
            self.shift, self._firm = np.empty(columns), np.empty(columns, np.bool_)
            self.shift_at, self.firm_at = address(self.shift), address(self._firm)

    def _rebuild(self, rows: Float64s, times: Int64s, first: int, stop: int, now_ns: int, more: int = 0) -> None:
        begin_ns = (now_ns - 1 - self.offset_ns) // self.window_ns * self.window_ns + self.offset_ns
        self.end_ns = begin_ns + self.window_ns
        self.base, self.edge = first, first + int(times[first:stop].searchsorted(begin_ns, "right"))
        before, since = rows[first : self.edge], rows[self.edge : stop]
        self.make_room(stop - first + more if more else 0, rows.shape[1])
        if self.function == "std":
            self._choose_shift(before, since)
        for place, fold in enumerate(self.folds):
            fold.rebuild(self._prepared(before, place), self._prepared(since, place))
        self.steady = not self.dirty and (self.function != "std" or self.folds[0].begun)

    def _choose_shift(self, before: Float64s, since: Float64s) -> None:
        """Take the first good reading of the present stretch; without one the last before."""
        columns = before.shape[1]
        if not self.dirty:
            self.shift[:], self.firm = since[0] if len(since) else before[-1], True
            return
        self.shift[:], self._firm[:] = 0.0, False
        for part, firm in ((before[::-1], False), (since, True)):
            known = ~np.isnan(part)
            there = known.any(axis=0)
            first = known.argmax(axis=0) if len(part) else np.zeros(columns, np.intp)
            if there.any():
                self.shift[there] = part[first, np.arange(columns)][there]
                self._firm |= there & firm
        self.firm = bool(self._firm.all())

    def _prepared(self, rows: Float64s, place: int) -> Float64s:
        """Return what is folded of rows [T, n]."""
        if self.function in ("min", "max", "range"):
            if not self.dirty:
                return rows
            nothing = np.inf if self.folds[place].join is np.minimum else -np.inf
            return np.where(np.isnan(rows), nothing, rows)
        if self.function == "std":
            rows = rows - self.shift
            if not self.dirty:
                both = np.empty((len(rows), 2 * rows.shape[1]))
                both[:, : rows.shape[1]] = rows
                np.multiply(rows, rows, both[:, rows.shape[1] :])
                return both
        elif not self.dirty:
            return rows
        known = ~np.isnan(rows)
        if self.function == "count":
            return known.astype(np.float64)
        rows = np.where(known, rows, 0.0)
        parts = (rows, rows * rows, known) if self.function == "std" else (rows, known)
        return np.concatenate(parts, axis=1, dtype=np.float64)

    def _shifts(self, rows: Float64s) -> Bools | None:
        """Tell which of several rows bring the first reading of the stretch in a column, None: none."""
        if self.firm:
            return None
        shifts: Bools = np.logical_or.reduce(~self._firm & ~np.isnan(rows), axis=1)
        return shifts

    def _stands(self, dirty: bool, now_ns: int, row: Float64s | None) -> bool:
        """Tell whether the parts hold for this time, and with one more row."""
        if dirty != self.dirty or now_ns > self.end_ns or not self.end_ns:
            return False
        if row is None or self.function != "std":
            return True
        shifts = self._shifts(row.reshape(1, -1))
        return self.folds[0].begun and (shifts is None or not shifts[0])

    def row(
        self, rows: Float64s, times: Int64s, first: int, stop: int, now_ns: int, new: bool, dirty: bool
    ) -> Float64s:
        """Return the result over the rows `first` to `stop`, of which the last may be new."""
        row = rows[stop - 1] if new else None
        if not self._stands(dirty, now_ns, row) or (new and times[stop - 1] <= self.end_ns - self.window_ns):
            self.dirty = dirty
            self._rebuild(rows, times, first, stop, now_ns, (stop - first) // 4 + 4)
        elif row is not None:
            for place, fold in enumerate(self.folds):
                fold.add(self._prepared(row.reshape(1, -1), place)[0])
        found = []
        for fold in self.folds:
            found.append(np.empty(len(fold.since)))
            fold.of(first - self.base, found[-1])
        return self._told(found, float(stop - first))

    def _told(self, found: list[Float64s], count: Float64s | float) -> Float64s:
        """Return the result [..., n] of the folds' aggregates [..., m] and the number of rows."""
        if not self.dirty:
            return self._result(found, count)
        if self.function == "count":
            return found[0]
        if self.function in ("min", "max", "range"):
            result = self._result(found, count)
            return np.where(np.isinf(result), np.nan, result)
        parts = 3 if self.function == "std" else 2
        each = found[0].shape[-1] // parts
        known = found[0][..., -each:]
        return np.where(known > 0.0, self._result([found[0][..., :-each]], known), np.nan)

    def rows(
        self, rows: Float64s, times: Int64s, first: Places, stop: Places, now: Int64s, dirty: bool
    ) -> Float64s | None:
        """Return the results [T, n] after each of several new rows; None where that must go row by row."""
        begins = (now - 1 - self.offset_ns) // self.window_ns * self.window_ns + self.offset_ns
        old, end = int(stop[0]) - 1, len(now)
        if (times[old : int(stop[-1])] <= begins).any():
            return None
        if not dirty and begins[-1] - begins[0] >= _SEVERAL * self.window_ns:
            self.forget()
            self.dirty = False
            joins = [fold.join for fold in self.folds]
            found = stretched(self.function, joins, rows, times, first, stop, self.window_ns, self.offset_ns)
            return self._told(found, (stop - first).reshape(-1, 1).astype(np.float64))
        result = np.empty((end, rows.shape[1]))
        edges = [*(np.flatnonzero(np.diff(begins)) + 1).tolist(), end]
        start = 0
        while start < end:
            head, edge = start, next(one for one in edges if one > start)
            if not self._stands(dirty, int(now[start]), rows[old + start]):
                self.dirty = dirty
                head += 1
                self._rebuild(rows, times, int(first[start]), old + head, int(now[start]))
            if (shifts := self._shifts(rows[old + head : old + edge])) is not None and shifts.any():
                edge = head + int(shifts.argmax())
            self._stretch(rows, first, stop, start, head, edge, result)
            start = edge
        return result

    def _stretch(
        self, rows: Float64s, first: Places, stop: Places, start: int, head: int, end: int, result: Float64s
    ) -> None:
        """Fill in the results from `start` to `end`, all of one stretch; the rows before `head` are folded already."""
        old = int(stop[0]) - 1
        found = []
        for place, fold in enumerate(self.folds):
            after = np.empty((end - start, len(fold.since)))
            after[: head - start] = fold.since
            if head < end:
                after[head - start :] = fold.add_all(self._prepared(rows[old + head : old + end], place))
            found.append(fold.of_all(first[start:end] - self.base, after))
        result[start:end] = self._told(found, (stop[start:end] - first[start:end]).reshape(-1, 1).astype(np.float64))


def _mean(found: list[Float64s], count: Float64s | float) -> Float64s:
    return found[0] / count


def _std(found: list[Float64s], count: Float64s | float) -> Float64s:
    each = found[0].shape[-1] // 2
    sums, squares = found[0][..., :each], found[0][..., each:] * count
    squares -= sums * sums
    np.sqrt(np.maximum(squares, 0.0, out=squares), out=squares)
    squares *= 1.0 / count
    return squares


_RESULTS: dict[str, Callable[[list[Float64s], Float64s | float], Float64s]] = {
    "count": lambda found, count: found[0],
    "sum": lambda found, count: found[0],
    "mean": _mean,
    "std": _std,
    "min": lambda found, count: found[0],
    "max": lambda found, count: found[0],
    "range": lambda found, count: found[1] - found[0],
}
GLIDES: Final = frozenset(_RESULTS)
