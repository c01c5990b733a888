"""`gongbang probe`: the very driver that the daemon runs, on a real register server and a real pty."""

import os
import socket
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import workload
from rig import free_port


@pytest.fixture(scope="module")
def registers_port() -> Iterator[int]:
    """A register server."""
    with workload.register_server() as port:
        yield port


def config(folder: Path, *drivers: dict[str, Any]) -> Path:
    """A configuration with these drivers."""
    return workload.write(folder / "edge_config.yaml", list(drivers), 9, free_port())


def test_a_device_shows_its_values(call: Any, tmp_path: Path, registers_port: int) -> None:
    path = config(tmp_path, workload.plc(registers_port, 2, 3, 0.2))
    answer = call("probe", "unit_2", "-c", path, "--for-s", 1, "--json")
    assert answer.code == 0
    assert {row["device"] for row in answer.json} == {"unit_2"}
    assert [row["point"] for row in answer.json[:3]] == ["r0", "r1", "r2"]
    first = answer.json[0]
    assert first["quality"] == 0
    assert answer.json[1]["value"] - first["value"] == 1  # each register is its address more


def test_a_driver_shows_all_its_devices(call: Any, tmp_path: Path, registers_port: int) -> None:
    path = config(tmp_path, workload.plc(registers_port, 2, 1, 0.2))
    answer = call("probe", "plc", "-c", path, "--for-s", 1)
    assert answer.code == 0
    assert "unit_1.r0" in answer.out
    assert "unit_2.r0" in answer.out


@pytest.mark.parametrize(("name", "near"), [("unit_11", "unit_1?"), ("pcl", "plc?"), ("zzz", "plc, unit_1")])
def test_a_wrong_name_gets_the_nearest_one(
    call: Any, tmp_path: Path, registers_port: int, name: str, near: str
) -> None:
    answer = call("probe", name, "-c", config(tmp_path, workload.plc(registers_port, 1, 1, 1)))
    assert (answer.code, answer.out) == (2, "")
    assert name in answer.err
    assert near in answer.err


def test_a_dead_port_fails_and_says_why(call: Any, tmp_path: Path) -> None:
    port = free_port()
    answer = call("probe", "unit_1", "-c", config(tmp_path, workload.plc(port, 1, 1, 1)), "--for-s", 2)
    assert answer.code == 1
    assert str(port) in answer.err
    assert "Traceback" not in answer.err


def test_a_device_that_does_not_answer_fails_though_the_wire_is_there(call: Any, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        path = config(tmp_path, workload.plc(silent.getsockname()[1], 1, 1, 0.2))
        answer = call("probe", "unit_1", "-c", path, "--for-s", 2, "--json")
    assert answer.code == 1
    assert {(row["value"], row["quality"]) for row in answer.json} == {(None, 18)}


@contextmanager
def saying(line: bytes) -> Iterator[str]:
    """A serial port on which an instrument says the same again and again."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    stop = threading.Event()

    def speak() -> None:
        while not stop.wait(0.2):
            os.write(ours, line)

    speaker = threading.Thread(target=speak)
    speaker.start()
    try:
        yield os.ttyname(theirs)
    finally:
        stop.set()
        speaker.join()
        os.close(ours)
        os.close(theirs)


def test_a_scanner_shows_what_it_reads(call: Any, tmp_path: Path) -> None:
    with saying(b"B-0231-SEW-20-X\r") as port:
        path = config(tmp_path, {"name": "scanner_1", "type": "serial_scanner", "port": port})
        answer = call("probe", "scanner_1", "-c", path, "--for-s", 1.5, "--json")
    assert answer.code == 0
    assert {"device": "scanner_1", "raw": "B-0231-SEW-20-X"} in answer.json


def test_a_scale_shows_its_weight_and_what_was_weighed(call: Any, tmp_path: Path) -> None:
    with saying(b"ST,+00123.45  g\r\n") as port:
        scale = {"name": "scale_1", "type": "scale", "port": port, "format": "and", "unit": "g"}
        answer = call("probe", "scale_1", "-c", config(tmp_path, scale), "--for-s", 1.5)
    assert answer.code == 0
    assert "scale_1.weight                   123.45 g" in answer.out
    assert "scale_1              123.45 g" in answer.out


def test_it_ends_when_its_time_is_over(call: Any, tmp_path: Path, registers_port: int) -> None:
    path = config(tmp_path, workload.plc(registers_port, 1, 1, 0.1))
    assert call("probe", "plc", "-c", path, "--for-s", 0.5).code == 0
