"""Modbus RTU: the units on one RS-485 line."""

from typing import Literal, Self

from pydantic import Field, model_validator

from drivers.base import Slots
from drivers.modbus_device import ModbusConfig
from drivers.serial_port import SerialConfig


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


class ModbusRtu:
    """One RS-485 line."""

    Config = ModbusRtuConfig

    def __init__(self, config: ModbusRtuConfig, slots: Slots) -> None:
        self.config, self.slots = config, slots
