"""Machines: the first state whose expression is true; unknown when an unknown one comes first; else off.

With a dwell that is a candidate only: it is believed once it has been so for long enough, and until then the state
before goes on. Unknown is believed at once.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from gateway.engine.cell import Cell
from gateway.engine.columns import LONG_AGO, NEVER, Float64s, Frame, Int8s, Int64s, Operand, Places, last_where
from gateway.engine.step import Changed, Step, anyhow
from gateway.states import OFF, UNKNOWN

_FEW: Final = 200  # states up to which they are quicker looked at one by one


class Change(NamedTuple):
    """A machine's state became another."""

    mono_ns: int
    machine: int
    before: int
    after: int
    after_ns: int  # how long the state before had lasted


class Machines:
    """The state of all machines: a code (a place in STATES) each, and since when."""

    def __init__(self, count: int) -> None:
        self.code: Int8s = np.zeros(count, np.int8)
        self.since_ns: Int64s = np.full(count, NEVER, np.int64)  # NEVER: nothing was seen yet


class Priorities:
    """States of several machines as a padded matrix of truths, in order of their priority."""

    def __init__(self, cells: Sequence[Cell], operands: Sequence[Operand]) -> None:
        self.operands = operands
        codes = [_padded(cell.detail[1:], len(operands)) for cell in cells]
        self.codes = [np.array([[one[depth]] for one in codes], np.int8) for depth in range(len(operands))]
        self.count = len(cells)

    def first(self, frame: Frame) -> Int8s:
        """Return the first that holds, [n, T]."""
        state: Int8s = np.full((self.count, frame.columns), OFF, np.int8)
        for operand, codes in zip(reversed(self.operands), reversed(self.codes), strict=True):
            truth = operand.truths(frame)
            state = np.where(truth == 1, codes, np.where(truth == 0, np.int8(UNKNOWN), state))
        return state

    def last(self, frame: Frame, before: Int8s) -> Int8s:
        """Return the one that was true last, [n, T], of those that exclude each other; `before` [n] stands before."""
        state: Int8s = np.full((self.count, frame.columns), -1, np.int8)
        for operand, codes in zip(self.operands, self.codes, strict=True):
            state = np.where(operand.truths(frame) == 1, codes, state)
        at = last_where(state >= 0)
        return np.where(at < 0, before.reshape(-1, 1), np.take_along_axis(state, np.maximum(at, 0), axis=1))


class Candidates:
    """States that are not believed yet."""

    pure = True

    def __init__(self, cells: Sequence[Cell], operands: Sequence[Operand], out: slice) -> None:
        self.priorities, self.out = Priorities(cells, operands), out

    def run(self, frame: Frame) -> None:
        """Evaluate all columns."""
        frame.truths[self.out] = self.priorities.first(frame)


class MachineBank:
    """The machines of a program: those whose states are believed at once, or those with a dwell."""

    pure = True

    def __init__(self, machines: Machines, cells: Sequence[Cell], operands: Sequence[Operand], out: slice) -> None:
        self.machines = machines
        self.places: Places = np.array([cell.detail[0] for cell in cells], np.intp)
        self.priorities, self.dwells, self.out = Priorities(cells, operands), cells[0].op == "believed", out
        self.changes: list[Change] = []  # of the last evaluation
        self._since: Int64s = np.empty((0, 0), np.int64)
        self._kept = machines.code.data, machines.since_ns.data  # quicker where they are read one by one

    def run(self, frame: Frame) -> None:
        """Find each column's state and since when it is so."""
        was = self.machines.code[self.places]
        state = self.priorities.last(frame, was) if self.dwells else self.priorities.first(frame)
        frame.truths[self.out] = state
        if frame.columns == 1 and np.array_equal(state[:, 0], was) and int(self.machines.since_ns.max()) != NEVER:
            self._since, self.changes = self.machines.since_ns[self.places].reshape(-1, 1), []
            return
        before = np.concatenate((was.reshape(-1, 1), state[:, :-1]), axis=1)
        start = self.machines.since_ns[self.places].reshape(-1, 1)
        start = np.where(start == NEVER, frame.mono_ns[:1], start)
        changed = state != before
        changed_at = np.where(changed, frame.mono_ns, LONG_AGO)
        self._since = np.maximum(np.maximum.accumulate(changed_at, axis=1), start)
        rows = np.flatnonzero(changed.any(axis=1)).tolist()
        self.changes = [one for row in rows for one in self._tell(row, int(start[row, 0]), state, frame)]
        self.machines.code[self.places] = state[:, -1]
        self.machines.since_ns[self.places] = self._since[:, -1]

    def row(self, frame: Frame) -> Step:
        """Return the same for the only column, of few machines one after the other."""
        operands, machines, (all_codes, since_ns) = self.priorities.operands, self.machines, self._kept
        if len(self.places) * len(operands) > _FEW:
            return anyhow(self, frame, self.out)
        truths, first = frame.truths[:, 0].data, self.out.start
        codes = [one[:, 0].tolist() for one in self.priorities.codes]
        each = [
            (machine, [(one.places.item(row), of[row]) for one, of in zip(operands, codes, strict=True)])
            for row, machine in enumerate(self.places.tolist())
        ]
        find = _last if self.dwells else _first

        def step(now_ns: int) -> Changed:
            self.changes, changed = [], []
            for place, (machine, states) in enumerate(each, first):
                was, start_ns = all_codes[machine], since_ns[machine]
                state, start_ns = find(truths, states, was), now_ns if start_ns == NEVER else start_ns
                since_ns[machine] = start_ns
                if state != was:
                    self.changes.append(Change(now_ns, machine, was, state, max(0, now_ns - start_ns)))
                    all_codes[machine], since_ns[machine] = state, max(now_ns, start_ns)
                if truths[place] != state:
                    truths[place] = state
                    changed.append(place)
            self._since = machines.since_ns[self.places].reshape(-1, 1)
            return changed

        return step

    def _tell(self, row: int, since: int, states: Int8s, frame: Frame) -> list[Change]:
        """Return the changes of one machine; `since` is when its state before began."""
        machine, found = int(self.places[row]), []
        code = int(self.machines.code[machine])
        for after, mono_ns in zip(states[row].tolist(), frame.mono_ns.tolist(), strict=True):
            if after != code:
                found.append(Change(mono_ns, machine, code, after, max(0, mono_ns - since)))
                code, since = after, max(mono_ns, since)
        return found

    def since_ns(self, machine: int) -> Int64s | None:
        """Return since when a machine of this bank is in its state, [T]; None for a machine of another."""
        place = np.flatnonzero(self.places == machine)
        return self._since[place[0]] if len(place) else None


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


def _first(truths: memoryview, states: Sequence[tuple[int, int]], was: int) -> int:
    for place, code in states:
        if truths[place]:
            if truths[place] == 1:
                return code
        else:
            return UNKNOWN
    return OFF


def _last(truths: memoryview, states: Sequence[tuple[int, int]], was: int) -> int:
    for place, code in reversed(states):
        if truths[place] == 1:
            return code
    return was


def _padded(codes: Sequence[float | int | str], length: int) -> list[int]:
    """Return a machine's codes, filled up to the bank's length: what is added is never true."""
    return [int(code) for code in codes] + [OFF] * (length - len(codes))
