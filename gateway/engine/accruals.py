"""What accrues over time: integral, hours, count_since, share. Of a window, since something, or ever.

A value stands from one evaluation until the next: what accrues in between is the value times that time. For a truth
(1 and 0) that is the time in which it was true, to the nanosecond. Unknown values accrue nothing. Time passes by the
tick, each second; when none came for a minute the gateway was off or asleep, and that time accrues nothing either.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from gateway.engine.cell import Cell
from gateway.engine.columns import LONG_AGO, Float64s, Frame, Int8s, Int64s, Operand, before_and_filled, finite
from gateway.engine.panes import Pick

LONGEST_NS: Final = 60_000_000_000  # between two evaluations of a gateway that is awake
COUNTED: Final = "count_since"
_VALUES: Final[dict[str, Callable[[Float64s], Float64s]]] = {
    COUNTED: lambda sums: sums[0],
    "share": lambda sums: 100.0 * sums[0] / np.where(sums[1] > 0.0, sums[1], np.nan),
}


class Stretch(NamedTuple):
    """What accrued in a stretch of evaluations, in [T] steps from the one before to each."""

    began: Int64s  # [T]
    ended: Int64s  # [T]
    rates: Float64s  # [T, 2, n]: of the value and of the time in which it was known, a nanosecond
    steps: Float64s  # [T, 2, n]: all at once at the end of the step


class Accrual:
    """One bank. Its sums are [2, n]: of values times time, and of the time in which they were known, in nanoseconds."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.cells = list(cells)
        self.function = cells[0].bank[0]
        count = len(cells)
        self.now_ns = LONG_AGO  # the last evaluation
        self.last: Float64s = np.full(count, np.nan)  # the value then, NaN unknown
        self.known: Float64s = np.full(count, np.nan)  # the last known value

    def run(self, mono_ns: Int64s, values: Float64s, resets: Int8s | None) -> Float64s:
        """Return the results [n, T] at times [T] of values [n, T]; `resets` [n, T] are truths."""
        times = np.maximum(np.maximum.accumulate(mono_ns), self.now_ns)
        stretch = self._stretch(times, values)
        sums = self._sums(stretch, resets)
        self.now_ns = int(times[-1])
        return self.value(sums.transpose(1, 2, 0))

    def value(self, sums: Float64s) -> Float64s:
        """Return what sums [2, ...] are worth [...]."""
        special = _VALUES.get(self.function)
        if special is not None:
            return special(sums)
        found: Float64s = np.where(sums[1] > 0.0, sums[0], np.nan) / 1e9
        return found

    def _stretch(self, times: Int64s, values: Float64s) -> Stretch:
        began = np.concatenate((times[:1] if self.now_ns == LONG_AGO else [self.now_ns], times[:-1]))
        before = np.concatenate((self.last.reshape(-1, 1), values[:, :-1]), axis=1)
        known_before, filled = before_and_filled(values, self.known)
        self.last, self.known = values[:, -1].copy(), filled[:, -1].copy()
        none = np.zeros((len(times), 2, len(values)))
        if self.function == COUNTED:
            steps = none.copy()
            steps[:, 0] = ((values == 1.0) & (known_before == 0.0)).T
            return Stretch(began, times, none, steps)
        awake = times - began <= LONGEST_NS
        known = ~np.isnan(before) & awake
        rates = np.stack((np.where(known, before, 0.0).T, known.T.astype(np.float64)), axis=1)
        return Stretch(began, times, rates, none)

    def _sums(self, stretch: Stretch, resets: Int8s | None) -> Float64s:
        """Return the sums [T, 2, n] after each step."""
        raise NotImplementedError

    def save(self) -> dict[str, Any]:
        """Return what is kept: numbers of the whole bank, and `columns` whose last axis are the cells."""
        own, columns = self._own()
        return {"now_ns": self.now_ns} | own | {"columns": {"last": self.last, "known": self.known} | columns}

    def restore(self, saved: Mapping[str, Any], pick: Pick, same_boot: bool = True) -> None:
        """Go on from there; of another boot, from what does not hang on its time."""
        self.known = pick("known", (), np.nan)
        if same_boot:
            self.now_ns, self.last = saved["now_ns"], pick("last", (), np.nan)
        self._take_up(saved, pick)

    def _own(self) -> tuple[dict[str, Any], dict[str, Float64s]]:
        raise NotImplementedError

    def _take_up(self, saved: Mapping[str, Any], pick: Pick) -> None:
        raise NotImplementedError


