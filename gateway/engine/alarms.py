"""Alarms: a latch for each rule. Raised when `when` is true; ended by `until` (without it, when `when` is false)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gateway.config.plant import Rule
from gateway.engine.columns import Frame, Int8s, Operand, Places, last_where
from gateway.engine.graph import RuleCells
from gateway.engine.program import Program
from gateway.engine.roots import RuleRoot
from gateway.event import Body, Event
from gateway.wording import UNIT, VALUE, fill, placeholders, spelt, spelt_with
from sensors.quantities import Unit


class Flip(NamedTuple):
    """A rule's latch became active or not."""

    mono_ns: int
    rule: int
    active: bool
    value: float | None  # in the rule's unit
    shown: tuple[float | None, ...] = ()  # the numbers in its message, in their units


@dataclass(slots=True)
class Alarm:
    """What a screen shows of one rule, active or not."""

    rule: str
    active: bool = False  # the latch
    told: bool = False  # a raise event stands without its clear; false while shelved
    since_mono_ns: int = 0
    value: float | None = None
    message: dict[str, str] | None = None  # as it was raised; None where it holds no values
    acknowledged_by: str | None = None
    acknowledged_mono_ns: int = 0
    shelved_until_ns: int = 0
    stamp_ns: int = 0  # of the last event: events of one rule never go back


class Latches:
    """The rules of one program: which of them flip, for all columns at once.

    `until` wins over `when`, so a rule for which both are true neither starts nor flickers. Unknown changes nothing.
    """

    def __init__(self, active: Int8s, program: Program, rules: Sequence[tuple[int, RuleRoot, RuleCells]]) -> None:
        ordered = sorted(rules, key=lambda one: one[2].until is not None)
        self.active = active  # [all rules], 1 active and -1 not, shared by all programs
        self.rules: Places = np.array([number for number, _, _ in ordered], np.intp)
        self.plain = sum(cells.until is None for _, _, cells in ordered)
        self.when = program.operand([cells.when for _, _, cells in ordered])
        self.until = program.operand([cells.until for _, _, cells in ordered if cells.until is not None])
        self.values = [None if cells.value is None else program.operand([cells.value]) for _, _, cells in ordered]
        self.units = [root.unit for _, root, _ in ordered]
        self.shown = [
            [(program.operand([cell]), one.unit) for cell, one in zip(cells.shown, root.shown, strict=True)]
            for _, root, cells in ordered
        ]

    def flips(self, frame: Frame) -> list[Flip]:
        """Return the flips and keep the state after them."""
        wanted = self._wanted(frame)
        state = self.active[self.rules]
        if frame.columns == 1:
            rows = np.flatnonzero(wanted[:, 0] == -state)
            self.active[self.rules[rows]] = -state[rows]
            return [self._flip_at(row, 0, bool(wanted[row, 0] == 1), frame) for row in rows.tolist()]
        rows = np.flatnonzero((wanted == -state.reshape(-1, 1)).any(axis=1))
        return self._edges(rows, state[rows], wanted[rows], frame) if len(rows) else []

    def _edges(self, rows: Places, state: Int8s, wanted: Int8s, frame: Frame) -> list[Flip]:
        """Return the flips of some rules over all columns."""
        told = last_where(wanted != 0)
        follows = np.where(told < 0, state.reshape(-1, 1), np.take_along_axis(wanted, np.maximum(told, 0), axis=1))
        before = np.concatenate((state.reshape(-1, 1), follows[:, :-1]), axis=1)
        self.active[self.rules[rows]] = follows[:, -1]
        places, columns = (follows != before).nonzero()
        return [
            self._flip_at(int(rows[place]), column, bool(follows[place, column] == 1), frame)
            for place, column in zip(places.tolist(), columns.tolist(), strict=True)
        ]

    def _wanted(self, frame: Frame) -> Int8s:
        """Return 1 where a rule should be active, -1 where not, 0 where it stays as it is."""
        when = self.when.truths(frame)
        if self.plain == len(self.rules):
            return when
        held = np.maximum(when[self.plain :], 0)
        held[self.until.truths(frame) == 1] = -1
        return np.concatenate((when[: self.plain], held))

    def _flip_at(self, row: int, column: int, active: bool, frame: Frame) -> Flip:
        operand = self.values[row]
        value = None if operand is None else _number(operand, self.units[row], column, frame)
        shown = tuple(_number(operand, unit, column, frame) for operand, unit in self.shown[row])
        return Flip(int(frame.mono_ns[column]), int(self.rules[row]), active, value, shown)


def _number(operand: Operand, unit: Unit, column: int, frame: Frame) -> float | None:
    """Return a number of a frame in its unit; None when it is not known."""
    values = operand.numbers(frame)[0]
    value = float(values[column if len(values) > 1 else 0])
    return None if np.isnan(value) else unit.from_base(value)


