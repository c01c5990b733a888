"""Outputs: which bytes are written, and what is never written."""

from typing import Any

import pytest
from pydantic import ValidationError

from sensors.crc import crc16
from sensors.output import Output


def output(**options: Any) -> Output:
    """An output with limits."""
    return Output.model_validate({"name": "o", "address": 13, "low": -100, "high": 100} | options)


@pytest.mark.parametrize(
    ("options", "value", "function", "data"),
    [
        ({"scale": 0.01}, 60.0, 6, "00 0D 17 70"),
        ({"type": "i16"}, -2, 6, "00 0D FF FE"),
        ({"multiple": True}, 5, 16, "00 0D 00 01 02 00 05"),
        ({"type": "f32"}, 2.0, 16, "00 0D 00 02 04 40 00 00 00"),
        ({"type": "u32", "word_order": "little"}, 5, 16, "00 0D 00 02 04 00 05 00 00"),
        ({"table": "coil", "type": "bool"}, 1, 5, "00 0D FF 00"),
        ({"table": "coil", "type": "bool"}, 0, 5, "00 0D 00 00"),
        ({"table": "coil", "type": "bool", "multiple": True}, 1, 15, "00 0D 00 01 01 01"),
        ({"choices": {"stop": 1, "forward": 2}}, "forward", 6, "00 0D 00 02"),
    ],
)
def test_a_value_becomes_the_request_that_writes_it(
    options: dict[str, Any], value: float | str, function: int, data: str
) -> None:
    assert output(**options).request(value) == (function, bytes.fromhex(data))


def test_the_decimals_of_the_device_move_the_point() -> None:
    assert output(type="i16").words(12.5, decimals=1) == (125,)


@pytest.mark.parametrize(
    ("options", "value", "said"),
    [
        ({}, 100.5, "-100 to 100"),
        ({"table": "coil", "type": "bool"}, 2, "0 to 1"),
        ({"choices": {"stop": 1}}, 2, "not one of its values"),
        ({"choices": {"stop": 1}}, "go", "stop"),
        ({}, "go", "a number"),
        ({"type": "u16"}, -1, "does not fit"),
        ({}, float("nan"), "must be from"),
    ],
)
def test_what_lies_outside_is_never_written(options: dict[str, Any], value: float | str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        output(**options).words(value)


def test_the_frame_of_a_manual_is_what_is_written() -> None:
    """Eastron's example: 9600 bit/s by function 16."""
    baudrate = Output(name="baudrate", address=0x1C, type="f32", low=0, high=5)
    function, data = baudrate.request(2.0)
    frame = bytes((1, function)) + data
    assert (frame + crc16(frame)).hex(" ").upper() == "01 10 00 1C 00 02 04 40 00 00 00 E7 36"


def test_an_output_that_could_write_anything_is_refused() -> None:
    with pytest.raises(ValidationError, match="Give low and high"):
        Output.model_validate({"name": "o", "address": 1})