def _amounts(stretch: Stretch) -> Float64s:
    apart = (stretch.ended - stretch.began).astype(np.float64).reshape(-1, 1, 1)
    found: Float64s = stretch.rates * apart + stretch.steps
    return found


def _running(start: Float64s, amounts: Float64s) -> Float64s:
    """Return the sums after each step, one after the other."""
    found: Float64s = np.add.accumulate(np.concatenate((start[None], amounts)), axis=0)
    return found[1:]


class Meter(Accrual):
    """Accruals since something last became true, or ever. They go on over restarts, in another boot too."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        super().__init__(cells)
        self.sums: Float64s = np.zeros((2, len(cells)))
        self.reset_known: Float64s = np.full(len(cells), np.nan)  # whether what sets it to zero was true, last known

    def value(self, sums: Float64s) -> Float64s:
        """Return the sums; a meter that has seen nothing yet stands at zero."""
        stands: Float64s = sums[0] if self.function == COUNTED else sums[0] / 1e9
        return stands

    def set_to_zero(self, cell: Cell) -> None:
        """Begin anew."""
        self.sums[:, self.cells.index(cell)] = 0.0

    def _sums(self, stretch: Stretch, resets: Int8s | None) -> Float64s:
        amounts, first = _amounts(stretch), 0
        sums = np.empty(amounts.shape)
        for at in self._resets(resets):
            sums[first:at] = _running(self.sums, amounts[first:at])
            self.sums = stretch.steps[at].copy()
            sums[at], first = self.sums, at + 1
        sums[first:] = _running(self.sums, amounts[first:])
        self.sums = sums[-1].copy()
        return sums

    def _resets(self, resets: Int8s | None) -> list[int]:
        """Return the steps at whose end the sums begin anew: all cells of a bank have the same reset."""
        if resets is None:
            return []
        truth = np.where(resets == 0, np.nan, resets == 1)
        before, filled = before_and_filled(truth, self.reset_known)
        self.reset_known = filled[:, -1].copy()
        return np.flatnonzero((truth[0] == 1.0) & (before[0] == 0.0)).tolist()

    def _own(self) -> tuple[dict[str, Any], dict[str, Float64s]]:
        return {}, {"sums": self.sums, "reset_known": self.reset_known}

    def _take_up(self, saved: Mapping[str, Any], pick: Pick) -> None:
        self.sums, self.reset_known = pick("sums", (2,), 0.0), pick("reset_known", (), np.nan)


class Lately(Accrual):
    """Accruals within an exact window: each step is kept for as long as some of it is inside."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        super().__init__(cells)
        self.window_ns = int(cells[0].bank[1])
        count = len(cells)
        self.began: Int64s = np.empty(0, np.int64)
        self.ended: Int64s = np.empty(0, np.int64)
        self.rates: Float64s = np.empty((0, 2, count))
        self.amounts: Float64s = np.empty((0, 2, count))

    def _sums(self, stretch: Stretch, resets: Int8s | None) -> Float64s:
        count = len(self.ended)
        self.began = np.concatenate((self.began, stretch.began))
        self.ended = np.concatenate((self.ended, stretch.ended))
        self.rates = np.concatenate((self.rates, stretch.rates))
        self.amounts = np.concatenate((self.amounts, _amounts(stretch)))
        starts = stretch.ended - self.window_ns
        firsts = self.ended.searchsorted(starts, "right")
        sums = np.empty(stretch.rates.shape)
        for row, (start_ns, first) in enumerate(zip(starts.tolist(), firsts.tolist(), strict=True)):
            sums[row] = self._inside(start_ns, first, count + row + 1)
        self._forget(int(firsts[-1]))
        return sums

    def _inside(self, start_ns: int, first: int, stop: int) -> Float64s:
        """Return the sums of what was after `start_ns`; of the first step there perhaps a part."""
        began = int(self.began[first])
        if began >= start_ns:
            whole: Float64s = np.add.reduce(self.amounts[first:stop], axis=0)
            return whole
        part: Float64s = self.amounts[first] - self.rates[first] * float(start_ns - began)
        part += np.add.reduce(self.amounts[first + 1 : stop], axis=0)
        return part

    def _forget(self, old: int) -> None:
        self.began, self.ended = self.began[old:].copy(), self.ended[old:].copy()
        self.rates, self.amounts = self.rates[old:].copy(), self.amounts[old:].copy()

    def _own(self) -> tuple[dict[str, Any], dict[str, Float64s]]:
        times = {"began": self.began.tolist(), "ended": self.ended.tolist()}
        return times, {"rates": self.rates, "amounts": self.amounts}

    def _take_up(self, saved: Mapping[str, Any], pick: Pick) -> None:
        self.began, self.ended = (np.array(saved[name], np.int64) for name in ("began", "ended"))
        shape = (len(self.began), 2)
        self.rates, self.amounts = pick("rates", shape, 0.0), pick("amounts", shape, 0.0)


