"""Baselines in expressions: what is usual is learned quietly, kept, and judged by charts and CUSUM."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.figures.test_charts import FLOW, RINGS
from tests.figures.test_cusum import VALUES

Make = Callable[..., Any]
DEVICES: dict[str, Any] = {"a": [{"name": "t", "quantity": "temperature", "unit": "degC"}, "x"]}
TEN = [10.0 - 0.564 * (-1) ** number for number in range(10)]  # their mean is 10, their sigma by moving ranges 1


def signals(**texts: str) -> list[dict[str, str]]:
    return [{"name": name, "value": text} for name, text in texts.items()]


def value(shop: Any, name: str) -> float:
    return float(shop.engine.values[shop.engine.table.index(f"signals.{name}")])


def feed(shop: Any, values: Any, first_s: float = 1.0, every_s: float = 1.0) -> None:
    for number, one in enumerate(values):
        shop.feed("a", (first_s + number * every_s, (one, one)))


def test_centre_and_sigma_of_single_values_are_those_of_nist(bench: Make) -> None:
    """NIST/SEMATECH e-Handbook, 6.3.2.2: centre 50.81, limits 45.8159 and 55.8041."""
    plan = "a.x, baselines.flow, 10"
    texts = signals(u=f"usual({plan})", high=f"usual({plan}) + 3 * sigma({plan})", w=f"western_electric({plan})")
    shop = bench(DEVICES, signals=texts)
    feed(shop, FLOW[:9])
    assert math.isnan(value(shop, "u"))
    feed(shop, FLOW[9:], 10.0)
    assert (value(shop, "u"), value(shop, "high")) == (pytest.approx(50.81), pytest.approx(55.8041, abs=2e-3))
    assert math.isnan(value(shop, "w"))  # the baseline is not judged
    for at_s, one, broken in ((11, 55.7, 0.0), (12, 55.9, 1.0), (13, 50.0, 0.0)):
        feed(shop, [one], at_s)
        assert value(shop, "w") == broken


def test_limits_of_subgroups_are_those_of_montgomery(bench: Make) -> None:
    """Montgomery, example 6.3: the piston rings' means of five stay between 73.9876 and 74.0144."""
    plan = "a.x, baselines.rings, 25, 5"
    texts = signals(u=f"usual({plan})", s=f"3 * sigma({plan})", c=f"charted({plan})", r=f"uneven({plan})")
    shop = bench(DEVICES, signals=texts)
    feed(shop, RINGS.reshape(-1))
    assert (value(shop, "u") + value(shop, "s"), value(shop, "u") - value(shop, "s")) == (
        pytest.approx(74.0144, abs=3e-4), pytest.approx(73.9876, abs=3e-4),
    )  # fmt: skip
    assert value(shop, "c") == pytest.approx(RINGS[-1].mean())
    feed(shop, [74.0, 74.0, 74.0, 74.0, 74.049], 200.0)
    assert value(shop, "r") == pytest.approx(1.0, abs=0.01)  # the range chart's limit is 0.0490


def test_the_moving_ranges_of_single_values_have_the_limit_of_nist(bench: Make) -> None:
    """NIST/SEMATECH e-Handbook, 6.3.2.2: the upper limit of moving ranges is 3.267 times their mean, 1.8778."""
    shop = bench(DEVICES, signals=signals(r="uneven(a.x, baselines.flow, 10)"))
    feed(shop, [*FLOW, FLOW[-1] + 3.267 * 1.8778])
    assert value(shop, "r") == pytest.approx(1.0, abs=1e-3)


def test_the_drift_of_montgomerys_example_is_found_at_its_29th_value(bench: Make) -> None:
    """Table 9.2: C+ is 5.28 at the 29th value, of a run of 7; the new mean is 11.25, so it moved by 1.25."""
    shop = bench(DEVICES, signals=signals(d="drift(a.x, baselines.first, 10)"))
    feed(shop, TEN)
    told = []
    for number, one in enumerate(VALUES):
        feed(shop, [one], 20.0 + number)
        told.append(value(shop, "d"))
    assert told[:28] == [0.0] * 28
    assert told[28] == pytest.approx(1.25, abs=0.01)


