"""A serial scanner on a pty, and how its bytes are cut into codes."""

import asyncio
import os
import tty
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from barcodes.scan import Scan
from drivers.base import Answers, Reading, Slot
from drivers.cutter import LINE_ENDS, Cutter
from drivers.errors import DeviceGone
from drivers.serial_scanner import SerialScanner, SerialScannerConfig
from sensors.batch import Batch
from sensors.quality import GOOD, NO_REPLY

SECOND_NS = 1_000_000_000


class Pty:
    """The scanner's end, and the name of ours."""

    def __init__(self) -> None:
        self.near, self._far = os.openpty()
        tty.setraw(self._far)
        self.port = os.ttyname(self._far)

    def send(self, data: bytes) -> None:
        """Send as the scanner does."""
        os.write(self.near, data)

    def unplug(self) -> None:
        """Close both ends, once."""
        for end in (self._far, self.near):
            if end >= 0:
                os.close(end)
        self._far = self.near = -1


@pytest.fixture
def pty() -> Iterator[Pty]:
    """A pty pair."""
    pair = Pty()
    yield pair
    pair.unplug()


def scanner(port: str, **options: Any) -> SerialScanner:
    """The driver, second device of the point table, with its point at index 7."""
    config = SerialScannerConfig.model_validate({"name": "gun", "type": "serial_scanner", "port": port} | options)
    return SerialScanner(config, {"gun": Slot(1, 7)})


async def collect(
    driver: SerialScanner, scans: int, then: dict[int, Callable[[], None]], found: list[Reading] | None = None
) -> list[Reading]:
    """Read until so many scans came, each with its row; `then[n]` is called after n readings."""
    found = [] if found is None else found
    async with driver:
        readings = driver.readings()
        async for reading in readings:
            found.append(reading)
            if len(found) in then:
                then[len(found)]()
            if len(found) == 1 + 2 * scans:
                break
        await readings.aclose()  # type: ignore[attr-defined] # an async generator
    return found


def raws(found: list[Reading]) -> list[bytes]:
    """What was scanned."""
    return [reading.raw for reading in found if isinstance(reading, Scan)]


def test_each_code_is_a_scan_and_a_row_of_the_counter(pty: Pty) -> None:
    """The counter's row is there before the first scan, so that the first one counts."""
    found = asyncio.run(collect(scanner(pty.port), 2, {1: lambda: pty.send(b"ABC\rDEF\r\n")}))
    assert raws(found) == [b"ABC", b"DEF"]
    rows = [reading for reading in found if isinstance(reading, Batch)]
    assert [row.values[0][0] for row in rows] == [0, 1, 2]
    assert {(row.device, row.first, row.quality[0][0]) for row in rows} == {(1, 7, GOOD)}


def test_two_codes_that_arrive_at_once_have_different_times(pty: Pty) -> None:
    """Rows of one device and events of one source are strictly later than the one before."""
    found = asyncio.run(collect(scanner(pty.port), 2, {1: lambda: pty.send(b"A\rB\r")}))
    stamps = [int(reading.mono_ns[0]) for reading in found if isinstance(reading, Batch)]
    assert stamps == sorted(set(stamps))
    assert [reading.mono_ns for reading in found if isinstance(reading, Scan)] == stamps[1:]


def test_a_pause_inside_a_code_does_not_split_it() -> None:
    """A radio scanner at the edge of its range may stop for more than a second."""
    codes = Cutter(LINE_ENDS["auto"], 100)
    assert codes.feed(b"8801", 0) == []
    assert codes.feed(b"234", 2 * SECOND_NS) == []
    assert codes.feed(b"5\r", 9 * SECOND_NS) == [b"88012345"]
    assert codes.dropped == 0


def test_the_beginning_of_a_code_whose_end_never_came_is_dropped_and_counted() -> None:
    """It must not stand in front of the next code, minutes later."""
    codes = Cutter(LINE_ENDS["auto"], 100)
    assert codes.feed(b"8801", 0) == []
    assert codes.feed(b"12345\r", 60 * SECOND_NS) == [b"12345"]
    assert codes.dropped == 1


def test_a_code_that_is_too_long_is_dropped_whole_and_counted_once() -> None:
    """Neither its tail nor anything after it is taken for a code of its own."""
    codes = Cutter(LINE_ENDS["auto"], 16)
    assert codes.feed(b"x" * 12, 0) + codes.feed(b"x" * 30, 1) + codes.feed(b"tail\rnext\r", 2) == [b"next"]
    assert codes.dropped == 1


@given(
    st.lists(st.binary(min_size=1, max_size=16).map(lambda b: b.translate(None, b"\r\n")).filter(bool), max_size=8),
    st.sampled_from(
        [("auto", b"\r"), ("auto", b"\n"), ("auto", b"\r\n"), ("cr", b"\r"), ("lf", b"\n"), ("crlf", b"\r\n")]
    ),
    st.lists(st.integers(0, 150), max_size=12),
)
def test_codes_do_not_depend_on_how_the_bytes_arrived(sent: list[bytes], suffix: Any, cuts: list[int]) -> None:
    """Any cut of the stream gives the same codes, for every suffix."""
    name, end = suffix
    stream = b"".join(code + end for code in sent)
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    codes = Cutter(LINE_ENDS[name], 16)
    found = [code for a, b in pairwise(edges) for code in codes.feed(stream[a:b], 0)]
    assert found == sent
    assert codes.dropped == 0


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_nothing_longer_than_the_limit_is_held_or_told(parts: list[bytes]) -> None:
    """Whatever a broken device sends, memory stays bounded."""
    codes = Cutter(LINE_ENDS["auto"], 16)
    for part in parts:
        assert all(0 < len(code) <= 16 for code in codes.feed(part, 0))
        assert len(codes._held) <= 17


