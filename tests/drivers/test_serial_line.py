"""An instrument that speaks in lines, on a pty."""

import asyncio
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cables import Cable
from pydantic import ValidationError

from drivers.base import Reading, Slot
from drivers.errors import DeviceGone, WrongConfiguration
from drivers.serial_line import TOO_SLOW, SerialLine, SerialLineConfig
from sensors.batch import Batch
from sensors.quality import GOOD, NO_REPLY, NOT_A_NUMBER, OUT_OF_RANGE, WRONG_CONFIGURATION
from sensors.text import TextReading
from tests.drivers.one_connection import read

PATTERN = r"T=(?P<temperature>[-+ 0-9.]+)(?P<temperature_unit>[CF]?)(?:;(?P<state>\w+))?"
POINTS = [{"name": "temperature", "unit": "degC", "high": 300}, {"name": "state", "kind": "text"}]


@pytest.fixture
def cable(tmp_path: Path) -> Iterator[Cable]:
    """A cable."""
    cable = Cable(tmp_path / "oven")
    yield cable
    cable.unplug()


def oven(port: str, **options: Any) -> SerialLine:
    """The driver, second device of the point table, with its point at index 7."""
    given = {"name": "oven", "type": "serial_line", "port": port, "pattern": PATTERN, "points": POINTS} | options
    return SerialLine(SerialLineConfig.model_validate(given), {"oven": Slot(1, 7)})


def cells(found: list[Reading]) -> list[tuple[float | None, int]]:
    """Value and quality of each row."""
    rows = [reading for reading in found if isinstance(reading, Batch)]
    pairs = [(float(row.values[0][0]), int(row.quality[0][0])) for row in rows]
    return [(None if math.isnan(value) else value, quality) for value, quality in pairs]


def test_a_line_is_a_row_and_its_texts(cable: Cable) -> None:
    found = asyncio.run(read(oven(cable.port), 3, {1: lambda: cable.send(b"T=+ 80.5C;heating\r\n")}))
    assert cells(found) == [(None, NO_REPLY), (80.5, GOOD)]
    (text,) = [reading for reading in found if isinstance(reading, TextReading)]
    assert (text.device, text.point, text.text) == ("oven", "state", "heating")
    row = found[1]
    assert isinstance(row, Batch)
    assert (row.device, row.first, text.mono_ns) == (1, 7, row.mono_ns[0])


def test_what_comes_in_another_unit_is_converted_and_in_another_quantity_refused(cable: Cable) -> None:
    driver = oven(cable.port, pattern=r"(?P<temperature>\S+) (?P<temperature_unit>\S+)", points=POINTS[:1])
    found = asyncio.run(read(driver, 4, {1: lambda: cable.send(b"212 F\r1.5 kg\r7 parsec\r")}))
    assert cells(found)[1:] == [(pytest.approx(100.0), GOOD), (None, WRONG_CONFIGURATION), (None, WRONG_CONFIGURATION)]
    assert driver.counters.last_error == "oven: temperature: unknown unit 'parsec'; degC is configured"
    assert driver.counters.unit_errors == {"oven": 2}


def test_what_is_no_number_or_out_of_range_is_bad_and_the_next_line_is_read(cable: Cable) -> None:
    found = asyncio.run(read(oven(cable.port), 4, {1: lambda: cable.send(b"T=-.-C\nT=999C\nT=20C\n")}))
    assert cells(found)[1:] == [(None, NOT_A_NUMBER), (None, OUT_OF_RANGE), (20.0, GOOD)]


def test_lines_that_mean_nothing_and_lines_that_are_too_long_are_counted(cable: Cable) -> None:
    driver = oven(cable.port, max_bytes=32)
    noise = b"hello\r\n" + b"x" * 500 + b"\r\n\xff\xfe\x00\r\nT=20C\r\n"
    assert cells(asyncio.run(read(driver, 2, {1: lambda: cable.send(noise)})))[1:] == [(20.0, GOOD)]
    assert driver.counters.dropped == 3
    assert driver.counters.received == 1
    assert "cannot read" in driver.counters.last_error


