"""Scanners that are keyboards: told from people by how fast they type. Nobody else is kept from reading them."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from drivers.input_device import Events, keyboards
from drivers.keyboard import Keyboard
from drivers.mono import mono_ns
from gateway.finding.ports import SerialPort, lasting_names

BY_ID: Final = Path("/dev/input/by-id")
SIGN_NS: Final = 40_000_000  # for each sign at the most; the fastest typists take twice as long
LEAST: Final = 3  # signs of a code
MOST_BYTES: Final = 4096

Open = Callable[[str], int]


def plugged_keyboards() -> list[SerialPort]:
    """Return the keyboards, by the names that stay, each with its product's name."""
    lasting = lasting_names(BY_ID)
    return [SerialPort(lasting.get(str(path), str(path)), product=name) for path, name in keyboards()]


def open_beside(path: str) -> int:
    """Return a descriptor of a device that others go on reading."""
    return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)


class KeyboardEar:
    """Listens to one keyboard, and tells the codes that a scanner typed."""

    def __init__(self, port: SerialPort, typed: Callable[[str], None], opened: Open = open_beside) -> None:
        self._typed, self._begun_ns = typed, 0
        self._keyboard, self._events = Keyboard("us", "auto", MOST_BYTES), Events()
        self._loop = asyncio.get_running_loop()
        self._descriptor = opened(port.path)
        self._loop.add_reader(self._descriptor, self._readable)

    def close(self) -> None:
        """Listen no more."""
        self._loop.remove_reader(self._descriptor)
        os.close(self._descriptor)

    def _readable(self) -> None:
        try:
            data = os.read(self._descriptor, MOST_BYTES)
        except OSError:
            data = b""
        if not data:  # unplugged
            self._loop.remove_reader(self._descriptor)
            return
        now_ns = mono_ns()
        self._begun_ns = self._begun_ns or now_ns
        for event in self._events.feed(data):
            for code in self._keyboard.feed(*event, now_ns):
                if len(code) >= LEAST and now_ns - self._begun_ns <= SIGN_NS * len(code):
                    self._typed(code.decode("utf-8", "replace"))
                self._begun_ns = now_ns
