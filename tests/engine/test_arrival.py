"""Rows that come in are told to be clean, and made so, by the kernel as by NumPy."""

import numpy as np
import pytest
from numpy.typing import NDArray

from gateway.engine import kernel
from gateway.engine.arrival import Arrival, Rows
from sensors.batch import Batch
from sensors.quality import BAD, HELD, NO_REPLY, NOT_A_NUMBER, UNCERTAIN


def accepted(values: NDArray[np.float64], quality: NDArray[np.uint8]) -> Rows:
    """What comes of rows [T, K] at a device's first times."""
    with np.errstate(all="ignore"):  # as the engine has it
        return Arrival(1).accept(Batch(0, 0, np.arange(1, len(values) + 1), values, quality))


@pytest.mark.parametrize("shape", [(1, 1), (1, 15), (1, 16), (1, 50), (40, 1), (40, 3), (7, 33)])
@pytest.mark.parametrize("native", [True, False])
def test_one_value_is_enough_for_a_row_not_to_be_clean(
    monkeypatch: pytest.MonkeyPatch, shape: tuple[int, int], native: bool
) -> None:
    assert kernel.LOADED is not None
    if not native:
        monkeypatch.setattr(kernel, "LOADED", None)
    chance = np.random.default_rng(1)
    good = np.where(chance.random(shape) < 0.3, -0.0, chance.normal(0, 1e100, shape))
    usable = chance.choice([0, UNCERTAIN, HELD, BAD - 1], shape).astype(np.uint8)
    rows = accepted(good, usable)
    assert rows.clean
    assert rows.values.tobytes() == good.tobytes()
    assert rows.quality.tobytes() == usable.tobytes()
    for place in {0, good.size // 2, good.size - 1}:
        for odd in (np.nan, np.inf, -np.inf, 1e141, 1e200, -1e308):
            values, expected, finite = good.copy(), usable.copy(), np.isfinite(odd)
            values.flat[place] = odd
            rows = accepted(values.copy(), usable.copy())
            if not finite:
                expected.flat[place] = NOT_A_NUMBER
            assert not rows.clean
            assert rows.quality.tobytes() == expected.tobytes()
            np.testing.assert_array_equal(rows.values, np.where(np.isinf(values), np.nan, values))
        for bad in (BAD, NO_REPLY, 128, 255):
            quality = usable.copy()
            quality.flat[place] = bad
            rows = accepted(good.copy(), quality)
            assert not rows.clean
            assert np.isnan(rows.values.flat[place])
            assert np.isnan(rows.values).sum() == 1
            assert rows.quality.tobytes() == quality.tobytes()


@pytest.mark.parametrize("native", [True, False])
def test_columns_that_are_not_side_by_side_are_the_same(monkeypatch: pytest.MonkeyPatch, native: bool) -> None:
    if not native:
        monkeypatch.setattr(kernel, "LOADED", None)
    wide = np.arange(60.0).reshape(3, 20)
    quality = np.zeros((3, 20), np.uint8)
    wide[:, 1::2], quality[:, 1::2] = np.nan, NO_REPLY
    every_second = accepted(wide[:, ::2], quality[:, ::2])
    rows = accepted(wide[:, ::2].copy(), quality[:, ::2].copy())
    assert rows.clean
    assert every_second.values.tobytes() == rows.values.tobytes()
    assert every_second.quality.tobytes() == rows.quality.tobytes()
