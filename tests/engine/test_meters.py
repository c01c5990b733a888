"""What machines take by quarter hours: from powers and counters, over silences, cuts, restarts and set clocks."""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.event import Event, Position, Row

Make = Callable[..., Any]
METER = {"meter": [{"name": "power", "unit": "kW"}, {"name": "energy", "kind": "counter", "unit": "kWh"}]}
QUARTER = 900
BEGAN_S = 1_795_316_400  # a quarter hour begins
NAN = math.nan


def shop_of(bench: Make, *points: str, offset_s: float = BEGAN_S, **parts: Any) -> Any:
    machines = [
        {"name": point.rpartition(".")[2], "energy": point, "states": [{"state": "run", "when": "meter.power > 1 kW"}]}
        for point in points
    ]
    shop = bench(METER, machines=machines, **parts)
    shop.engine.season.offset_ns = round(offset_s * 1e9)
    return shop


def told(events: list[Event]) -> list[tuple[Any, ...]]:
    """Quarter hours since the first, kWh, kW, known seconds."""
    bodies = [event.body for event in events if event.kind == "energy"]
    return [((b["from"] / 1000 - BEGAN_S) / QUARTER, b["kwh"], b["kw"], b["known_s"]) for b in bodies]


def test_a_quarter_hour_is_told_from_power_and_counter_alike(bench: Make) -> None:
    """Five minutes at 30 kW and ten at 60 are 12.5 kWh and 50 kW: D = E / T."""
    shop = shop_of(bench, "meter.power", "meter.energy")
    for at in range(0, 931, 30):
        shop.feed("meter", (at, (30 if at < 300 else 60, 100 + (min(at, 300) * 30 + max(0, at - 300) * 60) / 3600)))
        shop.tick(at)
    assert told(shop.events) == [(0, 12.5, 50.0, 900.0), (0, 12.5, 50.0, 900.0)]
    sources = [(event.source, event.mono_ns / 1e9) for event in shop.events if event.kind == "energy"]
    assert sources == [("power", 900), ("energy", 900)]


def test_a_silence_of_a_counter_belongs_to_the_sum_and_not_to_the_mean(bench: Make) -> None:
    shop = shop_of(bench, "meter.energy")
    shop.feed("meter", (0, (0, 10)), (60, (0, 11)), (100, (0, NAN)), (1860, (0, 41)))
    assert told(shop.tick(1861)) == [(0, 15.0, 60.0, 60.0), (1, 15.0, None, 0.0)]
    shop.feed("meter", (1920, (0, 0.5)), (2700, (0, 0.5)))
    assert told(shop.tick(2701)) == [(2, 1.5, 30.0, 60.0)], "a counter that began anew counts from zero"


@pytest.mark.parametrize("damaged", [5e295, -1e300, 1.7e308])
def test_a_damaged_reading_is_no_energy(damaged: float, bench: Make) -> None:
    shop = shop_of(bench, "meter.power", "meter.energy")
    shop.feed("meter", (0, (damaged, 0)), (100, (36, 0)), (200, (36, damaged)), (900, (36, damaged)))
    for _, kwh, kw, _ in told(shop.tick(901)):
        assert 0 <= kwh <= 8.0
        assert kw is None or 0 <= kw <= 36.0


def test_power_that_is_not_known_takes_nothing(bench: Make) -> None:
    shop = shop_of(bench, "meter.power")
    shop.feed("meter", (0, (36, 0)), (100, (NAN, 0)), (600, (36, 0)), (900, (36, 0)))
    assert told(shop.tick(901)) == [(0, 4.0, 36.0, 400.0)]


def test_a_silence_of_days_is_summed_at_its_end(bench: Make) -> None:
    shop = shop_of(bench, "meter.energy", "meter.power")
    late = 3 * 86400
    shop.feed("meter", (0, (36, 10)), (60, (36, 10.6)), (late, (36, 90)), (late + 60, (36, 90)), (late + 900, (0, 90)))
    assert told(shop.tick(late + 901)) == [
        (0, 0.6, 36.0, 60.0), (288, 79.4, 0.0, 60.0), (0, 0.6, 36.0, 60.0), (288, 9.0, 36.0, 900.0),
    ]  # fmt: skip


