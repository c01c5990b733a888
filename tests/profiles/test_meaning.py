"""A machine that names its device takes its states from the profile: run, idle, alarm without an expression."""

import math
from typing import Any

import pytest

from gateway.config.root import EdgeConfig
from gateway.engine.engine import Engine
from gateway.table import PointTable
from sensors import profile
from sensors.profile_model import MOVING, Profile
from tests.engine.conftest import Bench

# Told by their text: every test worker would read all of them, to find out what there is to test.
MEANT = [file.stem for file in sorted(profile.OURS.glob("*.yaml")) if "\nmachine:" in file.read_text("utf-8")]


def bench(name: str, **machine: Any) -> Bench:
    """An engine with one device of this profile, and the machine behind it."""
    driver = {"name": "plc", "type": "modbus_tcp", "host": "127.0.0.1", "devices": [{"name": "drive", "profile": name}]}
    config = EdgeConfig.model_validate(
        {
            "workshop": {"id": "w-1", "name": "공방"},
            "drivers": [driver],
            "machines": [{"name": "press", "device": "drive"} | machine],
        }
    )
    return Bench(Engine(config, PointTable.of(config)))


def state(name: str, *rows: list[float]) -> Any:
    """The state of the machine after these rows, a second apart."""
    press = bench(name)
    for second, row in enumerate(rows, 1):
        press.feed("drive", (float(second), row))
    return [event.body["state"] for event in press.events if event.kind == "state"][-1]


def frames(known: Profile) -> list[list[float]]:
    """The rows that the profile's golden frames mean."""
    numbers = [point.name for point in known.points]
    said = [golden.expect for golden in known.golden if set(golden.expect) == set(numbers)]
    return [[value if isinstance(value := expect[name], float) else math.nan for name in numbers] for expect in said]


@pytest.mark.parametrize("name", MEANT)
def test_the_frames_of_a_running_machine_mean_run_and_those_of_a_fault_alarm(name: str) -> None:
    running, faulty = frames(profile.load(name))[:2] if name != "mitsubishi-fr-e700" else (fr_e700(), fr_e700(fault=1))
    before = list(running)
    names = [point.name for point in profile.load(name).points]
    if "joint_1" in names:
        before[names.index("joint_1")] += 5  # a robot of which only its joints tell that it works
    assert state(name, before, running) == "run"
    assert state(name, running, faulty) == "alarm"


def fr_e700(**other: float) -> list[float]:
    """The golden row of that drive, which has one of a running machine only."""
    known = profile.load("mitsubishi-fr-e700")
    names = [point.name for point in known.points]
    row = dict(zip(names, frames(known)[0], strict=True)) | other
    return list(row.values())


@pytest.mark.parametrize("name", MEANT)
def test_a_machine_whose_device_does_not_answer_is_unknown(name: str) -> None:
    press = bench(name)
    press.feed("drive", (1.0, [math.nan] * len(profile.load(name).points)))
    press.tick(2.0)
    assert [event.body["state"] for event in press.events if event.kind == "state"][-1:] in ([], ["unknown"])


def test_every_drive_and_robot_whose_state_is_known_has_a_meaning() -> None:
    without = [name for name in profile.names() if profile.load(name).moves and name not in MEANT]
    assert without == ["neuromeka-indy"]  # its own state's registers are not known
    assert {profile.load(name).category for name in MEANT} == MOVING


def test_states_of_the_configuration_go_before_those_of_the_profile() -> None:
    own = [{"state": "run", "when": "drive.current > 1 A"}]
    press = bench("ls-ig5a", states=own)
    names = [point.name for point in profile.load("ls-ig5a").points]
    row = [0.0] * len(names)
    row[names.index("current")] = 2.0
    press.feed("drive", (1.0, row))
    assert [event.body["state"] for event in press.events if event.kind == "state"][-1] == "run"
