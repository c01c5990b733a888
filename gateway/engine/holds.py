"""`operand for duration`: when each hold began to be true, and the next time at which one ends."""

from collections.abc import Sequence

import numpy as np

from gateway.engine.cell import Cell
from gateway.engine.columns import LONG_AGO, NEVER, Frame, Int64s, Operand, Places, last_where


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
        since = self.since_ns[places]
        waiting = (since != NEVER) & (since != LONG_AGO)
        if not waiting.any():
            return NEVER
        return int((since[waiting] + self.duration_ns[places][waiting]).min())

    def refresh(self) -> None:
        """Find the earliest end anew, after holds were fulfilled or broken."""
        self.earliest_ns = self.next_end_ns(np.arange(len(self.since_ns)))


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
        """Evaluate all columns; `frame.cut` becomes the column before which a hold ended between two rows."""
        truth = self.operand.truths(frame)
        start = self.holds.since_ns[self.places].reshape(-1, 1)
        since = np.where(start == NEVER, frame.mono_ns[:1], start)
        if frame.columns > 1:
            broken = last_where(truth != 1)
            began = frame.mono_ns[np.minimum(broken + 1, frame.columns - 1)]
            since = np.where(broken < 0, since, began)
        over = frame.mono_ns - since >= self.duration_ns
        true = truth == 1
        frame.truths[self.out] = np.where(true, np.where(over, 1, -1), truth)
        self._since = np.where(true, np.where(over, LONG_AGO, since), NEVER)
        if frame.columns > 1:
            self._cut(frame)

    def _cut(self, frame: Frame) -> None:
        waiting = (self._since[:, :-1] != NEVER) & (self._since[:, :-1] != LONG_AGO)
        ended = waiting & (self._since[:, :-1] + self.duration_ns < frame.mono_ns[1:])
        columns = ended.any(axis=0).nonzero()[0]
        if len(columns):
            frame.cut = min(frame.cut, int(columns[0]) + 1)

    def commit(self, frame: Frame, columns: int) -> None:
        """Keep the state after the first `columns` columns."""
        since = self._since[:, columns - 1]
        self.holds.since_ns[self.places] = since
        waiting = (since != NEVER) & (since != LONG_AGO)
        if waiting.any():
            first = int((since[waiting] + self.duration_ns[:, 0][waiting]).min())
            self.holds.earliest_ns = min(self.holds.earliest_ns, first)
