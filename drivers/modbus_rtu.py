"""Modbus RTU: the units on one RS-485 line."""

from contextlib import suppress
from typing import Final, Literal, Self

from pydantic import Field, model_validator

from drivers.base import Slots
from drivers.modbus import ModbusBus
from drivers.modbus_device import ModbusConfig
from drivers.modbus_frames import RtuFramer
from drivers.modbus_wire import SerialWire, Wire
from drivers.serial_port import SerialConfig, open_port

REQUEST_BYTES: Final = 8  # unit, function, address, count, check sum
FRAME_BYTES: Final = 5  # of a reply, besides its data: unit, function, length, check sum


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

    def overhead_bytes(self) -> int:
        """Return what a read costs besides its data: the rest of both frames, and the silence after each."""
        return REQUEST_BYTES + FRAME_BYTES + round(2 * self._inter_frame_s() / self.config.character_s())

    async def connect(self) -> Wire:
        """Open the port; DeviceGone or WrongConfiguration with the reason."""
        port = open_port(self.config)
        with suppress(OSError, ValueError):  # only some adapters have it; FTDI's are 15 ms a request faster by it
            port.set_low_latency_mode(True)
        framer = RtuFramer(self.config.echo)
        return SerialWire(port, framer, self._inter_frame_s(), self.config.character_s())

    def _inter_frame_s(self) -> float:
        """Return the silence before a request.

        3.5 characters, but 1.75 ms above 19200 bit/s (Modbus over serial line V1.02, 2.5.1.1).
        """
        if self.config.inter_frame_s is not None:
            return self.config.inter_frame_s
        return 0.00175 if self.config.baudrate > 19200 else 3.5 * self.config.character_s()