def test_a_rule_is_raised_with_its_sentence_and_cleared_when_the_mean_is_back(bench: Make) -> None:
    plan = "a.t, baselines.first, 10"
    texts = [f"usual({plan})", f"drift({plan})"]
    message = {
        "ko": f"평소 {{{texts[0]}}}에서 {{{texts[1]}}} 옮겨 갔어요",
        "en": f"{{{texts[1]}}} from the usual {{{texts[0]}}}",
    }
    shop = bench(DEVICES, rules=[{"name": "drifting", "when": f"abs({texts[1]}) > 0", "message": message}])
    feed(shop, [*TEN, *[10.0] * 5])
    assert shop.events == []
    feed(shop, [12.0] * 10, 20.0)
    (event,) = shop.events
    assert event.body["message"] == {"ko": "평소 10 °C에서 2 °C 옮겨 갔어요", "en": "2 °C from the usual 10 °C"}
    feed(shop, [10.0] * 12, 40.0)
    assert [one.body["action"] for one in shop.events] == ["raise", "clear"]


def test_a_chart_point_is_the_mean_of_a_stretch_of_time_and_one_without_readings_is_none(bench: Make) -> None:
    plan = "a.x, baselines.first, 10, 10s"
    shop = bench(DEVICES, signals=signals(c=f"charted({plan})", u=f"usual({plan})"))
    feed(shop, [1.0, 3.0, math.nan], 11.0)
    assert math.isnan(value(shop, "c"))
    feed(shop, [9.0], 21.0)
    assert value(shop, "c") == 2.0
    feed(shop, [math.nan], 31.0)
    feed(shop, [5.0], 45.0)
    assert value(shop, "c") == 9.0
    feed(shop, [5.0] * 8, 55.0, every_s=10.0)
    assert value(shop, "u") == pytest.approx((2.0 + 9.0 + 7 * 5.0 + 5.0) / 10.0)


def test_another_name_learns_anew_and_the_same_goes_on_after_a_reload(bench: Make) -> None:
    old = bench(DEVICES, signals=signals(u="usual(a.x, baselines.first, 10)"))
    feed(old, TEN)
    new = bench(DEVICES, signals=signals(u="usual(a.x, baselines.first, 10)", v="usual(a.x, baselines.repaired, 10)"))
    new.engine.adopt(old.engine)
    feed(new, [20.0], 20.0)
    assert value(new, "u") == pytest.approx(10.0)
    assert math.isnan(value(new, "v"))


@pytest.mark.parametrize("same_boot", [True, False])
def test_what_was_learned_outlives_a_night(bench: Make, same_boot: bool) -> None:
    texts = signals(
        d="drift(a.x, baselines.first, 10)", n="nelson(a.x, baselines.first, 10)", s="sigma(a.x, baselines.m, 10)"
    )
    day = bench(DEVICES, signals=texts)
    feed(day, [*TEN[:7]])
    for values in (TEN[7:], [11.5] * 4, [11.5] * 5):
        night = bench(DEVICES, signals=texts)
        night.engine.restore(day.engine.snapshot(), [], same_boot=same_boot)
        day = night
        feed(day, values, 1.0 if not same_boot else 100.0 + len(values) * 10)
    assert value(day, "d") == pytest.approx(1.5)
    assert value(day, "n") == 2.0  # nine in a row on one side, over two nights
    assert value(day, "s") == pytest.approx(1.0)


def test_what_never_moved_stays_unknown(bench: Make) -> None:
    shop = bench(DEVICES, rules=[{"name": "r", "when": "nelson(a.x, baselines.first, 10) > 0"}])
    feed(shop, [5.0] * 20 + [9.0] * 5)
    assert shop.events == []


