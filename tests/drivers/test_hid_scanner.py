"""A scanner that is a keyboard.

Machines for tests seldom have an input layer. Where /dev/uinput is, a real device is made, found, grabbed and read; all
else is tested at the lowest seam that there is everywhere: the stream of `struct input_event`, through a pipe.
"""

import asyncio
import errno
import fcntl
import os
import shutil
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from barcodes.scan import Scan
from drivers.base import Reading, Slot
from drivers.errors import DeviceGone, WrongConfiguration
from drivers.hid_scanner import HidScanner, HidScannerConfig
from drivers.input_device import EVENT, EVIOCGRAB, Events, explain, find, keyboards, open_grabbed
from drivers.layouts import LAYOUTS
from sensors.batch import Batch
from sensors.quality import GOOD, NO_REPLY
from tests.drivers.one_connection import read

EV_SYN, EV_KEY, ENTER = 0, 1, 28
CODE = {sign: code for code, sign in LAYOUTS["us"].plain.items()}


def events(text: str) -> bytes:
    """The bytes by which the kernel tells that a text and Enter were typed."""
    keys = [*(CODE[sign] for sign in text), ENTER]
    told = [(EV_KEY, key, value) for key in keys for value in (1, 0)]
    return b"".join(EVENT.pack(0, 0, *event) + EVENT.pack(0, 0, EV_SYN, 0, 0) for event in told)


class Pipe:
    """The scanner's end of a pipe that stands for its device."""

    def __init__(self) -> None:
        self.opened: list[Path] = []
        self._writer = -1

    def open(self, path: Path) -> int:
        """What the driver opens."""
        reader, self._writer = os.pipe2(os.O_NONBLOCK)
        self.opened.append(path)
        return reader

    def type(self, data: bytes) -> None:
        """Type."""
        os.write(self._writer, data)

    def unplug(self) -> None:
        """Close it, once."""
        if self._writer >= 0:
            os.close(self._writer)
        self._writer = -1


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    """A pipe."""
    pipe = Pipe()
    yield pipe
    pipe.unplug()


def scanner(pipe: Pipe | None = None, **options: Any) -> HidScanner:
    """The driver, second device of the point table, with its point at index 7."""
    given = {"name": "gun", "type": "hid_scanner"} | (options or {"device": "/dev/input/by-id/gun-event-kbd"})
    config = HidScannerConfig.model_validate(given)
    return HidScanner(config, {"gun": Slot(1, 7)}, **({"open_device": pipe.open} if pipe else {}))


def raws(found: list[Reading]) -> list[bytes]:
    """What was scanned."""
    return [reading.raw for reading in found if isinstance(reading, Scan)]


def test_what_is_typed_is_scans_and_rows_of_the_counter_as_with_a_serial_scanner(pipe: Pipe) -> None:
    found = asyncio.run(read(scanner(pipe), 5, {1: lambda: pipe.type(events("w-0007-5") + events("88012345"))}))
    assert raws(found) == [b"w-0007-5", b"88012345"]
    rows = [reading for reading in found if isinstance(reading, Batch)]
    assert [(row.device, row.first, row.values[0][0], row.quality[0][0]) for row in rows] == [
        (1, 7, n, GOOD) for n in range(3)
    ]
    assert pipe.opened == [Path("/dev/input/by-id/gun-event-kbd")]


def test_an_unplugged_scanner_says_what_was_typed_then_no_reply_then_is_gone(pipe: Pipe) -> None:
    found: list[Reading] = []

    async def scenario() -> None:
        driver = scanner(pipe)
        async with driver:
            async for reading in driver.readings():
                found.append(reading)
                if len(found) == 1:
                    pipe.type(events("a1") + events("b2")[: 3 * EVENT.size + 5])
                    pipe.unplug()

    with pytest.raises(DeviceGone, match="gun-event-kbd"):
        asyncio.run(scenario())
    assert raws(found) == [b"a1"]
    assert isinstance(found[-1], Batch)
    assert found[-1].quality[0][0] == NO_REPLY


def test_half_a_code_and_a_key_held_down_do_not_outlive_the_connection(pipe: Pipe) -> None:
    driver = scanner(pipe)
    shift_down_and_b = EVENT.pack(0, 0, EV_KEY, 42, 1) + EVENT.pack(0, 0, EV_KEY, CODE["b"], 1)
    first = asyncio.run(read(driver, 3, {1: lambda: pipe.type(events("a1") + shift_down_and_b)}))
    pipe.unplug()
    found = asyncio.run(read(driver, 3, {1: lambda: pipe.type(events("c3"))}))
    assert raws(first) + raws(found) == [b"a1", b"c3"]
    assert driver.counters.dropped == 1
    rows = [reading.values[0][0] for reading in found if isinstance(reading, Batch)]
    assert rows == [1, 2], "the counter goes on"


