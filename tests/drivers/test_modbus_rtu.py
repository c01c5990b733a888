"""Modbus RTU over a pty, against a real server."""

import asyncio
import math
import os
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from drivers.base import Slot
from drivers.errors import DeviceGone, WrongConfiguration
from drivers.modbus_device import number_points
from drivers.modbus_frames import READ
from drivers.modbus_rtu import ModbusRtu, ModbusRtuConfig
from sensors import profile
from sensors.batch import Batch
from sensors.golden import words
from sensors.quality import GOOD, NAMES, NO_REPLY

Start = Callable[[str], Any]


def driver(port: str, *devices: dict[str, Any], **options: Any) -> ModbusRtu:
    """The driver for devices on a port."""
    config = ModbusRtuConfig.model_validate(
        {"name": "bus", "type": "modbus_rtu", "port": port, "baudrate": 115200, "devices": devices} | options
    )
    return ModbusRtu(config, {d["name"]: Slot(i, 100 * i) for i, d in enumerate(devices)})


def device(name: str, unit: int, address: int = 0, **options: Any) -> dict[str, Any]:
    """A device of one u16 input register."""
    points = [{"name": "p", "table": "input", "address": address}]
    return {"name": name, "unit": unit, "poll_s": 0.05, "timeout_s": 5.0, "points": points} | options


async def read(bus: ModbusRtu, rows: int) -> list[Batch]:
    """The first rows that a driver yields."""
    found: list[Batch] = []
    async with bus:
        readings = bus.readings()
        async for reading in readings:
            assert isinstance(reading, Batch)
            found.append(reading)
            if len(found) == rows:
                break
        await readings.aclose()  # type: ignore[attr-defined] # an async generator
    return found


def qualities(rows: list[Batch], of: int) -> list[int]:
    """The quality of one device's only point in its rows."""
    return [int(row.quality[0][0]) for row in rows if row.device == of]


def test_several_units_share_the_line(modbus: Start) -> None:
    """Each row is of its own unit, and one that is dead does not stop the others."""
    server = modbus("rtu")
    server.tell("set 1 4 0 11")
    server.tell("set 3 4 0 33")
    rows = asyncio.run(read(driver(server.place, device("a", 1), device("dead", 2, timeout_s=0.2), device("c", 3)), 30))
    assert {row.values[0][0] for row in rows if row.device == 0} == {11.0}
    assert {row.values[0][0] for row in rows if row.device == 2} == {33.0}
    assert set(qualities(rows, 1)) == {NO_REPLY}


def test_a_damaged_reply_is_asked_for_again_in_the_same_poll(modbus: Start) -> None:
    """One disturbed frame, as an inverter makes them, is not a silent device."""
    server = modbus("rtu")
    server.tell("set 1 4 0 11")
    server.tell("damage 1 1")
    rows = asyncio.run(read(driver(server.place, device("a", 1, poll_s=60, timeout_s=2)), 1))
    assert qualities(rows, 0) == [GOOD]
    assert len(server.asked_of(1)) == 2


def test_a_reply_in_another_unit_s_name_is_not_taken(modbus: Start) -> None:
    """The unit of every reply is compared."""
    server = modbus("rtu")
    server.tell("set 1 4 0 11")
    server.tell("impostor 1 2")
    rows = asyncio.run(read(driver(server.place, device("a", 1, timeout_s=1)), 3))
    assert qualities(rows, 0) == [NO_REPLY, GOOD, GOOD]


def test_a_late_reply_is_not_taken_for_the_next_question_s(modbus: Start) -> None:
    """There is no transaction number on a serial line: the driver waits until the late one must have come."""
    server = modbus("rtu")
    server.tell("set 1 4 0 11")
    server.tell("set 1 4 500 22")
    server.tell("delay 1 500")  # between one time-out and two, with room for a busy machine on either side
    points = [{"name": "a", "table": "input", "address": 0}, {"name": "b", "table": "input", "address": 500}]
    rows = asyncio.run(read(driver(server.place, device("m", 1, points=points, timeout_s=0.35)), 5))
    for row in rows:
        assert row.values[0][0] == 11.0 or math.isnan(row.values[0][0])
        assert row.values[0][1] == 22.0 or math.isnan(row.values[0][1])


