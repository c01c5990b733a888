"""The simulator as a process: it serves the real protocols, and ends leaving nothing."""

import asyncio
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pymodbus.client import ModbusSerialClient, ModbusTcpClient

from gateway.config.load import load
from gateway.config.root import EdgeConfig
from gateway.demo.simulate import Simulation

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "edge_config.yaml"
END_S = 60.0


@contextmanager
def simulator(*arguments: str, config: Path = CONFIG) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
    """Start the simulator and read its line; end it whatever happens."""
    command = [sys.executable, "-m", "gateway.demo.simulate", "--config", str(config), *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout
            yield process, json.loads(process.stdout.readline())["overrides"]
        finally:
            process.kill()


@pytest.fixture(scope="module")
def overrides() -> Iterator[dict[str, Any]]:
    with simulator() as (_, told):
        yield told


@pytest.fixture(scope="module")
def config() -> EdgeConfig:
    return load(CONFIG)


def test_every_connection_of_the_configuration_is_served(overrides: dict[str, Any], config: EdgeConfig) -> None:
    assert set(overrides) == {driver.name for driver in config.drivers}


def test_a_modbus_tcp_client_reads_what_the_configuration_names(overrides: dict[str, Any]) -> None:
    with ModbusTcpClient("127.0.0.1", port=overrides["plc_1"]["port"]) as client:
        temperature = client.read_input_registers(10, count=1, device_id=1).registers[0] / 10
        assert 20 < temperature < 95
        assert client.read_discrete_inputs(0, count=1, device_id=1).bits[0] is False
        low, high = client.read_holding_registers(0, count=2, device_id=1).registers
        assert 100_000 <= low + (high << 16) < 300_000  # little word order
        assert client.read_input_registers(0, count=1, device_id=14).registers[0] < 1000
        assert client.read_holding_registers(10, count=1, device_id=22).registers[0] in (0, 2, 8)


def test_an_address_that_no_point_has_is_refused_and_an_absent_unit_reported(overrides: dict[str, Any]) -> None:
    with ModbusTcpClient("127.0.0.1", port=overrides["plc_1"]["port"]) as client:
        assert client.read_holding_registers(50, count=1, device_id=22).exception_code == 2
        assert client.write_register(0, 7, device_id=1).exception_code == 1
        assert client.read_holding_registers(0, count=1, device_id=99).exception_code == 11


def test_the_units_of_the_rs485_line_answer_each_by_its_profile(overrides: dict[str, Any]) -> None:
    client = ModbusSerialClient(overrides["bus_1"]["port"], baudrate=9600, timeout=20)
    with client:
        volts = client.convert_from_registers(
            client.read_input_registers(0, count=2, device_id=1).registers, client.DATATYPE.FLOAT32
        )
        assert isinstance(volts, float)
        assert 210 < volts < 230
        assert 100 < client.read_input_registers(1, count=2, device_id=3).registers[0] < 350
        present, decimals = client.read_input_registers(0x3E8, count=2, device_id=4).registers
        assert 130 < present / 10**decimals < 190
        assert 2100 < client.read_input_registers(0, count=10, device_id=2).registers[0] < 2300


def test_an_absent_unit_of_the_rs485_line_is_silent(overrides: dict[str, Any]) -> None:
    from pymodbus.exceptions import ModbusIOException

    hasty = ModbusSerialClient(overrides["bus_1"]["port"], baudrate=9600, timeout=0.3, retries=0)
    with hasty, pytest.raises(ModbusIOException):
        hasty.read_input_registers(0, count=1, device_id=77)
    with ModbusSerialClient(overrides["bus_1"]["port"], baudrate=9600, timeout=20) as client:
        assert client.read_input_registers(1, count=1, device_id=3).registers


@pytest.mark.slow
def test_the_scanner_waits_until_somebody_listens_and_then_sends_codes_with_their_suffix() -> None:
    with simulator("--speed", "20") as (_, told):
        time.sleep(0.5)  # ten seconds of the shop: the first scans would be lost
        port = os.open(told["scanner_1"]["port"], os.O_RDWR | os.O_NOCTTY)
        try:
            os.write(port, b"\x06")  # a beep: it must be heard, not echoed
            codes = _read_until(port, 6)
        finally:
            os.close(port)
    assert codes[0] == b"W-0101-9"
    assert codes[1].startswith(b"B-0231-CUT-")
    assert b"\x06" not in b"".join(codes)


@pytest.mark.parametrize("how", ["SIGTERM", "SIGINT", "end of its standard input"])
def test_it_ends_cleanly_and_leaves_no_port(how: str) -> None:
    with simulator() as (process, told):
        if how.startswith("SIG"):
            process.send_signal(signal.Signals[how])
        else:
            assert process.stdin
            process.stdin.close()
        assert process.wait(END_S) == 0
        with pytest.raises(ConnectionRefusedError):
            asyncio.run(_connect(told["plc_1"]["port"]))


def test_a_configuration_that_cannot_be_used_ends_it_with_2(tmp_path: Path) -> None:
    broken = tmp_path / "edge_config.yaml"
    broken.write_text("workshop: {id: shop-1}\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "gateway.demo.simulate", "--config", str(broken)],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "edge_config.yaml:1" in done.stderr
    assert done.stdout == ""


def _read_until(port: int, codes: int) -> list[bytes]:
    """Read until so many codes with their CR have come."""
    data, deadline = b"", time.monotonic() + END_S
    while data.count(b"\r") < codes:
        left_s = deadline - time.monotonic()
        assert left_s > 0, data
        if select.select([port], [], [], left_s)[0]:
            data += os.read(port, 4096)
    return data.split(b"\r")[:codes]


async def _connect(port: int) -> None:
    await asyncio.open_connection("127.0.0.1", port)


def test_without_what_a_belt_is_drawn_with_cameras_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.demo.cameras.find_spec", lambda name: None if name == "cv2" else object())

    async def serve() -> set[str]:
        async with Simulation(load(CONFIG), speed=1, seed=17) as simulation:
            return set(simulation.overrides)

    served = asyncio.run(serve())
    assert "camera_1" not in served
    assert served == {driver.name for driver in load(CONFIG).drivers} - {"camera_1"}