class Alarms:
    """All rules' alarms, and the events that tell of them."""

    def __init__(self, rules: Sequence[RuleRoot]) -> None:
        self.roots = list(rules)
        self.active: Int8s = np.full(len(rules), -1, np.int8)
        self.all = [Alarm(root.rule.name) for root in rules]
        self._bodies = [_body(root.rule) for root in rules]
        self.number = {root.rule.name: number for number, root in enumerate(rules)}
        self._next_end_ns = 0  # of a shelving

    def flip(self, flip: Flip) -> list[Event]:
        """Take a latch's flip; return its event, none while the rule is shelved."""
        alarm, mono_ns = self.all[flip.rule], flip.mono_ns
        alarm.active = flip.active
        if flip.active:
            alarm.since_mono_ns, alarm.value = mono_ns, flip.value
            alarm.message = _message(self.roots[flip.rule], flip)
            alarm.acknowledged_by, alarm.acknowledged_mono_ns = None, 0
            alarm.told = alarm.shelved_until_ns <= mono_ns
            return [self._event(flip.rule, "raise", mono_ns, flip.value)] if alarm.told else []
        told, alarm.told = alarm.told, False
        return [self._event(flip.rule, "clear", mono_ns, flip.value)] if told else []

    def acknowledge(self, rule: str, by: str, mono_ns: int) -> list[Event]:
        """Note who has seen an active alarm; nothing when it is not active or was acknowledged before. KeyError."""
        number = self.number[rule]
        alarm = self.all[number]
        if not alarm.told or alarm.acknowledged_by is not None:
            return []
        alarm.acknowledged_by, alarm.acknowledged_mono_ns = by, mono_ns
        return [self._event(number, "acknowledge", mono_ns, alarm.value, by=by)]

    def shelve(self, rule: str, by: str, until_mono_ns: int, mono_ns: int) -> list[Event]:
        """Keep a rule silent until a time: it is not raised before then, and then if it is still active. KeyError."""
        number = self.number[rule]
        self.all[number].shelved_until_ns = until_mono_ns
        self._next_end_ns = min(self._next_end_ns or until_mono_ns, until_mono_ns)
        return [self._event(number, "shelve", mono_ns, self.all[number].value, by=by)]

    def unshelve(self, mono_ns: int) -> list[Event]:
        """Raise what became active while it was shelved, when the shelving is over."""
        if not self._next_end_ns or mono_ns < self._next_end_ns:
            return []
        found: list[Event] = []
        for number, alarm in enumerate(self.all):
            if alarm.active and not alarm.told and alarm.shelved_until_ns <= mono_ns:
                alarm.told, alarm.since_mono_ns = True, mono_ns
                found.append(self._event(number, "raise", mono_ns, alarm.value))
        waiting = [alarm.shelved_until_ns for alarm in self.all if alarm.shelved_until_ns > mono_ns]
        self._next_end_ns = min(waiting, default=0)
        return found

    def set_active(self, number: int, active: bool) -> None:
        """Set a latch as it was kept."""
        alarm = self.all[number]
        alarm.active = active
        self.active[number] = 1 if active else -1
        if alarm.shelved_until_ns:
            self._next_end_ns = min(self._next_end_ns or alarm.shelved_until_ns, alarm.shelved_until_ns)

    def kept(self, body: Body, mono_ns: int) -> None:
        """Take an alarm event that the journal has: what it told is not told again."""
        number = self.number.get(body["rule"])
        if number is None:
            return
        alarm, action = self.all[number], body["action"]
        alarm.stamp_ns = max(alarm.stamp_ns, mono_ns)
        if action == "acknowledge":
            alarm.acknowledged_by, alarm.acknowledged_mono_ns = body["by"], mono_ns
        elif action in ("raise", "clear"):
            alarm.told = action == "raise"
            if alarm.told:
                alarm.since_mono_ns, alarm.value = mono_ns, body["value"]
                alarm.message = body["message"] if _has_values(self.roots[number].rule) else None
                alarm.acknowledged_by, alarm.acknowledged_mono_ns = None, 0
            self.set_active(number, alarm.told)

    def gone(self, rule: str, mono_ns: int) -> Event:
        """Return the clear event of a rule that a reload took away."""
        return self._event(self.number[rule], "clear", mono_ns, None, reason="reload")

    def _event(self, number: int, action: str, mono_ns: int, value: float | None, **more: str) -> Event:
        alarm = self.all[number]
        alarm.stamp_ns = max(mono_ns, alarm.stamp_ns)
        body: Body = self._bodies[number] | {"action": action, "value": value, "by": None} | more
        if alarm.message is not None:
            body["message"] = alarm.message
        if value is not None:
            body["unit"] = self.roots[number].unit.symbol
        return Event("alarm", alarm.rule, alarm.stamp_ns, body)


def _message(root: RuleRoot, flip: Flip) -> dict[str, str] | None:
    """Return a rule's message with the values of now, None where it has none."""
    if not _has_values(root.rule):
        return None
    values = {VALUE: spelt(flip.value), UNIT: root.unit.shown}
    values |= {one.text: spelt_with(one.unit, value) for one, value in zip(root.shown, flip.shown, strict=True)}
    return {language: fill(text, values) for language, text in root.rule.message.model_dump().items()}


def _has_values(rule: Rule) -> bool:
    return any(map(placeholders, rule.message.model_dump().values()))


def _body(rule: Rule) -> Body:
    """Return what all events of a rule tell."""
    body: Body = {"rule": rule.name, "severity": rule.severity, "message": rule.message.model_dump()}
    if rule.machine is not None:
        body["machine"] = rule.machine
    if rule.action is not None:
        body["todo"] = rule.action.model_dump()
    return body
