"""Modbus RTU: the units on one RS-485 line."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, Literal, Self

import serial
from pydantic import Field, model_validator
from pymodbus.client import AsyncModbusSerialClient

from drivers.base import Slots
from drivers.errors import DeviceGone
from drivers.modbus import ModbusBus
from drivers.modbus_device import ModbusConfig
from drivers.modbus_wire import REQUEST_BYTES, Wire
from drivers.mono import mono_ns
from drivers.serial_port import PARITY_LETTER, SerialConfig, explain
from sensors.point import Table

FRAME_BYTES: Final = 5  # of a reply, besides its data: unit, function, length, check sum
OPEN_S: Final = 5.0


class ModbusRtuConfig(SerialConfig, ModbusConfig):
    """RS-485에 달린 Modbus RTU 기기들. / Modbus RTU devices on one RS-485 line."""

    type: Literal["modbus_rtu"] = Field(description="종류. / The kind.")
    inter_frame_s: float | None = Field(
        None,
        ge=0,
        le=1,
        description="물음 앞의 쉬는 시간(초). 비우면 표준대로 3.5글자. / "
        "Seconds of silence before each request; left out: 3.5 characters, as the standard says.",
    )
    echo: bool = Field(
        False, description="보낸 글자가 되돌아오는 어댑터면 true. / true for an adapter that echoes what is sent."
    )

    @model_validator(mode="after")
    def _units_can_answer(self) -> Self:
        """Refuse a unit that no RTU device may have (Modbus over serial line V1.02, 2.2)."""
        for device in self.devices:
            if not 1 <= device.unit <= 247:
                raise ValueError(
                    f"{device.name}: unit은 1에서 247까지예요. / unit is 1 to 247 on a serial line, not {device.unit}."
                )
        return self


class ModbusRtu(ModbusBus):
    """One RS-485 line."""

    Config = ModbusRtuConfig

    def __init__(self, config: ModbusRtuConfig, slots: Slots) -> None:
        self.config = config
        super().__init__(config, slots)

    def wire_time(self, count: int, bits: bool) -> float:
        """Return the seconds that the bytes of a request and its reply take at this speed."""
        data_bytes = -(-count // 8) if bits else 2 * count
        return (REQUEST_BYTES + FRAME_BYTES + data_bytes) * self.config.character_s()

    async def connect(self) -> Wire:
        """Open the port; DeviceGone or WrongConfiguration with the reason."""
        config = self.config
        wire = RtuWire(
            config.port,
            AsyncModbusSerialClient,
            port=config.port,
            baudrate=config.baudrate,
            parity=PARITY_LETTER[config.parity],
            stopbits=config.stop_bits,
            handle_local_echo=config.echo,
        )
        wire.silence_ns = round(1e9 * self._inter_frame_s())
        try:
            await wire.open(OPEN_S)
        except (OSError, ValueError) as error:
            raise explain(config.port, error) from error
        return wire

    def _inter_frame_s(self) -> float:
        """Return the silence before a request.

        3.5 characters, but 1.75 ms above 19200 bit/s (Modbus over serial line V1.02, 2.5.1.1).
        """
        if self.config.inter_frame_s is not None:
            return self.config.inter_frame_s
        return 0.00175 if self.config.baudrate > 19200 else 3.5 * self.config.character_s()


class RtuWire(Wire):
    """A serial line, where frames are told apart by silence."""

    silence_ns = 0
    port: serial.Serial

    async def open(self, timeout_s: float) -> Any:
        """Open the port, as any wire."""
        transport = await super().open(timeout_s)
        self.port = transport.sync_serial
        with suppress(OSError, ValueError):  # only some adapters have it; FTDI's are 15 ms a request faster by it
            self.port.set_low_latency_mode(True)
        return transport

    async def ask(self, unit: int, table: Table, start: int, count: int, timeout_s: float) -> Sequence[int]:
        """Ask as any wire, after the silence that ends the frame before."""
        quiet_ns = mono_ns() - self.heard_ns
        if quiet_ns < self.silence_ns:
            await asyncio.sleep((self.silence_ns - quiet_ns) / 1e9)
        self._refuse_stuck()
        return await super().ask(unit, table, start, count, timeout_s)

    def _refuse_stuck(self) -> None:
        """Raise DeviceGone when the last request has not left the adapter: writing to a full one would never return."""
        try:
            stuck = self.client.connected and self.port.out_waiting > 0
        except OSError as error:
            raise explain(self.name, error) from error
        if stuck:
            raise DeviceGone(f"{self.name}: the adapter does not send; unplug it and plug it in again")
