"""Machines: the first state whose expression is true; unknown when an unknown one comes first; else off."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gateway.engine.cell import Cell
from gateway.engine.columns import LONG_AGO, NEVER, Float64s, Frame, Int8s, Int64s, Operand, Places
from gateway.engine.table import STATES

UNKNOWN, OFF = STATES.index("unknown"), STATES.index("off")


class Change(NamedTuple):
    """A machine's state became another at a column of the frame."""

    column: int
    machine: int
    before: int
    after: int
    after_ns: int  # how long the state before had lasted


class Machines:
    """The state of all machines: a code (a place in STATES) each, and since when."""

    def __init__(self, count: int) -> None:
        self.code: Int8s = np.zeros(count, np.int8)
        self.since_ns: Int64s = np.full(count, NEVER, np.int64)  # NEVER: nothing was seen yet


class MachineBank:
    """The machines of a program, as a padded matrix of truths in order of their priority."""

    def __init__(self, machines: Machines, cells: Sequence[Cell], operands: Sequence[Operand], out: slice) -> None:
        self.machines = machines
        self.places: Places = np.array([cell.detail[0] for cell in cells], np.intp)
        self.operands, self.out = operands, out
        codes = [_padded(cell.detail[1:], len(operands)) for cell in cells]
        self.codes = [np.array([[one[depth]] for one in codes], np.int8) for depth in range(len(operands))]
        self._since: Int64s = np.empty((0, 0), np.int64)
        self._changed: Places = np.empty(0, np.intp)

    def run(self, frame: Frame) -> None:
        """Find each column's state and since when it is so."""
        state: Int8s = np.full((len(self.places), frame.columns), OFF, np.int8)
        for operand, codes in zip(reversed(self.operands), reversed(self.codes), strict=True):
            truth = operand.truths(frame)
            state = np.where(truth == 1, codes, np.where(truth == 0, np.int8(UNKNOWN), state))
        frame.truths[self.out] = state
        before = np.concatenate((self.machines.code[self.places].reshape(-1, 1), state[:, :-1]), axis=1)
        start = self.machines.since_ns[self.places].reshape(-1, 1)
        changed = state != before
        changed_at = np.where(changed, frame.mono_ns, LONG_AGO)
        changed_at[:, :1] = np.where(start == NEVER, frame.mono_ns[:1], changed_at[:, :1])
        base = np.where(start == NEVER, LONG_AGO, start)
        self._since = np.maximum(np.maximum.accumulate(changed_at, axis=1), base)
        self._changed = changed.any(axis=1).nonzero()[0]

    def since_ns(self, machine: int) -> Int64s | None:
        """Return since when a machine of this bank is in its state, [T]; None for a machine of another."""
        place = (self.places == machine).nonzero()[0]
        return self._since[place[0]] if len(place) else None

    def changes(self, frame: Frame, columns: int) -> list[Change]:
        """Return what changed in the first `columns` columns; called before `commit`."""
        found: list[Change] = []
        for row in self._changed:
            machine = int(self.places[row])
            code, since = int(self.machines.code[machine]), int(self.machines.since_ns[machine])
            states = frame.truths[self.out][row, :columns].tolist()
            since = int(frame.mono_ns[0]) if since == NEVER else since
            for column, (after, mono_ns) in enumerate(zip(states, frame.mono_ns.tolist(), strict=False)):
                if after != code:
                    found.append(Change(column, machine, code, after, max(0, mono_ns - since)))
                    code, since = after, max(mono_ns, since)
        return found

    def commit(self, frame: Frame, columns: int) -> None:
        """Keep the state after the first `columns` columns."""
        self.machines.code[self.places] = frame.truths[self.out][:, columns - 1]
        self.machines.since_ns[self.places] = self._since[:, columns - 1]


class StateSeconds:
    """How long machines are in their present state, in seconds."""

    def __init__(self, machines: Machines, cells: Sequence[Cell], banks: Sequence[MachineBank], out: slice) -> None:
        self.machines, self.banks, self.out = machines, banks, out
        # a machine reading its own time sees the state that it had before
        self.numbers = [(int(cell.detail[0]), cell.inputs[0].op == "before") for cell in cells]

    def run(self, frame: Frame) -> None:
        """Evaluate all columns."""
        rows: Float64s = frame.numbers[self.out]
        for row, (machine, before) in zip(rows, self.numbers, strict=True):
            known = () if before else (bank.since_ns(machine) for bank in self.banks)
            since = next((one for one in known if one is not None), self.machines.since_ns[machine])
            row[:] = np.where(since == NEVER, np.nan, np.maximum(frame.mono_ns - since, 0) / 1e9)

    def commit(self, frame: Frame, columns: int) -> None:
        """Nothing to keep."""


def _padded(codes: Sequence[float | int | str], length: int) -> list[int]:
    """Return a machine's codes, filled up to the bank's length: what is added is never true."""
    return [int(code) for code in codes] + [OFF] * (length - len(codes))
