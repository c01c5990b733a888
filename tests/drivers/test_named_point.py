"""What a value means that its device names itself."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.named_point import NamedPoint, parse_number
from sensors.quality import GOOD, NOT_A_NUMBER, OUT_OF_RANGE
from sensors.written_units import written_unit


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", 1), ("+ 12.50", 12.5), ("-0.5", -0.5), ("-   3", -3), (".5", 0.5), ("1e3", 1000), ("00012", 12)],
)
def test_a_text_that_is_a_number_is_that(text: str, number: float) -> None:
    assert parse_number(text) == number


@pytest.mark.parametrize("text", ["", "-", "nan", "inf", "1_000", "1,5", "0x10", "1.2.3", "--1", "１２", "9" * 65])
def test_a_text_that_python_would_take_or_nobody_is_none(text: str) -> None:
    assert parse_number(text) is None


@pytest.mark.parametrize(
    ("raw", "value"), [(True, 1), ("ON", 1), ("off", 0), ("RUN", 7), ("on", 1), (3, 3), ("2.5", 2.5), (False, 0)]
)
def test_words_and_truth_are_numbers(raw: object, value: float) -> None:
    assert NamedPoint(name="state", words={"RUN": 7}).value(raw) == (value, GOOD)


@pytest.mark.parametrize("raw", [None, [], {}, "", "??", float("nan"), 10**400, "1e999"])
def test_what_is_no_number_is_bad(raw: object) -> None:
    value, quality = NamedPoint(name="x", words={"a": 1}).value(raw)
    assert math.isnan(value)
    assert quality == NOT_A_NUMBER


def test_scale_and_bounds_are_applied_in_the_unit_that_came() -> None:
    point = NamedPoint(name="x", unit="kW", scale=0.1, offset=1, high=5)
    assert point.value(20) == (3.0, GOOD)
    assert point.value(20000, written_unit("W")) == (2.001, GOOD)
    assert point.value(100)[1] == OUT_OF_RANGE


@given(st.text() | st.floats() | st.integers() | st.none() | st.booleans())
def test_nothing_that_comes_is_ever_raised(raw: object) -> None:
    value, quality = NamedPoint(name="x", scale=1e300).value(raw)
    assert (quality == GOOD) == math.isfinite(value)


WRITTEN = {
    "KG": "kg",
    "g": "g",
    "℃": "degC",
    "°C": "degC",
    "C": "degC",
    "돈": "don",
    "mom": "don",
    "PC": "pcs",
    "mW": "mW",
    "MW": "MW",
    "kw": "kW",
    "m²": "m2",
    "%": "%",
    " ct": "ct",
    "in": "inch",
}


@pytest.mark.parametrize(("text", "symbol"), WRITTEN.items())
def test_units_are_known_as_instruments_write_them(text: str, symbol: str) -> None:
    unit = written_unit(text)
    assert unit is not None
    assert unit.symbol == symbol


@pytest.mark.parametrize("text", ["", "mw", "tl", "1", "parsec"])
def test_a_unit_that_is_not_known_for_sure_is_none(text: str) -> None:
    assert written_unit(text) is None
