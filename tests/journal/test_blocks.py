"""Blocks give back every bit that was put into them, and damage is seen."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gateway.journal.blocks import HEAD, Columns, decode, encode, times
from gateway.journal.rows import Corrupted

INT64 = st.integers(-(2**63), 2**63 - 1)
OLD = json.loads(Path(__file__).with_name("blocks").joinpath("format_1.json").read_text())
ODD = (0.0, -0.0, 5e-324, 2.0**53, 2.0**53 + 2, -(2.0**63), 1e22, 1.7e308, float("inf"), float("nan"), -float("nan"))


@st.composite
def columns(draw: st.DrawFn) -> Columns:
    rows, wide = draw(st.integers(1, 40)), draw(st.integers(1, 12))
    narrow = draw(st.sampled_from([wide, 0]))

    def times() -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return draw(hnp.arrays(np.int64, rows, elements=INT64))

    values = draw(hnp.arrays(np.uint64, (rows, wide))).view(np.float64)
    for column in range(wide):
        if draw(st.booleans()):
            values[:, column] = draw(decimals(rows))
    return Columns(times(), times(), times(), values, draw(hnp.arrays(np.uint8, (rows, narrow))))


@st.composite
def decimals(draw: st.DrawFn, rows: int) -> Any:
    """Readings as meters send them: integers, or a register times a factor, and an odd one among them."""
    raw = draw(hnp.arrays(np.int64, rows, elements=st.integers(-(2**17), 2**54))).astype(np.float64)
    values = raw * draw(st.sampled_from([1.0, 0.1, 0.01, 0.001, 1e-4, 1e-5, 0.5]))
    if draw(st.booleans()):
        values[draw(st.integers(0, rows - 1))] = draw(st.sampled_from(ODD))
    return values


@given(columns())
def test_a_block_gives_back_every_bit(before: Columns) -> None:
    packed = encode(before)
    after = decode(packed)
    np.testing.assert_array_equal(times(packed), before.mono_ns)
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
        with suppress(Corrupted):  # the times may be whole
            assert len(times(data)) == HEAD.unpack_from(data)[1]


@pytest.mark.parametrize("old", OLD, ids=lambda old: old["name"])
def test_a_block_that_an_older_version_wrote_is_read(old: dict[str, Any]) -> None:
    block = decode(bytes.fromhex(old["data"]))
    assert block.values.view(np.uint64).tolist() == old["values_bits"]
    for name in ("mono_ns", "time_ns", "order", "quality"):
        assert getattr(block, name).tolist() == old[name]
    assert times(bytes.fromhex(old["data"])).tolist() == old["mono_ns"]


def test_a_block_that_says_it_is_too_large_is_damage_before_it_takes_memory() -> None:
    packed = encode(Columns(*[np.zeros(1, np.int64)] * 3, np.zeros((1, 1)), np.zeros((1, 1), np.uint8)))
    with pytest.raises(Corrupted):
        decode(HEAD.pack(2, 2**32 - 1, 2**16 - 1) + packed[HEAD.size :])


@pytest.mark.parametrize(("decimals", "most_bytes"), [(0, 0.6), (1, 1.0), (3, 2.0)])
def test_a_block_of_steady_values_is_small(decimals: int, most_bytes: float) -> None:
    """Bytes a value; 8 as they are."""
    rows = np.arange(600, dtype=np.int64)
    mono = rows * 1_000_000_000
    values = np.round(np.random.default_rng(1).normal(230, 1, (600, 8)), decimals)
    packed = encode(Columns(mono, mono + 5, rows, values, np.zeros((600, 8), np.uint8)))
    assert len(packed) / values.size < most_bytes
