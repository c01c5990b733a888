"""`operand for duration`: when each hold began to be true, and the next time at which one ends."""

from collections.abc import Sequence

import numpy as np

from gateway.engine.cell import Cell
from gateway.engine.columns import LONG_AGO, NEVER, Bools, Frame, Int8s, Int64s, Operand, Places, last_where


class Holds:
    """The state of all holds. `since_ns`: NEVER while not true, LONG_AGO once it was true for long enough."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.keys = [cell.key for cell in cells]
        self.number = {cell.key: number for number, cell in enumerate(cells)}
        self.duration_ns: Int64s = np.array([cell.detail[0] for cell in cells], np.int64)
        self.since_ns: Int64s = np.full(len(cells), NEVER, np.int64)
        self.earliest_ns = NEVER  # no hold ends before

    def next_end_ns(self, places: Places) -> int:
        """Return when the first of these holds ends, NEVER when none is waiting."""
        return _first_end(self.since_ns[places], self.duration_ns[places])

    def refresh(self) -> None:
        """Find the earliest end anew, after holds were fulfilled or broken."""
        self.earliest_ns = _first_end(self.since_ns, self.duration_ns)


def _first_end(since: Int64s, duration_ns: Int64s) -> int:
    waiting = np.flatnonzero((since != NEVER) & (since != LONG_AGO))
    return int((since[waiting] + duration_ns[waiting]).min()) if len(waiting) else NEVER


class HoldBank:
    """Holds whose operands are known at the same point of a program."""

    def __init__(self, holds: Holds, cells: Sequence[Cell], operands: Sequence[Operand], out: slice) -> None:
        self.holds = holds
        self.places: Places = np.array([holds.number[cell.key] for cell in cells], np.intp)
        self.duration_ns = holds.duration_ns[self.places].reshape(-1, 1)
        self.operand = operands[0]
        self.out = out
        self._since: Int64s = np.empty((0, 0), np.int64)

    def run(self, frame: Frame) -> None:
        """Evaluate all columns. Where a hold ends between two of them, a column is put in between for that time."""
        truth = self.operand.truths(frame)
        true = truth == 1
        over = self._follow(frame, true)
        if frame.columns > 1 and self._insert_ends(frame):
            truth = self.operand.truths(frame)
            true = truth == 1
            over = self._follow(frame, true)
        out: Int8s = frame.truths[self.out]
        out[:] = truth
        out[true & ~over] = -1
        since = self._since[:, -1]
        self.holds.since_ns[self.places] = since
        self.holds.earliest_ns = min(self.holds.earliest_ns, _first_end(since, self.duration_ns[:, 0]))

    def _follow(self, frame: Frame, true: Bools) -> Bools:
        """Find since when each operand is true, in every column, and return where that is long enough."""
        start = self.holds.since_ns[self.places].reshape(-1, 1)
        since = np.where(start == NEVER, frame.mono_ns[:1], start)
        if frame.columns > 1:
            broken = last_where(~true)
            since = np.where(broken < 0, since, frame.mono_ns[np.minimum(broken + 1, frame.columns - 1)])
        over: Bools = frame.mono_ns - since >= self.duration_ns
        self._since = np.where(true, np.where(over, LONG_AGO, since), NEVER)
        return over

    def _insert_ends(self, frame: Frame) -> bool:
        before = self._since[:, :-1]
        ends = before + self.duration_ns
        ended = (ends < frame.mono_ns[1:]) & (before != NEVER) & (before != LONG_AGO)
        rows, columns = ended.nonzero()
        if len(rows):
            frame.insert(columns, ends[rows, columns])
        return len(rows) > 0
