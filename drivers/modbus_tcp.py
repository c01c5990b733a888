"""Modbus TCP: one host, with the units behind it."""

from typing import Literal

from pydantic import Field

from drivers.base import Slots
from drivers.modbus_device import ModbusConfig


class ModbusTcpConfig(ModbusConfig):
    """Modbus TCP 기기 또는 게이트웨이. / A Modbus TCP device, or a gateway with units behind it."""

    type: Literal["modbus_tcp"] = Field(description="종류. / The kind.")
    host: str = Field(min_length=1, description="주소. / The host's name or address.")
    port: int = Field(502, ge=1, le=65535, description="포트. / The port.")
    connect_s: float = Field(
        5.0, gt=0, le=60, description="연결을 기다리는 시간(초). / Seconds to wait for a connection."
    )


class ModbusTcp:
    """One TCP connection."""

    Config = ModbusTcpConfig

    def __init__(self, config: ModbusTcpConfig, slots: Slots) -> None:
        self.config, self.slots = config, slots
