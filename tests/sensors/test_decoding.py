"""Registers to values."""

import math
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.decoding import WORD, Decoder, decode_text
from sensors.point import Point
from sensors.quality import GOOD, NO_REPLY, NOT_A_NUMBER, OUT_OF_RANGE, SENSOR_FAULT

FORMATS = {"u16": "H", "i16": "h", "u32": "I", "i32": "i", "u64": "Q", "i64": "q", "f32": "f", "f64": "d"}
RANGES = {kind: struct.calcsize(">" + code) * 8 for kind, code in FORMATS.items()}


def point(**options: Any) -> Point:
    """A point at register 0."""
    return Point.model_validate({"name": "p", "address": 0} | options)


def decode(raw: bytes, *points: Point, unread: int | None = None) -> tuple[list[float], list[int]]:
    """Decode registers that begin at address 0; `unread` is one that was not read."""
    image = np.frombuffer(raw, WORD)
    heard = np.zeros(len(image), np.uint8)
    if unread is not None:
        heard[unread] = NO_REPLY
    values, quality = Decoder(points, lambda _, address: address).decode(image, heard)
    return values.tolist(), quality.tolist()


def swapped(raw: bytes) -> bytes:
    """The words in the other order, the bytes within them as they were."""
    return b"".join(raw[i : i + 2] for i in range(len(raw) - 2, -1, -2))


def bytes_swapped(raw: bytes) -> bytes:
    """The words as they were, the bytes within them in the other order."""
    return b"".join(raw[i : i + 2][::-1] for i in range(0, len(raw), 2))


@given(st.data())
def test_every_type_comes_back_as_it_was_packed(data: st.DataObject) -> None:
    """Both orders of words and of bytes, all whole numbers that float64 holds exactly."""
    kind = data.draw(st.sampled_from([k for k in FORMATS if k[0] != "f"]))
    bits = min(RANGES[kind], 53)
    low, high = (0, 2**bits - 1) if kind[0] == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    number = data.draw(st.integers(low, high))
    raw = struct.pack(">" + FORMATS[kind], number)
    assert decode(raw, point(type=kind)) == ([float(number)], [GOOD])
    told = ([float(number)], [GOOD])
    assert decode(swapped(raw), point(type=kind, word_order="little")) == told
    assert decode(bytes_swapped(raw), point(type=kind, byte_order="little")) == told
    assert decode(raw[::-1], point(type=kind, word_order="little", byte_order="little")) == told


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_floats_come_back_as_they_were_packed(number: float) -> None:
    """32 bits fit into 64 exactly."""
    assert decode(struct.pack(">f", number), point(type="f32")) == ([number], [GOOD])
    assert decode(swapped(struct.pack(">d", number)), point(type="f64", word_order="little")) == ([number], [GOOD])


@given(st.integers(0, 65535), st.integers(1, 6))
def test_a_decimal_scale_gives_the_nearest_decimal(raw: int, decimals: int) -> None:
    """2257 tenths are 225.7, not 225.70000000000002: what is shown is what the meter shows."""
    [value], _ = decode(raw.to_bytes(2, "big"), point(scale=float(f"1e-{decimals}")))
    assert value == float(f"{raw}e-{decimals}")


def test_scale_then_offset_then_range() -> None:
    """4 to 20 mA as 0 to 10 bar: the range is that of the value, not of the raw number."""
    pressure = point(unit="bar", scale=10 / 16000, offset=-2.5, low=0, high=10)
    assert decode(struct.pack(">H", 12000), pressure) == ([5.0], [GOOD])
    for raw in (3999, 20001):
        values, quality = decode(struct.pack(">H", raw), pressure)
        assert math.isnan(values[0])
        assert quality == [OUT_OF_RANGE]


@pytest.mark.parametrize("kind", ["f32", "f64"])
@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_not_a_number_says_so(kind: str, number: float) -> None:
    """Also when the point has a range."""
    values, quality = decode(struct.pack(">" + FORMATS[kind], number), point(type=kind, low=0, high=1, scale=2))
    assert math.isnan(values[0])
    assert quality == [NOT_A_NUMBER]


@pytest.mark.parametrize(("number", "quality"), [(2**53, GOOD), (2**53 + 2, OUT_OF_RANGE), (2**64 - 1, OUT_OF_RANGE)])
def test_a_whole_number_beyond_2_to_the_53_is_out_of_range(number: int, quality: int) -> None:
    """A double would round it, and a counter's delta would be wrong."""
    assert decode(struct.pack(">Q", number), point(type="u64"))[1] == [quality]


