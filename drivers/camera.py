"""A camera: its process sees, and this driver tells what it saw."""

import base64
import os
from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self

import numpy as np

from barcodes.scan import Scan
from drivers.base import Counters, Reading, Slots
from drivers.errors import DeviceGone, WrongConfiguration
from drivers.mono import mono_ns
from drivers.vision.child import Child
from drivers.vision.message import Beat, Ended, Gone, Message, Opened, Picture, Sighting, Task
from drivers.vision.options import CameraConfig
from sensors.batch import Batch, one_row
from sensors.quality import BAD, GOOD, NO_REPLY, UNCERTAIN

LIBRARIES: Final = ("cv2", "zxingcpp")  # looked for here, loaded in the camera's process alone


class Camera:
    """One camera. Yields each label as a Scan, and a row of its points with it and about once a second."""

    Config = CameraConfig

    def __init__(self, config: CameraConfig, slots: Slots, pace: Literal["real", "fast"] = "real") -> None:
        """A film is seen at its own pace, or as fast as it can be looked at, with the times that it would have had."""
        self.config = config
        self.counters = Counters()
        self.preview: bytes | None = None  # the newest JPEG, while the owner has switched it on
        self._slot, self._pace = slots[config.name], pace
        self._child: Child | None = None
        self._stamp_ns = 0
        self._pieces = 0
        self._rate_hz, self._rate_quality = 0.0, UNCERTAIN
        self._errors_before = 0  # of processes that ended
        self._errors = 0

    async def __aenter__(self) -> Self:
        """Start the process and wait for the first frame."""
        _look_for_libraries()
        task = Task(self.config.model_dump(mode="json"), _secret(self.config.password_file), os.getpid(), self._pace)
        self._child = await Child.start(task, self.config.source)
        try:
            opened = await self._next(self._child)
        except BaseException:  # leaving is not called when entering fails, nor when it is cancelled
            await self._end()
            raise
        self._rate_hz, self._rate_quality = opened.rate_hz if isinstance(opened, Opened) else 0.0, UNCERTAIN
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()

    async def readings(self) -> AsyncIterator[Reading]:
        """Yield a row, then Scans and rows as they come; DeviceGone (after a row of NO_REPLY) when nothing comes."""
        assert self._child is not None
        yield self._row(mono_ns())
        while True:
            try:
                message = await self._next(self._child)
            except (DeviceGone, WrongConfiguration) as gone:
                self.counters.last_error = str(gone)
                yield self._row(mono_ns(), NO_REPLY)
                raise
            match message:
                case Sighting():
                    for reading in self._seen(message):
                        yield reading
                case Beat():
                    self._rate_hz, self._rate_quality = message.rate_hz, GOOD
                    self._errors = message.errors
                    self.counters.dropped = self._errors_before + self._errors
                    yield self._row(message.mono_ns)
                case Picture():
                    self.preview = base64.b64decode(message.jpeg)

    def _seen(self, sighting: Sighting) -> list[Reading]:
        """Return what one frame showed: each label with a row, or the parts' row."""
        found: list[Reading] = []
        self._pieces += sighting.pieces
        for text in sighting.scans:
            self.counters.received += 1
            row = self._row(sighting.mono_ns)
            found += [Scan(self.config.name, self._stamp_ns, text.encode("latin-1")), row]
        return found or [self._row(sighting.mono_ns)]

    async def _next(self, child: Child) -> Message:
        """Return the next message that is no farewell."""
        message = await child.next(self.config.hang_s)
        if isinstance(message, Gone):
            raise DeviceGone(await child.farewell(message.why))
        if isinstance(message, Ended):
            raise WrongConfiguration(f"{self.config.source}: the film is over; with loop: true it begins again")
        return message

    async def _end(self) -> None:
        child, self._child = self._child, None
        self.preview = None
        self._errors_before, self._errors = self._errors_before + self._errors, 0
        if child is not None:
            await child.end()

    def _row(self, stamp_ns: int, quality: int = GOOD) -> Batch:
        """Return a row of every point, later than the one before by a nanosecond at least."""
        self._stamp_ns = max(stamp_ns, self._stamp_ns + 1)
        counts = [self.counters.received, self._pieces] if self.config.count else [self.counters.received]
        values = np.array([*counts, round(self._rate_hz, 1)], np.float64)
        qualities = np.full(len(values), quality, np.uint8)
        if quality >= BAD:
            values[:] = np.nan
        else:
            qualities[-1] = self._rate_quality
        return one_row(self._slot.device, self._slot.first, self._stamp_ns, values, qualities)


def _look_for_libraries() -> None:
    if missing := [name for name in LIBRARIES if find_spec(name) is None]:
        raise WrongConfiguration(f"{', '.join(missing)} not installed: pip install 'gongbang[camera]'")


def _secret(path: str | None) -> str:
    if path is None:
        return ""
    try:
        return Path(path).read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongConfiguration(f"password_file: {path}: {error}") from error
