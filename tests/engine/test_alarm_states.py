"""Alarms that wait, escalate and follow from one another: told as a plain, slow account of the day tells them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.engine.alarms import RAISES_KEPT
from gateway.errors import ConfigurationError
from gateway.event import Event, Position, Row

Make = Callable[..., Any]
SECOND_NS = 1_000_000_000
POINTS = ("x", "y", "z")
CAUSES: dict[str, tuple[str, ...]] = {"x": ("z",), "y": ("x", "z"), "z": ()}
ESCALATE = [{"after_s": 3, "severity": "critical"}, {"after_s": 7, "tell": ["boss"]}]
RULES = [
    {"name": name, "when": f"m.{name} > 0", "because_of": CAUSES[name], "escalate": ESCALATE if name != "y" else []}
    for name in POINTS
]
ORDER = ("z", "x", "y")  # causes first


@dataclass
class Account:
    """What is told of a day, by going through it second by second and looking at everything each time."""

    told: list[tuple[float, str, str]] = field(default_factory=list)
    was: dict[str, bool] = field(default_factory=dict)
    ended: dict[str, float] = field(default_factory=dict)
    raised: dict[str, float] = field(default_factory=dict)  # the alarms that stand, since when
    seen: set[str] = field(default_factory=set)
    quiet: set[str] = field(default_factory=set)  # told to be because of another
    level: dict[str, int] = field(default_factory=dict)
    shelved: dict[str, float] = field(default_factory=dict)

    def row(self, at_s: float, values: Sequence[int]) -> None:
        """Take what is true now."""
        now = {name: value > 0 for name, value in zip(POINTS, values, strict=True)}
        for name in ORDER:
            if now[name] and not self.was.get(name):
                self.was[name] = True
                self.speak(at_s, name)
            elif self.was.get(name) and not now[name]:
                self.was[name], self.ended[name] = False, at_s
                self.quiet.discard(name)
                if self.raised.pop(name, None) is not None:
                    self.told.append((at_s, name, "clear"))

    def caused(self, at_s: float, name: str) -> bool:
        """Tell whether a cause is on, or was so lately."""
        return any(self.was.get(cause) or at_s - self.ended.get(cause, -1e9) < 10 for cause in CAUSES[name])

    def speak(self, at_s: float, name: str) -> None:
        """Tell of an alarm if it may be told."""
        if at_s < self.shelved.get(name, -1.0):
            self.quiet.discard(name)
        elif not self.caused(at_s, name):
            self.quiet.discard(name)
            self.seen.discard(name)
            self.raised[name], self.level[name] = at_s, 0
            self.told.append((at_s, name, "raise"))
        elif name not in self.quiet:
            self.quiet.add(name)
            self.told.append((at_s, name, "suppress"))

    def second(self, at_s: float) -> None:
        """Let a second pass."""
        for name in ORDER:
            if name in self.shelved and at_s >= self.shelved[name]:
                if name in self.raised and self.raised[name] < self.shelved[name]:
                    self.told.append((at_s, name, "unshelve"))
                del self.shelved[name]
        for name in ORDER:
            if self.was.get(name) and name not in self.raised:
                self.speak(at_s, name)
        for name in ORDER:
            steps = ESCALATE if name != "y" else []
            if name in self.raised and name not in self.seen | set(self.shelved) and not self.caused(at_s, name):
                for step in steps[self.level[name] :]:
                    if at_s - self.raised[name] >= step["after_s"]:
                        self.level[name] += 1
                        self.told.append((at_s, name, "escalate"))

    def acknowledge(self, at_s: float, name: str) -> None:
        """Somebody has seen it."""
        if name in self.raised and name not in self.seen:
            self.seen.add(name)
            self.told.append((at_s, name, "acknowledge"))

    def shelve(self, at_s: float, name: str, for_s: int) -> None:
        """Somebody wants it silent."""
        self.shelved[name] = at_s + for_s
        self.told.append((at_s, name, "shelve"))


names = st.sampled_from(POINTS)
rows = st.tuples(st.just("row"), st.tuples(*[st.integers(0, 1)] * 3))
seconds = st.tuples(st.just("second"), st.integers(1, 12))
acknowledged = st.tuples(st.just("acknowledge"), names)
shelved = st.tuples(st.just("shelve"), names, st.integers(0, 15))
days = st.lists(st.one_of(rows, rows, rows, seconds, seconds, acknowledged, shelved), max_size=25)


def live(shop: Any, day: Sequence[tuple[Any, ...]], make: Callable[[], Any] | None = None, joined: bool = False) -> Any:
    """Let an engine live the day; with `make`, one that is stopped and started again after each thing that happens."""
    now_s, waiting = 0.0, []
    for what, *more in day:
        if what == "row":
            now_s += 0.25
            waiting.append((now_s, more[0]))
            if joined:
                continue
        if waiting:
            shop.feed("m", *waiting)
            waiting = []
        if what == "second":
            for _ in range(more[0]):
                now_s = float(int(now_s) + 1)
                shop.tick(now_s)
        elif what == "acknowledge":
            shop.events += shop.engine.acknowledge(more[0], "김", round(now_s * SECOND_NS))
        elif what == "shelve":
            at_ns = round(now_s * SECOND_NS)
            shop.events += shop.engine.shelve(more[0], "김", at_ns + more[1] * SECOND_NS, at_ns)
        if make is not None:
            again = make()
            again.engine.restore(shop.engine.snapshot(), [], same_boot=True)
            again.events = shop.events
            shop = again
    if waiting:
        shop.feed("m", *waiting)
    return shop


def account(day: Sequence[tuple[Any, ...]]) -> list[tuple[float, str, str]]:
    """The plain account of the same day."""
    plain, now_s = Account(), 0.0
    for what, *more in day:
        if what == "row":
            now_s += 0.25
            plain.row(now_s, more[0])
        elif what == "second":
            for _ in range(more[0]):
                now_s = float(int(now_s) + 1)
                plain.second(now_s)
        else:
            getattr(plain, what)(now_s, *more)
    return plain.told


def what(events: Sequence[Event]) -> list[tuple[float, str, str]]:
    return [(event.mono_ns / SECOND_NS, event.source, event.body["action"]) for event in events]


@settings(max_examples=60)
@given(day=days)
def test_a_day_is_told_as_the_plain_account_tells_it(bench: Make, day: Any) -> None:
    assert what(live(bench({"m": POINTS}, rules=RULES), day).events) == account(day)


@settings(max_examples=30)
@given(day=days)
def test_joining_rows_and_stopping_anywhere_changes_nothing(bench: Make, day: Any) -> None:
    def make() -> Any:
        return bench({"m": POINTS}, rules=RULES)

    plain = [(event.mono_ns, event.body) for event in live(make(), day).events]
    assert [(event.mono_ns, event.body) for event in live(make(), day, joined=True).events] == plain
    assert [(event.mono_ns, event.body) for event in live(make(), day, make).events] == plain


def test_what_follows_from_a_cause_is_counted_with_it(bench: Make) -> None:
    """Also what follows from what follows: one cause, one alarm."""
    shop = bench({"m": POINTS}, rules=RULES)
    shop.feed("m", (1, (1, 1, 1)))
    assert what(shop.events) == [(1, "z", "raise"), (1, "x", "suppress"), (1, "y", "suppress")]
    assert [event.body.get("because_of") for event in shop.events] == [None, "z", "z"]
    (cause,) = shop.engine.alarms
    assert (cause.rule, cause.suppresses) == ("z", 2)
    shop.feed("m", (2, (1, 0, 0)))
    assert what(shop.tick(*range(3, 12))) == []
    assert what(shop.tick(12)) == [(12, "x", "raise")]


def test_a_cause_that_is_written_for_each_means_every_one_of_them(bench: Make) -> None:
    """For a rule that is written once itself; one written for each follows from its own."""
    each = {"for_each": {"point": "x"}}
    rules = [
        each | {"name": "lost", "when": "device.x > 0"},
        each | {"name": "odd", "when": "device.y > 0", "because_of": ["lost"]},
        {"name": "both", "when": "m.z > 0", "because_of": ["lost"]},
    ]
    shop = bench({"m": POINTS, "n": POINTS}, rules=rules)
    shop.feed("n", (1, (1, 1, 0)))
    shop.feed("m", (2, (0, 1, 1)))
    assert what(shop.events) == [
        (1, "lost_n", "raise"), (1, "odd_n", "suppress"), (2, "odd_m", "raise"), (2, "both", "suppress"),
    ]  # fmt: skip


def test_nobody_acknowledging_makes_it_worse_and_tells_others(bench: Make) -> None:
    shop = bench({"m": POINTS}, rules=RULES)
    shop.feed("m", (1, (0, 0, 1)))
    shop.tick(*range(1, 20))
    steps = [event.body for event in shop.events if event.body["action"] == "escalate"]
    assert [(step["level"], step["severity"], step.get("tell")) for step in steps] == [
        (1, "critical", None),
        (2, "critical", ["boss"]),
    ]
    (event,) = shop.engine.acknowledge("z", "김", 20 * SECOND_NS)
    (clear,) = shop.feed("m", (21, (0, 0, 0)))
    assert (event.body["severity"], clear.body["severity"]) == ("critical", "critical")
    (again,) = shop.feed("m", (22, (0, 0, 1)))
    assert again.body["severity"] == "warning"


def test_what_the_journal_has_is_not_told_again(bench: Make) -> None:
    """The events after the snapshot bring back levels, causes and shelvings."""
    shop = bench({"m": POINTS}, rules=RULES)
    before = shop.engine.snapshot()
    shop.feed("m", (1, (1, 0, 1)))
    shop.tick(*range(1, 6))
    shop.events += shop.engine.shelve("y", "김", 60 * SECOND_NS, 5 * SECOND_NS)
    rows = [Row(Position(1, "00ff", 7), "alarm", e.source, e.mono_ns, "boot", 0, "synced", e.body) for e in shop.events]
    again = bench({"m": POINTS}, rules=RULES)
    again.engine.restore(before, rows, same_boot=True)
    known = {alarm.rule: alarm for alarm in again.engine.rules.all}
    assert (known["z"].level, known["z"].suppresses, known["x"].because_of) == (1, 1, "z")
    assert known["y"].shelved_until_ns == 60 * SECOND_NS
    assert what(again.feed("m", (6, (1, 1, 1)))) == []
    assert what(again.tick(7, 8)) == [(8, "z", "escalate")]
    other = bench({"m": POINTS}, rules=RULES)
    other.engine.restore(before, rows, same_boot=False)
    assert {alarm.rule: alarm.shelved_until_ns for alarm in other.engine.rules.all} == dict.fromkeys("xyz", 0)


def test_one_that_comes_and_goes_is_counted(bench: Make) -> None:
    shop = bench({"m": POINTS}, rules=RULES)
    for second in range(1, 61):
        shop.feed("m", (second, (0, 0, second % 2)))
    (alarm,) = [alarm for alarm in shop.engine.rules.all if alarm.rule == "z"]
    assert alarm.raised_since(50 * SECOND_NS) == 5
    assert alarm.raised_since(0) == RAISES_KEPT


def test_rules_that_follow_from_each_other_are_refused(bench: Make) -> None:
    rules = [
        {"name": "a", "when": "m.x > 0", "because_of": ["b"]},
        {"name": "b", "when": "m.y > 0", "because_of": ["a"]},
    ]
    with pytest.raises(ConfigurationError, match="because_of"):
        bench({"m": POINTS}, rules=rules)