def test_korean_text_arrives_in_the_encoding_that_is_configured(cable: Cable) -> None:
    driver = oven(cable.port, pattern=r"(?P<state>\w+)", points=POINTS[1:], encoding="cp949")
    found = asyncio.run(read(driver, 2, {1: lambda: cable.send("가열중\r".encode("cp949"))}))
    assert [reading.text for reading in found if isinstance(reading, TextReading)] == ["가열중"]


def test_an_end_of_ones_own_ends_lines(cable: Cable) -> None:
    driver = oven(cable.port, terminator="\x03")
    found = asyncio.run(read(driver, 3, {1: lambda: cable.send(b"\x02T=20C\x03\x02T=21C\x03")}))
    assert cells(found)[1:] == [(20.0, GOOD), (21.0, GOOD)]


def test_an_instrument_that_is_asked_answers_and_its_silence_is_no_reply(cable: Cable) -> None:
    driver = oven(cable.port, request="READ?\r\n", poll_s=0.05, timeout_s=2)

    async def instrument() -> None:
        assert await cable.asked() == b"READ?\r\n"
        cable.send(b"T=20C\r\n")
        await cable.asked()  # and no answer
        await cable.asked()
        cable.send(b"T=21C\r\n")

    async def scenario() -> list[Reading]:
        other = asyncio.create_task(instrument())
        found = await read(driver, 4)
        await other
        return found

    assert cells(asyncio.run(scenario())) == [(None, NO_REPLY), (20.0, GOOD), (None, NO_REPLY), (21.0, GOOD)]
    assert driver.counters.last_error == "oven: no reply in 2 s"


def test_an_unplugged_instrument_says_what_had_arrived_then_no_reply_then_is_gone(cable: Cable) -> None:
    found: list[Reading] = []

    async def scenario() -> None:
        driver = oven(cable.port)
        async with driver:
            async for reading in driver.readings():
                found.append(reading)
                if len(found) == 1:
                    cable.send(b"T=20C\r\n")
                elif len(found) == 2:
                    cable.unplug()

    with pytest.raises(DeviceGone, match="oven"):
        asyncio.run(scenario())
    assert cells(found) == [(None, NO_REPLY), (20.0, GOOD), (None, NO_REPLY)]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"pattern": "(?P<temperature>"}, "not a regular expression"),
        ({"pattern": "(?P<heat>.)"}, "no group temperature; it has: heat"),
        ({"pattern": PATTERN + "(?P<heat>.)"}, "heat is none of the points"),
        ({"points": POINTS + POINTS[:1]}, "same name"),
        ({"points": [{"name": "temperature", "unit": "deg_c"}]}, "near it"),
        ({"points": [{"name": "temperature", "scale": 0}]}, "scale"),
        ({"points": [{"name": "temperature", "low": 3, "high": 2}]}, "low"),
        ({"points": []}, "at least 1"),
        ({"request": "한"}, "request"),
    ],
)
def test_a_pattern_and_points_that_do_not_fit_are_refused(options: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        oven("/dev/x", **options)


SLOW = r"(?P<temperature>(?:[0-9]|[0-9][0-9])+)$"  # takes twice as long for each digit more


def test_a_pattern_that_takes_ages_is_given_up_and_holds_nobody_up(cable: Cable) -> None:
    """Some lines are tried; then it is told, the value is not good any more, and the driver rests."""
    driver = oven(cable.port, pattern=SLOW, points=POINTS[:1])
    lines = b"21\r" + (b"1" * 250 + b"F\r") * 10
    found: list[Reading] = []

    async def scenario() -> None:
        async with driver:
            async for reading in driver.readings():
                found.append(reading)
                if len(found) == 1:
                    cable.send(lines)

    with pytest.raises(WrongConfiguration, match="takes too long"):
        asyncio.run(scenario())
    assert cells(found) == [(None, NO_REPLY), (21, GOOD), (None, NO_REPLY)]
    assert driver.counters.dropped in (TOO_SLOW, TOO_SLOW + 1)  # on a busy machine a line may come in two parts
