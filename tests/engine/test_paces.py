"""How pieces follow each other: cycle times, micro-stops, bounces, pieces that seem to be missing."""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

Make = Callable[..., Any]
DEVICES = {"m": ["on", {"name": "n", "kind": "counter", "type": "u16"}]}
PRESS = {
    "name": "press", "count": "m.n", "micro_stop_s": 60,
    "states": [{"state": "run", "when": "m.on == 1"}, {"state": "setup", "when": "m.on == 2"}],
}  # fmt: skip
NAN = math.nan


def press(bench: Make, **options: Any) -> Any:
    return bench(DEVICES, machines=[PRESS | options])


def counts(events: list[Any], *keys: str) -> list[Any]:
    found = [event.body for event in events if event.kind == "count"]
    return [tuple(body.get(key) for key in keys) for body in found]


def pace(shop: Any) -> dict[str, float | None]:
    """What the machine's fields say, as rules and screens read them."""
    (found,) = [state.pace for state in shop.engine.machines]
    index = shop.engine.table.index
    for name, value in found.items():
        assert shop.engine.values[index(f"machines.press.{name}")] == pytest.approx(value, nan_ok=True)
    return {name: None if math.isnan(value) else value for name, value in found.items()}


def test_a_cycle_is_the_time_from_piece_to_piece_while_it_runs(bench: Make) -> None:
    shop = press(bench)
    shop.feed("m", (0, (1, 0)), (2, (1, 1)), (5, (1, 2)), (11, (1, 4)), (12, (0, 4)), (20, (1, 5)), (24, (1, 6)))
    assert counts(shop.events, "delta", "cycle_s") == [(1, None), (1, 3.0), (2, 3.0), (1, None), (1, None)]
    shop.feed("m", (29, (1, 7)))
    assert counts(shop.events, "cycle_s")[-1] == (5.0,)
    assert pace(shop) == {
        "cycle_s": 5.0, "cycle_mean_s": pytest.approx(11 / 3), "cycle_best_s": 3.0, "micro_stops": 1, "missed": 0,
    }  # fmt: skip


def test_short_stops_are_counted_and_long_ones_setups_and_silences_are_not(bench: Make) -> None:
    shop = press(bench)
    states = [
        (0, 1),
        (10, 0),
        (69.9, 1),
        (80, 0),
        (140, 1),
        (150, 0),
        (155, 2),
        (160, 1),
        (170, 0),
        (172, NAN),
        (175, 1),
    ]
    shop.feed("m", *((at, (on, 0)) for at, on in states))
    assert pace(shop)["micro_stops"] == 1
    assert pace(shop)["cycle_s"] is None


def steady(*gaps: float, first: float = 1.0) -> list[tuple[float, tuple[float, float]]]:
    at, found = first, [(0.0, (1.0, 0.0))]
    for n, gap in enumerate((0.0, *gaps), 1):
        at += gap
        found.append((at, (1.0, float(n))))
    return found


def test_a_cycle_of_twice_the_usual_marks_a_missed_piece_and_adds_none(bench: Make) -> None:
    shop = press(bench)
    shop.feed("m", *steady(*[2.5] * 8, 5.0, 2.5, 7.6, 2.5))
    assert counts(shop.events, "delta", "total", "cycle_s", "missed")[-4:] == [
        (1, 10, None, 1), (1, 11, 2.5, None), (1, 12, None, 2), (1, 13, 2.5, None),
    ]  # fmt: skip
    assert (pace(shop)["missed"], shop.engine.machines[0].count) == (3, 13)


@pytest.mark.parametrize(
    "gaps",
    [
        [2.5] * 7 + [5.0],  # too few to call anything usual
        [2.5, 4.0] * 5 + [5.0],  # work at the pace of hands
        [2.5] * 9 + [3.6],  # no whole number of times
        [2.5] * 9 + [25.0],  # a stop that the state does not show
    ],
)  # fmt: skip
def test_where_the_pace_does_not_say_so_nothing_is_missed(bench: Make, gaps: list[float]) -> None:
    shop = press(bench)
    shop.feed("m", *steady(*gaps))
    assert pace(shop)["missed"] == 0


def test_counts_that_come_sooner_than_pieces_can_are_told_and_not_counted(bench: Make) -> None:
    shop = press(bench, debounce_s=2)
    shop.feed("m", (0, (1, 0)), (0.5, (1, 2)), (1, (1, 3)), (3, (1, 4)), (9, (1, 9)))
    assert counts(shop.events, "delta", "total", "bounced") == [(1, 1, 1), (0, 1, 1), (1, 2, None), (3, 5, 2)]