def test_in_another_boot_a_counter_goes_on_and_no_false_peak_comes_of_it(bench: Make) -> None:
    shop = shop_of(bench, "meter.energy", "meter.power")
    shop.feed("meter", (0, (36, 10)), (100, (36, 11)))
    other = shop_of(bench, "meter.energy", "meter.power", offset_s=BEGAN_S + 500)
    other.engine.restore(shop.engine.snapshot(), [], same_boot=False)
    other.feed("meter", (10, (36, 31)), (110, (36, 32)), (400, (36, 32)))
    assert told(other.tick(401)) == [(0, 22.0, 36.0, 200.0), (0, 4.9, 36.0, 490.0)]


def test_what_was_kept_is_not_told_again(bench: Make) -> None:
    shop = shop_of(bench, "meter.power")
    shop.feed("meter", (800, (36, 0)))
    snapshot = shop.engine.snapshot()
    shop.feed("meter", (905, (36, 0)))
    (event,) = [event for event in shop.tick(906) if event.kind == "energy"]
    row = Row(Position(1, "0000", 9), "energy", event.source, event.mono_ns, "b", 0, "synced", event.body)
    other = shop_of(bench, "meter.power")
    other.engine.restore(snapshot, [row], same_boot=True)
    other.feed("meter", (910, (36, 0)), (1800, (36, 0)))
    assert told(other.tick(1801)) == [(1, 8.9, 36.0, 890.0)]


def test_a_clock_that_is_set_ends_the_quarter_hour(bench: Make) -> None:
    shop = shop_of(bench, "meter.power")
    shop.feed("meter", (0, (36, 0)), (100, (36, 0)))
    shop.engine.season.offset_ns += 3600 * 10**9
    shop.feed("meter", (200, (36, 0)), (900, (36, 0)))
    assert told(shop.tick(901)) == [(0, 1.0, 36.0, 100.0), (4, 8.0, 36.0, 800.0)]


@settings(max_examples=25)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from([7, 60, 300, 444, 2000]), st.sampled_from([0.0, 12.5, 60.0, NAN]), st.booleans()),
        min_size=1,
        max_size=10,
    ),
    data=st.data(),
)
def test_cutting_and_restarting_changes_nothing_and_no_energy_is_lost(
    bench: Make, steps: Any, data: st.DataObject
) -> None:
    at, kwh, day = 0, 50.0, []
    for gap, power, fails in steps:
        at, kwh = at + gap, kwh + 0.25
        day.append((at, (power, NAN if fails else kwh)))
    points = ("meter.power", "meter.energy")

    def run(edges: list[int], restart: bool) -> list[Event]:
        shop, events = shop_of(bench, *points), []
        for start, stop in pairwise([0, *edges, len(day)]):
            events += shop.feed("meter", *day[start:stop]) if start < stop else []
            if restart:
                other = shop_of(bench, *points)
                other.engine.restore(shop.engine.snapshot(), [], same_boot=True)
                shop = other
        shop.feed("meter", (at + 5000, (0.0, kwh)), (at + 7000, (0.0, kwh)))
        return [event for event in [*events, *shop.tick(at + 7000)] if event.kind == "energy"]

    whole = run([], restart=False)
    assert run(sorted(data.draw(st.sets(st.integers(1, len(day)), max_size=4))), restart=False) == whole
    assert run(list(range(1, len(day))), restart=True) == whole
    counted = [reading for _, (_, reading) in day if not math.isnan(reading)]
    if counted:
        summed = sum(event.body["kwh"] for event in whole if event.source == "energy")
        assert summed == pytest.approx(kwh - counted[0], abs=1e-4)
