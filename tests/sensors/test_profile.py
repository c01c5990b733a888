"""Profiles and points as the configuration sees them."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sensors import profile
from sensors.point import Point


def test_the_known_profiles_load() -> None:
    """Each says where its registers come from, and speaks both languages."""
    assert profile.names()
    for name in profile.names():
        known = profile.load(name)
        assert len(known.source) > 20
        for part in (*known.points, *known.outputs):
            assert part.label is not None, (name, part.name)
            assert set(part.label) == {"ko", "en"}, (name, part.name)


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


PROFILE = """\
id: my-meter
category: energy_meter
maker: Maker
model: Meter
source: its manual, page 7
conf: manual
rtu: {baudrate: 9600}
points:
  - {name: voltage, unit: V, table: input, address: 0, type: f32}
  - {name: power, unit: W, table: input, address: 2, type: f32}
"""


def told(text: str) -> str:
    """What is said about a profile."""
    with pytest.raises(profile.ProfileError) as wrong:
        profile.parse(text, "my-meter.yaml", "my-meter")
    return str(wrong.value)


def told_of(text: str) -> str:
    """What is said about a text that is no profile."""
    with pytest.raises(profile.ProfileError) as wrong:
        profile.parse(text, "x.yaml", "x")
    return str(wrong.value)


def test_a_small_profile_is_right() -> None:
    assert [point.name for point in profile.parse(PROFILE, "my-meter.yaml", "my-meter").points] == ["voltage", "power"]


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        (
            "address: 0, type: f32}\n  - {name: power, unit: W, table: input, address: 2, type: f32}",
            "address: 3}\n  - {name: power, unit: W, table: input, address: 3}",
            ["voltage, power", "the first free address is 4"],
        ),
        ("unit: W", "unit: w", [":10: ", "power.unit", "near it: W"]),
        ("unit: W", "unt: W", [":10: ", "power.unt", "nearest: unit"]),
        ("table: input, address: 2", "table: inputs, address: 2", [":10: ", "power.table", "nearest: input"]),
        ("address: 2, type", "address: 70000, type", [":10: ", "power.address", "nearest: 65535"]),
        ("address: 2, type", "address: 1, type", ["voltage, power", "first free address is 3"]),
        ("2, type: f32", "0, type: u16", ["voltage, power"]),
        ("name: power", "name: voltage", ["the same name twice", "voltage"]),
        ("name: power", "name: Power", [":10: ", "Power.name", "nearest: ^[a-z]"]),
        ("category: energy_meter", "category: meter", [":2: ", "category", "energy_meter, climate"]),
        ("conf: manual", "conf: sure", [":6: ", "conf", "measured, manual, code, unverified"]),
        ("maker: Maker\n", "", ["maker", "is required"]),
        ("rtu: {baudrate: 9600}\n", "", ["how the device talks"]),
        ("rtu: {baudrate: 9600}", "rtu: {baudrate: 9600}\naddress_offset: -1", ["voltage", "nearest: 1"]),
        ("rtu: {baudrate: 9600}", "rtu: {baudrate: 9600}\nmax_registers: 1", ["more than max_registers, 1"]),
        ("id: my-meter", "id: your-meter", ["id", "must be the file's name, my-meter"]),
        ("points:", "points: [", ["my-meter.yaml:", "not YAML"]),
    ],
)
def test_a_mistake_in_a_profile_is_told_with_file_point_field_and_the_nearest(
    right: str, wrong: str, said: list[str]
) -> None:
    text = told(PROFILE.replace(right, wrong))
    for part in ("my-meter.yaml", *said):
        assert part in text


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "5", "a: 2026-13-45", "? {a: 1}\n: b", "a: &a [*a]", "[" * 2000, "\0"]
)
def test_what_is_no_profile_at_all_is_refused_too(text: str) -> None:
    assert "x.yaml" in told_of(text)


@given(at=st.integers(0, len(PROFILE)), cut=st.integers(0, 20), put=st.text(max_size=8))
def test_any_damage_to_a_profile_is_told_or_harmless(at: int, cut: int, put: str) -> None:
    with suppress(profile.ProfileError):
        profile.parse(PROFILE[:at] + put + PROFILE[at + cut :], "my-meter.yaml", "my-meter")


def test_a_profile_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(PROFILE.encode() + b"# \xe9\n")
    (tmp_path / "folder.yaml").mkdir()
    with profile.beside(tmp_path):
        for name, why in (("latin", "not UTF-8"), ("folder", "Is a directory")):
            with pytest.raises(profile.ProfileError, match=why):
                profile.load(name)


def test_frames_that_lie_are_told() -> None:
    frames = "\n    exchanges: [{request: 01 04 00 00 00 02 71 CB, reply: 01 04 04 43 66 33 34 1B 38}]\n"
    golden = f"golden:\n  - kind: manual\n    source: page 9{frames}    expect: {{voltage: 230.2}}\n"
    profile.parse(PROFILE + golden, "my-meter.yaml", "my-meter")
    assert "not 231.0" in told(PROFILE + golden.replace("230.2", "231"))
    assert "1B 38" in told(PROFILE + golden.replace("1B 38", "1B 39"))


OUTPUTS = "outputs:\n  - {name: limit, unit: W, address: 5, low: 0, high: 100, scale: 0.1}\n"


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("low: 0, high: 100, ", "", "Give low and high"),
        ("address: 5", "table: coil, address: 5", "A coil goes with type: bool"),
        ("address: 5", "address: 5, command: true", "energy_meter has no commands"),
        ("outputs:", "never_write: [5]\noutputs:", "never_write"),
        ("unit: W", "unit: Wat", "near it"),
    ],
)
def test_an_output_without_limits_or_out_of_place_is_refused(right: str, wrong: str, said: str) -> None:
    profile.parse(PROFILE + OUTPUTS, "my-meter.yaml", "my-meter")
    assert said in told(PROFILE + OUTPUTS.replace(right, wrong))


def test_a_folder_of_the_shop_is_known_within_and_goes_before_ours(tmp_path: Path) -> None:
    (tmp_path / "my-meter.yaml").write_text(PROFILE, "utf-8")
    (tmp_path / "xy-md02.yaml").write_text(PROFILE.replace("my-meter", "xy-md02"), "utf-8")
    with profile.beside(tmp_path):
        assert "my-meter" in profile.names()
        assert profile.load("my-meter").maker == profile.load("xy-md02").maker == "Maker"
    assert "my-meter" not in profile.names()
    assert profile.load("xy-md02").maker == "XY"
