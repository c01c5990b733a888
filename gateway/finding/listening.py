"""Listening on serial ports while somebody scans, weighs or presses a key: what sends by itself, and what it is."""

import asyncio
import os
import re
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Final, Literal

import serial

from drivers.errors import DeviceGone, WrongConfiguration
from drivers.scale_formats import FORMATS
from drivers.serial_port import explain
from gateway.finding.keyboards import KeyboardEar
from gateway.finding.ports import SerialPort

SPEEDS: Final = (9600, 115200, 38400, 19200, 57600, 4800, 2400)  # scanners and scales are delivered at the first
QUIET_S: Final = 0.1  # after it, what came is whole
MOST_BYTES: Final = 4096
MITUTOYO: Final = re.compile(rb"0[0-9]A[-+][0-9.]+")  # see drivers.digimatic
ENDS: Final = re.compile(rb"[\r\n]+$")

Kind = Literal["scale", "digimatic", "serial_scanner", "hid_scanner"]


@dataclass(frozen=True, slots=True)
class Heard:
    """What a port sent: of which kind it is, an example, the speed; of a scale its format."""

    port: SerialPort
    kind: Kind
    text: str
    baudrate: int
    end: str = "\r"
    format: str | None = None


def judge(port: SerialPort, data: bytes, baudrate: int) -> Heard | None:
    """Return what sends so; None for what is no text, which is how another speed looks."""
    ended = ENDS.search(data)
    end = (ended[0][:2] if ended else b"").decode("ascii")
    lines = [line for line in re.split(rb"[\r\n]+", data) if line]
    if not lines:
        return None
    for name, form in FORMATS.items():
        if name != "cas10" and all(form.read(line) for line in lines):
            return Heard(port, "scale", lines[0].decode("cp949", "replace"), baudrate, end, name)
    text = _text(lines[-1])
    if text is None:
        return None
    kind: Kind = "digimatic" if all(MITUTOYO.fullmatch(line) for line in lines) else "serial_scanner"
    return Heard(port, kind, text, baudrate, end)


def _text(line: bytes) -> str | None:
    for encoding in ("utf-8", "cp949"):
        try:
            text = line.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text.isprintable():
            return text
    return None


class _Ear:
    """One port that is listened to; at what is no text, it goes on to the next speed."""

    def __init__(self, port: SerialPort, heard: Callable[[Heard], None]) -> None:
        self._port, self._heard = port, heard
        self._speed, self._data = 0, bytearray()
        self._loop = asyncio.get_running_loop()
        self._whole: asyncio.TimerHandle | None = None
        self._serial = serial.Serial(port.path, SPEEDS[0], timeout=0, exclusive=True)
        self._loop.add_reader(self._serial.fileno(), self._readable)

    def close(self) -> None:
        self._loop.remove_reader(self._serial.fileno())
        if self._whole is not None:
            self._whole.cancel()
        self._serial.close()

    def _readable(self) -> None:
        try:
            data = os.read(self._serial.fileno(), MOST_BYTES)
        except OSError:
            data = b""
        if not data:  # unplugged
            self._loop.remove_reader(self._serial.fileno())
            return
        self._data = (self._data + data)[-MOST_BYTES:]
        if self._whole is not None:
            self._whole.cancel()
        self._whole = self._loop.call_later(QUIET_S, self._over)

    def _over(self) -> None:
        heard = judge(self._port, bytes(self._data), SPEEDS[self._speed])
        self._data.clear()
        if heard is not None:
            self._heard(heard)
            return
        self._speed = (self._speed + 1) % len(SPEEDS)
        self._serial.baudrate = SPEEDS[self._speed]


async def listen(
    ports: Iterable[SerialPort], keyboards: Iterable[SerialPort], for_s: float, heard: Callable[[Heard], None]
) -> dict[str, str]:
    """Listen to all for a while, tell what each sent first; return why serial ports could not be opened, by path."""
    trouble: dict[str, str] = {}
    told: set[str] = set()

    def once(what: Heard) -> None:
        if what.port.path not in told:
            told.add(what.port.path)
            heard(what)

    with ExitStack() as open_ports:
        for port in ports:
            try:
                open_ports.callback(_Ear(port, once).close)
            except (OSError, ValueError) as error:
                why: DeviceGone | WrongConfiguration = explain(port.path, error)
                trouble[port.path] = str(why)
        for keys in keyboards:
            with suppress(OSError):  # no permission, or unplugged
                open_ports.callback(_keys(keys, once).close)
        await asyncio.sleep(for_s)
    return trouble


def _keys(port: SerialPort, heard: Callable[[Heard], None]) -> KeyboardEar:
    return KeyboardEar(port, lambda code: heard(Heard(port, "hid_scanner", code, 0)))
