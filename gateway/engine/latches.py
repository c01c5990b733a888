"""Latches: which rules become active or not, and when. Raised when `when` is true; ended by `until`, or by its end."""

from array import array
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from gateway.engine import kernel
from gateway.engine.columns import Frame, Int8s, Int64s, Operand, Places, readers_of
from gateway.engine.graph import RuleCells
from gateway.engine.program import Program
from gateway.engine.roots import NUMBER, RuleRoot
from gateway.engine.step import Changed
from gateway.engine.turned import Flip, Room, place_of, turned
from sensors.quantities import Unit

_FEW: Final = 32  # changed truths up to which their rules are looked at one by one
_SHARE: Final = 4  # with a change for so many rules all are looked at
_WANTED: Final = {True: b"\x01", False: b"\xff"}  # as int8: 1 and -1


class Said(NamedTuple):
    """The numbers that are told of a rule: its value in its unit, and those in its message in theirs."""

    unit: Unit
    value: Operand | None = None
    shown: tuple[tuple[Operand, Unit], ...] = ()


_NOTHING: Final = Said(NUMBER)


class Latches:
    """The rules of one program: which of them flip, for all columns at once.

    `until` wins over `when`, so a rule for which both are true neither starts nor flickers. Unknown changes nothing.
    """

    def __init__(
        self, active: Int8s, room: Room, program: Program, rules: Sequence[tuple[int, RuleRoot, RuleCells]]
    ) -> None:
        ordered = sorted(rules, key=lambda one: one[2].until is not None)
        self.active = active  # [all rules], 1 active and -1 not, shared by all programs
        self.rules: Places = np.array([number for number, _, _ in ordered], np.intp)
        self.plain = sum(cells.until is None for _, _, cells in ordered)
        self.when = program.operand([cells.when for _, _, cells in ordered])
        self.until = program.operand([cells.until for _, _, cells in ordered if cells.until is not None])
        read = np.concatenate((self.when.places, self.until.places))
        readers = np.concatenate((np.arange(len(ordered)), np.arange(self.plain, len(ordered))))
        self._first, self._readers = readers_of(read, readers, program.truths)  # rules, by the truths that they read
        self._one_by_one = tuple(
            one.data  # quicker where numbers are read one by one
            for one in (self._first, self._readers, self.when.places, self.until.places, self.rules, active)
        )
        self._said = {
            place: _said(program, root, cells)
            for place, (_, root, cells) in enumerate(ordered)
            if cells.value is not None or cells.shown
        }
        self._places = array("i", [place_of(*self._said.get(place, _NOTHING)[1:]) for place in range(len(ordered))])
        until = np.full(len(ordered), -1)
        until[self.plain :] = self.until.places
        each = np.stack((np.arange(len(ordered)), self.when.places, until, self.rules, self._places), axis=1)
        self._native = turned(room, first=self._first, readers=each[self._readers].astype(np.int32), active=active)
        program.latches_at = None if self._native is None else self._native.at

    def flips(self, frame: Frame, changed: Changed | None) -> list[Flip]:
        """Return the flips and keep the state after them. `changed`: truths of a single column that may make some."""
        if changed is not None and len(changed) <= _FEW:
            return self._flips_of_few(changed, frame)
        if changed is not None and len(changed) <= len(self.rules) // _SHARE:
            return self._flips_of(changed, frame)
        state = self.active[self.rules]
        if frame.columns == 1:
            wanted = self._wanted(frame)
            rows = np.flatnonzero(wanted == -state)
            self.active[self.rules[rows]] = -state[rows]
            return [self._flip_at(row, 0, bool(wanted[row] == 1), frame) for row in rows.tolist()]
        rows = self._may_flip(frame, state)
        return self._edges(rows, state[rows], self._wanted_of(rows, frame), frame) if len(rows) else []

    def turned(self, count: int, mono_ns: Int64s, frame: Frame) -> list[Flip]:
        """Return the flips of so many that the kernel turned in rows at these times [T]; the frame has the last."""
        found: list[Flip] = []
        rules, said = self._one_by_one[4], self._said
        for one, row, value in self._native.told(count) if self._native else ():
            place = one if one >= 0 else ~one
            if (numbers := said.get(place)) is None:
                found.append((mono_ns.item(row), rules[place], one >= 0, None, ()))
            elif self._places[place] == kernel.MORE_VALUES:
                found.append(self._flip_at(place, 0, one >= 0, frame))
            else:
                told = None if value != value else numbers.unit.from_base(value)  # NaN alone is not itself
                found.append((mono_ns.item(row), rules[place], one >= 0, told, ()))
        return found

    def _may_flip(self, frame: Frame, state: Int8s) -> Places:
        """Return the rules that the bounds of their truths do not keep as they are."""
        low, high = self.when.bounds(frame)
        ends = low == -1
        if self.plain < len(state):
            ends[self.plain :] = self.until.bounds(frame)[1] == 1
        rows: Places = np.where(state == 1, ends, high == 1).nonzero()[0]
        return rows

    def _flips_of_few(self, changed: Changed, frame: Frame) -> list[Flip]:
        """Return the flips of those rules that read what has changed, looked at one by one."""
        first, readers, when, until, rules, active = self._one_by_one
        truths, found = frame.truths[:, 0].data, []
        rows = set()
        for place in changed:
            start, stop = first[place], first[place + 1]
            if stop - start == 1:
                rows.add(readers[start])
            else:
                rows.update(readers[start:stop])
        for row in sorted(rows) if len(rows) > 1 else rows:
            wanted = truths[when[row]]
            if row >= self.plain:
                wanted = -1 if truths[until[row - self.plain]] == 1 else max(wanted, 0)
            if wanted == -active[rules[row]]:
                active[rules[row]] = wanted
                found.append(self._flip_at(row, 0, wanted == 1, frame))
        return found

    def _flips_of(self, changed: Changed, frame: Frame) -> list[Flip]:
        """Return the same, looked at together."""
        places = np.array(changed)
        first, stop = self._first.take(places), self._first.take(places + 1)
        each = stop - first
        rows = self._readers[np.repeat(stop - each.cumsum(), each) + np.arange(int(each.sum()))]
        truths = frame.truths[:, 0]
        wanted = truths.take(self.when.places.take(rows))
        ended = (rows >= self.plain).nonzero()[0]
        if len(ended):
            until = truths.take(self.until.places.take(rows[ended] - self.plain))
            wanted[ended] = np.where(until == 1, np.int8(-1), np.maximum(wanted[ended], 0))
        flipped = (wanted == -self.active.take(self.rules.take(rows))).nonzero()[0]
        active = dict(zip(rows[flipped].tolist(), (wanted[flipped] == 1).tolist(), strict=True))
        for row, now in active.items():
            self.active[self.rules[row]] = 1 if now else -1
        return [self._flip_at(row, 0, active[row], frame) for row in sorted(active)]

    def _edges(self, rows: Places, state: Int8s, wanted: Int8s, frame: Frame) -> list[Flip]:
        """Return the flips of some rules: of each, again and again the next column that wants the other state."""
        columns, found = wanted.shape[1], []
        data = np.ascontiguousarray(wanted).tobytes()
        for place, (row, active) in enumerate(zip(rows.tolist(), (state == 1).tolist(), strict=True)):
            first, stop, now = place * columns, (place + 1) * columns, active
            at = data.find(_WANTED[not now], first, stop)
            while at >= 0:
                now = not now
                found.append(self._flip_at(row, at - first, now, frame))
                at = data.find(_WANTED[not now], at + 1, stop)
            if now != active:
                self.active[self.rules[row]] = 1 if now else -1
        return found

    def _wanted(self, frame: Frame) -> Int8s:
        """Return, for the only column, 1 where a rule should be active, -1 where not, 0 where it stays as it is."""
        when = self.when.truths(frame)[:, 0]
        if self.plain == len(self.rules):
            return when
        held = np.maximum(when[self.plain :], 0)
        held[self.until.truths(frame)[:, 0] == 1] = -1
        return np.concatenate((when[: self.plain], held))

    def _wanted_of(self, rows: Places, frame: Frame) -> Int8s:
        """Return the same of some rules, for all columns."""
        wanted: Int8s = self.when.some(frame.truths, rows)
        plain = int(rows.searchsorted(self.plain))
        if plain < len(rows):
            held = np.maximum(wanted[plain:], 0)
            held[self.until.some(frame.truths, rows[plain:] - self.plain) == 1] = -1
            wanted[plain:] = held
        return wanted

    def _flip_at(self, row: int, column: int, active: bool, frame: Frame) -> Flip:
        said = self._said.get(row, _NOTHING)
        value = None if said.value is None else _number(said.value, said.unit, column, frame)
        numbers = tuple(_number(operand, unit, column, frame) for operand, unit in said.shown)
        return frame.mono_ns.item(column), self.rules.item(row), active, value, numbers


def _said(program: Program, root: RuleRoot, cells: RuleCells) -> Said:
    value = None if cells.value is None else program.operand([cells.value])
    shown = zip(cells.shown, root.shown, strict=True)
    return Said(root.unit, value, tuple((program.operand([cell]), one.unit) for cell, one in shown))


def _number(operand: Operand, unit: Unit, column: int, frame: Frame) -> float | None:
    """Return a number of a frame in its unit; None when it is not known."""
    if frame.columns == 1 and operand.column is None:
        value: float = frame.numbers.item(operand.first)
    else:
        values = operand.numbers(frame)[0]
        value = float(values[column if len(values) > 1 else 0])
    return None if np.isnan(value) else unit.from_base(value)
