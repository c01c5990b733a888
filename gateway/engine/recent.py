"""stuck, missing, changed: a few times kept for each point. ewma: one value and its time."""

from collections.abc import Sequence
from itertools import pairwise
from math import expm1

import numpy as np

from gateway.engine.cell import Cell
from gateway.engine.columns import (
    LONG_AGO,
    NEVER,
    Bools,
    Float64s,
    Int8s,
    Int64s,
    before_and_filled,
    is_clean,
    last_where,
)
from gateway.engine.kernel import EwmaFields, RecentFields, address

_UNSEEN = NEVER + 1  # whether all had their last reading at once is to be looked for
_WIDE = 100  # cells from which on a loop over rows is quicker than to look for each one's last change


class Recent(RecentFields):
    """What one bank of these functions knows of its points, one entry a cell. Its arrays stay where they are.

    `begun`: we look for all of them. `whole`: there is a value of all, and `newest_ns` is the last of their times.
    `level`: all were read last at that time, and `_ends` stands for when they changed. From `told_ns` on and before
    `due_ns` time alone changes nothing; that was found at `passed_ns`, for rows of later times.
    """

    def __init__(self, cells: Sequence[Cell]) -> None:
        super().__init__(n=len(cells), newest_ns=LONG_AGO, told_ns=LONG_AGO, due_ns=LONG_AGO, passed_ns=LONG_AGO)
        count = len(cells)
        self.cells = sorted(cells, key=lambda cell: cell.op)
        self.changed, self.missing, self.stuck = _thirds([cell.op for cell in self.cells])
        self._told = np.full((2, count), -1, np.int8)  # when the value has not changed within, and when it has
        self._told[:, self.stuck], self._told[1, self.changed] = [[1], [-1]], 1
        self.within_ns: Int64s = np.array([int(cell.detail[0]) for cell in self.cells], np.int64)
        self.start_ns: Int64s = np.full(count, NEVER, np.int64)  # when we began to look
        self.value: Float64s = np.full(count, np.nan)  # the last good reading
        self.first_ns: Int64s = np.full(count, NEVER, np.int64)  # the first good reading
        self._last_ns: Int64s = np.full(count, LONG_AGO, np.int64)
        self._other_ns: Int64s = np.full(count, LONG_AGO, np.int64)
        self._seen: Float64s = np.full(count, np.nan)
        self._ends: Int64s = np.zeros(count, np.int64)  # when a change will no longer be within
        self._now, self._begin, self._newest = np.array(0), np.empty(count, np.int64), np.array(0)
        self._differs = np.empty(count, np.bool_)
        self.flags: Bools = np.zeros(count, np.bool_)  # which values have changed within, while all are read at once
        self._flagged = b""  # the same
        self.turn = 0  # how often these became others
        self._floor_ns: Int64s = np.full(count, LONG_AGO, np.int64)  # a value has been the same since its first reading
        self.results: dict[int, Int8s] = {}  # where results stand [n], by address; the last ones at `latest_at`
        self.value_at, self.seen_at, self.within_at = address(self.value), address(self._seen), address(self.within_ns)
        self.last_at, self.other_at = address(self._last_ns), address(self._other_ns)
        self.floor_at, self.ends_at, self.told_at = address(self._floor_ns), address(self._ends), address(self._told)
        self.start_at, self.first_at = address(self.start_ns), address(self.first_ns)
        self.first_missing, self.first_stuck = self.missing.start, self.stuck.start

    @property
    def last_ns(self) -> Int64s:
        """Return when the last good reading of each was [n]."""
        if self.level:
            self._last_ns.fill(self.newest_ns)
        return self._last_ns

    @property
    def other_ns(self) -> Int64s:
        """Return when the last reading of another value was, for `stuck` not before the first of all, [n].

        Of `missing` nobody asks: LONG_AGO.
        """
        if self.level:
            np.subtract(self._ends, self.within_ns, self._other_ns)
            self._other_ns[self.missing] = LONG_AGO
        return self._other_ns

    @property
    def seen(self) -> Float64s:
        """Return the last reading of each, good or not, [n]."""
        return self.value if self.level else self._seen

    def stands(self, now_ns: int) -> bool:
        """Tell whether the last results hold, if no row has come since."""
        return self.latest_at is not None and self.told_ns <= now_ns < self.due_ns

    def tell(self, now_ns: int, at: int) -> None:
        """Know where the results of a time stand: they stay there until the next ones."""
        self.latest_at, self.told_ns = at, now_ns
        if now_ns < self.passed_ns:
            self.due_ns = LONG_AGO

    def passed(self, now_ns: int) -> None:
        """Find when time alone may next change something, whatever later rows come until then."""
        self.passed_ns = now_ns
        since = np.stack((self.start_ns, self.first_ns, self.last_ns, self.other_ns))
        due = since + self.within_ns
        self.due_ns = min(int(due.min(initial=NEVER, where=due > now_ns)), now_ns + int(self.within_ns.min()))

    def run(self, mono_ns: Int64s, values: Float64s | None) -> Int8s:
        """Return truths [n, T] at times [T]; `values` [n, T] are new rows, None when only time has passed."""
        self.latest_at = None
        if not self.begun:
            self.start_ns[self.start_ns == NEVER] = mono_ns[0]
            self.begun = True
        if values is None and len(mono_ns) == 1 and self._ready(int(mono_ns[0])):
            told, missing = self.told(self._recently(int(mono_ns[0]), self._differs)), self.missing
            told[missing] = trits(self.last_ns[missing] <= self._begin[missing])
            return told.reshape(-1, 1)
        if values is None:
            now = np.maximum(mono_ns, self.last_ns[:, None])
            return self._truths(now, self.first_ns[:, None], self.last_ns[:, None], self.other_ns[:, None])
        self._seen[:] = values[:, -1]
        if len(values) >= _WIDE and is_clean(values.T) and self._ready(int(mono_ns[0])):
            return self._good(mono_ns, values.T)
        return self._follow(mono_ns, values)

    def _ready(self, now_ns: int) -> bool:
        """Tell whether all had a good reading before, and none later."""
        if not self.whole:
            self.whole, self.newest_ns = is_clean(self.value), int(self._last_ns.max())
            self._floor_ns[self.stuck] = self.first_ns[self.stuck]
        return self.whole and now_ns >= self.newest_ns

    def next(self, now_ns: int, values: Float64s) -> bool:
        """Take a good row [n], which stays as it is until the next; False where that is not possible.

        The same as `run` in fewer steps: `told` of the `flags` are the truths, and as before while `turn` is.
        """
        if not (self.begun and self._ready(now_ns)):
            return False
        ends, before, differs, flags = self._ends, self._begin, self._differs, self.flags
        self._newest[()] = self.newest_ns
        np.add(self.within_ns, self._newest if self.level else self._last_ns, before)
        if not self.level:
            np.add(np.maximum(self._other_ns, self._floor_ns), self.within_ns, ends)
        np.not_equal(values, self.value, differs)
        np.putmask(ends, differs, before)
        np.copyto(self.value, values)
        self._newest[()] = self.newest_ns = now_ns
        self.level = True
        np.greater(ends, self._newest, flags)
        if (flagged := flags.tobytes()) != self._flagged:
            self._flagged, self.turn = flagged, self.turn + 1
        return True

    def _recently(self, now_ns: int, true: Bools) -> Bools:
        """Put into `true` [n] which values have changed within their times, when all were read."""
        self._now[()] = now_ns
        np.subtract(self._now, self.within_ns, self._begin)
        return np.greater(np.maximum(self.other_ns, self._floor_ns), self._begin, true)

    def told(self, recently: Bools) -> Int8s:
        """Return the truths of that, none missing."""
        told: Int8s = np.where(recently, self._told[1], self._told[0])
        return told

    def _good(self, mono_ns: Int64s, rows: Float64s) -> Int8s:
        """Take good rows [T, n] in order, row by row."""
        differs = np.empty(rows.shape, np.bool_)
        np.not_equal(rows[0], self.value, differs[0])
        np.not_equal(rows[1:], rows[:-1], differs[1:])
        true = np.empty(rows.shape, np.bool_)
        since, begin, last = np.maximum(self.other_ns, self._floor_ns), self._begin, self.last_ns
        for differ, row, now in zip(differs, true, mono_ns.reshape(-1, 1), strict=True):
            np.copyto(since, last, where=differ)
            np.subtract(now, self.within_ns, begin)
            np.greater(since, begin, row)
            last = now
        np.add(since, self.within_ns, self._ends)
        self.value[:] = rows[-1]
        self.newest_ns, self.level = int(mono_ns[-1]), True
        return self.told(true).T

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
        other[self.missing] = LONG_AGO
        first = np.minimum.accumulate(np.where(good, mono_ns, NEVER), axis=1)
        first = np.minimum(first, self.first_ns[:, None])
        self.value[:], self.first_ns[:] = filled[:, -1], first[:, -1]
        self.level = self.whole = False
        self._last_ns[:], self._other_ns[:] = last[:, -1], other[:, -1]
        self._ready(LONG_AGO)  # for the kernel, which does not look
        return self._truths(np.maximum(mono_ns, last), first, last, other)

    def _truths(self, now: Int64s, first: Int64s, last: Int64s, other: Int64s) -> Int8s:
        """Return the truths at `now` [n, T]; the others are [n, T], or [n, 1] when no rows came."""
        begin = now - self.within_ns[:, None]  # readings after it are within
        heard = np.where(first == NEVER, self.start_ns[:, None], last)
        true: Bools = np.empty(begin.shape, np.bool_)
        true[self.changed] = (other > begin)[self.changed]
        true[self.missing] = (heard <= begin)[self.missing]
        true[self.stuck] = (np.maximum(first, other) <= begin)[self.stuck]
        told, unknown = trits(true), np.broadcast_to(first == NEVER, true.shape).copy()
        unknown[self.missing] = False
        told[unknown] = 0
        return told


