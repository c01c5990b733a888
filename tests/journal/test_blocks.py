"""Blocks give back every bit that was put into them, and damage is seen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gateway.journal.blocks import Columns, decode, encode
from gateway.journal.rows import Corrupted

INT64 = st.integers(-(2**63), 2**63 - 1)


@st.composite
def columns(draw: st.DrawFn) -> Columns:
    rows, wide = draw(st.integers(1, 40)), draw(st.integers(1, 12))
    narrow = draw(st.sampled_from([wide, 0]))

    def times() -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return draw(hnp.arrays(np.int64, rows, elements=INT64))

    bits = draw(hnp.arrays(np.uint64, (rows, wide)))
    return Columns(times(), times(), times(), bits.view(np.float64), draw(hnp.arrays(np.uint8, (rows, narrow))))


@given(columns())
def test_a_block_gives_back_every_bit(before: Columns) -> None:
    after = decode(encode(before))
    np.testing.assert_array_equal(after.values.view(np.uint64), before.values.view(np.uint64))
    for name in ("mono_ns", "time_ns", "order", "quality"):
        column = getattr(after, name)
        np.testing.assert_array_equal(column, getattr(before, name))
        assert column.dtype == getattr(before, name).dtype
        assert column.flags.c_contiguous


@given(columns(), st.binary(max_size=80))
def test_bytes_that_are_no_block_are_damage_and_nothing_else(before: Columns, junk: bytes) -> None:
    packed = encode(before)
    for data in (junk, packed[: len(packed) // 2], packed[:7] + junk, b"\x07" + packed[1:]):
        with pytest.raises(Corrupted):
            decode(data)


def test_a_block_of_steady_values_is_small() -> None:
    rows = np.arange(600, dtype=np.int64)
    mono = rows * 1_000_000_000
    values = np.round(np.random.default_rng(1).normal(230, 1, (600, 8)), 1)
    packed = encode(Columns(mono, mono + 5, rows, values, np.zeros((600, 8), np.uint8)))
    assert len(packed) < values.nbytes / 3
