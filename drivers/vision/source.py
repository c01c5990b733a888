"""Sources of frames: a live camera, of which the newest frame is taken, or a film, of which every frame is read."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

import cv2
import numpy as np

from drivers.mono import mono_ns
from drivers.vision.options import CameraConfig
from drivers.vision.watcher import Frame

Pace = Literal["real", "fast"]
Capture = Any  # a cv2.VideoCapture, which has no types

SECOND_NS: Final = 1_000_000_000
FILM_RATE_HZ: Final = 25.0  # of a film that does not say
EARLY: Final = 0.2  # of a period: a camera at just the rate that is wanted is sometimes a little early
BAD_FRAMES: Final = 30  # in a row: one may be damaged on the way
BUFFERS: Final = 2  # of a USB camera's driver: one is filled while one is looked at


class SourceGone(Exception):
    """The source is not there, or not any more; the text says why."""


class Source(Protocol):
    """Where frames come from."""

    rate_hz: float  # at which frames will come, as far as it is known beforehand
    errors: int  # frames that could not be decoded

    def frames(self) -> Iterator[tuple[Frame, int]]:
        """Yield frames and the CLOCK_BOOTTIME (ns) at which each was taken; SourceGone when no more come."""
        ...


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens what the configuration names; `address` is the source with user and password, and is never told."""

    config: CameraConfig
    address: str
    capture: Callable[..., Capture] = cv2.VideoCapture

    def open(self) -> Capture:
        """Return an open capture; SourceGone says why there is none."""
        config = self.config
        if config.kind != "address":
            _must_be_readable(config)
        if config.kind == "device":
            capture = self.capture(self.address, cv2.CAP_V4L2, _of_device(config))
        else:
            capture = self.capture(self.address, cv2.CAP_FFMPEG, _of_stream(config))
        if not capture.isOpened():
            capture.release()
            raise SourceGone(
                {
                    "device": f"{config.source}: it is no camera, or another program has it open",
                    "address": f"{config.source}: no answer, or it wants another user or password",
                    "file": f"{config.source}: it is no video that can be read",
                }[config.kind]
            )
        return capture


def open_source(opener: Opener, pace: Pace) -> Source:
    """Open the source of a configuration; raises SourceGone."""
    return Film(opener, pace) if opener.config.kind == "file" else Live(opener)


def _must_be_readable(config: CameraConfig) -> None:
    if not os.path.exists(config.source):
        raise SourceGone(f"{config.source}: not there" + ("; is the cable plugged in?" * (config.kind == "device")))
    if not os.access(config.source, os.R_OK):
        group = "; add this user to the group video" if config.kind == "device" else ""
        raise SourceGone(f"{config.source}: no permission to open it{group}")


def _of_device(config: CameraConfig) -> list[int]:
    """Return what is asked of a USB camera. MJPEG first: raw pictures of this size do not fit through USB 2."""
    return [
        *(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG")),
        *(cv2.CAP_PROP_FRAME_WIDTH, config.width_px),
        *(cv2.CAP_PROP_FRAME_HEIGHT, config.height_px),
        *(cv2.CAP_PROP_FPS, round(config.frames_per_s)),
        *(cv2.CAP_PROP_BUFFERSIZE, BUFFERS),
    ]


def _of_stream(config: CameraConfig) -> list[int]:
    """Return how a stream is opened: it gives up before the process is taken for hung. One thread decodes."""
    patience_ms = round(config.hang_s * 800)
    return [
        *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, patience_ms),
        *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, patience_ms),
        *(cv2.CAP_PROP_N_THREADS, 1),
    ]


class Live:
    """A camera. A thread takes every frame off it, so that none is ever old, and unpacks only those looked at."""

    def __init__(self, opener: Opener) -> None:
        self.rate_hz = opener.config.frames_per_s
        self.errors = 0
        self._name = opener.config.source
        self._period_ns = round(SECOND_NS / self.rate_hz)
        self._capture = opener.open()
        self._news = threading.Condition()
        self._newest: tuple[Frame, int] | None = None
        self._over = ""

    def frames(self) -> Iterator[tuple[Frame, int]]:
        """Yield the newest frame whenever there is one; SourceGone when the camera is gone."""
        threading.Thread(target=self._run, name="frames", daemon=True).start()
        while True:
            with self._news:
                self._news.wait_for(lambda: self._newest or self._over)
                found, self._newest = self._newest, None
            if found is None:
                raise SourceGone(f"{self._name}: {self._over}")
            yield found

    def _run(self) -> None:
        """Take frames until there are no more, and say why."""
        over = "reading it failed"  # the error itself goes to standard error, and is told with this
        try:
            over = self._take()
        finally:
            self._put(None, over)

    def _take(self) -> str:
        """Take frames as they come, the due ones for looking at; return why no more come."""
        due_ns, bad = 0, 0
        early_ns = round(EARLY * self._period_ns)
        while self._capture.grab():
            now_ns = mono_ns()
            if now_ns < due_ns - early_ns:
                continue
            due_ns = max(due_ns, now_ns - self._period_ns) + self._period_ns
            good, frame = self._capture.retrieve()
            if good:
                bad = 0
                self._put((np.asarray(frame, np.uint8), now_ns))
                continue
            self.errors += 1
            bad += 1
            if bad >= BAD_FRAMES:
                return "its pictures cannot be decoded"
        return "no more pictures come"

    def _put(self, found: tuple[Frame, int] | None, over: str = "") -> None:
        with self._news:
            self._newest, self._over = found or self._newest, over
            self._news.notify()


class Film:
    """A video file, at its own pace, or as fast as it can be read with the times that it would have had."""

    def __init__(self, opener: Opener, pace: Pace) -> None:
        self.errors = 0
        self._opener, self._pace = opener, pace
        self._capture = opener.open()
        told_hz = float(self._capture.get(cv2.CAP_PROP_FPS))
        self._film_hz = told_hz if 0 < told_hz <= 1000 else FILM_RATE_HZ
        self.rate_hz = min(opener.config.frames_per_s, self._film_hz)

    def frames(self) -> Iterator[tuple[Frame, int]]:
        """Yield the frames that are due, each once a turn; ends with the film unless it begins again."""
        share = self.rate_hz / self._film_hz
        begin_ns, number = mono_ns(), 0
        while True:
            first = number
            while self._capture.grab():
                number += 1
                if int(number * share) == int((number - 1) * share):
                    continue
                due_ns = begin_ns + round((number - 1) / self._film_hz * SECOND_NS)
                begin_ns += self._wait(due_ns)
                good, frame = self._capture.retrieve()
                if good:
                    yield np.asarray(frame, np.uint8), due_ns if self._pace == "fast" else mono_ns()
                else:
                    self.errors += 1
            self._capture.release()
            if number == first:
                raise SourceGone(f"{self._opener.config.source}: there is no picture in it")
            if not self._opener.config.loop:
                return
            self._capture = self._opener.open()

    def _wait(self, due_ns: int) -> int:
        """Wait until a frame is due; return by how much (ns) the film is moved on: it never hurries after."""
        if self._pace == "fast":
            return 0
        late_ns = mono_ns() - due_ns
        if late_ns < 0:
            time.sleep(-late_ns / SECOND_NS)
        return max(0, late_ns - SECOND_NS)
