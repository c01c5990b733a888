"""The reference evaluator itself, against values worked out by hand."""

import math
from collections.abc import Mapping, Sequence

import pytest

from gateway.language import parse
from sensors.quality import NO_REPLY
from tests.language.reference import Result, Row, counted, run
from tests.language.shop import NAMES, Shop

SHOP = Shop()
S = 1_000_000_000
BAD = math.nan  # a row without a good value
TICK = None  # time passes, nothing is read


def row(at_s: float, readings: Mapping[str, float]) -> Row:
    """Return one row by the names of its points."""
    values = {NAMES.index(name): value for name, value in readings.items()}
    return round(at_s * S), values, {index: NO_REPLY for index, value in values.items() if math.isnan(value)}


def results(text: str, *readings: float | None, point: str = "meter_1.power", step_s: float = 1.0) -> Sequence[Result]:
    """Return what an expression gives after each row of one point, the first at 0 s."""
    rows = [row(at * step_s, {} if value is TICK else {point: value}) for at, value in enumerate(readings)]
    return run(parse(text, SHOP), rows)


def test_a_comparison_is_unknown_while_its_point_is_bad_or_was_never_seen() -> None:
    assert results("meter_1.power > 5", TICK, 6, BAD, 5, 7) == [None, True, None, False, True]


def test_and_or_and_not_have_three_values() -> None:
    unknown = "meter_1.current > 0"
    assert results(f"meter_1.power > 5 and {unknown}", 6, 4) == [None, False]
    assert results(f"meter_1.power > 5 or {unknown}", 6, 4) == [True, None]
    assert results(f"not {unknown}", 6) == [None]


def test_a_choice_is_known_when_what_it_chose_is() -> None:
    assert results("(1 if meter_1.current > 0 else 2)", 6) == [None]
    assert results("(meter_1.power if meter_1.power > 5 else meter_2.power)", 6, 4) == [6.0, None]


def test_a_division_by_zero_is_unknown() -> None:
    assert results("10 W / meter_1.power > 1", 5, 0) == [True, None]
    assert results("sqrt(meter_1.power / 1 W) >= 2", 4, -4) == [True, None]


def test_a_hold_waits_without_a_break_and_begins_anew_after_the_unknown() -> None:
    given = results("meter_1.power > 5 for 2s", 6, 6, 6, 4, 6, 6, BAD, 6, 6, 6)
    assert given == [False, False, True, False, False, False, None, False, False, True]


def test_a_hold_ends_at_a_tick_too() -> None:
    assert results("meter_1.power > 5 for 2s", 6, TICK, TICK) == [False, False, True]


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("mean", [1, 2, 3, 4, 6, 7]),
        ("sum", [1, 4, 9, 8, 12, 7]),
        ("min", [1, 1, 1, 3, 5, 7]),
        ("max", [1, 3, 5, 5, 7, 7]),
        ("range", [0, 2, 4, 2, 2, 0]),
        ("delta", [0, 2, 4, 2, 2, 0]),
        ("count", [1, 2, 3, 2, 2, 1]),
        ("rate", [None, 2, 2, 2, 1, None]),
        ("std", [0, 1, math.sqrt(8 / 3), 1, 1, 0]),
    ],
)
def test_a_window_has_the_good_readings_of_its_last_seconds(function: str, expected: list[Result]) -> None:
    """The reading of 0 s leaves at 3 s, that of 1 s at 4 s, that of 2 s at 5 s; the bad one of 3 s never counts."""
    assert results(f"{function}(meter_1.power, 3s)", 1, 3, 5, BAD, 7, TICK) == expected


def test_an_empty_window_is_unknown_but_counts_zero() -> None:
    assert results("mean(meter_1.power, 1s) > 0", 1, TICK) == [True, None]
    assert results("count(meter_1.power, 1s)", 1, TICK) == [1, 0]


def test_a_window_with_a_hop_has_whole_panes() -> None:
    """`4s, hop 2s`: panes of [0, 2), [2, 4), [4, 6) ...; two full ones and the present one."""
    given = results("min(meter_1.power, 4s, hop 2s)", 1, 2, 3, 4, 5, 6, 7, 8)
    assert given == [1, 1, 1, 1, 1, 1, 3, 3]


def test_a_percentile_lies_between_the_nearest_ranks() -> None:
    assert results("percentile(meter_1.power, 50, 10s)", 10, 40, 20, 30) == [10, 25, 20, 25]
    assert results("percentile(meter_1.power, 100, 10s)", 10, 40, 20) == [10, 40, 40]
    assert results("percentile(meter_1.power, 90, 10s)", 0, 10)[1] == pytest.approx(9)


def test_the_window_of_another_device_is_read_as_of_now() -> None:
    tree = parse("mean(meter_1.power, 2s) > meter_2.power", SHOP)
    rows = [row(0, {"meter_1.power": 10}), row(1, {"meter_2.power": 0.005}), row(2, {"meter_2.power": 0.005})]
    assert run(tree, rows) == [None, True, None]


def test_a_counter_that_ran_over_or_began_again_counts_right() -> None:
    assert counted(65_530, 4, 16) == 10
    assert counted(1_000, 3, 16) == 3
    assert counted(1_000, 3, 0) == 3
    tree = parse("delta(press_1.strokes, 10s)", SHOP)
    rows = [row(at, {"press_1.strokes": value}) for at, value in enumerate((65_530, 4, 6))]
    assert run(tree, rows, {NAMES.index("press_1.strokes"): 16}) == [0, 10, 12]


def test_missing_counts_from_the_start_or_from_the_last_good_reading() -> None:
    assert results("missing(meter_1.power, 2s)", TICK, TICK, TICK, 5, BAD, TICK) == [
        False, False, True, False, False, True,
    ]  # fmt: skip


def test_stuck_needs_the_same_value_for_the_whole_time() -> None:
    assert results("stuck(meter_1.power, 2s)", TICK, 5, 5, 5, 6, 6, 6) == [None, False, False, True, False, True, True]


def test_changed_looks_for_another_value_within_the_time() -> None:
    assert results("changed(meter_1.power, 2s)", TICK, 5, 5, 6, 6, 6) == [None, False, False, True, False, False]


def test_an_ewma_moves_by_its_time_constant() -> None:
    given = results("ewma(meter_1.power, 1s)", TICK, 10, 20, BAD, 20)
    first = 10 + (1 - math.exp(-1)) * 10
    assert given[:2] == [None, 10]
    assert given[2:4] == [pytest.approx(first)] * 2
    assert given[4] == pytest.approx(first + (1 - math.exp(-2)) * (20 - first))


def test_values_are_in_base_units() -> None:
    assert results("meter_2.power", 1.5, point="meter_2.power") == [1500]
    assert results("oven_1.temperature > 80", 80, 80.1, point="oven_1.temperature") == [False, True]
    assert results("rate(meter_2.power, 10s)", 1, 2, point="meter_2.power") == [None, 1000]