@settings(max_examples=30)
@given(
    gaps=st.lists(st.integers(200, 900), min_size=1, max_size=30),
    polls=st.lists(st.integers(1, 1500), min_size=1, max_size=30),
)
@example(gaps=[200] * 10, polls=[2200])
@example(gaps=[200] * 10, polls=[100] * 25)
def test_no_piece_that_keeps_its_distance_is_taken_for_a_bounce(bench: Make, gaps: list[int], polls: list[int]) -> None:
    """Pieces are 0.2 s apart or more, and read whenever it may be."""
    shop, at, pieces = press(bench, debounce_s=0.2), 0, []
    for gap in gaps:
        at += gap
        pieces.append(at)
    now, rows = 0, [(0.0, (1.0, 0.0))]
    for poll in polls:
        now += poll
        rows.append((now / 1000, (1.0, float(sum(piece <= now for piece in pieces)))))
    shop.feed("m", *rows)
    assert shop.engine.machines[0].count == rows[-1][1][1]


def test_rules_read_the_pace(bench: Make) -> None:
    rules = [
        {"name": "slow", "when": "machines.press.cycle_s > 3 s"},
        {"name": "jams", "when": "delta(machines.press.micro_stops, 10min) >= 2"},
    ]
    shop = bench(DEVICES, machines=[PRESS], rules=rules)
    shop.feed("m", (0, (1, 0)), (2, (1, 1)), (4, (1, 2)), (8, (1, 3)))
    raised = [(event.mono_ns / 1e9, event.source) for event in shop.tick(9) if event.kind == "alarm"]
    assert raised == [(9, "slow")]
    shop.feed("m", (20, (0, 3)), (21, (1, 3)), (30, (0, 3)), (31, (1, 3)))
    assert [event.source for event in shop.tick(32) if event.kind == "alarm"] == ["jams"]


@st.composite
def days(draw: st.DrawFn) -> list[tuple[float, tuple[float, float]]]:
    at, n, found = 0.0, 0, []
    for _ in range(draw(st.integers(2, 16))):
        at += draw(st.sampled_from([0.3, 2.5, 2.5, 2.5, 5.0, 30.0, 70.0]))
        n += draw(st.sampled_from([0, 1, 1, 1, 2]))
        found.append((at, (draw(st.sampled_from([1.0, 1.0, 1.0, 1.0, 0.0, 2.0, NAN])), float(n))))
    return found


@settings(max_examples=15)
@given(day=days(), data=st.data())
def test_cutting_and_restarting_changes_nothing(bench: Make, day: Any, data: st.DataObject) -> None:
    parts = {
        "machines": [PRESS | {"debounce_s": 0.4, "dwell_s": 0.2}],
        "rules": [{"name": "slow", "when": "machines.press.cycle_s > 2.4 s", "value": "machines.press.cycle_mean_s"}],
        "signals": [{"name": "s", "value": "machines.press.missed + machines.press.micro_stops"}],
    }

    def run(edges: list[int], restart: bool) -> list[Any]:
        shop, events = bench(DEVICES, **parts), []
        for start, stop in pairwise([0, *edges, len(day)]):
            events += shop.feed("m", *day[start:stop]) if start < stop else []
            if restart:
                other = bench(DEVICES, **parts)
                other.engine.restore(shop.engine.snapshot(), [], same_boot=True)
                shop = other
        return [*events, *shop.tick(5000), pace(shop)]

    whole = run([], restart=False)
    assert run(sorted(data.draw(st.sets(st.integers(1, len(day)), max_size=4))), restart=False) == whole
    assert run(list(range(1, len(day))), restart=True) == whole


def test_in_another_boot_the_pace_stays_and_no_cycle_spans_the_two(bench: Make) -> None:
    shop = press(bench)
    shop.feed("m", *steady(2.5, 2.5))
    other = press(bench)
    other.engine.restore(shop.engine.snapshot(), [], same_boot=False)
    assert pace(other)["cycle_s"] == 2.5
    other.feed("m", (1, (1, 4)), (4, (1, 5)))
    assert counts(other.events, "delta", "cycle_s") == [(1, None), (1, 3.0)]


def test_pieces_kept_after_the_snapshot_belong_to_the_pace(bench: Make) -> None:
    shop = press(bench)
    shop.feed("m", *steady(2.5))
    snapshot, before = shop.engine.snapshot(), len(shop.events)
    shop.feed("m", (6, (1, 3)), (8, (0, 3)), (9, (1, 3)), (11, (1, 4)))
    other = press(bench)
    other.engine.restore(snapshot, shop.events[before:], same_boot=True)
    assert pace(other) == pace(shop)
    other.feed("m", (15, (1, 5)))
    assert counts(other.events, "cycle_s") == [(4.0,)]


def test_a_register_that_is_read_as_signed_counts_on_past_its_middle(bench: Make) -> None:
    devices = {"m": ["on", {"name": "n", "kind": "counter", "type": "i16"}]}
    shop = bench(devices, machines=[PRESS])
    shop.feed("m", (0, (1, 32766)), (1, (1, -32767)), (2, (1, -1)), (3, (1, 2)))
    assert counts(shop.events, "delta", "reset") == [(3, False), (32766, False), (3, False)]
    shop.feed("m", (4, (1, -40)))
    assert counts(shop.events, "delta", "reset")[-1] == (0, True), "it began anew, below zero"
