"""Units and their conversion."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors import profile
from sensors.quantities import BASE, LONGEST_FIRST, QUANTITIES, UNITS, convert, unit


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        (80, "degF", "degC", 26.6667),
        (0, "degC", "K", 273.15),
        (1.5, "kW", "W", 1500),
        (3.6, "MJ", "kWh", 1),
        (1, "don", "g", 3.75),
        (1, "ct", "mg", 200),
        (1, "bar", "kPa", 100),
        (1, "kgf/cm2", "kPa", 98.0665),
        (4.5, "mm/s", "m/s", 0.0045),
        (1, "gn", "m/s2", 9.80665),
        (60, "m3/h", "L/min", 1000),
        (1, "inch", "mm", 25.4),
        (90, "min", "h", 1.5),
        (180, "deg", "rad", 3.14159265),
    ],
)
def test_known_conversions(value: float, source: str, target: str, expected: float) -> None:
    """Figures from the definitions."""
    assert convert(value, unit(source), unit(target)) == pytest.approx(expected, rel=1e-5)


@given(st.sampled_from(sorted(UNITS)), st.floats(-1e9, 1e9))
def test_there_and_back_is_the_same(symbol: str, value: float) -> None:
    """Every unit's inverse is its inverse, with and without its offset."""
    for difference in (False, True):
        back = unit(symbol).from_base(unit(symbol).to_base(value, difference=difference), difference=difference)
        assert back == pytest.approx(value, rel=1e-9, abs=1e-6)


def test_a_difference_of_temperatures_has_no_offset() -> None:
    """9 degrees Fahrenheit more are 5 degrees Celsius more."""
    assert convert(9, unit("degF"), unit("degC"), difference=True) == pytest.approx(5)


def test_different_quantities_do_not_convert() -> None:
    """The error names both."""
    with pytest.raises(ValueError, match="kW is power, degC is temperature"):
        convert(1, unit("kW"), unit("degC"))


def test_an_unknown_symbol_is_a_key_error() -> None:
    """The caller knows where it stood, and says so."""
    with pytest.raises(KeyError):
        unit("celsius")


def test_the_first_unit_of_a_quantity_is_its_base() -> None:
    """A value in base units is itself."""
    assert set(BASE) == set(QUANTITIES)
    assert all((base.scale, base.offset) == (1.0, 0.0) for base in BASE.values())


def test_the_longest_symbol_comes_first() -> None:
    """A parser that takes the first that fits reads mm/s, not mm and a division."""
    assert all(LONGEST_FIRST.index(a) < LONGEST_FIRST.index(b) for a, b in (("mm/s", "mm"), ("mm", "m"), ("kWh", "kW")))
    assert "1" not in LONGEST_FIRST


def test_every_point_of_every_profile_has_a_known_unit() -> None:
    """And the unit measures the quantity that the point names."""
    for name in profile.names():
        for point in profile.load(name).points:
            assert point.unit in UNITS, f"{name}.{point.name}"
            assert point.quantity in (None, UNITS[point.unit].quantity), f"{name}.{point.name}"