def test_a_group_separator_inside_a_code_stays(pty: Pty) -> None:
    """FNC1 of a GS1 code arrives as 0x1D."""
    raw = b"]C1010880123\x1d10AB"
    assert raws(asyncio.run(collect(scanner(pty.port), 1, {1: lambda: pty.send(raw + b"\r")}))) == [raw]


def test_without_a_suffix_a_silence_ends_the_code(pty: Pty) -> None:
    """Only for scanners that cannot be told to send a suffix."""
    driver = scanner(pty.port, suffix="none", gap_s=0.05)
    found = asyncio.run(collect(driver, 2, {1: lambda: pty.send(b"A1"), 3: lambda: pty.send(b"B2")}))
    assert raws(found) == [b"A1", b"B2"]


@pytest.mark.parametrize("options", [{"suffix": "none"}, {"gap_s": 0.1}])
def test_a_code_ends_by_one_thing(options: dict[str, Any]) -> None:
    """A gap beside a suffix would split codes at pauses."""
    with pytest.raises(ValidationError, match="gap_s"):
        scanner("/dev/x", **options)


def test_an_answer_reaches_the_scanner(pty: Pty) -> None:
    """Only the tones that are configured send anything."""
    driver = scanner(pty.port, answers={"ok": "\x06", "refused": "\x1b[6q"})
    assert isinstance(driver, Answers)

    async def scenario() -> bytes:
        async with driver:
            for tone in ("ok", "duplicate", "refused"):
                await driver.answer(tone)  # type: ignore[arg-type] # they are tones
            arrived = b""
            while len(arrived) < len(answers):
                arrived += os.read(pty.near, 100)
            return arrived

    answers = b"\x06\x1b[6q"
    assert asyncio.run(scenario()) == answers
    assert driver.counters.sent == 2


def test_a_scanner_that_takes_no_answers_does_not_stop_the_daemon(pty: Pty) -> None:
    """Its full port is not waited for."""
    driver = scanner(pty.port, answers={"ok": "\x07" * 64})

    async def scenario() -> None:
        async with driver, asyncio.timeout(60):
            for _ in range(2000):  # more than a pty holds
                await driver.answer("ok")

    asyncio.run(scenario())
    assert driver.counters.sent < 2000


def test_an_unplugged_scanner_is_device_gone_after_what_it_had_sent(pty: Pty) -> None:
    """No scan that arrived is lost, and the counter says NO_REPLY."""
    found: list[Reading] = []
    with pytest.raises(DeviceGone, match=pty.port):
        asyncio.run(collect(scanner(pty.port), 9, {1: lambda: pty.send(b"A\r"), 3: pty.unplug}, found))
    assert raws(found) == [b"A"]
    assert isinstance(found[-1], Batch)
    assert found[-1].quality[0][0] == NO_REPLY


def test_the_counter_goes_on_after_the_scanner_was_plugged_in_again(pty: Pty) -> None:
    """The same driver, entered twice: pieces that are counted by scans are not counted anew."""
    driver = scanner(pty.port)
    asyncio.run(collect(driver, 1, {1: lambda: pty.send(b"A\r")}))
    found = asyncio.run(collect(driver, 1, {1: lambda: pty.send(b"B\r")}))
    assert [reading.values[0][0] for reading in found if isinstance(reading, Batch)] == [1, 2]


def test_bytes_that_are_no_code_are_counted(pty: Pty) -> None:
    """A wrong speed or a broken device shows on the screen."""
    driver = scanner(pty.port, max_bytes=16)
    asyncio.run(collect(driver, 1, {1: lambda: pty.send(b"x" * 100 + b"\rA\r")}))
    assert driver.counters.dropped == 1


HARSH = [b"\x00\x00A", b"\xff\xfe\xc0\x80", "한글".encode(), "한글".encode("cp949"), b"]Q3\x1d0108801234567893"]


def test_a_code_of_a_megabyte_is_dropped_and_what_is_no_text_arrives_as_it_came(pty: Pty) -> None:
    os.set_blocking(pty.near, False)

    async def send() -> None:
        left = b"x" * 1_000_000 + b"\r" + b"\r".join(HARSH) + b"\r"
        while left:
            with suppress(BlockingIOError):
                left = left[os.write(pty.near, left[:2048]) :]
            await asyncio.sleep(0)

    async def scenario() -> list[Reading]:
        sending = asyncio.create_task(send())
        found = await collect(driver, len(HARSH), {})
        await sending
        return found

    driver = scanner(pty.port)
    assert raws(asyncio.run(scenario())) == HARSH
    assert driver.counters.dropped == 1


def test_the_beginning_of_a_code_does_not_stand_before_the_next_connections_first(pty: Pty) -> None:
    driver = scanner(pty.port)
    codes = driver._codes

    async def begun() -> None:
        async with driver:
            pty.send(b"8801")
            while not codes._held:  # noqa: ASYNC110 - a cutter tells nobody
                await asyncio.sleep(0.001)

    asyncio.run(begun())
    assert raws(asyncio.run(collect(driver, 1, {1: lambda: pty.send(b"12345\r")}))) == [b"12345"]
    assert driver.counters.dropped == 1
