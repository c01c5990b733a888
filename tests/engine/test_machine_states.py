"""States that stay until something, and states that are believed after a while: as a plain machine has them."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

SECOND = 1_000_000_000
Make = Callable[..., Any]
SPINDLE = {
    "name": "lathe",
    "states": [
        {"state": "alarm", "when": "m.fault > 0", "dwell_s": 0},
        {"state": "run", "when": "m.current > 13 for 3s", "until": "m.current < 11.5 for 10s"},
        {"state": "idle", "when": "m.current > 2"},
    ],
    "dwell_s": 2,
}


@dataclass
class Plain:
    """One machine in plain Python: `when`, `until` and dwell as people would say them, a row at a time.

    Rows are at whole seconds, and every second has its tick, so that nothing ends between two looks at it.
    """

    dwell: dict[str, float]
    on: bool = False
    since: float | None = None
    candidate: str = ""
    believed: str = "unknown"

    def look(self, now: float, *values: float) -> str:
        found = self._candidate(*values)
        if found != self.candidate:
            self.candidate, self.since = found, now
        assert self.since is not None
        if found == "unknown" or now - self.since >= self.dwell[found]:
            self.believed = found
        return self.believed

    def _candidate(self, fault: float, current: float, stop: float) -> str:
        begins, ends = None if math.isnan(current) else current > 13, None if math.isnan(stop) else stop > 0
        if ends or begins:
            self.on = not ends
        sure = ends or begins or (ends is not None if self.on else begins is not None)
        runs = self.on if sure else None
        alarm = None if math.isnan(fault) else fault > 0
        idle = None if math.isnan(current) else current > 2
        for truth, name in ((alarm, "alarm"), (runs, "run"), (idle, "idle")):
            if truth is None:
                return "unknown"
            if truth:
                return name
        return "off"


PLAIN = {
    "name": "mill",
    "states": [
        {"state": "alarm", "when": "m.fault > 0", "dwell_s": 0},
        {"state": "run", "when": "m.current > 13", "until": "m.stop > 0", "dwell_s": 2},
        {"state": "idle", "when": "m.current > 2", "dwell_s": 3},
    ],
    "dwell_s": 1,
}
DEVICES = {"m": ["fault", "current", "stop"]}
faults, stops = ([0.0, 0.0, 0.0, 1.0, math.nan], [0.0, 0.0, 1.0, math.nan])
currents = [0.0, 5.0, 10.0, 12.0, 12.0, 14.0, 14.0, math.nan]
rows = st.lists(st.tuples(st.integers(1, 4), *map(st.sampled_from, (faults, currents, stops))), min_size=1, max_size=25)


Seen = tuple[int, float, float, float]


def seconds(given_rows: list[Seen]) -> list[Seen]:
    found, at = [], 0
    for step, *values in given_rows:
        at += step
        found.append((at, *values))
    return found


@settings(max_examples=60)
@given(given_rows=rows)
def test_a_machine_is_in_the_state_of_the_plain_one(bench: Make, given_rows: list[Seen]) -> None:
    shop = bench(DEVICES, machines=[PLAIN])
    plain = Plain({"alarm": 0, "run": 2, "idle": 3, "off": 1})
    latest, second = [math.nan] * 3, 0
    plain.look(0, *latest)
    for at, *values in seconds(given_rows):
        for tick in range(second + 1, at):
            shop.tick(tick)
            assert shop.engine.machines[0].state == plain.look(tick, *latest)
        shop.feed("m", (at, values))
        latest, second = values, at
        assert shop.engine.machines[0].state == plain.look(at, *latest)
        shop.tick(at)


@settings(max_examples=30)
@given(given_rows=rows, data=st.data())
def test_cutting_and_restarting_changes_nothing(bench: Make, given_rows: Any, data: st.DataObject) -> None:
    """A silence of less than a second between rows: what ends there ends at its own time."""
    all_rows = [(at * 0.7, values) for at, *values in seconds(given_rows)]
    machines = [SPINDLE, PLAIN]

    def run(edges: list[int], restart: bool) -> list[Any]:
        shop = bench(DEVICES, machines=machines)
        events = []
        for start, stop in pairwise([0, *edges, len(all_rows)]):
            if start == stop:
                continue
            events += shop.feed("m", *all_rows[start:stop])
            if restart:
                other = bench(DEVICES, machines=machines)
                other.engine.restore(shop.engine.snapshot(), [], same_boot=True)
                shop = other
        return events + shop.tick(200)

    whole = run([], restart=False)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(all_rows)), max_size=4)))
    assert run(cuts, restart=False) == whole
    assert run(list(range(1, len(all_rows))), restart=True) == whole


def told(events: list[Any]) -> list[tuple[float, str]]:
    return [(event.mono_ns / SECOND, event.body["state"]) for event in events]


def test_a_spindle_runs_from_one_current_to_another(bench: Make) -> None:
    """The hysteresis of a spindle: run above 1.3 times idle for 3 s, off below 1.15 times for 10 s."""
    shop = bench({"m": ["fault", "current"]}, machines=[SPINDLE])
    shop.feed("m", (0, (0, 10)))
    shop.feed("m", (10, (0, 14)), (20, (0, 12)), (30, (0, 11)), (35, (0, 12)), (40, (0, 11)), (60, (0, 10)))
    assert told(shop.events) == [(2, "idle"), (15, "run"), (52, "idle")]


def test_a_glimpse_of_another_state_is_not_believed(bench: Make) -> None:
    lamp = {"name": "m_1", "states": [{"state": "run", "when": "m.x > 0"}], "dwell_s": 3}
    shop = bench({"m": ["x"]}, machines=[lamp])
    shop.feed("m", *((at, (x,)) for at, x in ((0, 1), (5, 0), (6, 1), (20, 0), (22, 1), (30, 0), (40, 0))))
    assert told(shop.events) == [(3, "run"), (33, "off")]


def test_silence_is_believed_at_once(bench: Make) -> None:
    lamp = {"name": "m_1", "states": [{"state": "run", "when": "m.x > 0"}], "dwell_s": 3}
    shop = bench({"m": ["x"]}, machines=[lamp])
    shop.feed("m", (0, (1,)), (10, (math.nan,)), (11, (1,)), (20, (1,)))
    assert told(shop.events) == [(3, "run"), (10, "unknown"), (14, "run")]


def test_a_rule_reads_the_state_that_is_believed(bench: Make) -> None:
    lamp = {"name": "m_1", "states": [{"state": "run", "when": "m.x > 0"}], "dwell_s": 3}
    shop = bench({"m": ["x"]}, machines=[lamp], rules=[{"name": "on", "when": "machines.m_1.run"}])
    events = shop.feed("m", (0, (1,)), (2, (0,)), (4, (1,)), (9, (1,)))
    assert [(event.mono_ns / SECOND, event.kind) for event in events] == [(7, "state"), (7, "alarm")]
    assert shop.engine.machines[0].since_mono_ns == 7 * SECOND


@pytest.mark.parametrize("own", ["machines.m_1.run and m.x > -5", "machines.m_1.state_s < 4s and m.x > 5"])
def test_a_machine_may_read_itself_in_until(bench: Make, own: str) -> None:
    state = {"state": "run", "when": "m.x > 0", "until": f"m.x < 0 and not ({own})"}
    shop = bench({"m": ["x"]}, machines=[{"name": "m_1", "states": [state], "dwell_s": 1}])
    shop.feed("m", (0, (1,)), (3, (0,)), (5, (-9,)), (9, (-9,)))
    assert told(shop.events) == [(1, "run"), (6, "off")]