def _thirds(operations: Sequence[str]) -> list[slice]:
    """Return where each of the three functions stands, in the order of their names."""
    stops = [sum(one <= name for one in operations) for name in ("changed_over", "missing_over", "stuck_over")]
    return [slice(start, stop) for start, stop in pairwise((0, *stops))]


def trits(true: Bools) -> Int8s:
    """Return 1 for true and -1 for false."""
    told: Int8s = true.view(np.int8) * np.int8(2)
    told -= 1
    return told


class Ewma(EwmaFields):
    """Exponentially weighted means: `y += (1 - exp(-dt / time constant)) * (x - y)` at each good reading.

    `level_ns` is when all had their last reading; NEVER: not at once. Its arrays stay where they are.
    """

    def __init__(self, cells: Sequence[Cell]) -> None:
        super().__init__(level_ns=_UNSEEN, n=len(cells))
        self.cells = list(cells)
        self.minus_tau_ns: Float64s = np.array([-float(cell.detail[0]) for cell in cells])
        self.value: Float64s = np.full(len(cells), np.nan)
        self._last_ns: Int64s = np.full(len(cells), LONG_AGO, np.int64)
        self.seen: Float64s = np.full(len(cells), np.nan)  # the last reading, good or not
        self._each, self._tau_of = np.unique(self.minus_tau_ns, return_inverse=True)
        self._taus: list[float] = self._each.tolist()
        self._weight = np.zeros(() if len(self._taus) == 1 else len(cells))  # after no time a row weighs nothing
        self._work = np.empty(len(cells))
        self.value_at, self.seen_at, self.weight_at = address(self.value), address(self.seen), address(self._weight)
        self.taus_n, self.taus_at, self.tau_of_at = len(self._taus), address(self._each), address(self._tau_of)
        self.last_at = address(self._last_ns)

    @property
    def last_ns(self) -> Int64s:
        """Return when the last good reading of each was [n]."""
        if self.level_ns < NEVER:
            self._last_ns.fill(self.level_ns)
        return self._last_ns

    def run(self, mono_ns: Int64s, values: Float64s) -> Float64s:
        """Return the means [n, T] after each of the new rows."""
        means, rows = np.empty(values.shape[::-1]), values.T
        if is_clean(rows) and self._level(int(mono_ns[0])):
            self._good(mono_ns, rows, means)
        else:
            for row, mean, now_ns in zip(rows, means, mono_ns.tolist(), strict=True):
                if not is_clean(row) or not self.next(now_ns, row, mean):
                    self._follow(now_ns, row)
                    mean[:] = self.value
        self.seen[:] = rows[-1]
        return means.T

    def _level(self, now_ns: int) -> bool:
        """Tell whether all had their last reading at once, not later than now."""
        if self.level_ns == _UNSEEN:
            level = is_clean(self.value) and self._last_ns.min() == self._last_ns.max()
            self.level_ns = int(self._last_ns[0]) if level else NEVER
        return now_ns >= self.level_ns

    def _good(self, mono_ns: Int64s, rows: Float64s, means: Float64s) -> None:
        value, times = self.value, [self.level_ns, *mono_ns.tolist()]
        weights = np.array([self._weights(now_ns - before).copy() for before, now_ns in pairwise(times)])
        subtract, multiply, add = np.subtract, np.multiply, np.add
        for row, mean, weight in zip(rows, means, weights.reshape(len(rows), -1), strict=True):
            subtract(row, value, mean)
            multiply(mean, weight, mean)
            add(mean, value, mean)
            value = mean
        self.value[:] = value
        self.level_ns = times[-1]

    def next(self, now_ns: int, row: Float64s, mean: Float64s) -> bool:
        """Take a good row [n] and put the means into `mean` [n], in few steps; False where that is not possible."""
        if not self._level(now_ns):
            return False
        work, value = self._work, self.value
        np.subtract(row, value, work)
        np.multiply(work, self._weights(now_ns - self.level_ns), work)
        np.add(work, value, value)
        np.copyto(mean, value)
        self.level_ns = now_ns
        return True

    def _weights(self, passed_ns: int) -> Float64s:
        """Return the weights [n], or of all, of a row after the last, which all had; they stand until the next ones."""
        if passed_ns != self.passed_ns:
            self.passed_ns, passed_ns = passed_ns, max(passed_ns, 0)
            if len(self._taus) == 1:
                self._weight[()] = -expm1(passed_ns / self._taus[0])
            else:
                each = [-expm1(passed_ns / minus_tau_ns) for minus_tau_ns in self._taus]
                np.array(each).take(self._tau_of, None, self._weight, "clip")
        return self._weight

    def _follow(self, now_ns: int, row: Float64s) -> None:
        """Take any row; a point's first good reading is its mean."""
        good, new = ~np.isnan(row), np.isnan(self.value)
        start = np.where(new, row, self.value)
        weight = np.empty(len(row))
        before_ns = self.last_ns
        for last_ns in np.unique(before_ns).tolist():
            np.copyto(weight, self._weights(now_ns - last_ns), where=before_ns == last_ns)
        moved = (row - start) * weight + start
        np.copyto(self.value, moved, where=good)
        self._last_ns[:] = np.where(good, np.maximum(now_ns, before_ns), before_ns)
        self.level_ns = _UNSEEN
