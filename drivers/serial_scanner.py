"""A barcode scanner on a serial port (USB-CDC or RS-232)."""

import asyncio
import os
import re
import termios
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from types import TracebackType
from typing import Annotated, Final, Literal, Self

import numpy as np
import serial
from pydantic import Field, model_validator

from barcodes.scan import Scan
from drivers.base import Counters, Name, Options, Reading, Slots, Tone
from drivers.errors import DeviceGone, WrongConfiguration
from drivers.mono import mono_ns
from drivers.serial_port import SerialConfig, explain, open_port
from sensors.batch import Batch, one_row
from sensors.point import Point
from sensors.quality import BAD, GOOD, NO_REPLY

Suffix = Literal["auto", "cr", "lf", "crlf", "none"]
LINE_ENDS: Final[dict[Suffix, re.Pattern[bytes] | None]] = {
    "auto": re.compile(rb"[\r\n]"),
    "cr": re.compile(rb"\r"),
    "lf": re.compile(rb"\n"),
    "crlf": re.compile(rb"\n"),  # the CR may have come before, and is stripped
    "none": None,
}
READ_BYTES: Final = 4096
MOST_QUEUED: Final = 1000  # codes that wait for the daemon; a hand scanner reads three a second
STALE_NS: Final = 30_000_000_000  # a code that was begun so long ago will not go on
AnswerBytes = Annotated[str, Field(max_length=64, pattern=r"^[\x00-\xff]*$")]

SCANS: Final = Point(
    name="scans", label={"ko": "읽은 수", "en": "Scans"}, kind="counter", unit="pcs", address=0, type="u32"
)


class AnswersConfig(Options):
    """스캐너에 돌려보내는 글자. 비우면 보내지 않아요. / What is sent back to the scanner; nothing when left out."""

    ok: AnswerBytes | None = Field(None, description='받았을 때(예: "\\x06"). / When the scan was accepted.')
    duplicate: AnswerBytes | None = Field(None, description="이미 찍은 표일 때. / When the ticket was scanned before.")
    refused: AnswerBytes | None = Field(None, description="받을 수 없을 때. / When it was refused.")


class SerialScannerConfig(SerialConfig):
    """시리얼 바코드 스캐너. / A barcode scanner on a serial port."""

    type: Literal["serial_scanner"] = Field(description="종류. / The kind.")
    bytesize: Literal[7, 8] = Field(8, description="데이터 비트 수. / Data bits.")
    station: Name | None = Field(None, description="놓인 자리. / The station where it stands.")
    suffix: Suffix = Field(
        "auto",
        description="코드 끝의 글자: auto는 CR, LF, CRLF 모두. / What ends a code; auto takes CR, LF and CRLF.",
    )
    gap_s: float | None = Field(
        None,
        ge=0.02,
        le=5,
        description="끝 글자가 없는 스캐너만: 이만큼(초) 조용하면 코드가 끝나요. / "
        "For a scanner without a suffix only: a silence of these seconds ends a code.",
    )
    max_bytes: int = Field(
        4096,
        ge=16,
        le=65536,
        description="이보다 긴 코드는 버리고 세요(바이트). / Longer codes (bytes) are dropped and counted.",
    )
    answers: AnswersConfig = Field(
        AnswersConfig(), description="소리나 불을 켜는 답. / Answers that make the scanner beep or light."
    )

    @model_validator(mode="after")
    def _codes_end(self) -> Self:
        """Refuse a scanner whose codes end by nothing, or by two things."""
        if (self.suffix == "none") != (self.gap_s is not None):
            raise ValueError(
                "gap_s는 suffix: none과 함께만 써요. / gap_s goes with suffix: none, and suffix: none needs it."
            )
        return self

    def devices_points(self) -> list[tuple[str, tuple[Point, ...]]]:
        """Return the scanner as one device, with one point: how many codes it has read."""
        return [(self.name, (SCANS,))]


class Codes:
    """Cuts the bytes of a scanner into codes. It knows no clock: the time of arrival comes with the bytes."""

    def __init__(self, suffix: Suffix, max_bytes: int) -> None:
        self.dropped = 0  # codes longer than max_bytes, and beginnings whose end never came
        self._ends = LINE_ENDS[suffix]
        self._max_bytes = max_bytes
        self._held = b""
        self._too_long = False
        self._last_ns = 0

    def feed(self, data: bytes, mono_ns: int) -> list[bytes]:
        """Return the codes that end in `data`. A pause inside a code does not end it; a very long one drops it."""
        if (self._held or self._too_long) and mono_ns - self._last_ns > STALE_NS:
            self._drop()
        self._last_ns = mono_ns
        *ended, begun = self._ends.split(data) if self._ends else [data]
        codes = []
        for piece in ended:
            self._hold(piece)
            codes += self.end()
        self._hold(begun)
        return codes

    def end(self) -> list[bytes]:
        """Return what is held as the one code that it is, or nothing: empty between CR and LF, or too long."""
        code = self._held.strip(b"\r\n")
        if self._too_long or len(code) > self._max_bytes:
            self._drop()
            return []
        self._held = b""
        return [code] if code else []

    def _hold(self, piece: bytes) -> None:
        self._held += piece
        if len(self._held) > self._max_bytes + 1:  # one for the CR of a CRLF
            self._held, self._too_long = b"", True

    def _drop(self) -> None:
        self.dropped += 1
        self._held, self._too_long = b"", False


