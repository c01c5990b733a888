"""Modbus TCP: one host, with the units behind it."""

import os
import socket
from typing import Final, Literal

from pydantic import Field
from pymodbus.client import AsyncModbusTcpClient

from drivers.base import Slots
from drivers.errors import DeviceGone
from drivers.modbus import ModbusBus
from drivers.modbus_device import ModbusConfig
from drivers.modbus_wire import Wire

GONE_AFTER_MS: Final = 10_000


class ModbusTcpConfig(ModbusConfig):
    """Modbus TCP 기기 또는 게이트웨이. / A Modbus TCP device, or a gateway with units behind it."""

    type: Literal["modbus_tcp"] = Field(description="종류. / The kind.")
    host: str = Field(min_length=1, description="주소. / The host's name or address.")
    port: int = Field(502, ge=1, le=65535, description="포트. / The port.")
    connect_s: float = Field(
        5.0, gt=0, le=60, description="연결을 기다리는 시간(초). / Seconds to wait for a connection."
    )


class ModbusTcp(ModbusBus):
    """One TCP connection. A host that is gone is noticed by the kernel, even if it said nothing."""

    Config = ModbusTcpConfig

    def __init__(self, config: ModbusTcpConfig, slots: Slots) -> None:
        super().__init__(config, slots)
        self.config = config

    async def connect(self) -> Wire:
        """Connect to the host; DeviceGone with the reason."""
        place = f"{self.config.host}:{self.config.port}"
        wire = Wire(place, AsyncModbusTcpClient, host=self.config.host, port=self.config.port)
        try:
            transport = await wire.open(self.config.connect_s)
        except TimeoutError:
            raise DeviceGone(f"{place}: no connection in {self.config.connect_s:g} s") from None
        except OSError as error:
            number = error.errno or 0
            why = os.strerror(number) if number > 0 else error.strerror  # an unknown name's are negative
            raise DeviceGone(f"{place}: {why or error}") from error
        _notice_silence(transport.get_extra_info("socket"))
        return wire


def _notice_silence(connection: socket.socket) -> None:
    """Have the kernel end the connection when the host does not acknowledge for 10 s, or is silent and gone."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, GONE_AFTER_MS)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 10)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5)