def test_a_slow_unit_s_late_reply_costs_another_unit_nothing(modbus: Start) -> None:
    """Its reply arrives while another unit is asked, and is passed over."""
    server = modbus("rtu")
    server.tell("set 1 4 0 11")
    server.tell("set 2 4 0 22")
    server.tell("delay 1 230")
    rows = asyncio.run(read(driver(server.place, device("slow", 1, timeout_s=0.2), device("b", 2)), 40))
    values = [row.values[0][0] for row in rows if row.device == 1 and row.quality[0][0] == GOOD]
    assert set(values) == {22.0}
    assert qualities(rows, 1).count(NO_REPLY) <= 3  # both may speak at once


@pytest.mark.parametrize("profile_id", profile.names())
def test_every_profile_reads_its_golden_registers_over_the_wire(modbus: Start, profile_id: str) -> None:
    """From libmodbus on a pty, within the profile's limit: each value and each broken sensor as its frames mean."""
    server = modbus("rtu")
    known = profile.load(profile_id)
    golden = known.golden[0]
    server.tell(f"limit 1 {max(known.max_registers, 16)}")  # which counts bits too
    for (table, address), word in words(golden.exchanges).items():
        server.tell(f"set 1 {READ[table]} {address} {word}")
    device_config: dict[str, Any] = {"name": "m", "profile": profile_id, "unit": 1, "poll_s": 0.05, "timeout_s": 5.0}
    if known.areas and not known.points:
        device_config["points"] = [{"name": name.lower(), "address": name} for name in golden.expect]
    bus = driver(server.place, device_config)
    [row] = asyncio.run(read(bus, 1))
    names = [point.name for point in number_points(bus.config.devices[0])]
    read_now = dict(zip(names, zip(row.values[0].tolist(), row.quality[0].tolist(), strict=True), strict=True))
    for name, wanted in golden.expect.items():
        value, quality = read_now[name.lower()]
        if isinstance(wanted, str):
            assert NAMES[quality] == wanted, name
        else:
            assert (value, quality) == (pytest.approx(wanted, rel=1e-6), GOOD), name
    asked = [(function, count) for function, _, count in server.asked_of(1)]
    assert all(count <= known.max_registers for function, count in asked if function in (3, 4))


def test_an_unplugged_adapter_is_device_gone(modbus: Start) -> None:
    """A row of NO_REPLY, then DeviceGone with the port's name."""
    server = modbus("rtu")
    server.tell("set 1 4 0 11")

    async def scenario(rows: list[Batch]) -> None:
        async with driver(server.place, device("m", 1)) as bus:
            async for reading in bus.readings():
                assert isinstance(reading, Batch)
                rows.append(reading)
                if len(rows) == 2:
                    server.stop()

    rows: list[Batch] = []
    with pytest.raises(DeviceGone, match=server.place):
        asyncio.run(scenario(rows))
    *before, last = qualities(rows, 0)
    assert (set(before), last) == ({GOOD}, NO_REPLY)


def test_a_port_that_is_not_there_is_device_gone() -> None:
    """The text asks for the cable."""

    async def scenario() -> None:
        async with driver("/dev/serial/by-id/usb-none", device("m", 1)):
            pytest.fail("it opened")

    with pytest.raises(DeviceGone, match="not there"):
        asyncio.run(scenario())


def test_a_port_that_another_program_holds_is_device_gone(modbus: Start) -> None:
    """Two programs on one line would read each other's replies."""
    server = modbus("rtu")

    async def scenario() -> None:
        async with driver(server.place, device("m", 1)), driver(server.place, device("m", 1)):
            pytest.fail("it opened")

    with pytest.raises(DeviceGone, match="another program"):
        asyncio.run(scenario())


def test_a_file_is_no_serial_port() -> None:
    """That can never work, so the driver stops until the configuration changes."""

    async def scenario() -> None:
        async with driver(os.devnull, device("m", 1)):
            pytest.fail("it opened")

    with pytest.raises(WrongConfiguration, match="not a serial port"):
        asyncio.run(scenario())


def test_units_that_no_device_may_have_are_refused() -> None:
    """0 is a broadcast and is never answered."""
    with pytest.raises(ValidationError, match="1 to 247"):
        driver("/dev/x", device("m", 0))


def test_the_time_on_the_wire_is_added_to_the_time_out() -> None:
    """At 2400 bit/s, 80 registers take most of a second: 8 + 5 + 160 characters of 10 bits."""
    assert driver("/dev/x", device("m", 1), baudrate=2400).wire_time(80, False) == pytest.approx(173 * 10 / 2400)
