"""Every profile, read by the real driver from a simulated device of the same profile on a real TCP server."""

import asyncio
import math
import struct
from typing import Any

import pytest

from drivers.base import Slot
from drivers.modbus_device import DeviceConfig, number_points
from drivers.modbus_tcp import ModbusTcp, ModbusTcpConfig
from gateway.demo.devices import serve_tcp
from gateway.demo.registers import DECIMALS
from sensors import profile
from sensors.batch import Batch
from sensors.point import Point
from sensors.quality import GOOD, OUT_OF_RANGE, SENSOR_FAULT
from sensors.text import TextReading

# told by their text: every test worker would read all of them, to find out what there is to test
TEXTS = {file.stem: file.read_text("utf-8") for file in sorted(profile.OURS.glob("*.yaml"))}
READ = [name for name, text in TEXTS.items() if "\npoints:" in text]
Told = dict[str, tuple[float, int]]


class Shown:
    """What the simulated device shows."""

    def __init__(self, values: dict[str, float]) -> None:
        self.values = values

    def value(self, _: str, point: Point) -> float:
        return self.values[point.name]


def config(*, port: int = 502, **device: Any) -> ModbusTcpConfig:
    """One device on a server of this machine."""
    devices = [{"name": "one", "max_gap": 0} | device]
    return ModbusTcpConfig.model_validate(
        {"name": "plc", "type": "modbus_tcp", "host": "127.0.0.1", "port": port, "devices": devices}
    )


def read(values: dict[str, float], **device: Any) -> tuple[Told, dict[str, str]]:
    """What the driver reads from a device that shows these values: numbers with their quality, and texts."""

    async def talk() -> tuple[Told, dict[str, str]]:
        server, port = await serve_tcp(config(**device), Shown(values))
        there = config(port=port, **device)
        try:
            async with ModbusTcp(there, {"one": Slot(0, 0)}) as driver:
                row, *texts = await driver.read_once("one")
        finally:
            await server.shutdown()
        assert isinstance(row, Batch)
        numbers = zip(number_points(there.devices[0]), row.values[0].tolist(), row.quality[0].tolist(), strict=True)
        said = {text.point: text.text for text in texts if isinstance(text, TextReading)}
        return {point.name: (value, quality) for point, value, quality in numbers}, said

    return asyncio.run(talk())


def points(name: str) -> tuple[Point, ...]:
    """A profile's points as the configuration sees them."""
    return number_points(DeviceConfig.model_validate({"name": "one", "profile": name}))


def shown(point: Point, raw: float) -> float:
    """What the point shows for a raw value."""
    decimals = DECIMALS if point.decimals_address is not None else 0
    return raw / 10**decimals * point.scale + point.offset


def most(point: Point) -> float:
    """The largest raw value of a point."""
    if point.bit is not None or point.type == "bool":
        return (1 << point.bits) - 1
    if point.type == "f32":
        return 3.0e38
    return (
        2
        ** (8 * struct.calcsize({"u16": "H", "i16": "h", "u32": "I", "i32": "i"}[point.type]) - (point.type[0] == "i"))
        - 1
    )


def least(point: Point) -> float:
    """The smallest raw value of a point."""
    return -most(point) - 1 if point.type[0] == "i" else -3.0e38 if point.type == "f32" else 0


def inside(point: Point, value: float) -> float:
    """The value, or the bound of the point that is nearest to it."""
    return min(
        max(value, -math.inf if point.low is None else point.low), math.inf if point.high is None else point.high
    )


def same(point: Point, value: float, wanted: float) -> bool:
    """Whether they are one value as far as the wire holds it."""
    return math.isclose(value, wanted, rel_tol=1e-6, abs_tol=abs(shown(point, 1) - shown(point, 0)) / 1.9)


SAFE = {"burn_out": 0.0}  # what says that a sensor is broken, by hand: it spoils another point


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("share", [0.0, 0.1, 0.37, 1.0])
def test_what_the_device_shows_is_what_the_driver_reads(name: str, share: float) -> None:
    """From the smallest number that the registers (or the point's limits) hold to the largest."""
    wanted = {}
    for point in points(name):
        faults = [shown(point, fault) for fault in point.fault_values]
        value = inside(point, shown(point, least(point) + share * (most(point) - least(point))))
        whole = (
            value
            if point.type == "f32"
            else shown(
                point,
                math.floor(
                    (value - point.offset) / point.scale * 10 ** (DECIMALS if point.decimals_address is not None else 0)
                ),
            )
        )
        value = inside(point, whole)
        while value in faults:
            value = shown(point, 250)
        wanted[point.name] = SAFE.get(point.name, value)
    found, _ = read(wanted, profile=name)
    for point in points(name):
        value, quality = found[point.name]
        assert quality == GOOD, (point.name, wanted[point.name])
        assert same(point, value, wanted[point.name]), (point.name, value, wanted[point.name])


