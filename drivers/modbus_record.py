"""A Modbus device asked slowly and aloud: each request and reply as the bytes that were on the wire, for golden frames.

One question at a time, and blocking: this serves a command at a desk, never the daemon.
"""

import socket
import struct
import time
from types import TracebackType
from typing import Final, Protocol, Self

from drivers.errors import DeviceGone
from drivers.modbus_frames import READ, sealed, sound
from drivers.modbus_rtu import ModbusRtuConfig
from drivers.modbus_tcp import ModbusTcpConfig
from drivers.serial_port import explain, open_port
from sensors.golden import Exchange
from sensors.point import Table

QUIET_S: Final = 0.05  # between two questions on a serial line: more than 3.5 characters at any speed in use


class Unanswered(Exception):
    """No reply, a damaged one, or an exception; the text says which."""


class Line(Protocol):
    """An open connection that gives its bytes."""

    def ask(self, unit: int, body: bytes, timeout_s: float) -> tuple[bytes, bytes]:
        """Send a function with its data; return the whole request and the whole reply."""

    def close(self) -> None:
        """Close it."""


class TcpLine:
    """A Modbus TCP connection (Modbus messaging on TCP/IP V1.0b, 3.1)."""

    def __init__(self, config: ModbusTcpConfig) -> None:
        try:
            self._socket = socket.create_connection((config.host, config.port), config.connect_s)
        except OSError as error:
            raise DeviceGone(f"{config.host}:{config.port}: {error.strerror or error}") from error
        self._number = 0

    def ask(self, unit: int, body: bytes, timeout_s: float) -> tuple[bytes, bytes]:
        """Ask as a Line does."""
        self._number += 1
        self._socket.settimeout(timeout_s)
        request = struct.pack(">HHHB", self._number, 0, len(body) + 1, unit) + body
        try:
            self._socket.sendall(request)
            head = self._read(6)
            return request, head + self._read(int.from_bytes(head[4:6]))
        except TimeoutError:
            raise Unanswered(f"no reply in {timeout_s:g} s") from None
        except OSError as error:
            raise DeviceGone(error.strerror or str(error)) from error

    def _read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = self._socket.recv(count - len(data))
            if not more:
                raise DeviceGone("the connection was closed")
            data += more
        return data

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()


class RtuLine:
    """An RS-485 line."""

    def __init__(self, config: ModbusRtuConfig) -> None:
        self._config = config
        self._port = open_port(config)

    def ask(self, unit: int, body: bytes, timeout_s: float) -> tuple[bytes, bytes]:
        """Ask as a Line does."""
        request = sealed(bytes((unit,)) + body)
        time.sleep(QUIET_S)
        try:
            self._port.reset_input_buffer()
            self._port.timeout = timeout_s + 300 * self._config.character_s()
            self._port.write_timeout = timeout_s
            self._port.write(request)
            if self._config.echo:
                self._port.read(len(request))
            head = self._port.read(3)
            rest = (2 if head[1] & 0x80 else head[2] + 2) if len(head) == 3 else 0
            reply = head + self._port.read(rest)
        except OSError as error:
            raise explain(self._config.port, error) from error
        if not reply:
            raise Unanswered(f"no reply in {timeout_s:g} s")
        if len(reply) < 3 + rest or len(head) < 3 or not sound(reply, len(reply) - 2):
            raise Unanswered(f"a damaged reply: {reply.hex(' ').upper()}")
        return request, reply

    def close(self) -> None:
        """Close the port."""
        self._port.close()


class Recorder:
    """Opens the line of a driver's configuration on entering; DeviceGone or WrongConfiguration when it cannot."""

    def __init__(self, config: ModbusTcpConfig | ModbusRtuConfig) -> None:
        self._config = config
        self._line: Line | None = None

    def __enter__(self) -> Self:
        self._line = TcpLine(self._config) if isinstance(self._config, ModbusTcpConfig) else RtuLine(self._config)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._line is not None:
            self._line.close()

    def read(self, unit: int, table: Table, start: int, count: int, timeout_s: float) -> Exchange:
        """Return one read as it was on the wire; Unanswered says why there is none."""
        if self._line is None:
            raise DeviceGone("not connected")
        body = struct.pack(">BHH", READ[table], start, count)
        request, reply = self._line.ask(unit, body, timeout_s)
        function = reply[7] if isinstance(self._line, TcpLine) else reply[1]
        if function == READ[table] | 0x80:
            raise Unanswered(f"exception {reply[8] if isinstance(self._line, TcpLine) else reply[2]}")
        if function != READ[table]:
            raise Unanswered(f"the reply to another question: {reply.hex(' ').upper()}")
        return Exchange(request=request.hex(" ").upper(), reply=reply.hex(" ").upper())
