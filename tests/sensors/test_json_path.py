"""A path into JSON."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.json_path import MOST_STEPS, NOTHING, beside, find, parse

ENERGY = {"Power": 12.5, "Total": [1, 2, 3]}
MESSAGE = {"ENERGY": ENERGY, "switch:0": {"output": True}, "a.b": 1, "0": "zero", "n": None}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("ENERGY.Power", 12.5),
        ("ENERGY.Total[1]", 2),
        ("ENERGY.Total.1", 2),
        ("ENERGY.Total[-1]", 3),
        ("switch:0.output", True),
        (r"a\.b", 1),
        ("0", "zero"),
        ("n", None),
        ("", MESSAGE),
        ("ENERGY.power", NOTHING),
        ("ENERGY.Total[3]", NOTHING),
        ("ENERGY.Power.x", NOTHING),
        ("ENERGY.Total.x", NOTHING),
    ],
)
def test_a_path_finds_what_it_names_or_nothing(path: str, value: object) -> None:
    assert find(MESSAGE, parse(path)) == value


@pytest.mark.parametrize("path", [".", "a.", "a..b", ".a", "a[", "a[x]", "a]b", "a[0]b", "a\\", ".".join("a" * 33)])
def test_a_path_that_is_none_says_where(path: str) -> None:
    with pytest.raises(ValueError, match=r"wrong at character|too deep"):
        parse(path)


def test_where_a_path_goes_wrong_is_told_what_is_there() -> None:
    assert beside(MESSAGE, parse("ENERGY.power")) == "Power, Total"
    assert beside(MESSAGE, parse("ENERGY.Total[9]")) == "a list of 3"
    assert beside(MESSAGE, parse("ENERGY.Power.x")) == "12.5"


json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@given(json, st.text(max_size=20))
def test_any_path_into_anything_is_found_or_not_or_refused(value: object, text: str) -> None:
    try:
        path = parse(text)
    except ValueError:
        return
    assert len(path) <= MOST_STEPS
    found = find(value, path)
    assert found is NOTHING or path or found is value
    assert beside(value, path)


@given(st.lists(st.text("ab.[]\\0", min_size=1, max_size=4), min_size=1, max_size=5))
def test_every_name_can_be_written(names: list[str]) -> None:
    escaped = ["".join("\\" + sign if sign in ".[]\\" else sign for sign in name) for name in names]
    assert parse(".".join(escaped)) == tuple(names)
