"""Pulses and inputs on pins.

Machines for tests have no pins, and seldom the kernel's own simulator (gpio-sim). Where that is, a real chip is made
and its lines pulled; all else is tested at the lowest seam that there is everywhere: libgpiod's request, of which this
driver uses five members.
"""

import asyncio
import errno
import os
import time
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from pydantic import ValidationError

from drivers.base import Reading, Slot
from drivers.errors import DeviceGone, WrongConfiguration
from drivers.gpio import Gpio, explain, request_lines
from drivers.gpio_edges import Lines, Seen
from drivers.gpio_options import GpioConfig
from drivers.mono import mono_ns
from sensors.batch import Batch
from sensors.quality import GOOD, NO_REPLY

POINTS = [
    {"name": "strokes", "line": "GPIO17", "bias": "pull_up", "active_low": True, "debounce_s": 0.002},
    {"name": "door", "line": 27, "kind": "state"},
]


class Type(Enum):
    """Of an edge, as libgpiod names it."""

    RISING_EDGE = 1
    FALLING_EDGE = 2


class Event(NamedTuple):
    """An edge, as libgpiod tells it."""

    event_type: Type
    timestamp_ns: int
    line_offset: int
    line_seqno: int


class Pins:
    """libgpiod's request: two lines, 17 and 27, whose events a test makes; the kernel's descriptor is a pipe."""

    def __init__(self) -> None:
        self.offsets = [17, 27]
        self.fd, self._bell = -1, -1
        self.values = [0, 1]
        self._events: list[Event] = []
        self._numbers = {17: 0, 27: 0}
        self.gone = False

    def open(self, _config: GpioConfig) -> "Pins":
        """What the driver asks for."""
        self.fd, self._bell = os.pipe()
        self._numbers = {17: 0, 27: 0}
        return self

    def get_values(self) -> list[int]:
        """The lines' states."""
        return self.values

    def edge(self, offset: int, rising: bool = True, lost: int = 0) -> None:
        """One edge, before which so many were lost."""
        self._numbers[offset] += 1 + lost
        kind = Type.RISING_EDGE if rising else Type.FALLING_EDGE
        self._events.append(Event(kind, time.monotonic_ns(), offset, self._numbers[offset]))
        os.write(self._bell, b"!")

    def unplug(self) -> None:
        """The chip goes."""
        self.gone = True
        os.write(self._bell, b"!")

    def read_edge_events(self, max_events: int | None = None) -> list[Event]:
        """The events, at most 64 at once."""
        os.read(self.fd, 64)
        if self.gone:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        events, self._events = self._events[:64], self._events[64:]
        return events

    def release(self) -> None:
        """Close."""
        os.close(self.fd)
        os.close(self._bell)


@pytest.fixture
def pins() -> Pins:
    """Two lines."""
    return Pins()


def driver(pins: Pins, **options: Any) -> Gpio:
    """The driver, second device of the point table, with its points from index 7 on."""
    config = GpioConfig.model_validate({"name": "pins", "type": "gpio", "points": POINTS, "sample_s": 60} | options)
    return Gpio(config, {"pins": Slot(1, 7)}, pins.open)


async def collect(made: Gpio, many: int, then: dict[int, Any]) -> list[Batch]:
    """The first readings of one connection; `then[n]` is called after n of them."""
    found: list[Batch] = []
    async with asyncio.timeout(60), made:
        readings = made.readings()
        async for reading in readings:
            assert isinstance(reading, Batch)
            found.append(reading)
            then.get(len(found), lambda: None)()
            if len(found) == many:
                break
        await readings.aclose()  # type: ignore[attr-defined] # an async generator
    return found


def test_a_change_of_an_input_is_a_row_at_once_with_the_kernels_time_and_the_count(pins: Pins) -> None:
    def happens() -> None:
        for _ in range(3):
            pins.edge(17)
        pins.edge(27, rising=False)

    before_ns = mono_ns()
    first, second = asyncio.run(collect(driver(pins), 2, {1: happens}))
    assert (first.device, first.first, first.values.tolist()) == (1, 7, [[0, 1]])
    assert second.values.tolist() == [[3, 0]]
    assert before_ns < second.mono_ns[0] <= mono_ns()


def test_counts_are_rows_in_their_rhythm(pins: Pins) -> None:
    found = asyncio.run(collect(driver(pins, sample_s=0.05), 3, {1: lambda: pins.edge(17), 2: lambda: pins.edge(17)}))
    counts = [row.values[0][0] for row in found]
    assert counts[0] == 0
    assert counts == sorted(counts)


def test_edges_that_the_kernel_had_no_room_for_count_all_the_same_and_are_told(pins: Pins) -> None:
    def happens() -> None:
        pins.edge(17)
        pins.edge(17, lost=5)
        pins.edge(27, rising=False)

    made = driver(pins)
    found = asyncio.run(collect(made, 2, {1: happens}))
    assert found[1].values.tolist() == [[7, 0]]
    assert made.counters.dropped == 5
    assert "5 edges came faster" in made.counters.last_error


