"""Keyboards of Linux's input layer: finding one, taking it for ourselves, reading its events.

What python-evdev does in C is here some lines: no wheels of it exist, so that it would have to be compiled in the shop.
Numbers and shapes are those of linux/input.h; a test holds them against the header.
"""

import errno
import fcntl
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from drivers.errors import DeviceGone, WrongConfiguration

EVENT: Final = struct.Struct("@llHHi")  # struct input_event: seconds, microseconds, type, code, value
EVIOCGRAB: Final = 0x40044590
KEY_ENTER, KEY_1 = 28, 2
CLASS: Final = Path("/sys/class/input")
FOLDER: Final = Path("/dev/input")

Event = tuple[int, int, int]  # type, code, value


def keyboards(known: Path = CLASS, folder: Path = FOLDER) -> list[tuple[Path, str]]:
    """Return the devices that can type a digit and Enter, each with its product's name, in the kernel's order."""
    found = []
    for entry in sorted(known.glob("event*"), key=lambda entry: (len(entry.name), entry.name)):
        try:
            keys = _bits((entry / "device/capabilities/key").read_text())
            name = (entry / "device/name").read_text().strip()
        except OSError:  # unplugged meanwhile
            continue
        if keys >> KEY_ENTER & keys >> KEY_1 & 1:
            found.append((folder / entry.name, name))
    return found


def find(product: str, known: Path = CLASS, folder: Path = FOLDER) -> Path:
    """Return the first keyboard whose product's name holds `product`, in any case; DeviceGone names those there are."""
    there = keyboards(known, folder)
    for path, name in there:
        if product.lower() in name.lower():
            return path
    names = ", ".join(sorted({name for _, name in there})) or "none"
    raise DeviceGone(f"{product}: no such keyboard is plugged in; there is: {names}")


def open_grabbed(path: Path) -> int:
    """Return a descriptor, non-blocking, of a device whose keys nobody else gets; DeviceGone or WrongConfiguration."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise explain(path, error) from error
    try:
        fcntl.ioctl(descriptor, EVIOCGRAB, 1)
    except OSError as error:
        os.close(descriptor)
        raise explain(path, error) from error
    return descriptor


def explain(path: Path, error: OSError) -> DeviceGone | WrongConfiguration:
    """Turn what opening, grabbing or reading raised into one of ours, with the mend."""
    match error.errno:
        case errno.ENOTTY | errno.EINVAL | errno.EISDIR:
            return WrongConfiguration(f"{path}: is not an input device; choose one under /dev/input/by-id")
        case errno.EACCES:
            return DeviceGone(f"{path}: no permission to open it; add this user to the group input")
        case errno.EBUSY:
            return DeviceGone(f"{path}: another program has taken it for itself")
        case errno.ENOENT:
            return DeviceGone(f"{path}: not there; is the scanner plugged in?")
        case errno.ENODEV:
            return DeviceGone(f"{path}: unplugged")
    return DeviceGone(f"{path}: {error.strerror or error}")


class Events:
    """Cuts what a descriptor gives into events, whatever the sizes in which it comes (the kernel gives whole ones)."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> Iterator[Event]:
        """Yield the events that are whole now; the kernel's own time is not taken, for it may be wall clock."""
        data = self._held + data
        whole = len(data) - len(data) % EVENT.size
        self._held = data[whole:]
        for _, _, type_, code, value in EVENT.iter_unpack(data[:whole]):
            yield type_, code, value


def _bits(text: str) -> int:
    """Return the bit field of a capabilities file: words of 64 bits in hexadecimal, the highest first."""
    words = text.split()
    return sum(int(word, 16) << 64 * place for place, word in enumerate(reversed(words)))
