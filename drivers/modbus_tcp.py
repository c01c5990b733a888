"""Modbus TCP: one host, with the units behind it."""

import asyncio
import os
import socket
from typing import Final, Literal, Self

from pydantic import Field, model_validator

from drivers.base import Slots
from drivers.errors import DeviceGone
from drivers.modbus import ModbusBus
from drivers.modbus_device import ModbusConfig
from drivers.modbus_frames import RtuFramer, TcpFramer
from drivers.modbus_wire import SocketWire, Wire

GONE_AFTER_MS: Final = 10_000
GATHER_S: Final = 0.005


class ModbusTcpConfig(ModbusConfig):
    """Modbus TCP 기기 또는 게이트웨이. / A Modbus TCP device, or a gateway with units behind it."""

    type: Literal["modbus_tcp"] = Field(description="종류. / The kind.")
    host: str = Field(min_length=1, description="주소. / The host's name or address.")
    port: int = Field(502, ge=1, le=65535, description="포트. / The port.")
    connect_s: float = Field(
        5.0, gt=0, le=60, description="연결을 기다리는 시간(초). / Seconds to wait for a connection."
    )
    framing: Literal["tcp", "rtu"] = Field(
        "tcp",
        description="rtu는 시리얼 프레임을 그대로 나르는 변환기. / "
        "rtu for a converter that carries the frames of a serial line as they are.",
    )
    in_flight: int = Field(
        1,
        ge=1,
        le=16,
        description="답을 기다리지 않고 함께 묻는 기기 수. 여러 물음을 못 받는 변환기도 있어 1이 안전해요. / "
        "Units that are asked before the first has answered. 1 is safe: some converters lose the second question.",
    )

    @model_validator(mode="after")
    def _one_by_one(self) -> Self:
        """Refuse several questions where frames bear no number."""
        if self.framing == "rtu" and self.in_flight > 1:
            raise ValueError("framing: rtu에서는 in_flight가 1이에요. / With framing: rtu, in_flight is 1.")
        return self


class ModbusTcp(ModbusBus):
    """One TCP connection. A host that is gone is noticed by the kernel, even if it said nothing."""

    Config = ModbusTcpConfig

    def __init__(self, config: ModbusTcpConfig, slots: Slots) -> None:
        super().__init__(config, slots)
        self.config = config
        self.gather_s = GATHER_S if config.framing == "tcp" else 0.0

    async def connect(self) -> Wire:
        """Connect to the host; DeviceGone with the reason."""
        place = f"{self.config.host}:{self.config.port}"
        framer = RtuFramer() if self.config.framing == "rtu" else TcpFramer()
        wire = SocketWire(place, framer, self.config.in_flight)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self.config.connect_s):
                transport, _ = await loop.create_connection(lambda: wire, self.config.host, self.config.port)
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
