"""Alarms: a latch for each rule. Raised when `when` is true; ended by `until` (without it, when `when` is false)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from gateway.config.parts import Text
from gateway.config.plant import Rule, Severity
from gateway.engine.causes import SETTLE_NS, Causes
from gateway.engine.columns import LONG_AGO, Int8s
from gateway.engine.roots import RuleRoot
from gateway.engine.turned import Flip, Room
from gateway.event import Body, Event
from gateway.wording import UNIT, VALUE, fill, placeholders, spelt, spelt_with

RAISES_KEPT: Final = 10  # times of an alarm


@dataclass(slots=True)
class Alarm:
    """What a screen shows of one rule, active or not."""

    rule: str
    active: bool = False  # the latch
    told: bool = False  # a raise event stands without its clear
    since_mono_ns: int = 0
    value: float | None = None
    message: dict[str, str] | None = None  # as it was raised; None where it holds no values
    acknowledged_by: str | None = None
    acknowledged_mono_ns: int = 0
    shelved_until_ns: int = 0
    level: int = 0  # how many steps it has escalated
    because_of: str | None = None  # the rule that keeps it quiet
    suppresses: int = 0  # how many alarms this one has kept quiet
    ended_ns: int = LONG_AGO  # when it was active last
    raises: list[int] | None = None  # when it was raised, the last ones
    stamp_ns: int = 0  # of the last event: events of one rule never go back

    def raised_since(self, mono_ns: int) -> int:
        """Return how often it was raised since then, RAISES_KEPT at the most: one that chatters is raised often."""
        return sum(at > mono_ns for at in self.raises or ())


class Alarms:
    """All rules' alarms, and the events that tell of them.

    An active alarm is told, or kept quiet: while its rule is shelved, or while an alarm that it follows from is on.
    """

    def __init__(self, rules: Sequence[RuleRoot]) -> None:
        self.roots = list(rules)
        self.active: Int8s = np.full(len(rules), -1, np.int8)
        self.room = Room(len(rules))
        self.all = [Alarm(root.rule.name) for root in rules]
        self._bodies: list[Body | None] = [None] * len(rules)  # of those that have told something
        self._valued = [_has_values(root.rule) for root in rules]  # whether their messages hold values
        self.number = {root.rule.name: number for number, root in enumerate(rules)}
        self.events = 0  # made: where it stands still, no alarm has changed
        self._causes = Causes([root.rule for root in rules])
        self._quiet: set[int] = set()  # active, not told
        self._shelved: set[int] = set()
        self._rising = {number for number, root in enumerate(rules) if root.rule.escalate}
        self._told: set[int] = set()  # of those that escalate

    def in_turn(self, flips: list[Flip]) -> list[Flip]:
        """Return latches' flips in the order of time, and causes before what follows from them."""
        if len(flips) > 1:
            rank = self._causes.rank
            flips.sort(key=(lambda flip: (flip[0], rank[flip[1]])) if self._causes.some else None)
        return flips

    def flip(self, flips: Sequence[Flip]) -> list[Event]:
        """Take latches' flips, which are in turn; return their events."""
        return [event for flip in flips if (event := self._flip(flip)) is not None]

    def _flip(self, flip: Flip) -> Event | None:
        mono_ns, number, active, value, shown = flip
        alarm = self.all[number]
        alarm.active = active
        if active:
            alarm.message = _message(self.roots[number], value, shown) if self._valued[number] else None
            alarm.value, alarm.suppresses = value, 0
            return self._speak(number, alarm, mono_ns)
        told, alarm.told = alarm.told, False
        alarm.ended_ns, alarm.because_of = mono_ns, None
        if self._quiet or self._shelved or self._told:
            self._note(number, alarm)
        return self._event(number, "clear", mono_ns, value) if told else None

    def _speak(self, number: int, alarm: Alarm, mono_ns: int) -> Event | None:
        """Tell of an active alarm, unless it has to be quiet."""
        event, cause = None, self._cause(number, mono_ns) if self._causes.of[number] else None
        if alarm.shelved_until_ns > mono_ns:
            alarm.because_of = None
        elif cause is None:
            self._raised(alarm, mono_ns)
            event = self._event(number, "raise", mono_ns, alarm.value)
        elif alarm.because_of is None:
            alarm.because_of, alarm.since_mono_ns = cause.rule, mono_ns
            cause.suppresses += 1
            event = self._event(number, "suppress", mono_ns, alarm.value, because_of=cause.rule)
        if not alarm.told or self._quiet or self._shelved or self._rising:
            self._note(number, alarm)
        return event

    def _raised(self, alarm: Alarm, mono_ns: int) -> None:
        alarm.told, alarm.because_of, alarm.level, alarm.since_mono_ns = True, None, 0, mono_ns
        alarm.acknowledged_by, alarm.acknowledged_mono_ns = None, 0
        alarm.raises = raises = alarm.raises or []
        raises.append(mono_ns)
        if len(raises) > RAISES_KEPT:
            del raises[0]

    def _cause(self, number: int, mono_ns: int) -> Alarm | None:
        """Return the alarm that this one follows from now; of one that follows itself from another, that other."""
        for place in self._causes.of[number]:
            cause = self.all[place]
            if cause.active or mono_ns - cause.ended_ns < SETTLE_NS:
                return self.all[self.number.get(cause.because_of or "", place)]
        return None

    def _note(self, number: int, alarm: Alarm) -> None:
        """Remember what has to be looked at each second."""
        if alarm.active and not alarm.told:
            self._quiet.add(number)
        elif self._quiet:
            self._quiet.discard(number)
        if alarm.shelved_until_ns:
            self._shelved.add(number)
        elif self._shelved:
            self._shelved.discard(number)
        if number in self._rising:
            (self._told.add if alarm.told else self._told.discard)(number)

    def severity(self, alarm: Alarm) -> Severity:
        """Return how bad an alarm is, by how far it has escalated."""
        rule = self.roots[self.number[alarm.rule]].rule
        said = [step.severity for step in rule.escalate[: alarm.level] if step.severity is not None]
        return said[-1] if said else rule.severity

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
        alarm = self.all[number]
        alarm.shelved_until_ns = until_mono_ns
        self._note(number, alarm)
        for_s = (until_mono_ns - mono_ns) / 1e9
        return [self._event(number, "shelve", mono_ns, alarm.value, by=by, for_s=for_s)]

    def tick(self, mono_ns: int) -> list[Event]:
        """Let a second pass: shelvings end, alarms that were quiet are raised, others escalate."""
        found: list[Event] = []
        if not (self._shelved or self._quiet or self._told):
            return found
        for number in self._in_order(self._shelved):
            found += self._unshelve(number, mono_ns)
        for number in self._in_order(self._quiet):
            if (event := self._speak(number, self.all[number], mono_ns)) is not None:
                found.append(event)
        for number in self._in_order(self._told):
            found += self._escalate(number, mono_ns)
        return found

    def _in_order(self, numbers: set[int]) -> list[int]:
        return sorted(numbers, key=self._causes.rank.__getitem__) if numbers else []

    def _unshelve(self, number: int, mono_ns: int) -> list[Event]:
        """End a shelving whose time is over; tell again of what was on before it began."""
        alarm = self.all[number]
        if mono_ns < alarm.shelved_until_ns:
            return []
        before = alarm.told and alarm.since_mono_ns < alarm.shelved_until_ns
        alarm.shelved_until_ns = 0
        self._note(number, alarm)
        return [self._event(number, "unshelve", mono_ns, alarm.value)] if before else []

    def _escalate(self, number: int, mono_ns: int) -> list[Event]:
        """Take the steps that are due. One that somebody has seen, shelved, or that follows from another, waits."""
        alarm, steps = self.all[number], self.roots[number].rule.escalate
        if alarm.acknowledged_by is not None or alarm.shelved_until_ns or self._cause(number, mono_ns):
            return []
        found = []
        for step in steps[alarm.level :]:
            if mono_ns - alarm.since_mono_ns < step.after_s * 1e9:
                break
            alarm.level += 1
            more: Body = {"level": alarm.level} | ({"tell": list(step.tell)} if step.tell else {})
            found.append(self._event(number, "escalate", mono_ns, alarm.value, **more))
        return found

    def set_active(self, number: int, active: bool) -> None:
        """Set a latch as it was kept."""
        self.all[number].active = active
        self.active[number] = 1 if active else -1
        self._note(number, self.all[number])

    def kept(self, body: Body, mono_ns: int) -> None:
        """Take an alarm event that the journal has: what it told is not told again."""
        number = self.number.get(body["rule"])
        if number is None:
            return
        alarm = self.all[number]
        alarm.stamp_ns = max(alarm.stamp_ns, mono_ns)
        match body["action"]:
            case "acknowledge":
                alarm.acknowledged_by, alarm.acknowledged_mono_ns = body["by"], mono_ns
            case "escalate":
                alarm.level = body["level"]
            case "shelve" if mono_ns:  # in this boot
                alarm.shelved_until_ns = mono_ns + round(body.get("for_s", 0.0) * 1e9)
                self._note(number, alarm)
            case "unshelve":
                alarm.shelved_until_ns = 0
                self._note(number, alarm)
            case "raise" | "suppress" | "clear" as action:
                self._kept_latch(number, action, body, mono_ns)

    def _kept_latch(self, number: int, action: str, body: Body, mono_ns: int) -> None:
        alarm = self.all[number]
        alarm.told, alarm.because_of = False, None
        if action == "clear":
            alarm.ended_ns = mono_ns
            return self.set_active(number, False)
        alarm.value = body["value"]
        alarm.message = body["message"] if self._valued[number] else None
        if action == "raise":
            self._raised(alarm, mono_ns)
            alarm.suppresses = 0
        else:
            alarm.because_of, alarm.since_mono_ns = body["because_of"], mono_ns
            if (cause := self.number.get(body["because_of"])) is not None:
                self.all[cause].suppresses += 1
        return self.set_active(number, True)

    def gone(self, rule: str, mono_ns: int) -> Event:
        """Return the clear event of a rule that a reload took away."""
        return self._event(self.number[rule], "clear", mono_ns, None, reason="reload")

    def _event(self, number: int, action: str, mono_ns: int, value: float | None, **more: Any) -> Event:
        alarm = self.all[number]
        if mono_ns > alarm.stamp_ns:
            alarm.stamp_ns = mono_ns
        self.events += 1
        said = self._bodies[number]
        if said is None:
            said = self._bodies[number] = _body(self.roots[number].rule)
        body = said.copy()
        body["action"], body["value"] = action, value
        if more:
            body.update(more)
        if alarm.level:
            body["severity"] = self.severity(alarm)
        if alarm.message is not None:
            body["message"] = alarm.message
        if value is not None:
            body["unit"] = self.roots[number].unit.symbol
        return Event("alarm", alarm.rule, alarm.stamp_ns, body)


def _message(root: RuleRoot, value: float | None, shown: Sequence[float | None]) -> dict[str, str]:
    """Return a rule's message with the values of now."""
    values = {VALUE: spelt(value), UNIT: root.unit.shown}
    values |= {one.text: spelt_with(one.unit, number) for one, number in zip(root.shown, shown, strict=True)}
    return {language: fill(text, values) for language, text in _languages(root.rule.message).items()}


def _has_values(rule: Rule) -> bool:
    return any(map(placeholders, _languages(rule.message).values()))


def _body(rule: Rule) -> Body:
    """Return what all events of a rule tell."""
    body: Body = {"rule": rule.name, "severity": rule.severity, "message": _languages(rule.message), "by": None}
    if rule.machine is not None:
        body["machine"] = rule.machine
    if rule.action is not None:
        body["todo"] = _languages(rule.action)
    return body


def _languages(text: Text) -> dict[str, str]:
    return {"ko": text.ko, "en": text.en}
