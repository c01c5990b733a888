"""Profiles and points as the configuration sees them."""

from typing import Any

import pytest
from pydantic import ValidationError

from sensors import profile
from sensors.point import Point


def test_the_known_profiles_load() -> None:
    """Each says where its registers come from, and speaks both languages."""
    assert profile.names() == ["autonics-tk", "eastron-sdm120", "peacefair-pzem-004t", "xy-md02"]
    for name in profile.names():
        known = profile.load(name)
        assert len(known.source) > 20
        assert all(point.label is not None and set(point.label) == {"ko", "en"} for point in known.points)


@pytest.mark.parametrize("wrong", ["eastron-sdm-120", "../point", "", "eastron"])
def test_an_unknown_profile_names_those_that_exist(wrong: str) -> None:
    """And the nearest; a path is no name."""
    with pytest.raises(KeyError, match="eastron-sdm120"):
        profile.load(wrong)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"unit": "celcius"}, "no such unit"),
        ({"unit": "degc"}, "degC"),
        ({"quantity": "temprature"}, "temperature"),
        ({"quantity": "power", "unit": "degC"}, "measures temperature"),
        ({"type": "string"}, "kind: text"),
        ({"kind": "text"}, "type: string"),
        ({"table": "coil"}, "bool"),
        ({"type": "f32", "bit": 3}, "16-bit"),
        ({"type": "f64", "address": 65533}, "65535"),
        ({"low": 5, "high": 5}, "below high"),
        ({"name": "Temp"}, "pattern"),
        ({"adress": 5}, "Extra inputs"),
    ],
)
def test_a_point_that_cannot_be_read_as_written_is_refused(options: dict[str, Any], told: str) -> None:
    """The text says what is wrong."""
    with pytest.raises(ValidationError, match=told):
        Point.model_validate({"name": "p", "address": 0} | options)


def test_every_option_of_a_point_is_described_in_both_languages() -> None:
    """The reference is made from them."""
    for name, field in Point.model_fields.items():
        assert " / " in (field.description or ""), name
