"""Watcher: what is seen in one frame after the other. Knows no source and no clock: the time comes with the frame."""

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.vision import crossings
from drivers.vision.crossings import Crossings
from drivers.vision.labels import Presence, Reader
from drivers.vision.motion import Grey, Motion, reduce
from drivers.vision.options import CameraConfig

Frame = NDArray[np.uint8]  # [H, W, 3] blue, green, red, or [H, W] grey

STILL_NS: Final = 500_000_000  # so long after a motion labels are looked for: what came may still tremble
STILL_LOOKS: Final = 5  # while nothing moves, the background is learnt from every fifth frame


@dataclass(frozen=True, slots=True)
class Seen:
    """What one frame showed."""

    scans: tuple[bytes, ...] = ()  # AIM identifier and content, each label once, from left to right
    pieces: int = 0  # things that crossed the line
    moved: bool = False


class Watcher:
    """Looks at the frames of one camera, in their order, on one thread."""

    def __init__(self, config: CameraConfig) -> None:
        cv2.setNumThreads(1)  # one camera takes one core at the most: the others read meters
        self._region = config.region
        self._motion = Motion()
        self._reader = Reader(config.symbologies)
        self._presence = Presence(config.same_label_s)
        self._crossings = Crossings(config.count, config.region) if config.count else None
        self._awake_ns: int | None = None  # until then something moves, or did a moment ago
        self._looks = 0

    def look(self, frame: Frame, mono_ns: int) -> Seen:
        """Return what is new in a frame that was taken at `mono_ns`; times never go back."""
        grey = self._grey(frame)
        medium = reduce(grey, crossings.WIDTH_PX)
        small = reduce(medium)
        moved = self._motion.moved(small)
        self._presence.stay(small, mono_ns)
        if moved:
            self._awake_ns = mono_ns + STILL_NS
        awake = self._awake_ns is not None and mono_ns <= self._awake_ns
        self._looks += 1
        pieces = 0
        if self._crossings and (awake or self._looks % STILL_LOOKS == 0):
            pieces = self._crossings.look(medium)
        if not awake:
            return Seen((), pieces, moved)
        labels = self._reader.read(grey)
        scale = small.shape[1] / grey.shape[1]
        return Seen(tuple(self._presence.news(labels, small, scale, mono_ns)), pieces, moved)

    def _grey(self, frame: Frame) -> Grey:
        """Return the region in grey."""
        across, down = region_px(self._region, frame)
        part: Any = frame[down, across]
        grey = cv2.cvtColor(part, cv2.COLOR_BGR2GRAY) if part.ndim == 3 else part
        return np.ascontiguousarray(grey, np.uint8)


def region_px(box: tuple[float, ...], frame: Frame) -> tuple[slice, slice]:
    """Return the columns and rows of a box that is given in parts of the frame; at least one pixel of each."""
    height, width = frame.shape[:2]
    x, y, wide, high = box
    left, top = min(round(x * width), width - 1), min(round(y * height), height - 1)
    return slice(left, max(left + 1, round((x + wide) * width))), slice(top, max(top + 1, round((y + high) * height)))