def test_the_count_goes_on_after_the_chip_was_gone_and_the_kernels_numbers_begin_anew(pins: Pins) -> None:
    made = driver(pins)
    found: list[Reading] = []

    async def until_gone() -> None:
        async with made:
            async for reading in made.readings():
                found.append(reading)
                if len(found) == 1:
                    pins.edge(17)
                    pins.edge(27, rising=False)
                elif len(found) == 2:
                    pins.unplug()

    with pytest.raises(DeviceGone, match="No such device"):
        asyncio.run(until_gone())
    last = found[-1]
    assert isinstance(last, Batch)
    assert last.quality.tolist() == [[NO_REPLY, NO_REPLY]]
    pins.gone = False

    def happens() -> None:
        pins.edge(17)
        pins.edge(27, rising=False)

    again = asyncio.run(collect(made, 2, {1: happens}))
    assert [row.values.tolist()[0] for row in again] == [[1, 1], [2, 0]]
    assert made.counters.dropped == 0


def test_changes_read_at_once_are_rows_of_one_batch_in_their_order() -> None:
    lines = Lines(Slot(0, 0), [False])
    lines.begin([4], [False])
    batch = lines.edges([Seen(4, 1, True, 100), Seen(4, 2, False, 100), Seen(4, 3, False, 90), Seen(4, 4, True, 300)])
    assert batch is not None
    assert batch.values.ravel().tolist() == [1, 0, 1]
    assert batch.mono_ns.tolist() == [100, 101, 300]
    assert (batch.quality == GOOD).all()


def test_the_numbers_of_a_line_may_run_over() -> None:
    lines = Lines(Slot(0, 0), [True])
    lines.begin([4], [False])
    lines.edges([Seen(4, 2**32 - 1, True, 1)])
    lines.missed = 0
    lines.edges([Seen(4, 0, True, 2), Seen(4, 1, True, 3)])
    assert lines.missed == 0
    assert lines.row(4).values[0][0] == 2**32 + 1


@pytest.mark.parametrize(
    ("number", "kind", "says"),
    [
        (errno.EACCES, DeviceGone, "group gpio"),
        (errno.EBUSY, DeviceGone, "another program uses one of GPIO17, 27"),
        (errno.ENOENT, DeviceGone, "gpiodetect"),
        (errno.EINVAL, WrongConfiguration, "gpioinfo"),
        (errno.EIO, DeviceGone, "Input/output"),
    ],
)
def test_what_fails_says_how_to_mend_it(pins: Pins, number: int, kind: type, says: str) -> None:
    why = explain(driver(pins).config, OSError(number, os.strerror(number)))
    assert isinstance(why, kind)
    assert says in str(why)


def test_a_chip_that_is_not_there_may_come_and_a_file_that_is_none_never_will() -> None:
    pytest.importorskip("gpiod")
    with pytest.raises(DeviceGone, match="not there"):
        request_lines(driver(Pins(), chip="/dev/gpiochip99").config)
    with pytest.raises(WrongConfiguration, match="/dev/null"):
        request_lines(driver(Pins(), chip="/dev/null").config)


@pytest.mark.parametrize(
    ("points", "why"),
    [
        ([*POINTS, {"name": "door", "line": 3}], "name"),
        ([*POINTS, {"name": "lid", "line": 27}], "line"),
        ([], "at least 1"),
        ([{"name": "a", "line": 1, "bias": "up"}], "pull_up"),
    ],
)
def test_what_cannot_be_is_refused(pins: Pins, points: list[dict[str, Any]], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        driver(pins, points=points)


SIMULATOR = Path("/sys/kernel/config/gpio-sim")


@pytest.mark.skipif(not os.access(SIMULATOR, os.W_OK), reason="this kernel has no gpio-sim")
def test_a_real_chip_of_the_kernels_simulator_is_counted_and_followed() -> None:
    pytest.importorskip("gpiod")
    made, bank = SIMULATOR / "gongbang", SIMULATOR / "gongbang/bank0"
    made.mkdir()
    try:
        bank.mkdir()
        (bank / "num_lines").write_text("32")
        (made / "live").write_text("1")
        chip, device = (bank / "chip_name").read_text().strip(), (made / "dev_name").read_text().strip()
        pull = {n: Path(f"/sys/devices/platform/{device}/{chip}/sim_gpio{n}/pull") for n in (17, 27)}
        points = [{"name": "strokes", "line": 17}, {"name": "door", "line": 27, "kind": "state"}]
        config = GpioConfig.model_validate(
            {"name": "pins", "type": "gpio", "chip": f"/dev/{chip}", "points": points, "sample_s": 60}
        )

        def happens() -> None:
            for state in ("pull-up", "pull-down") * 5:
                pull[17].write_text(state)
            pull[27].write_text("pull-up")

        found = asyncio.run(collect(Gpio(config, {"pins": Slot(0, 0)}), 2, {1: happens}))
        assert np.array_equal(found[1].values, [[5, 1]])
    finally:
        (made / "live").write_text("0")
        bank.rmdir()
        made.rmdir()
