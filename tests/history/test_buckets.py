"""Buckets: hours out of minutes, and what packing keeps."""

import numpy as np
import pytest

from gateway.history.buckets import empty, laid_over, packed, rolled, unpacked


def test_an_hour_is_the_weighted_mean_the_least_the_greatest_and_the_last_of_its_minutes() -> None:
    minutes = empty(4)
    minutes[0] = (30, 10.0, 8.0, 12.0, 11.0)
    minutes[2] = (10, 20.0, 5.0, 21.0, 19.0)
    assert rolled(minutes, 4).tolist() == [[40, 12.5, 5.0, 21.0, 19.0]]
    assert rolled(minutes, 2)[:, 0].tolist() == [30, 10]


def test_nothing_rolled_up_is_nothing() -> None:
    np.testing.assert_array_equal(rolled(empty(120), 60), empty(2))


def test_what_is_laid_over_hides_only_where_it_has_something() -> None:
    below, above = empty(3), empty(3)
    below[:2], above[1:] = 1.0, 2.0
    assert laid_over(below, above)[:, 1].tolist() == [1.0, 2.0, 2.0]


def test_packed_buckets_come_back_bit_by_bit_and_damaged_ones_are_a_gap() -> None:
    buckets = np.random.default_rng(1).normal(0, 1, (60, 5))
    buckets[7] = empty(1)
    data = packed(buckets)
    np.testing.assert_array_equal(unpacked(data, 60), buckets)
    for at in range(10, len(data), 40):
        broken = data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :]
        np.testing.assert_array_equal(unpacked(broken, 60), empty(60))


@pytest.mark.parametrize("data", [b"", packed(empty(24))])
def test_a_chunk_of_another_length_is_a_gap(data: bytes) -> None:
    np.testing.assert_array_equal(unpacked(data, 60), empty(60))
