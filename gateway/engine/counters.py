"""Counters: what was added since the last good reading, exact over a register that ran over.

A decrease that modulo 2^16 or 2^32 would be more than half of the range is taken for a reset: the machine began again
at zero, and the new reading is what it counted since. u64 and f64 never run over: each decrease is a reset. A register
that is read as signed runs over in its middle, and counts on from below zero.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gateway.engine.cell import Cell
from gateway.engine.columns import (
    LONG_AGO,
    Bools,
    Float64s,
    Frame,
    Int64s,
    Operand,
    Places,
    before_and_filled,
    last_where,
)


class Counted(NamedTuple):
    """Pieces that a machine's counter counted."""

    mono_ns: int
    machine: int
    delta: float
    total: float
    reset: bool
    raw: float
    bounced: float = 0.0  # counts that came sooner than pieces can, and are none


class Counters:
    """The state of the counters of one bank: the last good raw value (NaN: none yet) and all that was added."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.cells = list(cells)
        self.last: Float64s = np.full(len(cells), np.nan)
        self.total: Float64s = np.zeros(len(cells))
        self.read_ns: Int64s = np.full(len(cells), LONG_AGO, np.int64)  # the last good reading
        self.free_ns: Int64s = np.full(len(cells), LONG_AGO, np.int64)  # before it no further piece can have come
        bits = np.array([[int(cell.detail[0])] for cell in cells])
        self.range: Float64s = np.where(bits > 0, 2.0**bits, 0.0)


class CounterBank:
    """All counters of one device that are summed up; good columns are the running total, bad ones NaN."""

    def __init__(self, counters: Counters, cells: Sequence[Cell], operands: Sequence[Operand], out: slice) -> None:
        order = [counters.cells.index(cell) for cell in cells]
        self.counters, self.places = counters, np.array(order, np.intp)
        self.range = counters.range[self.places]
        self.machines = [int(cell.detail[1]) for cell in cells]
        self.debounce_ns = [int(cell.detail[2]) for cell in cells]
        self._debounces = any(self.debounce_ns)
        self.operand, self.out = operands[0], out
        self.keeps = cells[0].op == "total"  # a total stays known while the counter cannot be read
        self._times: Int64s = np.empty(0, np.int64)
        self._filled: Float64s = np.empty((0, 0))
        self._totals: Float64s = np.empty((0, 0))
        self._deltas: Float64s = np.empty((0, 0))
        self._bounced: Float64s = np.empty((0, 0))
        self._resets: Bools = np.empty((0, 0), np.bool_)
        self._told: Bools = np.empty((0, 0), np.bool_)
        self._counted: Places = np.empty(0, np.intp)

    def run(self, frame: Frame) -> None:
        """Evaluate all columns."""
        raw = self.operand.numbers(frame)
        self._times = frame.mono_ns
        before, self._filled = before_and_filled(raw, self.counters.last[self.places])
        change = raw - before
        wrapped = change + self.range
        falls = change < 0.0
        self._resets = falls & ((self.range == 0.0) | (wrapped > self.range / 2.0) | (wrapped < 0.0))
        deltas = np.where(self._resets, np.maximum(raw, 0.0), np.where(falls, wrapped, change))
        self._deltas = np.where(np.isnan(deltas), 0.0, deltas)
        if self._debounces:
            self._debounce(~np.isnan(raw))
        self._totals = self.counters.total[self.places].reshape(-1, 1) + np.cumsum(self._deltas, axis=1)
        frame.numbers[self.out] = self._totals if self.keeps else np.where(np.isnan(raw), np.nan, self._totals)
        self._told = (self._deltas != 0.0) | self._resets
        if self._debounces:
            self._told |= self._bounced != 0.0
        self._counted = np.flatnonzero(self._told.any(axis=1))
        self.counters.last[self.places] = self._filled[:, -1]
        self.counters.total[self.places] = self._totals[:, -1]

    def _debounce(self, good: Bools) -> None:
        """Take away the counts that came sooner than pieces can.

        A piece came between the reading that shows it and the one before, and no sooner than `debounce_ns` after the
        last: from the earliest such time on there was room for so many. So no piece that keeps the distance is lost.
        """
        self._bounced = np.zeros_like(self._deltas)
        at = last_where(good)
        known = self.counters.read_ns[self.places].reshape(-1, 1)
        read = np.concatenate((known, np.where(at < 0, known, self._times[at])), axis=1)
        for row, least_ns in enumerate(self.debounce_ns):
            for column in self._deltas[row].nonzero()[0] if least_ns else ():
                counted, now_ns = float(self._deltas[row, column]), int(self._times[column])
                earliest_ns = max(int(self.counters.free_ns[self.places[row]]), int(read[row, column]))
                room = max(0, (now_ns - earliest_ns) // least_ns + 1)
                taken = min(counted, float(room))
                self._deltas[row, column], self._bounced[row, column] = taken, counted - taken
                self.counters.free_ns[self.places[row]] = earliest_ns + int(taken) * least_ns
        self.counters.read_ns[self.places] = read[:, -1]

    def counted(self) -> list[Counted]:
        """Return what machines counted in the last evaluation."""
        found: list[Counted] = []
        for row in self._counted:
            for column in self._told[row].nonzero()[0]:
                at = row, column
                delta, total, raw = float(self._deltas[at]), float(self._totals[at]), float(self._filled[at])
                mono_ns, is_reset, bounced = int(self._times[column]), bool(self._resets[at]), 0.0
                if self._debounces:
                    bounced = float(self._bounced[at])
                found.append(Counted(mono_ns, self.machines[row], delta, total, is_reset, raw, bounced))
        return found
