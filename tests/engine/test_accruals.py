"""What accrues: energy of power, run hours, how often; over restarts, reloads and gaps, and set to zero."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

Make = Callable[..., Any]
DEVICES: dict[str, Any] = {"m": [{"name": "power", "unit": "kW"}], "n": [{"name": "button", "type": "bool"}]}
RUN = {"name": "press", "states": [{"state": "run", "when": "m.power > 1"}]}
H = 3600


def shop_of(make: Make, text: str, unit: str = "1", run: Any = RUN) -> Any:
    return make(DEVICES, machines=[run], signals=[{"name": "s", "value": text, "unit": unit}])


def value(shop: Any) -> float:
    return float(shop.engine.values[shop.engine.table.index("signals.s")])


def seconds(shop: Any, begin: int, end: int, power: float) -> None:
    """Let the meter say this each half minute, and each second pass."""
    for second in range(begin, end):
        if second % 30 == 0:
            shop.feed("m", (second, (power,)))
        shop.tick(second)


def again(make: Make, shop: Any, text: str, unit: str, same_boot: bool, run: Any = RUN) -> Any:
    other = shop_of(make, text, unit, run)
    other.engine.restore(shop.engine.snapshot(), [], same_boot=same_boot)
    return other


@pytest.mark.parametrize("text", ["integral(m.power)", "integral(m.power, 1h, hop 10s)", "integral(m.power, n.button)"])
def test_power_becomes_energy(bench: Make, text: str) -> None:
    shop = shop_of(bench, text, "kWh")
    seconds(shop, 0, 601, 3.0)
    seconds(shop, 601, 900, 6.0)
    shop.tick(900)
    assert value(shop) == pytest.approx((630 * 3 + 270 * 6) / H)


def test_time_without_a_reading_or_without_a_gateway_accrues_nothing(bench: Make) -> None:
    shop = shop_of(bench, "hours(machines.press.run)", "s")
    shop.feed("m", (1, (2,)))
    shop.tick(*range(2, 11))
    shop.feed("m", (10.5, (float("nan"),)))
    shop.tick(*range(11, 31))
    shop.feed("m", (30.5, (2,)))
    shop.tick(*range(31, 41))
    assert value(shop) == pytest.approx(9.5 + 9.5)
    shop.tick(5000)  # the gateway was asleep
    shop.tick(5001)
    assert value(shop) == pytest.approx(20.0)


def test_run_hours_go_on_after_a_power_cut_and_when_run_is_said_otherwise(bench: Make) -> None:
    text = "hours(machines.press.run)"
    shop = shop_of(bench, text, "s")
    seconds(shop, 0, 101, 2.0)
    assert value(shop) == 100.0
    other = again(bench, shop, text, "s", same_boot=False)
    seconds(other, 0, 51, 2.0)
    assert value(other) == 150.0
    new = shop_of(bench, text, "s", {"name": "press", "states": [{"state": "run", "when": "m.power > 1.5"}]})
    new.engine.adopt(other.engine)
    new.feed("m", (50.5, (2,)))
    new.tick(*range(51, 61))
    assert value(new) == 160.0


def test_what_became_true_while_the_gateway_was_off_counts_and_what_stayed_so_does_not(bench: Make) -> None:
    text = "count_since(m.power > 1)"
    shop = shop_of(bench, text)
    shop.feed("m", (1, (0,)), (2, (2,)), (3, (float("nan"),)), (4, (2,)))
    assert value(shop) == 1.0
    other = again(bench, shop, text, "1", same_boot=False)
    other.feed("m", (1, (2,)))
    assert value(other) == 1.0
    other.feed("m", (2, (0,)))
    third = again(bench, other, text, "1", same_boot=False)
    third.feed("m", (1, (2,)))
    assert value(third) == 2.0


def test_a_button_begins_anew(bench: Make) -> None:
    shop = shop_of(bench, "hours(machines.press.run, n.button)", "s")
    shop.feed("n", (0, (0,)))
    seconds(shop, 0, 50, 2.0)
    shop.feed("n", (49.5, (1,)))
    seconds(shop, 50, 60, 2.0)
    shop.feed("n", (59.5, (0,)))
    shop.tick(60)
    assert value(shop) == pytest.approx(10.5)


def test_a_share_leaves_unknown_time_out(bench: Make) -> None:
    shop = shop_of(bench, "share(m.power > 1, every 10s)", "%")
    shop.feed("m", (10, (2,)), (12, (0,)), (15, (float("nan"),)))
    shop.tick(20)
    assert value(shop) == pytest.approx(40.0)


def test_within_is_true_while_the_second_is_that_came_in_time(bench: Make) -> None:
    shop = bench(DEVICES, rules=[{"name": "r", "when": "within(n.button, m.power > 1, 10s)"}])
    shop.feed("m", (0, (0,)))
    shop.feed("n", (0, (0,)), (5, (1,)), (6, (0,)))
    shop.feed("m", (15, (2,)), (20, (2,)), (21, (0,)))
    shop.feed("n", (30, (1,)))
    shop.feed("m", (40.5, (2,)))
    assert [(event.mono_ns / 1e9, event.body["action"]) for event in shop.events] == [(15, "raise"), (21, "clear")]


@pytest.mark.parametrize("function", ["integral(m.power, 4s)", "integral(m.power, 4s, hop 1s)"])
def test_a_reading_too_large_to_count_with_leaves_with_its_time(bench: Make, function: str) -> None:
    shop, other = (shop_of(bench, function, "kWh") for _ in range(2))
    shop.feed("m", (1, (1e305,)), (2, (-1.5e305,)), (3, (1.0,)))
    calm = [(second, (second / 4,)) for second in range(10, 19)]
    for one in (shop, other):
        one.feed("m", *calm)
    assert value(shop) == value(other)
    assert np.isfinite(value(shop))


SERVICE = {"name": "service", "when": "signals.s > 20 s", "resets": ["s"], "message": {"ko": "정비", "en": "Service"}}


def test_acknowledging_the_alarm_of_a_service_begins_the_run_hours_anew(bench: Make) -> None:
    parts = {"machines": [RUN], "signals": [{"name": "s", "value": "hours(machines.press.run)", "unit": "s"}]}
    shop = bench(DEVICES, **parts, rules=[SERVICE])
    seconds(shop, 0, 26, 2.0)
    snapshot = shop.engine.snapshot()
    _, reset = shop.engine.acknowledge("service", "김", 25_500_000_000)
    assert reset.body == {"signal": "s", "value": 25.0, "unit": "s", "by": "김"}
    assert [event.body["action"] for event in shop.tick(26, 27)] == ["clear"]
    assert value(shop) == 2.0
    other = bench(DEVICES, **parts, rules=[SERVICE])
    other.engine.restore(snapshot, [reset], same_boot=False)
    seconds(other, 0, 4, 2.0)
    assert value(other) == 3.0


def test_only_what_accrues_is_set_to_zero(bench: Make) -> None:
    signals = [{"name": "plain", "value": "m.power", "unit": "kW"}]
    signals.append({"name": "cost", "value": "integral(m.power) * 2 + 1 kWh", "unit": "kWh"})
    shop = bench(DEVICES, signals=signals)
    shop.feed("m", (0, (3600,)))
    shop.tick(*range(1, 11))
    assert shop.engine.reset("plain", "김", 10) == []
    (event,) = shop.engine.reset("cost", "김", 10)
    assert (event.kind, event.source, event.body["value"]) == ("reset", "cost", pytest.approx(21.0))
    shop.tick(11)
    assert shop.engine.values[shop.engine.table.index("signals.cost")] == pytest.approx(3.0)
    with pytest.raises(KeyError):
        shop.engine.reset("costs", "김", 10)