def test_only_readings_while_a_machine_runs_are_learned_from(bench: Make) -> None:
    """A division by zero is no reading: so a condition gates what is learned."""
    text = "usual(a.x / (1 if machines.m.run else 0), baselines.running, 10)"
    machines = [{"name": "m", "states": [{"state": "run", "when": "a.t > 50"}]}]
    shop = bench(DEVICES, signals=signals(u=text), machines=machines)
    for second in range(40):
        running = second % 2 == 0
        shop.feed("a", (1.0 + second, (60.0 if running else 20.0, 7.0 if running else 0.1)))
    assert value(shop, "u") == pytest.approx(7.0)


def test_hours_and_shifts_have_their_own_usual(bench: Make) -> None:
    """Power is 5 by day and 1 by night; 5 at night is odd, though it is usual by day."""
    rng = np.random.default_rng(8)
    shifts = [
        {"name": "day", "start": "09:00", "end": "21:00", "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}
    ]
    texts = signals(
        h="odd(a.x, seasons.hour, 30, 10min)", n="normal(a.x, seasons.hour, 30, 10min)",
        s="odd(a.x, seasons.shift, 30, 10min)", a="odd(a.x, seasons.always, 30, 10min)",
    )  # fmt: skip
    shop = bench(DEVICES, signals=texts, shifts=shifts)
    shop.engine.season.offset_ns = 1_700_000_000 // 86_400 * 86_400 * 10**9  # a midnight UTC, 09:00 in Seoul

    def hours(first: int, last: int, level: float | None = None) -> None:
        for hour in range(first, last):
            usual = 5.0 if hour % 24 < 12 else 1.0
            power = rng.normal(usual if level is None else level, 0.1, 6)
            feed(shop, power, hour * 3600.0 + 1.0, every_s=600.0)

    hours(0, 72)
    feed(shop, [1.0], 72 * 3600.0)
    assert (abs(value(shop, "h")) < 6.0, abs(value(shop, "s")) < 6.0) == (True, True)
    assert value(shop, "n") == pytest.approx(1.0, abs=0.2)
    hours(72, 85)
    hours(85, 86, level=5.0)
    assert (value(shop, "h") > 6.0, value(shop, "s") > 6.0) == (True, True)
    assert abs(value(shop, "a")) < 6.0


def test_a_usual_that_stood_still_is_learned_anew_when_it_moves(bench: Make) -> None:
    shop = bench(DEVICES, signals=signals(o="odd(a.x, seasons.always, 10)", n="normal(a.x, seasons.always, 10)"))
    feed(shop, [5.0] * 20)
    assert math.isnan(value(shop, "o"))
    feed(shop, [8.0, 8.1, 7.9] * 5, 30.0)
    assert value(shop, "n") == pytest.approx(8.0, abs=0.1)
    assert abs(value(shop, "o")) < 3.0


def test_a_condition_on_another_device_brings_no_readings_of_its_own(bench: Make) -> None:
    """Each piece is learned from once, however often the other device tells that the machine runs, and time passes."""
    devices = DEVICES | {"b": ["speed"]}
    machines = [{"name": "m", "states": [{"state": "run", "when": "b.speed > 0 for 2s"}]}]
    text = "charted(only(a.x, machines.m.run), baselines.pieces, 10, 3)"
    shop = bench(devices, signals=signals(c=text), machines=machines)
    told = []
    for second in range(1, 13):
        shop.feed("b", (second + 0.1, (0.0 if second == 6 else 1.0,)), (second + 0.2, (0.0 if second == 6 else 1.0,)))
        shop.tick(second + 1)
        if second % 2:
            shop.feed("a", (second + 1.5, (0.0, float(second))))
        told.append(value(shop, "c"))
    # of 1, 3, 5, 7, 9, 11 all but the first and 7 came while it ran: 3, 5 and 9
    assert told[-3:] == [pytest.approx(17 / 3)] * 3
