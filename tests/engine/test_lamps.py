"""flashing: a blinking lamp is neither on nor off, however its rows come."""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

Make = Callable[..., Any]
LIGHT = {"light": [{"name": "red", "type": "bool"}, {"name": "green", "type": "bool"}]}
TOWER = {
    "name": "press",
    "states": [
        {"state": "alarm", "when": "light.red and not flashing(light.red, 3s)", "dwell_s": 1.5},
        {"state": "setup", "when": "flashing(light.red, 3s)"},
        {"state": "run", "when": "light.green"},
    ],
    "dwell_s": 1,
}


def rows(*lamps: tuple[float, float, float, float]) -> list[tuple[float, tuple[float, float]]]:
    """Read every quarter of a second: (from, to, half a blink's time or 0 for steady, value)."""
    found = []
    for start, stop, half, on in lamps:
        for step in range(int(start * 4), int(stop * 4)):
            at = step / 4
            lit = on if not half else float((at - start) // half % 2 == 0)
            found.append((at, (lit, 0.0 if on or half else 1.0)))
    return found


def states(events: list[Any]) -> list[tuple[float, str]]:
    return [(event.mono_ns / 1e9, event.body["state"]) for event in events if event.kind == "state"]


def test_a_stack_light_tells_steady_from_blinking(bench: Make) -> None:
    """Red blinks once a second: a setup; red steady: an alarm; else green."""
    shop = bench(LIGHT, machines=[TOWER])
    shop.feed("light", *rows((0, 10, 0, 0), (10, 20, 0.5, 1), (20, 30, 0, 1), (30, 40, 0, 0)))
    assert states(shop.events) == [(1.0, "run"), (12.0, "setup"), (23.5, "alarm"), (31.0, "run")]


def test_a_lamp_that_is_switched_or_blinks_once_is_not_flashing(bench: Make) -> None:
    shop = bench(LIGHT, rules=[{"name": "r", "when": "flashing(light.red, 10s)"}])
    shop.feed("light", *((at, (on, 0)) for at, on in ((0, 0), (1, 1), (5, 0), (20, 1), (21, 0))))
    assert shop.tick(22) == []
    shop.feed("light", (22, (1, 0)))
    assert [(event.mono_ns / 1e9, event.body["action"]) for event in shop.tick(25, 29.9, 30)] == [(30.0, "clear")]


@settings(max_examples=60)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from([0.25, 0.5, 1.0, 4.0]), st.sampled_from([0.0, 1.0, 1.0, 2.0, math.nan])),
        min_size=1, max_size=20,
    ),
    data=st.data(),
)  # fmt: skip
def test_it_is_what_is_seen_by_looking_back(bench: Make, steps: Any, data: st.DataObject) -> None:
    """Three changes of the known readings in the last two seconds; cut and restarted anyhow."""
    at, day = 0.0, []
    for gap, value in steps:
        at += gap
        day.append((at, (value,)))
    changes, known, expected = [], None, []
    for at, (value,) in day:
        if not math.isnan(value):
            changes += [at] if known is not None and known != bool(value) else []
            known = bool(value)
        expected.append(None if known is None else len([one for one in changes if one > at - 2]) >= 3)
    parts = {"machines": [{"name": "m", "states": [{"state": "run", "when": "flashing(a.x, 2s)"}]}]}
    edges = sorted(data.draw(st.sets(st.integers(1, len(day)), max_size=4)))
    shop = bench({"a": ["x"]}, **parts)
    for start, stop in pairwise([0, *edges, len(day)]):
        if start == stop:
            continue
        shop.feed("a", *day[start:stop])
        assert shop.engine.machines[0].state == {None: "unknown", True: "run", False: "off"}[expected[stop - 1]]
        other = bench({"a": ["x"]}, **parts)
        other.engine.restore(shop.engine.snapshot(), [], same_boot=True)
        shop = other


def test_numbers_are_on_when_they_are_not_zero(bench: Make) -> None:
    lamp = {"name": "lamp", "value": "(2.5 if light.red else 0)"}
    shop = bench(LIGHT, signals=[lamp], rules=[{"name": "r", "when": "flashing(signals.lamp, 3s)"}])
    shop.feed("light", *((at, (at % 2, 0)) for at in range(5)))
    assert [event.source for event in shop.events if event.kind == "alarm"] == ["r"]