class Paned(Accrual):
    """Accruals within a window with a hop, or a tumbling one: sums of full panes, and of the present one."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        super().__init__(cells)
        _, window, hop, form, *_ = cells[0].bank
        self.hop_ns, self.most = int(hop), int(window) // int(hop)
        self.whole = form == "every"
        self.pane = LONG_AGO
        self.before: list[int] = []  # the numbers of the full panes
        self.present: Float64s = np.zeros((2, len(cells)))
        self.full: Float64s = np.empty((0, 2, len(cells)))
        self.past: Float64s = self.present

    def _sums(self, stretch: Stretch, resets: Int8s | None) -> Float64s:
        amounts, panes = _amounts(stretch), stretch.ended // self.hop_ns
        sums, first = np.empty(amounts.shape), 0
        while first < len(panes):
            if panes[first] != self.pane:
                amounts[first] = self._cross(stretch, first, int(panes[first]))
            stop = int(panes.searchsorted(panes[first], "right"))
            after = _running(self.present, amounts[first:stop])
            self.present = after[-1].copy()
            sums[first:stop] = self.past if self.whole else self.past + after
            first = stop
        return sums

    def _cross(self, stretch: Stretch, row: int, pane: int) -> Float64s:
        """End the panes that end in this step; return what of it is in the pane in which it ends."""
        began, ended, rates = int(stretch.began[row]), int(stretch.ended[row]), stretch.rates[row]
        begin = max(began, pane * self.hop_ns)  # of the part in the new pane
        if self.pane != LONG_AGO:
            between = range(max(self.pane + 1, pane - self.most), pane) if rates.any() else range(0)
            first = self.present + rates * float((self.pane + 1) * self.hop_ns - began)
            self.before += [self.pane, *between]
            self.full = np.concatenate((self.full, first[None], *[rates[None] * float(self.hop_ns)] * len(between)))
            self.present = np.zeros(self.present.shape)
        self.pane = pane
        old = sum(one < pane - self.most for one in self.before)
        del self.before[:old]
        self._forget(old)
        inside: Float64s = rates * float(ended - begin) + stretch.steps[row]
        return inside

    def _forget(self, old: int) -> None:
        self.full = self.full[old:].copy()
        self.past = np.add.reduce(self.full, axis=0) if len(self.full) else np.zeros(self.present.shape)

    def _own(self) -> tuple[dict[str, Any], dict[str, Float64s]]:
        return {"pane": self.pane, "before": self.before}, {"present": self.present, "full": self.full}

    def _take_up(self, saved: Mapping[str, Any], pick: Pick) -> None:
        self.pane, self.before = saved["pane"], list(saved["before"])
        self.present = pick("present", (2,), 0.0)
        self.full = pick("full", (len(self.before), 2), 0.0)
        self._forget(0)


def accrual_of(cells: Sequence[Cell]) -> Accrual:
    """Return the accruals of a bank within a window."""
    return (Lately if cells[0].bank[2] == "0" else Paned)(cells)


class AccrualStage:
    """A bank of accruals; time alone moves them on, too."""

    def __init__(self, accrual: Accrual, operands: Sequence[Operand], out: slice) -> None:
        self.accrual, self.operands, self.out = accrual, operands, out

    def run(self, frame: Frame) -> None:
        """Evaluate all columns."""
        argument, *resets = self.operands
        truths = resets[0].truths(frame) if resets else None
        out = frame.numbers[self.out]
        out[:] = self.accrual.run(frame.mono_ns, argument.numbers(frame), truths)
        finite(out)