def test_a_fault_value_is_a_sensor_fault_before_it_is_scaled() -> None:
    """Controllers tell an open sensor by a raw number."""
    open_sensor = point(type="i16", scale=0.1, fault_values=[31000, -30000])
    assert decode(struct.pack(">h", 31000), open_sensor)[1] == [SENSOR_FAULT]
    assert decode(struct.pack(">h", -30000), open_sensor)[1] == [SENSOR_FAULT]
    assert decode(struct.pack(">h", 3100), open_sensor) == ([310.0], [GOOD])


def test_decimals_come_from_their_register() -> None:
    """The same raw number is 1234, 123.4 or 12.34."""
    controller = point(type="i16", decimals_address=1)
    for decimals, value in ((0, 1234.0), (1, 123.4), (2, 12.34)):
        assert decode(struct.pack(">hH", 1234, decimals), controller) == ([value], [GOOD])
    assert decode(struct.pack(">hH", 1234, 40000), controller)[1] == [OUT_OF_RANGE]
    assert decode(struct.pack(">hH", 1234, 1), controller, unread=1)[1] == [NO_REPLY]


def test_bits_and_truth_values() -> None:
    """One word holds many states; any word but 0 is true."""
    points = [point(name=f"b{n}", bit=n, kind="state") for n in (0, 5, 15)]
    assert decode(struct.pack(">H", 0x8020), *points, point(name="any", type="bool"))[0] == [0, 1, 1, 1]


def test_an_unread_register_marks_its_points_alone() -> None:
    """Neighbours of a lost read stay good."""
    first, second = point(name="a"), point(name="b", address=1)
    values, quality = decode(struct.pack(">HH", 1, 2), first, second, unread=1)
    assert quality == [GOOD, NO_REPLY]
    assert values[0] == 1
    assert math.isnan(values[1])


def test_points_of_many_types_keep_their_order() -> None:
    """The plan groups by type; the row does not."""
    raw = struct.pack(">HfhHI", 7, 1.5, -3, 0, 9)
    points = [
        point(name="a", type="u16", address=0),
        point(name="b", type="f32", address=1),
        point(name="c", type="i16", address=3),
        point(name="d", type="bool", address=4),
        point(name="e", type="u32", address=5),
        point(name="f", type="u16", address=0),
    ]
    assert decode(raw, *points)[0] == [7, 1.5, -3, 0, 9, 7]


@pytest.mark.parametrize("text", ["LOT-17", "창신 3호", ""])
@pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
def test_texts_in_both_korean_encodings(text: str, encoding: str) -> None:
    """NULs and blanks after the text are not part of it."""
    raw = text.encode(encoding).ljust(24, b"\0")
    assert decode_text(np.frombuffer(raw, WORD)) == text
    assert decode_text(np.frombuffer(raw, "<u2").astype(WORD), low_byte_first=True) == text


@given(st.binary(min_size=2, max_size=64).filter(lambda raw: len(raw) % 2 == 0))
def test_any_bytes_are_some_text(raw: bytes) -> None:
    """A device that sends rubbish stops nothing."""
    assert "\0" not in decode_text(np.frombuffer(raw, WORD))


def test_rows_that_came_together_are_decoded_as_each_alone() -> None:
    """Also where a fault, the decimals or a range are told by the registers themselves."""
    points = [
        point(name="a", type="i16", scale=0.1, low=-10, high=2000),
        point(name="b", address=1, type="f32", word_order="little"),
        point(name="c", address=3, decimals_address=4),
        point(name="d", address=5, bit=2, bits=3),
        point(name="e", address=6, type="u16", fault_values=[0x7FFF], fault_address=5),
    ]
    chance = np.random.default_rng(3)
    image = chance.choice(np.array([0, 1, 3, 0x7FFF, 0x8000, 0xFFFF, 0x41A0], WORD), (500, 7))
    heard = chance.choice(np.array([GOOD, GOOD, GOOD, NO_REPLY], np.uint8), image.shape)
    decoder = Decoder(points, lambda _, address: address)
    values, quality = decoder.decode(image, heard)
    for t in range(len(image)):
        alone = decoder.decode(image[t], heard[t])
        assert (values[t].tobytes(), quality[t].tobytes()) == (alone[0].tobytes(), alone[1].tobytes())
