"""Scales and a calliper on a pty."""

import asyncio
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cables import Cable
from pydantic import ValidationError

from drivers.base import Reading, Slot
from drivers.digimatic import Digimatic, DigimaticConfig
from drivers.scale import Scale, ScaleConfig
from sensors.batch import Batch
from sensors.measurement import Measurement
from sensors.quality import GOOD, NO_REPLY, OUT_OF_RANGE, UNCERTAIN, WRONG_CONFIGURATION
from tests.drivers.one_connection import read


@pytest.fixture
def cable(tmp_path: Path) -> Iterator[Cable]:
    """A cable."""
    cable = Cable(tmp_path / "scale")
    yield cable
    cable.unplug()


def scale(port: str, **options: Any) -> Scale:
    """The driver, third device of the point table, with its points from index 4 on; every line is a row."""
    given = {"name": "scale_1", "type": "scale", "port": port, "format": "and", "unit": "g", "sample_s": 0} | options
    return Scale(ScaleConfig.model_validate(given), {"scale_1": Slot(2, 4)})


def weights(found: list[Reading]) -> list[tuple[float | None, int]]:
    """Weight and quality of each row behind the first."""
    rows = [reading for reading in found[1:] if isinstance(reading, Batch)]
    pairs = [(float(row.values[0][0]), int(row.quality[0][0])) for row in rows]
    return [(None if math.isnan(value) else value, quality) for value, quality in pairs]


def taken(found: list[Reading]) -> list[tuple[float, str]]:
    """The weighings."""
    return [(reading.value, reading.unit) for reading in found if isinstance(reading, Measurement)]


def test_a_stable_weight_is_a_row_and_a_weighing_and_an_unstable_one_is_uncertain(cable: Cable) -> None:
    lines = b"US,+00120.00  g\r\nST,+00123.45  g\r\nST,+00123.45  g\r\nOL,+999999E+19\r\n"
    found = asyncio.run(read(scale(cable.port), 6, {1: lambda: cable.send(lines)}))
    assert weights(found) == [(120.0, UNCERTAIN), (123.45, GOOD), (123.45, GOOD), (None, OUT_OF_RANGE)]
    assert taken(found) == [(123.45, "g")]
    row = found[2]
    assert isinstance(row, Batch)
    assert (row.device, row.first, list(row.values[0])) == (2, 4, [123.45, 1, 1])
    event = found[3]
    assert isinstance(event, Measurement)
    assert (event.device, event.point, event.mono_ns, event.stable) == ("scale_1", "weight", row.mono_ns[0], True)


def test_the_count_stands_in_the_first_row_so_that_the_first_weighing_is_counted(cable: Cable) -> None:
    driver = scale(cable.port, weighings="each")
    rows = []
    for _ in range(2):
        found = asyncio.run(read(driver, 3, {1: lambda: cable.send(b"ST,+00123.45  g\r\n")}))
        rows += [reading for reading in found if isinstance(reading, Batch)]
    assert [(row.values[0][1], row.quality[0][1]) for row in rows] == [(0, GOOD), (1, GOOD), (1, GOOD), (2, GOOD)]


def test_stable_weights_alone_are_kept_when_that_is_wanted(cable: Cable) -> None:
    lines = b"US,+00120.00  g\r\nST,-00003.00  g\r\n"
    found = asyncio.run(read(scale(cable.port, keep="stable"), 3, {1: lambda: cable.send(lines)}))
    assert weights(found) == [(-3.0, GOOD)]


def test_a_stream_is_thinned_out_but_no_weighing_waits(cable: Cable) -> None:
    lines = b"ST,+00000.00  g\r\n" + 40 * b"US,+00120.00  g\r\n" + b"ST,+00123.45  g\r\n" + 40 * b"ST,+00123.45  g\r\n"
    found = asyncio.run(read(scale(cable.port, sample_s=60), 5, {1: lambda: cable.send(lines)}))
    assert weights(found) == [(0.0, GOOD), (120.0, UNCERTAIN), (123.45, GOOD)]
    assert taken(found) == [(123.45, "g")]


