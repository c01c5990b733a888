"""A barcode scanner that is a keyboard (USB-HID): its events are read, and taken for us alone: it types nowhere."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Final, Literal, Self

from pydantic import Field, model_validator

from drivers.base import Counters, DriverConfig, Name, Reading, Slots
from drivers.input_device import Events, explain, find, open_grabbed
from drivers.keyboard import EndKey, Keyboard
from drivers.layouts import LayoutName
from drivers.mono import mono_ns
from drivers.scans import SCANS, Scans
from sensors.point import Point

READ_BYTES: Final = 24 * 64

Open = Callable[[Path], int]


class HidScannerConfig(DriverConfig):
    """키보드로 보이는 USB 스캐너. / A USB scanner that is a keyboard."""

    retry_most_s: ClassVar[float] = 3.0

    type: Literal["hid_scanner"] = Field(description="종류. / The kind.")
    device: str | None = Field(
        None,
        min_length=1,
        description="입력 장치. 꽂는 자리가 바뀌어도 같은 /dev/input/by-id/...-event-kbd 이름. / "
        "The input device; a name under /dev/input/by-id stays the same wherever it is plugged in.",
    )
    product: str | None = Field(
        None,
        min_length=2,
        description="device 대신: 제품 이름의 한 부분. 처음 찾은 것을 써요. / "
        "Instead of `device`: a part of the product's name; the first one found is used.",
    )
    station: Name | None = Field(None, description="놓인 자리. / The station where it stands.")
    layout: LayoutName = Field(
        "us",
        description="스캐너에 설정된 자판: us(대개), kr(한/영 키로 두벌식 한글), uk, de, fr, jp. / "
        "The keyboard that the scanner is set to: us (most), kr (Hangul behind the Hangul key), uk, de, fr, jp.",
    )
    suffix: EndKey = Field(
        "auto",
        description="코드 끝의 키: auto는 Enter와 Tab. / The key that ends a code; auto takes Enter and Tab.",
    )
    max_bytes: int = Field(
        4096,
        ge=16,
        le=65536,
        description="이보다 긴 코드는 버리고 세요(바이트). / Longer codes (bytes) are dropped and counted.",
    )

    @model_validator(mode="after")
    def _found_by_one_thing(self) -> Self:
        if (self.device is None) == (self.product is None):
            raise ValueError("device와 product 가운데 하나만 적어 주세요. / Give either device or product.")
        return self

    def devices_points(self) -> list[tuple[str, tuple[Point, ...]]]:
        """Return the scanner as one device, with one point: how many codes it has read."""
        return [(self.name, (SCANS,))]


class HidScanner:
    """One scanner. Yields each code as a Scan, followed by a row of its counter of codes."""

    Config = HidScannerConfig

    def __init__(self, config: HidScannerConfig, slots: Slots, open_device: Open = open_grabbed) -> None:
        self.config = config
        self.counters = Counters()
        self._scans = Scans(config.name, slots[config.name], self.counters)
        self._keyboard = Keyboard(config.layout, config.suffix, config.max_bytes)
        self._open = open_device
        self._events = Events()
        self._path = Path()
        self._descriptor = -1
        self._listening = False

    async def __aenter__(self) -> Self:
        """Find the scanner, which may have another number after it was plugged in again, and take it."""
        self._path = find(self.config.product) if self.config.product else Path(self.config.device or "")
        self._descriptor = self._open(self._path)
        self._scans.begin()
        self._events = Events()
        asyncio.get_running_loop().add_reader(self._descriptor, self._readable)
        self._listening = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()
        os.close(self._descriptor)
        self._keyboard.forget_keys()
        self._count()

    async def readings(self) -> AsyncIterator[Reading]:
        """Yield the counter once, then every Scan and its row; DeviceGone (after a row of NO_REPLY) at unplugging."""
        async for reading in self._scans.readings():
            yield reading

    def _readable(self) -> None:
        """Take the events that have arrived; the loop calls this."""
        try:
            data = os.read(self._descriptor, READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._stop()
            self._scans.lost(explain(self._path, error))
            return
        if not data:
            self._stop()
            self._scans.lost(explain(self._path, OSError("no more events")))
            return
        now_ns = mono_ns()
        for event in self._events.feed(data):
            if codes := self._keyboard.feed(*event, now_ns):
                self._scans.take(codes, now_ns)
        self._count()

    def _count(self) -> None:
        self.counters.dropped = self._scans.refused + self._keyboard.dropped

    def _stop(self) -> None:
        if self._listening:
            asyncio.get_running_loop().remove_reader(self._descriptor)
        self._listening = False
