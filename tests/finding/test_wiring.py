"""Faults of wiring in plain words, each by a line that really has it."""

import asyncio
import os
import socket
import struct
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from drivers.modbus_frames import sealed
from drivers.modbus_rtu import ModbusRtu, ModbusRtuConfig
from drivers.modbus_tcp import ModbusTcp, ModbusTcpConfig
from gateway.config.root import EdgeConfig
from gateway.demo.ptys import Pty
from gateway.finding import line, wiring
from gateway.finding.swapped import unswapped
from gateway.finding.wiring import Trouble, troubles
from gateway.table import PointTable
from sensors.point import Point
from tests.finding.buses import running_bus

FREQUENCY = {"name": "frequency", "table": "input", "address": 0x46, "type": "f32", "unit": "Hz"}


def examined(kind: Any, config: Any) -> list[Trouble]:
    """Read the devices of a bus and return what is wrong with them."""

    async def main() -> list[Trouble]:
        slots = PointTable.of(one_driver(config)).slots(config.name)
        return [trouble async for trouble in troubles(kind(config, slots), config)]

    return asyncio.run(main())


def one_driver(config: Any) -> Any:
    """A shop with this connection."""
    return EdgeConfig.model_validate({"workshop": {"id": "shop-1", "name": "공방"}, "drivers": [config]})


def rtu(port: str, *devices: dict[str, Any], **options: Any) -> ModbusRtuConfig:
    """A line with devices that answer."""
    listed = [{"timeout_s": 5, **device} for device in devices]
    return ModbusRtuConfig.model_validate(
        {"name": "bus_1", "type": "modbus_rtu", "port": port, "devices": listed, **options}
    )


def test_a_line_that_is_well_has_no_troubles() -> None:
    with running_bus({1: "eastron-sdm120"}) as port:
        assert examined(ModbusRtu, rtu(port, {"name": "meter_1", "profile": "eastron-sdm120", "unit": 1})) == []


def test_swapped_words_are_recognised_by_what_they_would_be() -> None:
    device = {"name": "meter_1", "unit": 1, "points": [FREQUENCY | {"word_order": "little"}]}
    with running_bus({1: "eastron-sdm120"}) as port:
        (trouble,) = examined(ModbusRtu, rtu(port, device))
    assert "this looks like 60 Hz with its words swapped" in trouble.found["en"]
    assert trouble.mend["en"] == "Give that point word_order: big."


@pytest.mark.parametrize(
    ("kind", "unit", "value", "other"),
    [
        ("u32", "kWh", 123_456 << 16 & 0xFFFFFFFF | 123_456 >> 16, 123_456.0),
        ("f32", "V", 221.5, None),
        ("f32", "V", 0.0, None),
        ("f32", "V", float("nan"), None),
        ("u16", "V", 65_000, None),
        ("i32", "W", -1500, None),
        ("u32", "pcs", 12_000_000, None),
    ],
)
def test_only_what_is_unlikely_now_and_likely_swapped_is_told(
    kind: Any, unit: str, value: float, other: float | None
) -> None:
    point = Point(name="p", address=0, type=kind, unit=unit)
    assert unswapped(point, value) == other


def test_a_silent_unit_is_asked_in_other_settings_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a pty the speed can be seen from the other end; this device answers at 19200 only."""
    monkeypatch.setattr(line, "ANSWER_S", 1.0)
    device = {"name": "meter_1", "unit": 3, "timeout_s": 0.05, "points": [FREQUENCY]}
    with answering(lambda pty, request: reply_at(pty, request, termios.B19200)) as port:
        (trouble,) = examined(ModbusRtu, rtu(port, device))
    assert trouble.found["en"] == "unit 3 answers at 19200 8N: its speed or parity is another"
    assert "baudrate: 19200, parity: none" in trouble.mend["ko"]


def test_damaged_answers_and_silence_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "ANSWER_S", 0.5)
    monkeypatch.setattr(wiring, "SPEEDS", ())
    device = {"name": "meter_1", "unit": 1, "timeout_s": 0.05, "points": [FREQUENCY]}
    with answering(lambda *_: b"\x01\x04\x04\x42\x70\x00\x13\x99\x99") as port:
        (damaged,) = examined(ModbusRtu, rtu(port, device))
    with answering(lambda *_: b"") as port:
        (silent,) = examined(ModbusRtu, rtu(port, device))
    assert damaged.found == wiring.DAMAGED
    assert silent.found["en"] == "unit 1 is silent"
    assert silent.mend == wiring.RTU_MEND


def test_a_unit_behind_a_host_that_is_silent_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as host:
        config = ModbusTcpConfig.model_validate(
            {
                "name": "net_1",
                "type": "modbus_tcp",
                "host": "127.0.0.1",
                "port": host.getsockname()[1],
                "devices": [{"name": "meter_1", "unit": 9, "timeout_s": 0.05, "points": [FREQUENCY]}],
            }
        )
        (trouble,) = examined(ModbusTcp, config)
    assert trouble.found["ko"] == "국번 9이(가) 조용해요"
    assert trouble.mend == wiring.TCP_MEND


@contextmanager
def answering(reply: Callable[[Pty, bytes], bytes]) -> Iterator[str]:
    """A port at whose other end a thread answers each request."""
    pty, over = Pty(), threading.Event()

    def serve() -> None:
        while not over.is_set():
            if request := pty.read():
                os.write(pty.fd, reply(pty, request))
            over.wait(0.002)

    serving = threading.Thread(target=serve)
    serving.start()
    try:
        yield pty.path
    finally:
        over.set()
        serving.join()
        pty.close()


def reply_at(pty: Pty, request: bytes, speed: int) -> bytes:
    """What a device answers that talks at one speed; to it, all else is noise."""
    if termios.tcgetattr(pty.fd)[5] != speed:
        return b""
    count = struct.unpack(">H", request[4:6])[0]
    return sealed(request[:2] + bytes([2 * count]) + bytes(2 * count))
