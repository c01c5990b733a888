"""Windows are the same to the bit however their rows came, by the kernel as by NumPy."""

import numpy as np
import pytest
from numpy.typing import NDArray

from gateway.engine import kernel
from gateway.engine.memory import _load_sums, _save_sums
from gateway.engine.windows import DeviceWindows
from gateway.table import DeviceEntry
from sensors.point import Point

SECOND_NS = 1_000_000_000
ROWS = 3000
CUTS: list[list[int]] = [
    [1, 700, 701, 2048], list(range(1, ROWS)), list(range(0, ROWS, 97)), [5, 6, 7, 8, 900, 901, 902],
]  # fmt: skip


def told(rows: NDArray[np.float64], cuts: list[int], restored_at: int = -1) -> list[bytes]:
    """All windows' columns, as bytes, of rows within a minute and a half that come in pieces."""
    points = tuple(Point(name=f"x{number}", address=number) for number in range(rows.shape[1]))
    windows, found = DeviceWindows(0, DeviceEntry("fast", "plc", None, 0, points)), []
    times = SECOND_NS + np.arange(len(rows)) * (90 * SECOND_NS // len(rows))
    with np.errstate(all="ignore"):  # as the engine has it
        for piece, (some, at) in enumerate(zip(np.split(rows, cuts), np.split(times, cuts), strict=True)):
            found += windows.add(at, some)
            if piece == restored_at:
                windows.present, windows.minute = (
                    _load_sums(_save_sums(one)) for one in (windows.present, windows.minute)
                )
        found += windows.advance(120 * SECOND_NS)
    return [
        column.tobytes() for one in found for column in (one.count, one.mean, one.min, one.max, one.last)
    ]  # fmt: skip


def chosen(points: int, bad: float, wild: float) -> NDArray[np.float64]:
    """Rows of which a share is bad or so large that squares and sums are none; many are zeros of either sign."""
    chance = np.random.default_rng(points)
    shape = (ROWS, points)
    rows = np.where(chance.random(shape) < 0.3, chance.choice([0.0, -0.0], shape), chance.normal(0, 40, shape))
    rows = np.where(chance.random(shape) < wild, chance.choice([1.7e308, -1.7e308, 1e200], shape), rows)
    rows = np.where(chance.random(shape) < bad, np.nan, rows)
    rows[:, 0] = np.nan  # never known
    rows[:, -1] = chance.choice([0.0, -0.0], ROWS)
    return rows


@pytest.mark.parametrize(("bad", "wild"), [(0.0, 0.0), (0.3, 0.0), (0.0, 0.01), (0.9, 0.2)])
@pytest.mark.parametrize("points", [1, 2, 7, 300])
def test_windows_are_the_same_however_the_rows_came(
    monkeypatch: pytest.MonkeyPatch, points: int, bad: float, wild: float
) -> None:
    """In one piece, in pieces, one by one, and restored in the middle."""
    assert kernel.LOADED is not None
    rows = chosen(points, bad, wild)
    whole = told(rows, [])
    assert len(whole) == 5 * 14  # of twelve times ten seconds and two minutes
    for cuts in CUTS:
        assert told(rows, cuts) == whole
    assert told(rows, CUTS[1], restored_at=1234) == whole
    assert told(rows, CUTS[2], restored_at=5) == whole
    assert told(rows[:, ::-1][:, ::-1], CUTS[3]) == whole
    monkeypatch.setattr(kernel, "LOADED", None)
    assert told(rows, []) == whole
    for cuts in CUTS:
        assert told(rows, cuts) == whole
    assert told(rows, CUTS[1], restored_at=1234) == whole


@pytest.mark.parametrize("native", [True, False])
def test_a_window_tells_what_came(monkeypatch: pytest.MonkeyPatch, native: bool) -> None:
    if not native:
        monkeypatch.setattr(kernel, "LOADED", None)
    rows = np.array([[np.nan, -0.0, 1.0, 1.7e308], [np.nan, 0.0, np.nan, 1.7e308], [np.nan, -0.0, 4.0, 1.0]])
    points = tuple(Point(name=f"x{number}", address=number) for number in range(4))
    windows = DeviceWindows(0, DeviceEntry("slow", "plc", None, 0, points))
    with np.errstate(all="ignore"):
        for number, row in enumerate(rows):
            windows.add(np.array([number * SECOND_NS]), row.reshape(1, -1))
        [window] = windows.advance(10 * SECOND_NS)
    np.testing.assert_array_equal(window.count, [0, 3, 2, 3])
    np.testing.assert_array_equal(window.mean, [np.nan, 0.0, 2.5, np.nan])
    np.testing.assert_array_equal(window.min, [np.nan, 0.0, 1.0, 1.0])
    np.testing.assert_array_equal(window.max, [np.nan, 0.0, 4.0, 1.7e308])
    np.testing.assert_array_equal(window.last, [np.nan, -0.0, 4.0, 1.0])
    assert not np.signbit(window.min[1])
    assert np.signbit(window.last[1])
