"""Long windows keep summaries of their panes: bounded, told right, and gone with their time."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gateway.engine import ranks
from gateway.engine.summaries import SUMMARIES

Make = Callable[..., Any]
DEVICES: dict[str, Any] = {"m": ["x"]}


def shop_of(make: Make, **texts: str) -> Any:
    units = {name: {"unit": "Hz"} if text.startswith("rate") else {} for name, text in texts.items()}
    return make(DEVICES, signals=[{"name": name, "value": text, **units[name]} for name, text in texts.items()])


def value(shop: Any, name: str = "s") -> float:
    return float(shop.engine.values[shop.engine.table.index(f"signals.{name}")])


def test_a_tumbling_window_tells_of_the_last_full_one(bench: Make) -> None:
    shop = shop_of(bench, s="mean(m.x, every 10s)")
    shop.feed("m", (1, (1,)), (9, (3,)))
    assert np.isnan(value(shop))
    shop.tick(10)
    assert value(shop) == 2.0
    shop.feed("m", (11, (50,)))
    assert value(shop) == 2.0
    shop.tick(20)
    assert value(shop) == 50.0
    shop.tick(30)
    assert np.isnan(value(shop))  # nothing was read in it


@pytest.mark.parametrize("function", [*SUMMARIES, "median"])
def test_a_day_of_readings_takes_no_more_room_than_an_hour(bench: Make, function: str) -> None:
    shop = shop_of(bench, s=f"{function}(m.x, 1h, hop 1min)")
    sizes = []
    for hour in range(3):
        rows = [(hour * 3600 + second, (float((second * 7919) % 101),)) for second in range(1, 3600, 25)]
        shop.feed("m", *rows)
        (panes,) = shop.engine.state.panes.values()
        sizes.append(sum(column.size for column in panes.save()["columns"].values()))
    assert sizes[1] == sizes[2]
    assert sizes[2] <= 62 * 4


def test_a_percentile_of_many_readings_is_near_the_exact_one(bench: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of the panes has more readings than are kept of it."""
    chance = np.random.default_rng(3)
    readings = chance.gamma(2.0, 50.0, 31 * 100)
    monkeypatch.setattr(ranks, "MOST_VALUES", 30 * 20)
    monkeypatch.setattr(ranks, "MORE", 50)
    shop = shop_of(bench, s="percentile(m.x, 95, 30min, hop 1min)")
    every_s = 31 * 60 / len(readings)
    shop.feed("m", *((at * every_s, (float(one),)) for at, one in enumerate(readings)))
    low, high = np.percentile(readings, [94.5, 95.5])
    assert low < value(shop) < high


@pytest.mark.parametrize("function", [*SUMMARIES, "median"])
@pytest.mark.parametrize("span", ["4s", "4s, hop 1s"])
def test_a_reading_too_large_to_count_with_leaves_with_its_row(bench: Make, function: str, span: str) -> None:
    shop, other = (shop_of(bench, s=f"{function}(m.x, {span})") for _ in range(2))
    huge = [(second, (one,)) for second, one in enumerate((1.5e308, -1.7e308, 1e300, 1.0), 1)]
    shop.feed("m", *huge)
    calm = [(second, (second / 4,)) for second in range(10, 16)]
    shop.feed("m", *calm)
    other.feed("m", *calm)
    assert value(shop) == value(other)
    assert np.isfinite(value(shop))
