"""`operand for duration`: when each hold began to be true, and the next time at which one ends."""

from collections.abc import Sequence

import numpy as np

from gateway.engine import kernel
from gateway.engine.cell import Cell
from gateway.engine.columns import LONG_AGO, NEVER, Bools, Frame, Int64s, Operand, Places, last_where, native_readers
from gateway.engine.step import Changed, Step, watch


class Holds:
    """The state of all holds. `end_ns`: NEVER while not true, LONG_AGO once it was true for long enough."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.keys = [cell.key for cell in cells]
        self.number = {cell.key: number for number, cell in enumerate(cells)}
        self.duration_ns: Int64s = np.array([cell.detail[0] for cell in cells], np.int64)
        self.end_ns: Int64s = np.full(len(cells), NEVER, np.int64)
        self._all: Places = np.arange(len(cells), dtype=np.intp)
        self.earliest: Int64s = np.array([NEVER], np.int64)
        self._earliest = self.earliest.data  # quicker where one number is read

    @property
    def earliest_ns(self) -> int:
        """Return before when no hold ends."""
        earliest_ns: int = self._earliest[0]
        return earliest_ns

    @earliest_ns.setter
    def earliest_ns(self, mono_ns: int) -> None:
        self.earliest[0] = mono_ns

    def next_end_ns(self, places: Places) -> int:
        """Return when the first of these holds ends, NEVER when none is waiting."""
        if kernel.LOADED is None:
            return _first(self.end_ns[places])
        end_ns: int = kernel.LOADED.first_end_of(id(self.end_ns), id(places))
        return end_ns

    def refresh(self) -> None:
        """Find the earliest end anew, after holds were fulfilled or broken."""
        self.earliest_ns = self.next_end_ns(self._all)


def _first(ends: Int64s) -> int:
    waiting = ends[ends != LONG_AGO]
    return int(waiting.min()) if len(waiting) else NEVER


class HoldBank:
    """Holds whose operands are known at the same point of a program."""

    pure = bounds = True

    def __init__(self, holds: Holds, cells: Sequence[Cell], operands: Sequence[Operand], out: slice) -> None:
        self.holds = holds
        self.places: Places = np.array([holds.number[cell.key] for cell in cells], np.intp)
        self.duration_ns = holds.duration_ns[self.places]
        self.operand = operands[0]
        self.out = out

    def run(self, frame: Frame) -> None:
        """Evaluate all columns. Where a hold ends between two of them, a column is put in between for that time."""
        low, high = self.operand.bounds(frame)
        start = self.holds.end_ns.take(self.places)
        held = (low == 1) & (start == LONG_AGO)
        frame.settle(self.out, low, high)
        chosen = ((low != high) | ((high == 1) & ~held)).nonzero()[0]
        ends = np.where(held, LONG_AGO, NEVER)
        if len(chosen):
            ends[chosen] = self._run(frame, chosen, start[chosen])
        if not np.array_equal(ends, start):
            self._keep(ends)

    def _run(self, frame: Frame, chosen: Places, start: Int64s) -> Int64s:
        """Evaluate some of the holds; return when they end, after the last column."""
        truth, duration_ns = self.operand.some(frame.truths, chosen), self.duration_ns[chosen]
        ends = _ends(frame, truth == 1, start, duration_ns)
        if _insert_ends(frame, ends):
            truth = self.operand.some(frame.truths, chosen)
            ends = _ends(frame, truth == 1, start, duration_ns)
        frame.truths[self.out].T[:, chosen] = np.where((truth == 1) & (ends != LONG_AGO), np.int8(-1), truth).T
        part = np.arange(self.out.start, self.out.stop)[chosen]
        frame.low[part] = -1
        return ends[:, -1]

    def native(self, frame: Frame) -> kernel.Fields:
        """Return the same for the kernel."""
        return kernel.Hold(
            n=len(self.places),
            out=self.out.start,
            truths=self.operand.places,
            places=self.places,
            duration_ns=self.duration_ns,
            end_ns=self.holds.end_ns,
            earliest_ns=self.holds.earliest,
            readers=native_readers(self.operand.places, len(frame.truths)),
        )

    def row(self, frame: Frame) -> Step:
        """Return the same for the only column, prepared."""
        truths, out, durations = self.operand.truth_row(frame), frame.truths[self.out, 0], self.duration_ns
        changed = watch(frame, self.out)

        def step(now_ns: int) -> Changed | None:
            truth = truths()
            true = truth == 1
            before = self.holds.end_ns.take(self.places)
            ends = np.where(true, np.where(before == NEVER, now_ns + durations, before), NEVER)
            over = ends <= now_ns
            out[:] = truth
            out[true > over] = -1
            ends[over] = LONG_AGO
            if not np.array_equal(ends, before):
                self._keep(ends)
            return changed()

        return step

    def _keep(self, ends: Int64s) -> None:
        self.holds.end_ns[self.places] = ends
        self.holds.earliest_ns = min(self.holds.earliest_ns, _first(ends))


def _ends(frame: Frame, true: Bools, start: Int64s, duration_ns: Int64s) -> Int64s:
    """Return when each hold ends, in every column: NEVER while it is not true, LONG_AGO once it is fulfilled."""
    start, duration_ns = start.reshape(-1, 1), duration_ns.reshape(-1, 1)
    first = np.where(start == NEVER, frame.mono_ns[:1] + duration_ns, start)
    broken = last_where(~true)
    since = frame.mono_ns[np.minimum(broken + 1, frame.columns - 1)]
    ends = np.where(broken < 0, first, since + duration_ns)
    ends[ends <= frame.mono_ns] = LONG_AGO
    return np.where(true, ends, NEVER)


def _insert_ends(frame: Frame, ends: Int64s) -> bool:
    before = ends[:, :-1]
    rows, columns = ((before < frame.mono_ns[1:]) & (before != LONG_AGO)).nonzero()
    if len(rows):
        frame.insert(columns, before[rows, columns])
    return len(rows) > 0
