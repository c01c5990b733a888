"""The devices of the simulated shop: Modbus TCP and RTU servers with exactly the registers of the configuration."""

import asyncio
from collections.abc import Sequence
from typing import Protocol, cast

from pymodbus.constants import ExcCodes
from pymodbus.exceptions import NoSuchIdException
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from drivers.modbus_device import DeviceConfig, ModbusConfig, device_points
from drivers.modbus_rtu import ModbusRtuConfig
from drivers.serial_port import PARITY_LETTER
from gateway.demo.registers import text_words, words
from sensors.point import Point, Table

TABLES: tuple[Table, ...] = ("coil", "discrete", "holding", "input")
TABLE_OF_FUNCTION: dict[int, Table] = {1: "coil", 2: "discrete", 3: "holding", 4: "input"}
BIT_TABLES = ("coil", "discrete")


class Values(Protocol):
    """Where a simulated device takes its values from: the simulated shop, or a test."""

    def value(self, device: str, point: Point) -> float:
        """Return what the point of the device shows now, in its own unit."""
        ...


class Unit:
    """One unit of a bus: its registers are computed from the shop at each request."""

    def __init__(self, devices: Sequence[DeviceConfig], shop: Values) -> None:
        self._shop = shop
        points = [(device.name, point) for device in devices for point in device_points(device)]
        self._points = {table: [(d, p) for d, p in points if p.table == table] for table in TABLES}

    def image(self, table: Table) -> dict[int, int]:
        """Return {address: register or bit} of one table, as of now."""
        image: dict[int, int] = {}
        for device, point in self._points[table]:
            if point.type == "string":
                image |= text_words(point, "GONGBANG")
            else:
                image |= words(point, self._shop.value(device, point), image)
        return image

    def simulated(self, unit: int) -> SimDevice:
        """Return the unit for a pymodbus server; addresses outside its points' spans answer ILLEGAL DATA ADDRESS."""
        coils, discretes, holdings, inputs = (_span(table, self.image(table)) for table in TABLES)
        return SimDevice(unit, simdata=(coils, discretes, holdings, inputs), action=self._refresh)

    async def _refresh(
        self, function: int, start: int, address: int, count: int, registers: list[int], written: object
    ) -> ExcCodes | None:
        """Write the shop's values of now over the server's registers (bits stand 16 in one)."""
        if written is not None:
            return ExcCodes.ILLEGAL_FUNCTION
        table = TABLE_OF_FUNCTION[function]
        for at, value in self.image(table).items():
            if table in BIT_TABLES:
                word, bit = at // 16 - start, at % 16
                registers[word] = registers[word] & ~(1 << bit) | value << bit
            else:
                registers[at - start] = value
        return None


def units(config: ModbusConfig, shop: Values) -> list[SimDevice]:
    """Return the units behind one connection, and one for all others, which nobody answers for."""
    numbers = sorted({device.unit for device in config.devices})
    here = [[device for device in config.devices if device.unit == number] for number in numbers]
    nobody = SimDevice(0, SimData(0, count=65535, datatype=DataType.REGISTERS), action=_absent)
    known = [Unit(devices, shop).simulated(number) for number, devices in zip(numbers, here, strict=True)]
    return known if 0 in numbers else [*known, nobody]


async def serve_tcp(config: ModbusConfig, shop: Values) -> tuple[ModbusTcpServer, int]:
    """Serve one Modbus TCP connection on a free port of loopback; return the server and its port."""
    server = ModbusTcpServer(units(config, shop), address=("127.0.0.1", 0))
    await server.serve_forever(background=True)
    listening = cast(asyncio.Server, server.transport)  # pymodbus keeps the listening server there
    port: int = listening.sockets[0].getsockname()[1]
    return server, port


async def serve_rtu(config: ModbusRtuConfig, shop: Values, port: str) -> ModbusSerialServer:
    """Serve one RS-485 line on a serial port. An absent unit is silent, as on a real line."""
    server = ModbusSerialServer(
        units(config, shop),
        port=port,
        baudrate=config.baudrate,
        parity=PARITY_LETTER[config.parity],
        stopbits=config.stop_bits,
        ignore_missing_devices=True,
    )
    await server.serve_forever(background=True)
    return server


async def _absent(*request: object) -> ExcCodes | None:
    """Tell the server that there is no such unit."""
    raise NoSuchIdException("no such unit")


def _span(table: Table, image: dict[int, int]) -> list[SimData]:
    """Return the span of a table's addresses; a table without any has one that cannot be read."""
    bits = table in BIT_TABLES
    if not image:
        return [SimData(0, values=[False] * 16, datatype=DataType.BITS)] if bits else [SimData(0)]
    first, count = min(image), max(image) - min(image) + 1
    if bits:
        return [SimData(first, values=[False] * count, datatype=DataType.BITS)]
    return [SimData(first, count=count, datatype=DataType.REGISTERS)]