def test_events_are_the_same_however_they_arrive() -> None:
    stream = events("8801")
    for size in (1, 7, 24, 100):
        cutter = Events()
        found = [event for at in range(0, len(stream), size) for event in cutter.feed(stream[at : at + size])]
        assert found == list(Events().feed(stream))


@pytest.fixture
def shelf(tmp_path: Path) -> Callable[[str, str, str], None]:
    """Put a device into a folder that is laid out as /sys/class/input: its number, its name, its keys."""

    def put(number: str, name: str, keys: str) -> None:
        folder = tmp_path / f"event{number}/device/capabilities"
        folder.mkdir(parents=True)
        (folder / "key").write_text(keys + "\n")
        (folder.parent / "name").write_text(name + "\n")

    return put


KEYS = "1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe"  # as a keyboard of a PC tells them


def test_a_scanner_is_found_by_its_name_under_whatever_number_and_other_devices_are_passed_over(
    tmp_path: Path, shelf: Callable[[str, str, str], None]
) -> None:
    shelf("2", "Power Button", "10000000000000 0")
    shelf("10", "SM SM-2D PRODUCT HID KBW", KEYS)
    shelf("9", "SM SM-2D PRODUCT HID KBW Consumer Control", "3f000301ff 0 0")
    shelf("1", "AT Keyboard", KEYS)
    assert [path.name for path, _ in keyboards(tmp_path, Path("/dev/input"))] == ["event1", "event10"]
    assert find("sm-2d", tmp_path, Path("/dev/input")) == Path("/dev/input/event10")
    with pytest.raises(DeviceGone, match="there is: AT Keyboard, SM SM-2D"):
        find("honeywell", tmp_path, Path("/dev/input"))


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.EACCES, "group input"),
        (errno.EBUSY, "another program"),
        (errno.ENODEV, "unplugged"),
        (errno.EIO, "Input/output"),
    ],
)
def test_what_fails_says_how_to_mend_it(number: int, says: str) -> None:
    assert says in str(explain(Path("/dev/input/event3"), OSError(number, os.strerror(number))))


def test_what_is_not_there_may_come_and_what_is_no_input_device_never_will(tmp_path: Path) -> None:
    with pytest.raises(DeviceGone, match="plugged in"):
        open_grabbed(tmp_path / "event-kbd")
    with pytest.raises(WrongConfiguration, match="not an input device"):
        open_grabbed(Path("/dev/null"))


@pytest.mark.parametrize("options", [{"device": "/dev/x", "product": "gun"}, {"layout": "us"}])
def test_a_scanner_is_found_by_one_thing(options: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="device"):
        scanner(**options)


def test_the_numbers_are_those_of_the_kernels_header(tmp_path: Path) -> None:
    compiler = shutil.which("gcc") or shutil.which("cc")
    assert compiler, "no C compiler: apt-get install gcc libc6-dev"
    source = tmp_path / "numbers.c"
    source.write_text(
        "#include <linux/input.h>\n#include <stdio.h>\n#include <stddef.h>\n"
        'int main(void) { printf("%u %zu %zu", (unsigned)EVIOCGRAB, sizeof(struct input_event), '
        "offsetof(struct input_event, type)); return 0; }\n"
    )
    subprocess.run([compiler, "-o", tmp_path / "numbers", source], check=True)
    told = subprocess.run([tmp_path / "numbers"], capture_output=True, text=True, check=True).stdout
    assert told.split() == [str(EVIOCGRAB), str(EVENT.size), str(struct.calcsize("@ll"))]


UINPUT = Path("/dev/uinput")
UI_SET_EVBIT, UI_SET_KEYBIT, UI_DEV_SETUP, UI_DEV_CREATE = 0x40045564, 0x40045565, 0x405C5503, 0x5501
SETUP = struct.Struct("@HHHH80sI")  # struct uinput_setup


@pytest.mark.skipif(not os.access(UINPUT, os.W_OK), reason="this machine has no /dev/uinput")
def test_a_real_input_device_is_found_grabbed_and_read() -> None:
    made = os.open(UINPUT, os.O_WRONLY | os.O_NONBLOCK)
    try:
        fcntl.ioctl(made, UI_SET_EVBIT, EV_KEY)
        for key in (*CODE.values(), ENTER):
            fcntl.ioctl(made, UI_SET_KEYBIT, key)
        fcntl.ioctl(made, UI_DEV_SETUP, SETUP.pack(3, 0x1234, 0x5678, 1, b"Gongbang test scanner", 0))
        fcntl.ioctl(made, UI_DEV_CREATE)
        end_s = time.monotonic() + 60
        while True:
            try:
                found = asyncio.run(
                    read(scanner(product="gongbang test"), 3, {1: lambda: os.write(made, events("8801")) and None})
                )
                break
            except DeviceGone:  # udev is at it
                assert time.monotonic() < end_s
                time.sleep(0.1)
    finally:
        os.close(made)
    assert raws(found) == [b"8801"]
