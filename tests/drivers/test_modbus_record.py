"""`gongbang record`: frames of a real server on TCP and on a pty, in the form of a profile."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from gateway.commands.main import main
from sensors import profile
from sensors.golden import Golden, differences
from tests.drivers.conftest import ModbusServer

Start = Callable[[str], ModbusServer]
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def record(capsys: pytest.CaptureFixture[str]) -> Call:
    """`record("meter_1", "-c", path)`: exit code, what it printed, what it complained."""

    def call(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(["record", *map(str, arguments)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def configuration(folder: Path, port: str, **device: Any) -> Path:
    """One device on a Modbus TCP server."""
    driver = {"name": "plc", "type": "modbus_tcp", "host": "127.0.0.1", "port": int(port)}
    tree = {"workshop": {"id": "w-1", "name": "공방"}, "drivers": [driver | {"devices": [device]}]}
    file = folder / "edge_config.yaml"
    with file.open("w", encoding="utf-8") as out:
        YAML().dump(tree, out)
    return file


def test_a_device_of_the_configuration_gives_frames_that_its_profile_takes(
    modbus: Start, record: Call, tmp_path: Path
) -> None:
    server = modbus("tcp")
    server.tell("set 3 4 1 0xFFCE 485")
    config = configuration(tmp_path, server.place, name="climate", profile="xy-md02", unit=3)
    code, text, _ = record("climate", "-c", config)
    assert code == 0
    (told,) = YAML(typ="safe").load(text)["golden"]
    golden = Golden.model_validate(told)
    assert golden.kind == "recorded"
    assert golden.expect == {"temperature": -5.0, "humidity": 48.5}
    assert golden.exchanges[0].request == "00 01 00 00 00 06 03 04 00 01 00 02"
    known = profile.load("xy-md02")
    assert list(differences(golden, known.points)) == []
    assert "xy-md02.yaml" in text


def test_a_device_without_a_profile_gives_one_to_fill_in(modbus: Start, record: Call, tmp_path: Path) -> None:
    """On a serial line, without any configuration; the file loads as a profile of the shop's own."""
    server = modbus("rtu")
    server.tell("set 7 3 100 1234 5 0xFFFF")
    server.tell("set 7 1 8 1 0 1")
    folder = tmp_path / "profiles"
    folder.mkdir()
    there = ("--serial", server.place, "--unit", 7, "--read", "holding:100:3", "--read", "coil:8:3")
    code, out, err = record(*there, "-o", folder / "device.yaml")
    assert (code, err) == (0, "")
    assert out.strip() == str(folder / "device.yaml")
    with profile.beside(folder):
        known = profile.load("device")
    assert known.rtu is not None
    assert known.rtu.unit == 7
    assert known.golden[0].expect == {
        "coil_8": 1,
        "coil_9": 0,
        "coil_10": 1,
        "holding_100": 1234,
        "holding_101": 5,
        "holding_102": 65535,
    }
    assert known.golden[0].exchanges[0].request.startswith("07 01 00 08 00 03")
    code, _, err = record(*there, "-o", folder / "device.yaml")
    assert code == 2  # what is there is never written over
    assert "device.yaml" in err


def test_floats_and_texts_are_written_so_that_they_come_back(modbus: Start, record: Call, tmp_path: Path) -> None:
    server = modbus("tcp")
    server.tell("set 1 3 0 0x4366 0x3334 0x4142 0x4300 0 0x3ade")
    points = [
        {"name": "voltage", "type": "f32", "unit": "V", "address": 0},
        {"name": "model", "kind": "text", "type": "string", "length": 2, "address": 2},
        {"name": "total", "kind": "counter", "type": "u32", "address": 4, "scale": 0.001},
    ]
    config = configuration(tmp_path, server.place, name="my_meter", unit=1, points=points)
    code, text, _ = record("my_meter", "-c", config)
    assert code == 0
    known = profile.parse(text, "my-meter.yaml", "my-meter")
    assert known.golden[0].expect["voltage"] == 230.2
    assert known.golden[0].expect["model"] == "ABC"
    assert [point.name for point in known.points] == ["voltage", "model", "total"]


def test_what_the_device_refuses_is_told_and_the_rest_recorded(modbus: Start, record: Call) -> None:
    server = modbus("tcp")
    server.tell("set 1 3 0 7")
    server.tell("hole 1 3 50 1")
    there = ("--host", "127.0.0.1", "--tcp-port", server.place, "--read", "holding:0", "--read", "holding:50")
    code, text, err = record(*there)
    assert code == 0
    assert "holding 50, 1: exception 2" in err
    assert YAML(typ="safe").load(text)["golden"][0]["expect"] == {"holding_0": 7}


def test_a_damaged_reply_is_no_frame(modbus: Start, record: Call) -> None:
    server = modbus("rtu")
    server.tell("set 1 3 0 7")
    server.tell("damage 1 1")
    code, out, err = record("--serial", server.place, "--read", "holding:0")
    assert (code, out) == (1, "")
    assert "a damaged reply: 01 03" in err


def test_a_device_that_is_silent_fails(modbus: Start, record: Call) -> None:
    for wire in ("tcp", "rtu"):
        server = modbus(wire)
        there = ("--host", "127.0.0.1", "--tcp-port", server.place) if wire == "tcp" else ("--serial", server.place)
        code, out, err = record(*there, "--unit", 9, "--read", "input:0")
        assert (code, out) == (1, "")
        assert "no reply in 1 s" in err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "--host"),
        (("--host", "127.0.0.1"), "Nothing to read"),
        (("--host", "127.0.0.1", "--read", "hold:1"), "e.g. input:100:4"),
        (("--host", "127.0.0.1", "--read", "holding:70000"), "65535"),
        (("--host", "127.0.0.1", "--profile", "xy-md20"), "xy-md02"),
        (("--serial", "/dev/ttyUSB9", "--unit", "300", "--read", "coil:0"), "255"),
    ],
)
def test_wrong_usage_is_told(record: Call, arguments: tuple[str, ...], told: str) -> None:
    code, out, err = record(*arguments)
    assert (code, out) == (2, "")
    assert told in err


def test_a_wrong_name_gets_the_nearest(record: Call, tmp_path: Path) -> None:
    config = configuration(tmp_path, "502", name="climate", profile="xy-md02", unit=3)
    code, _, err = record("climat", "-c", config)
    assert code == 2
    assert "nearest: climate" in err


def test_a_port_that_is_not_there_fails(record: Call, tmp_path: Path) -> None:
    code, _, err = record("--serial", str(tmp_path / "ttyUSB9"), "--read", "coil:0")
    assert code == 1
    assert "not there" in err
