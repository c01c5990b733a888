"""demand: what the quarter hour on the wall's clock will come to, against sums written out plainly."""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

Make = Callable[..., Any]
METER = {"meter": [{"name": "power", "unit": "kW"}]}
SIGNAL = {"signals": [{"name": "peak", "unit": "kW", "value": "demand(meter.power, 15min)"}]}
BEGAN_S = 1_795_316_400  # a quarter hour begins
QUARTER = 900


def meter(bench: Make, offset_s: float = BEGAN_S, **parts: Any) -> Any:
    shop = bench(METER, **(SIGNAL | parts))
    shop.engine.season.offset_ns = round(offset_s * 1e9)
    return shop


def demand(shop: Any) -> float:
    return float(shop.engine.values[shop.engine.table.index("signals.peak")])


def test_it_is_the_mean_that_the_quarter_hour_will_have(bench: Make) -> None:
    """Five minutes at 30 kW and ten at 60 make a quarter hour of 50."""
    shop = meter(bench)
    shop.feed("meter", (0, (30,)))
    assert demand(shop) == pytest.approx(30)
    shop.feed("meter", (300, (60,)))
    assert demand(shop) == pytest.approx(50)
    shop.feed("meter", (600, (0,)))
    assert demand(shop) == pytest.approx(30)
    shop.tick(899)
    assert demand(shop) == pytest.approx(30)
    shop.tick(900)
    assert demand(shop) == pytest.approx(0), "another quarter hour"


def test_a_peak_is_told_before_it_is_one(bench: Make) -> None:
    """The limit is 45 kW. At 60 kW the quarter hour would break it: the alarm has ten minutes to be heeded."""
    shop = meter(bench, rules=[{"name": "peak", "when": "demand(meter.power, 15min) > 45 kW for 1min"}])
    shop.feed("meter", *((at, (30,)) for at in range(0, 240, 10)))
    shop.feed("meter", *((at, (60,)) for at in range(240, 400, 10)))
    assert [(event.mono_ns / 1e9, event.body["action"]) for event in shop.events] == [(300, "raise")]
    shop.feed("meter", (400, (20,)))
    assert shop.events[-1].body["action"] == "clear"


def test_the_quarter_hours_are_those_of_the_clock_not_of_the_machine(bench: Make) -> None:
    shop = meter(bench, BEGAN_S + 840)
    shop.feed("meter", (0, (90,)), (60, (10,)))
    assert demand(shop) == pytest.approx(10)


Rows = list[tuple[float, tuple[float]]]


def plain(rows: Rows, now: float) -> float:
    """Every reading stands until the next row, a quarter hour at most; what is not known does not count."""
    begin = math.floor(now / QUARTER) * QUARTER
    sums, known = 0.0, 0.0
    for (at, (value,)), (until, _) in pairwise([*rows, (now, (0.0,))]):
        lasted = max(0.0, until - max(at, begin))
        if not math.isnan(value) and until - at <= QUARTER:
            sums, known = sums + value * lasted, known + lasted
    left = begin + QUARTER - now
    return (sums + rows[-1][1][0] * left) / (known + left)


@settings(max_examples=60)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from([1, 7, 60, 444, 900, 2000]), st.sampled_from([0.0, 12.5, 60.0, math.nan])),
        min_size=1,
        max_size=15,
    ),
    data=st.data(),
)
def test_it_is_the_plain_sum_however_its_rows_come(bench: Make, steps: Any, data: st.DataObject) -> None:
    at, day = 0.0, []
    for gap, value in steps:
        at += gap
        day.append((at, (value,)))
    shop = meter(bench)
    edges = sorted(data.draw(st.sets(st.integers(1, len(day)), max_size=4)))
    for start, stop in pairwise([0, *edges, len(day)]):
        if start == stop:
            continue
        shop.feed("meter", *day[start:stop])
        assert demand(shop) == pytest.approx(plain(day[:stop], day[stop - 1][0]), nan_ok=True)
        shop.tick(day[stop - 1][0])
        other = meter(bench)
        other.engine.restore(shop.engine.snapshot(), [], same_boot=True)
        shop = other


def test_cutting_changes_no_bit(bench: Make) -> None:
    day = [(at * 7.3, (math.sin(at) * 40,)) for at in range(300)]
    parts = {
        "rules": [{"name": "r", "when": "demand(meter.power, 15min) > 1 kW", "value": "demand(meter.power, 15min)"}]
    }
    whole, single = meter(bench, **parts), meter(bench, **parts)
    whole.feed("meter", *day)
    for row in day:
        single.feed("meter", row)
    assert [event.body for event in single.events] == [event.body for event in whole.events]
    assert len(whole.events) > 3