def test_units_are_converted_and_another_quantity_is_refused(cable: Cable) -> None:
    lines = b"ST,+00002.00mom\r\nST,+00123.45 ct\r\nST,+0001.234 kg\r\nQT,+00001234 PC\r\n"
    driver = scale(cable.port, weighings="none")
    found = asyncio.run(read(driver, 5, {1: lambda: cable.send(lines)}))
    assert weights(found) == [(7.5, GOOD), (24.69, GOOD), (1234.0, GOOD), (None, WRONG_CONFIGURATION)]
    assert driver.counters.last_error == "scale_1: weighs in 'PC'; g is configured, which is mass"


def test_a_gram_is_shown_in_don_without_a_tail_of_digits(cable: Cable) -> None:
    found = asyncio.run(read(scale(cable.port, unit="don"), 3, {1: lambda: cable.send(b"ST,+00123.45  g\r\n")}))
    assert taken(found) == [(32.92, "don")]


def test_the_flags_of_a_cas_indicator_are_points(cable: Cable) -> None:
    driver = scale(cable.port, format="cas22", unit="kg")
    names = [point.name for point in driver.config.devices_points()[0][1]]
    found = asyncio.run(read(driver, 3, {1: lambda: cable.send(b"ST,NT,1\xe2,00013.50 kg\r\n")}))
    row = found[1]
    assert isinstance(row, Batch)
    values = dict(zip(names, row.values[0], strict=True))
    assert values == {"weight": 13.5, "weighings": 1, "stable": 1, "net": 1, "zero": 0, "tare": 1, "hold": 0}


def test_a_scale_that_is_asked_gets_its_makers_command(cable: Cable) -> None:
    async def scenario() -> list[Reading]:
        reading = asyncio.create_task(read(scale(cable.port, on_request=True), 3))
        assert await cable.asked() == b"Q\r\n"
        cable.send(b"ST,+00123.45  g\r\n")
        return await reading

    assert taken(asyncio.run(scenario())) == [(123.45, "g")]


def test_silence_is_no_reply_and_a_damaged_line_is_counted(cable: Cable) -> None:
    driver = scale(cable.port, timeout_s=2)
    found = asyncio.run(read(driver, 2, {1: lambda: cable.send(b"ST,+0012\x00\r\nST,GS,1\xc4\r\n")}))
    assert weights(found) == [(None, NO_REPLY)]
    assert driver.counters.dropped == 2


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"format": "cas22", "on_request": True}, "01RW"),
        ({"format": "cas24"}, "cas22"),
        ({"unit": "gram"}, "near it"),
    ],
)
def test_what_cannot_work_is_refused(options: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        scale("/dev/x", **options)


# A calliper


def calliper(port: str, **options: Any) -> Digimatic:
    """The driver."""
    given = {"name": "calliper", "type": "digimatic", "port": port} | options
    return Digimatic(DigimaticConfig.model_validate(given), {"calliper": Slot(0, 0)})


# Mitutoyo QM-Height user's manual No. 99MAF600B, 6.2.2, data format examples
@pytest.mark.parametrize(
    ("line", "unit", "value"),
    [
        (b"01A+0000.123\r", "mm", 0.123),
        (b"01A-0000.125\r", "mm", -0.125),
        (b"01A+00.12345\r", "inch", 0.12345),
        (b"01A+000.1234\r", "inch", 0.1234),
    ],
)
def test_a_press_of_the_button_is_a_measurement(cable: Cable, line: bytes, unit: str, value: float) -> None:
    found = asyncio.run(read(calliper(cable.port, unit=unit), 3, {1: lambda: cable.send(line)}))
    assert weights(found) == [(value, GOOD)]
    assert taken(found) == [(value, unit)]


def test_the_same_value_measured_twice_is_two_measurements(cable: Cable) -> None:
    found = asyncio.run(read(calliper(cable.port), 5, {1: lambda: cable.send(b"01A+0000.123\r01A+0000.123\r")}))
    assert len(taken(found)) == 2


def test_another_channel_of_the_multiplexer_is_another_tool_and_noise_is_counted(cable: Cable) -> None:
    driver = calliper(cable.port, channel=2)
    found = asyncio.run(read(driver, 3, {1: lambda: cable.send(b"01A+0000.123\r911\r02A+0007.000\r")}))
    assert taken(found) == [(7.0, "mm")]
    assert driver.counters.dropped == 1
