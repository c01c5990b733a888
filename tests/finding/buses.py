"""Devices that are simulated from their profiles: registers with plausible values in them, on a pty or a TCP port."""

import asyncio
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from queue import Queue
from typing import Any

from pymodbus.constants import ExcCodes
from pymodbus.exceptions import NoSuchIdException
from pymodbus.server import ModbusSerialServer
from pymodbus.simulator import DataType, SimData, SimDevice

from gateway.demo.ptys import Line as PtyLine
from gateway.demo.registers import words
from sensors import profile
from sensors.mark import Mark
from sensors.point import Point, Table
from sensors.profile_model import Profile

Image = dict[tuple[Table, int], int]
USUAL = {"V": 221.3, "A": 2.4, "W": 480.0, "Hz": 60.0, "degC": 24.5, "%": 45.0, "kWh": 12.0, "var": 60.0, "VA": 500.0}
FORMS = {"i16": ">h", "u32": ">I", "i32": ">i", "f32": ">f"}


def image_of(known: Profile) -> Image:
    """Return what stands in the registers of such a device, as its identity says."""
    image: Image = {}
    for point in known.points:
        if point.type != "string":
            image |= {(point.table, at): word for at, word in words(point, _value(point), {}).items()}
    for mark in known.identity:
        if mark.holds(image) is not True:
            image |= _marked(mark, image)
    return {(table, at + known.address_offset): word for (table, at), word in image.items()}


def _value(point: Point) -> float:
    return USUAL.get(point.unit, 1.0)


def _marked(mark: Mark, image: Image) -> Image:
    value = mark.equals[0] if mark.equals else ((mark.low or 0) + (mark.high or 0)) / 2
    if mark.type in ("bool", "u16"):
        others = image.get((mark.table, mark.address), 0) & ~mark.mask
        return {(mark.table, mark.address): others | round(value / mark.scale)}
    raw = value / mark.scale
    packed = struct.pack(FORMS[mark.type], raw if mark.type == "f32" else round(raw))
    found = [high << 8 | low for high, low in zip(packed[::2], packed[1::2], strict=True)]
    ordered = found if mark.word_order == "big" else found[::-1]
    return {(mark.table, mark.address + n): word for n, word in enumerate(ordered)}


def units(devices: dict[int, str], silent: bool = True) -> list[SimDevice]:
    """Return the units of a bus, by number and profile; "" is a device that nobody knows.

    All others are silent, or refused at once, as by a converter that knows who is behind it.
    """
    absent = _silent if silent else _refused
    nobody = SimDevice(0, SimData(0, count=65535, datatype=DataType.REGISTERS), action=absent)
    return [*(_unit(number, devices[number]) for number in sorted(devices)), nobody]


def _unit(number: int, profile_id: str) -> SimDevice:
    stranger: Image = {("holding", 0): 4711}
    image = image_of(profile.load(profile_id)) if profile_id else stranger
    bits = [_bits(image, table) for table in ("coil", "discrete")]
    registers = [_registers(image, table) for table in ("holding", "input")]
    return SimDevice(number, simdata=(*bits, *registers))


def _bits(image: Image, table: str) -> list[SimData]:
    held = {at: word for (one, at), word in image.items() if one == table}
    if not held:
        return [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
    first = min(held)
    values = [bool(held.get(at, 0)) for at in range(first, max(held) + 1)]
    return [SimData(first, values=values, datatype=DataType.BITS)]


def _registers(image: Image, table: str) -> list[SimData]:
    """Neighbouring registers together: an address between that the device has not is refused."""
    held = {at: word for (one, at), word in image.items() if one == table}
    runs: list[tuple[int, list[int]]] = []
    for at in sorted(held):
        if runs and at == runs[-1][0] + len(runs[-1][1]):
            runs[-1][1].append(held[at])
        else:
            runs.append((at, [held[at]]))
    return [SimData(at, values=run, datatype=DataType.REGISTERS) for at, run in runs] or [SimData(0)]


async def _silent(*_: Any) -> ExcCodes | None:
    raise NoSuchIdException("no such unit")


async def _refused(*_: Any) -> ExcCodes | None:
    return ExcCodes.GATEWAY_NO_RESPONSE


def ids(found: Sequence[Any]) -> dict[int, str | None]:
    """Return which profile each unit was recognised as."""
    return {unit.unit: unit.candidates[0].profile.id if unit.candidates else None for unit in found}


@contextmanager
def running_bus(devices: dict[int, str], silent: bool = True) -> Iterator[str]:
    """A line with these devices (see `units`), served by a thread; yields its port."""
    ready: Queue[str] = Queue()
    over = threading.Event()

    async def serve() -> None:
        with PtyLine() as ptys:
            served = units(devices, silent)
            server = ModbusSerialServer(served, port=ptys.there, baudrate=9600, ignore_missing_devices=True)
            await server.serve_forever(background=True)
            ready.put(ptys.here)
            await asyncio.to_thread(over.wait)
            await server.shutdown()

    serving = threading.Thread(target=lambda: asyncio.run(serve()))
    serving.start()
    try:
        yield ready.get(timeout=60)
    finally:
        over.set()
        serving.join()
