"""An open serial port on the loop: what arrives is handed on with its time, and a lost port is told once."""

import asyncio
import os
import termios
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import serial

from drivers.errors import DeviceGone, WrongConfiguration
from drivers.mono import mono_ns
from drivers.serial_port import SerialConfig, explain, open_port

READ_BYTES: Final = 4096

Received = Callable[[bytes, int], None]  # what arrived, and when (mono_ns)
Lost = Callable[[DeviceGone | WrongConfiguration], None]


class SerialStream:
    """A port for one connection. `lost` is called once, and nothing is received after it."""

    def __init__(self, config: SerialConfig, bytesize: int, received: Received, lost: Lost) -> None:
        self._config, self._bytesize = config, bytesize
        self._received, self._lost = received, lost
        self._port: serial.Serial | None = None
        self._listening = False

    def open(self) -> None:
        """Open the port and listen; DeviceGone or WrongConfiguration with the reason."""
        self._port = open_port(self._config, self._bytesize)
        asyncio.get_running_loop().add_reader(self._port.fileno(), self._readable)
        self._listening = True

    def send(self, data: bytes) -> bool:
        """Write at once; False when the port does not take all of it (an unplugged one is noticed by the reader)."""
        if self._port is None or not self._listening:
            return False
        try:
            return os.write(self._port.fileno(), data) == len(data)  # pyserial's own write spins on a full port
        except OSError:
            return False

    def close(self) -> None:
        """Close, without waiting for what was not sent yet (some adapters would take 30 s)."""
        self._stop()
        if self._port is not None:
            with suppress(OSError, termios.error):
                self._port.reset_output_buffer()
            self._port.close()
        self._port = None

    def _readable(self) -> None:
        """Take what has arrived; the loop calls this."""
        assert self._port is not None
        try:
            data = self._port.read(READ_BYTES)
        except OSError as error:  # pyserial: "readiness to read but returned no data"
            self._stop()
            self._lost(explain(self._config.port, error))
            return
        if data:
            self._received(data, mono_ns())

    def _stop(self) -> None:
        if self._listening and self._port is not None:
            asyncio.get_running_loop().remove_reader(self._port.fileno())
        self._listening = False
