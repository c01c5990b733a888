"""What all serial instruments that speak in lines have in common: their options, asking, silence, lost ports."""

import asyncio
import re
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Final, Literal, Self

from pydantic import Field

from drivers.base import Counters, Name, Reading, Slots
from drivers.cutter import LINE_ENDS, Cutter, Suffix
from drivers.errors import DeviceGone, WrongConfiguration
from drivers.latest import Latest
from drivers.mono import mono_ns
from drivers.rhythm import Rhythm
from drivers.serial_port import SerialConfig
from drivers.serial_stream import SerialStream
from sensors.batch import Batch

MOST_QUEUED: Final = 1000  # lines that wait for the daemon
ANSWER_S: Final = 1.0  # for an answer, where the configuration does not say
SHOWN: Final = 60  # characters of a line in an error


class LinesConfig(SerialConfig):
    """What every instrument that speaks in lines has."""

    station: Name | None = Field(None, description="놓인 자리. / The station where it stands.")
    bytesize: Literal[7, 8] = Field(8, description="데이터 비트 수. / Data bits.")
    request: str | None = Field(
        None,
        min_length=1,
        max_length=64,
        pattern=r"^[\x00-\xff]*$",
        description='값을 달라고 보내는 글자(예: "Q\\r\\n"). 비우면 기기가 스스로 보내요. / '
        "What asks for a value; left out, the instrument speaks by itself.",
    )
    poll_s: float = Field(
        1.0, ge=0.05, le=3600, description="묻는 간격(초). request가 있을 때만. / Seconds between requests."
    )
    timeout_s: float | None = Field(
        None,
        ge=0.02,
        le=86400,
        description="이만큼(초) 조용하면 대답 없음이에요. 비우면 물은 뒤 1초, 스스로 보내는 기기는 끝없이 기다려요. / "
        "A silence of these seconds is no reply; left out: 1 s after a request, never for one that speaks by itself.",
    )
    max_bytes: int = Field(
        256, ge=8, le=65536, description="이보다 긴 줄은 버리고 세요(바이트). / Longer lines are dropped and counted."
    )

    @property
    def asked_by(self) -> str | None:
        """Return what asks the instrument for a value; None for one that speaks by itself."""
        return self.request


class SerialLines(ABC):
    """One instrument. A subclass tells what a line means; what means nothing is counted, with the line in the error."""

    terminator: str = "auto"

    def __init__(self, config: LinesConfig, slots: Slots, points: int) -> None:
        self.counters = Counters()
        self._name, self._lines_config = config.name, config
        self._latest = Latest(slots[config.name], points)
        self._cutter = Cutter(line_end(self.terminator), config.max_bytes)
        self._port = SerialStream(config, config.bytesize, self._received, self._lost)
        self._lines: deque[tuple[int, bytes]] = deque()
        self._refused = 0  # lines that came while too many waited, or that mean nothing
        self._news = asyncio.Event()
        self._gone: DeviceGone | WrongConfiguration | None = None

    @abstractmethod
    def read(self, line: bytes, stamp_ns: int) -> Sequence[Reading] | None:
        """Return what a line says (maybe nothing new); None for a line that is not one of this instrument's."""

    async def __aenter__(self) -> Self:
        self._gone, self._news = None, asyncio.Event()
        self._port.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cutter.drop()
        self._count()
        self._port.close()

    async def readings(self) -> AsyncIterator[Reading]:
        """Yield what the lines say, and a row of NO_REPLY at first, at silence and at the end; then DeviceGone."""
        clock = asyncio.get_running_loop().time
        config, asks = self._lines_config, self._lines_config.asked_by
        timeout_s = ANSWER_S if config.timeout_s is None and asks else config.timeout_s
        rhythm = Rhythm(config.poll_s if asks else None, timeout_s, clock())
        yield self.first()
        while True:
            while self._lines:
                stamp_ns, line = self._lines.popleft()
                said = self.read(line, stamp_ns)
                if said is None:
                    self._unreadable(line)
                    continue
                self.counters.received += 1
                rhythm.heard(clock())
                for reading in said:
                    yield reading
            if self._gone is not None:
                yield self.silence()
                raise self._gone
            match rhythm.turn(clock()):
                case "ask":
                    self.counters.sent += self._port.send((asks or "").encode("latin-1"))
                case "silent":
                    self._tell(f"no reply in {timeout_s:g} s")
                    yield self.silence()
            await self._wait(rhythm.wait_s(clock()))

    def first(self) -> Batch:
        """Return the first row of a connection: nothing was said yet. One that counts tells its count."""
        return self.silence()

    def silence(self) -> Batch:
        """Return a row that says that nothing answers."""
        self._latest.silence()
        return self._latest.row(mono_ns())

    async def _wait(self, wait_s: float | None) -> None:
        if not self._lines and self._gone is None:
            self._news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._news.wait()

    def _received(self, data: bytes, now_ns: int) -> None:
        lines = self._cutter.feed(data, now_ns)
        room = MOST_QUEUED - len(self._lines)
        self._lines.extend((now_ns, line) for line in lines[:room])
        self._refused += len(lines[room:])
        self._count()
        if lines:
            self._news.set()

    def _lost(self, gone: DeviceGone | WrongConfiguration) -> None:
        self._gone = gone
        self.counters.last_error = str(gone)
        self._news.set()

    def _unreadable(self, line: bytes) -> None:
        self._refused += 1
        self._count()
        self._tell(f"cannot read {line[:SHOWN]!r}")

    def _tell(self, why: str) -> None:
        errors = self.counters.unit_errors
        errors[self._name] = errors.get(self._name, 0) + 1
        self.counters.last_error = f"{self._name}: {why}"

    def _count(self) -> None:
        self.counters.dropped = self._refused + self._cutter.dropped


def line_end(terminator: str) -> re.Pattern[bytes] | None:
    """Return what ends a line: by one of the usual names, or the very characters."""
    usual: dict[str, Suffix] = {"auto": "auto", "cr": "cr", "lf": "lf", "crlf": "crlf"}
    if name := usual.get(terminator):
        return LINE_ENDS[name]
    return re.compile(re.escape(terminator.encode("latin-1")))