class SerialScanner:
    """One scanner. Yields each code as a Scan, followed by a row of its counter of codes."""

    Config = SerialScannerConfig

    def __init__(self, config: SerialScannerConfig, slots: Slots) -> None:
        self.config = config
        self.counters = Counters()
        self._slot = slots[config.name]
        self._codes = Codes(config.suffix, config.max_bytes)
        self._port: serial.Serial | None = None
        self._scans: deque[tuple[int, bytes]] = deque()
        self._news = asyncio.Event()
        self._gone: DeviceGone | WrongConfiguration | None = None
        self._gap: asyncio.TimerHandle | None = None
        self._stamp_ns = 0
        self._refused = 0  # codes that came while too many waited

    async def __aenter__(self) -> Self:
        self._gone = None
        self._news = asyncio.Event()
        self._port = open_port(self.config, self.config.bytesize)
        asyncio.get_running_loop().add_reader(self._port.fileno(), self._readable)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._gap is not None:
            self._gap.cancel()
        if self._port is not None:
            self._stop_reading()
            with suppress(OSError, termios.error):  # closing waits for what was not sent yet, on some adapters for 30 s
                self._port.reset_output_buffer()
            self._port.close()
        self._port = None

    async def readings(self) -> AsyncIterator[Reading]:
        """Yield the counter once, then every Scan and its row; DeviceGone (after a row of NO_REPLY) at unplugging."""
        yield self._row(mono_ns(), GOOD)
        while True:
            while self._scans:
                stamp_ns, raw = self._scans.popleft()
                self.counters.received += 1
                row = self._row(stamp_ns, GOOD)
                yield Scan(self.config.name, self._stamp_ns, raw)
                yield row
            if self._gone is not None:
                yield self._row(mono_ns(), NO_REPLY)
                raise self._gone
            self._news.clear()
            await self._news.wait()

    async def answer(self, tone: Tone) -> None:
        """Send the scanner the bytes for this tone, if there are any; one that takes nothing is not waited for."""
        text = getattr(self.config.answers, tone)
        if text and self._port is not None:
            with suppress(OSError):  # an unplugged one is noticed by the reader; pyserial's write spins on a full port
                os.write(self._port.fileno(), text.encode("latin-1"))
                self.counters.sent += 1

    def _readable(self) -> None:
        """Take what has arrived; the loop calls this."""
        assert self._port is not None
        try:
            data = self._port.read(READ_BYTES)
        except OSError as error:  # pyserial tells an unplugged port by "readiness to read but returned no data"
            self._gone = explain(self.config.port, error)
            self.counters.last_error = str(self._gone)
            self._stop_reading()
            self._news.set()
            return
        if data:
            self._take(self._codes.feed(data, now_ns := mono_ns()), now_ns)
            self._wait_for_gap(now_ns)

    def _take(self, codes: list[bytes], stamp_ns: int) -> None:
        """Queue codes for `readings`; count what was dropped."""
        room = MOST_QUEUED - len(self._scans)
        self._scans.extend((stamp_ns, code) for code in codes[:room])
        self._refused += len(codes[room:])
        self.counters.dropped = self._refused + self._codes.dropped
        self._news.set()

    def _wait_for_gap(self, stamp_ns: int) -> None:
        """Let a silence end the code, for a scanner without a suffix."""
        if self.config.gap_s is None:
            return
        if self._gap is not None:
            self._gap.cancel()
        loop = asyncio.get_running_loop()
        self._gap = loop.call_later(self.config.gap_s, lambda: self._take(self._codes.end(), stamp_ns))

    def _stop_reading(self) -> None:
        if self._port is not None and self._port.is_open:
            asyncio.get_running_loop().remove_reader(self._port.fileno())

    def _row(self, stamp_ns: int, quality: int) -> Batch:
        """Return the counter's row; two codes that arrived at once are told apart by a nanosecond."""
        self._stamp_ns = max(stamp_ns, self._stamp_ns + 1)
        value = self.counters.received if quality < BAD else np.nan
        return one_row(
            self._slot.device,
            self._slot.first,
            self._stamp_ns,
            np.array([value], np.float64),
            np.array([quality], np.uint8),
        )