@pytest.mark.parametrize("name", [name for name in READ if "low:" in TEXTS[name]])
def test_beyond_a_points_limits_it_is_out_of_range(name: str) -> None:
    usual = {one.name: inside(one, shown(one, 1)) for one in points(name)} | SAFE
    for point in points(name):
        if point.low is None:
            continue
        assert point.high is not None
        step = max(abs(point.scale), 1e-3 * abs(point.high))
        for outside in (point.low - step, point.high + step):
            raw = (outside - point.offset) / point.scale
            if least(point) <= raw <= most(point):
                found, _ = read(usual | {point.name: outside}, profile=name)
                value, quality = found[point.name]
                assert quality == (SENSOR_FAULT if raw in point.fault_values else OUT_OF_RANGE), (point.name, outside)
                assert math.isnan(value), (point.name, outside)


@pytest.mark.parametrize("name", [name for name in READ if "fault_values:" in TEXTS[name]])
def test_what_means_a_broken_sensor_is_no_number(name: str) -> None:
    usual = {one.name: inside(one, shown(one, 1)) for one in points(name)}
    broken = [(point, fault) for point in points(name) for fault in point.fault_values]
    assert broken
    for point, fault in broken:
        found, _ = read(usual | {point.name: shown(point, fault)}, profile=name)
        assert found[point.name][1] == SENSOR_FAULT, (point.name, fault)
        assert math.isnan(found[point.name][0]), (point.name, fault)
        others = {other for other, (_, quality) in found.items() if quality != GOOD}
        assert others == {point.name}, (point.name, fault)


def test_a_register_that_tells_of_a_broken_sensor_spoils_the_value() -> None:
    usual = {one.name: shown(one, 1) for one in points("hanyoung-hx")}
    found, _ = read(usual | {"burn_out": 1}, profile="hanyoung-hx")
    assert found["temperature"][1] == SENSOR_FAULT
    assert found["setpoint"][1] == GOOD


def test_text_bits_and_every_word_order_come_back() -> None:
    listed = [
        {"name": "serial", "kind": "text", "type": "string", "address": 0, "length": 4},
        {"name": "swapped", "kind": "text", "type": "string", "address": 10, "length": 4, "word_order": "little"},
        {"name": "mode", "kind": "state", "address": 20, "bit": 4, "bits": 3},
        {"name": "ready", "kind": "state", "address": 20, "bit": 15},
        {"name": "big", "address": 30, "type": "f32"},
        {"name": "little", "address": 32, "type": "f32", "word_order": "little"},
        {"name": "total", "address": 34, "type": "u32", "word_order": "little", "scale": 0.001},
    ]
    values = {"mode": 5.0, "ready": 1.0, "big": 50.25, "little": -7.5, "total": 123456.789}
    found, texts = read(values, points=listed)
    assert {name: value for name, (value, _) in found.items()} == values
    assert texts == {"serial": "GONGBANG", "swapped": "GONGBANG"}


@pytest.mark.parametrize("name", [name for name, text in TEXTS.items() if "\nareas:" in text])
def test_a_plc_is_read_by_its_own_names(name: str) -> None:
    """`address: D100` in the configuration is the register where that PLC keeps D100."""
    listed = []
    for number, area in enumerate(profile.load(name).areas):
        digits = "" if area.hex_bit else {8: "o", 10: "d", 16: "X"}[area.radix]
        last = area.first + area.count - 1
        written = f"{last // 16}{last % 16:X}" if area.hex_bit else f"{last:{digits}}"
        listed.append({"name": f"p{number}", "address": f"{area.name}{written}"})
    usual = {point.name: inside(point, shown(point, 1)) for point in profile.load(name).points}
    found, _ = read(usual | {f"p{number}": 1.0 for number in range(len(listed))}, profile=name, points=listed)
    assert {found[f"p{number}"] for number in range(len(listed))} == {(1.0, GOOD)}


@pytest.mark.parametrize("written", ["D4096", "Q1", "X8", "D", "d-1"])
def test_an_address_that_the_plc_does_not_have_names_those_that_it_has(written: str) -> None:
    with pytest.raises(ValueError, match="D0-D4095") as wrong:
        config(profile="delta-dvp", points=[{"name": "p", "address": written}])
    assert written in str(wrong.value)


def test_the_offset_of_the_configuration_moves_every_address_of_the_profile() -> None:
    usual = {point.name: shown(point, 1) for point in points("ls-s100")}
    for offset in (-1, 0, 1):
        found, _ = read(usual, profile="ls-s100", address_offset=offset)
        assert {quality for _, quality in found.values()} == {GOOD}
    there = DeviceConfig.model_validate({"name": "one", "profile": "ls-s100", "address_offset": 0})
    assert number_points(there)[0].address - points("ls-s100")[0].address == 1


def test_an_offset_that_leads_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="address_offset -1"):
        config(profile="ls-ig5a", address_offset=-1)
