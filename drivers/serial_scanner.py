"""A barcode scanner on a serial port (USB-CDC or RS-232)."""

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from drivers.base import Counters, Name, Options, Reading, Slots, Tone
from drivers.cutter import LINE_ENDS, Cutter, Suffix
from drivers.scans import SCANS, Scans
from drivers.serial_port import SerialConfig
from drivers.serial_stream import SerialStream
from sensors.point import Point

AnswerBytes = Annotated[str, Field(max_length=64, pattern=r"^[\x00-\xff]*$")]


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


class SerialScanner:
    """One scanner. Yields each code as a Scan, followed by a row of its counter of codes."""

    Config = SerialScannerConfig

    def __init__(self, config: SerialScannerConfig, slots: Slots) -> None:
        self.config = config
        self.counters = Counters()
        self._scans = Scans(config.name, slots[config.name], self.counters)
        self._codes = Cutter(LINE_ENDS[config.suffix], config.max_bytes)
        self._port = SerialStream(config, config.bytesize, self._received, self._scans.lost)
        self._gap: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        self._scans.begin()
        self._port.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._gap is not None:
            self._gap.cancel()
        self._codes.drop()  # the beginning of a code must not stand in front of the next connection's
        self.counters.dropped = self._scans.refused + self._codes.dropped
        self._port.close()

    async def readings(self) -> AsyncIterator[Reading]:
        """Yield the counter once, then every Scan and its row; DeviceGone (after a row of NO_REPLY) at unplugging."""
        async for reading in self._scans.readings():
            yield reading

    async def answer(self, tone: Tone) -> None:
        """Send the scanner the bytes for this tone, if there are any; one that takes nothing is not waited for."""
        text = getattr(self.config.answers, tone)
        if text and self._port.send(text.encode("latin-1")):
            self.counters.sent += 1

    def _received(self, data: bytes, now_ns: int) -> None:
        self._take(self._codes.feed(data, now_ns), now_ns)
        if self.config.gap_s is not None:  # a silence ends the code of a scanner without a suffix
            if self._gap is not None:
                self._gap.cancel()
            loop = asyncio.get_running_loop()
            self._gap = loop.call_later(self.config.gap_s, lambda: self._take(self._codes.end(), now_ns))

    def _take(self, codes: list[bytes], stamp_ns: int) -> None:
        self._scans.take(codes, stamp_ns)
        self.counters.dropped = self._scans.refused + self._codes.dropped
