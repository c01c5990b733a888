"""Where frames come from: the newest of a live camera, every one of a film.

A USB camera (V4L2) cannot be had on a desk without one: the function that opens it, `cv2.VideoCapture`, is the seam.
"""

import itertools
import threading
import time
from collections.abc import Container
from contextlib import suppress
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from rig import until

from drivers.vision.options import CameraConfig
from drivers.vision.source import Film, Live, Opener, SourceGone, open_source
from tests.drivers.vision import pictures as draw

WAIT_S = 60.0


class Usb:
    """A USB camera as OpenCV shows it: its frames carry their number, and it gives each when it is told to."""

    def __init__(self, frames: int, free: int = 0, bad: Container[int] = ()) -> None:
        self.opened: tuple[Any, ...] = ()
        self.grabbed = self.waiting = -1  # the frame that came last, and the one that is waited for
        self._frames, self._bad = frames, bad
        self._allowed = threading.Semaphore(free)

    def __call__(self, *opened: Any) -> "Usb":
        """Be opened, as `cv2.VideoCapture(...)` is."""
        self.opened = opened
        return self

    def isOpened(self) -> bool:  # noqa: N802 # OpenCV's name
        """Be there."""
        return True

    def grab(self) -> bool:
        """Wait for a frame; none comes after the last."""
        self.waiting += 1
        assert self._allowed.acquire(timeout=WAIT_S)
        self.grabbed += 1
        return self.grabbed < self._frames

    def retrieve(self) -> tuple[bool, Any]:
        """Unpack the frame that was grabbed."""
        return self.grabbed not in self._bad, np.full((4, 4, 3), self.grabbed % 256, np.uint8)

    def give(self, frames: int) -> None:
        """Let so many frames come."""
        self._allowed.release(frames)

    def show(self, number: int) -> None:
        """Let the next frame come when it is due, and wait until it and what was to be done with it are done."""
        time.sleep(0.02)  # more than a period of 120 Hz
        self.give(1)
        until(lambda: self.waiting == number + 1, f"frame {number} is taken", WAIT_S)

    def release(self) -> None:
        """Be closed."""


def config(source: str, **options: Any) -> CameraConfig:
    """A camera with this source."""
    return CameraConfig.model_validate({"name": "camera_1", "type": "camera", "source": source} | options)


def live(usb: Usb, **options: Any) -> Live:
    """A USB camera; /dev/null stands for its file."""
    source = open_source(Opener(config("/dev/null", frames_per_s=120, **options), "/dev/null", usb), "real")
    assert isinstance(source, Live)
    return source


def test_a_usb_camera_is_asked_for_its_size_and_rate_and_small_buffers() -> None:
    usb = Usb(0)
    live(usb, width_px=1920, height_px=1080)
    address, backend, asked = usb.opened
    assert (address, backend) == ("/dev/null", cv2.CAP_V4L2)
    assert dict(zip(asked[::2], asked[1::2], strict=True)) == {
        cv2.CAP_PROP_FOURCC: cv2.VideoWriter.fourcc(*"MJPG"),
        cv2.CAP_PROP_FRAME_WIDTH: 1920,
        cv2.CAP_PROP_FRAME_HEIGHT: 1080,
        cv2.CAP_PROP_FPS: 120,
        cv2.CAP_PROP_BUFFERSIZE: 2,
    }


def test_after_a_long_look_the_newest_frame_is_next() -> None:
    """What came meanwhile is not looked at late; it is not looked at at all."""
    usb = Usb(100, free=1)
    frames = live(usb).frames()
    first, first_ns = next(frames)
    assert first[0, 0, 0] == 0
    for number in range(1, 6):
        usb.show(number)  # taken though nobody looks
    newest, newest_ns = next(frames)
    assert newest[0, 0, 0] == 5
    assert newest_ns > first_ns
    usb.give(100)


def all_of(source: Live) -> list[int]:
    """The numbers of the frames that are seen until the camera is gone."""
    seen: list[int] = []
    with suppress(SourceGone):
        seen.extend(int(frame[0, 0, 0]) for frame, _ in source.frames())
    return seen


def test_frames_are_not_looked_at_more_often_than_asked() -> None:
    """All these are there at once."""
    usb = Usb(200, free=201)
    source = open_source(Opener(config("/dev/null", frames_per_s=1), "/dev/null", usb), "real")
    assert isinstance(source, Live)
    assert len(all_of(source)) <= 1
    assert usb.grabbed == 200


def test_a_damaged_frame_is_counted_and_the_next_one_seen() -> None:
    usb = Usb(100, free=1, bad=(1,))
    source = live(usb)
    frames = source.frames()
    next(frames)
    usb.show(1)
    usb.show(2)
    assert next(frames)[0][0, 0, 0] == 2
    assert source.errors == 1
    usb.give(100)


def test_a_camera_whose_frames_are_all_damaged_is_gone() -> None:
    usb = Usb(10**6, free=10**6, bad=range(10**6))
    source = live(usb)
    with pytest.raises(SourceGone, match="cannot be decoded"):
        next(source.frames())
    assert source.errors == 30


def test_a_camera_that_cannot_be_read_is_gone_and_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[threading.ExceptHookArgs] = []  # in the camera's process: standard error
    monkeypatch.setattr(threading, "excepthook", told.append)
    usb = Usb(10, free=10)
    usb.retrieve = lambda: 1 / 0  # type: ignore[assignment, return-value] # as OpenCV may raise
    with pytest.raises(SourceGone, match="reading it failed"):
        next(live(usb).frames())
    until(lambda: told, "the error is told", WAIT_S)


def numbers(path: str, **options: Any) -> tuple[list[int], list[int]]:
    """Which frames of a film are seen (by their brightness), and at what time in ms."""
    source = open_source(Opener(config(path, **options), path), "fast")
    assert isinstance(source, Film)
    seen = [(round(float(frame.mean()) / 10), ns) for frame, ns in source.frames()]
    return [number for number, _ in seen], [round((ns - seen[0][1]) / 1e6) for _, ns in seen]


@pytest.fixture
def film(tmp_path: Path) -> str:
    """Twenty frames in one second, each a little brighter."""
    return draw.film(tmp_path / "film.avi", [draw.bench(64, 64, 10 * n) for n in range(20)], 20.0)


def test_every_frame_of_a_film_is_seen_at_its_time(film: str) -> None:
    assert numbers(film, frames_per_s=20) == (list(range(20)), list(range(0, 1000, 50)))


def test_of_a_film_as_many_frames_are_seen_as_asked(film: str) -> None:
    seen, times = numbers(film, frames_per_s=5)
    assert len(seen) == 5
    assert {later - earlier for earlier, later in itertools.pairwise(times)} == {200}


def test_a_film_at_its_own_pace_takes_its_time(film: str) -> None:
    source = open_source(Opener(config(film, frames_per_s=20), film), "real")
    stamps = [ns for _, ns in source.frames()]
    assert stamps[-1] - stamps[0] >= 0.9e9


def test_a_film_without_a_picture_is_gone(tmp_path: Path) -> None:
    empty = tmp_path / "empty.avi"
    empty.write_bytes(Path(draw.film(tmp_path / "film.avi", [draw.bench(64, 64)])).read_bytes()[:300])
    with pytest.raises(SourceGone):
        numbers(str(empty))


def test_what_nobody_may_read_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)  # root may read everything
    with pytest.raises(SourceGone, match="group video"):
        Opener(config("/dev/null"), "/dev/null").open()
