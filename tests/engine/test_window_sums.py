"""Rows of a very fast device are summed up before their window is over; nobody can tell from the window."""

import numpy as np
import pytest
from numpy.typing import NDArray

from gateway.engine.windows import MOST_ROWS, DeviceWindows
from gateway.table import DeviceEntry
from sensors.point import Point

SECOND_NS = 1_000_000_000
ENTRY = DeviceEntry("fast", "plc", None, 0, (Point(name="a", address=0), Point(name="b", address=1)))


def bits(rows: NDArray[np.float64], cuts: list[int]) -> list[bytes]:
    """The windows' columns, of rows within ten seconds that come in pieces, as bytes."""
    windows = DeviceWindows(0, ENTRY)
    times = SECOND_NS + np.arange(len(rows)) * 100_000
    for some, at in zip(np.split(rows, cuts), np.split(times, cuts), strict=True):
        windows.add(at, some)
    [window] = windows.advance(10 * SECOND_NS)
    return [column.tobytes() for column in (window.count, window.mean, window.min, window.max, window.last)]


@pytest.mark.parametrize("bad", [0.0, 0.3])
def test_sums_are_the_same_to_the_bit_however_the_rows_came(bad: float) -> None:
    """In one piece, in pieces, one by one."""
    chance = np.random.default_rng(1)
    rows = np.where(chance.random((3 * MOST_ROWS, 2)) < bad, np.nan, chance.normal(230, 40, (3 * MOST_ROWS, 2)))
    whole = bits(rows, [])
    assert bits(rows, [1, 700, 701, 2 * MOST_ROWS]) == whole
    assert bits(rows, list(range(1, len(rows)))) == whole
    assert bits(rows, list(range(0, len(rows), 97))) == whole
