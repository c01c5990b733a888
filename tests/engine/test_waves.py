"""Figures of waveforms in expressions: right, once a window, and the same however the stream was cut."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

Make = Callable[..., Any]
ACCELERATION = {"name": "z", "quantity": "acceleration", "unit": "gn"}
DEVICES: dict[str, Any] = {"a": [ACCELERATION, "x"], "b": ["y"]}
RATE_HZ = 1000


def signals(**texts: str) -> list[dict[str, str]]:
    return [{"name": name, "value": text, **({"unit": "mm/s"} if name == "v" else {})} for name, text in texts.items()]


def value(shop: Any, name: str) -> float:
    return float(shop.engine.values[shop.engine.table.index(f"signals.{name}")])


def shake(shop: Any, seconds: float, amplitude_gn: float, frequency_hz: float, start_s: float = 0.0) -> None:
    """Feed a sine by blocks of a tenth of a second."""
    at_s = start_s + np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    wave = 1.0 + amplitude_gn * np.sin(2.0 * np.pi * frequency_hz * at_s)
    rows = [(at, (sample, sample)) for at, sample in zip(at_s.tolist(), wave.tolist(), strict=True)]
    for first in range(0, len(rows), 100):
        shop.feed("a", *rows[first : first + 100])


def test_the_figures_of_a_sine_are_its_own(bench: Make) -> None:
    texts = signals(
        r="rms(a.x, 1s)", c="crest(a.x, 1s)", k="kurtosis(a.x, 1s)", near="band(a.x, 10 Hz, 100 Hz, 1s)",
        far="band(a.x, 100 Hz, 400 Hz, 1s)", v="velocity(a.z, 10 Hz, 400 Hz, 1s)",
    )  # fmt: skip
    shop = bench(DEVICES, signals=texts)
    shake(shop, 2.5, 0.5, 50.0)
    assert value(shop, "r") == pytest.approx(math.sqrt(1.0 + 0.125), rel=1e-3)
    assert value(shop, "c") == pytest.approx(math.sqrt(2.0), rel=1e-3)
    assert value(shop, "k") == pytest.approx(1.5, rel=1e-3)
    assert value(shop, "near") == pytest.approx(0.5 / math.sqrt(2.0), rel=1e-3)
    assert value(shop, "far") == pytest.approx(0.0, abs=1e-3)
    assert value(shop, "v") == pytest.approx(9806.65 * 0.5 / math.sqrt(2.0) / (2.0 * math.pi * 50.0), rel=1e-3)


def test_a_rule_on_vibration_is_raised_when_a_window_is_over_and_cleared_by_a_quiet_one(bench: Make) -> None:
    rule = {"name": "shaking", "when": "velocity(a.z, 10 Hz, 400 Hz, 1s) > 7.1 mm/s"}
    shop = bench(DEVICES, rules=[rule])
    shake(shop, 2.0, 0.01, 50.0)
    shake(shop, 2.0, 0.5, 50.0, start_s=2.0)
    shake(shop, 1.5, 0.01, 50.0, start_s=4.0)
    assert [(event.mono_ns, event.body["action"]) for event in shop.events] == [
        (3_000_000_000, "raise"), (5_000_000_000, "clear"),
    ]  # fmt: skip


def test_time_alone_ends_no_window_for_rows_may_still_be_on_their_way(bench: Make) -> None:
    shop = bench(DEVICES, signals=signals(r="rms(a.x, 1s)"))
    shop.feed("a", (0.5, (0, 3.0)))
    shop.tick(1, 2)
    assert math.isnan(value(shop, "r"))
    shop.feed("a", (1.5, (0, 4.0)))
    assert value(shop, "r") == 3.0
    shop.feed("a", (9.0, (0, 5.0)))  # in the second before it there was nothing
    assert math.isnan(value(shop, "r"))


@pytest.mark.parametrize(
    ("times", "known"),
    [
        (np.arange(0, 2.0, 0.01), True),
        (np.arange(0, 2.0, 0.01) + np.random.default_rng(1).uniform(0, 0.003, 200), True),
        (np.delete(np.arange(0, 2.0, 0.01), 50), False),  # a hole
        (np.arange(0.5, 2.0, 0.01), False),  # it began in the middle
        (np.arange(0, 2.0, 0.2), False),  # too few
        (np.arange(0, 2.0, 0.025), False),  # 20 Hz of 40 a second cannot be seen
    ],
)
def test_a_spectrum_is_unknown_unless_samples_came_evenly_fast_and_all_the_time(
    bench: Make, times: np.ndarray, known: bool
) -> None:
    shop = bench(DEVICES, signals=signals(s="band(a.x, 5 Hz, 30 Hz, 1s)"))
    first = times[times < 1.0].tolist()
    shop.feed("a", *[(at, (0.0, math.sin(2.0 * math.pi * 10.0 * at))) for at in [*first, 1.0]])
    assert math.isnan(value(shop, "s")) is not known


def test_a_sample_that_failed_spoils_the_spectrum_and_is_left_out_of_the_rest(bench: Make) -> None:
    shop = bench(DEVICES, signals=signals(s="band(a.x, 5 Hz, 30 Hz, 1s)", r="rms(a.x, 1s)"))
    shop.feed("a", *[(at / 100, (0.0, math.nan if at == 40 else 2.0)) for at in range(101)])
    assert math.isnan(value(shop, "s"))
    assert value(shop, "r") == 2.0


def test_a_condition_on_another_device_leaves_the_samples_even(bench: Make) -> None:
    text = "band(only(a.x, b.y > 0), 5 Hz, 30 Hz, 1s)"
    shop = bench(DEVICES, signals=signals(s=text, one="rms((1 if a.x > 0 else 3), 1s)"))
    shop.feed("b", (0.001, (1.0,)))
    for place in range(101):
        shop.feed("a", (place / 100, (0.0, math.sin(2.0 * math.pi * 10.0 * place / 100))))
        shop.feed("b", (place / 100 + 0.005, (2.0,)))
    assert value(shop, "s") == pytest.approx(math.sqrt(0.5), rel=1e-3)
    assert value(shop, "one") == pytest.approx(math.sqrt(5.0), rel=0.1)


def test_the_samples_of_a_fast_waveform_are_not_kept_and_its_figure_is(bench: Make) -> None:
    """A thousand samples a second in every snapshot would wear a memory card out."""
    texts = signals(r="rms(a.x, 1s)")
    shop = bench(DEVICES, signals=texts)
    shop.feed("a", *[(place / 4000, (0.0, 1.0)) for place in range(5000)])
    shop.engine.snapshot()
    assert shop.engine.not_kept == 0  # a quarter of a second is in progress
    shop.feed("a", *[(place / 4000, (0.0, 1.0)) for place in range(5000, 7000)])
    other = bench(DEVICES, signals=texts)
    other.engine.restore(shop.engine.snapshot(), [], same_boot=True)
    assert shop.engine.not_kept == 1
    other.feed("a", (1.8, (0.0, 2.0)))
    assert value(other, "r") == 1.0
