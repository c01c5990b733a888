"""The preview: a small picture for the owner, black wherever it is not to be looked at. It is kept nowhere."""

import math
from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from drivers.vision.options import CameraConfig
from drivers.vision.watcher import Frame

MOST_WIDTH_PX: Final = 640
JPEG_QUALITY: Final = 75


class Preview:
    """Makes a JPEG of a frame now and then; never, unless the configuration asks for it."""

    def __init__(self, config: CameraConfig) -> None:
        self._options, self._region = config.preview, config.region
        self._due_ns = 0

    def picture(self, frame: Frame, mono_ns: int) -> bytes | None:
        """Return the JPEG when it is due."""
        if self._options is None or mono_ns < self._due_ns:
            return None
        self._due_ns = mono_ns + round(self._options.every_s * 1e9)
        made, jpeg = cv2.imencode(".jpg", self._blackened(frame), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        return bytes(jpeg) if made else None

    def _blackened(self, frame: Frame) -> Frame:
        """Return the reduced picture; a pixel that is hidden in part only is hidden."""
        assert self._options is not None
        height, width = frame.shape[:2]
        factor = min(1.0, MOST_WIDTH_PX / width)
        size = (round(width * factor), max(1, round(height * factor)))
        small = np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)
        shown = np.zeros_like(small)
        inner = _cells(self._region, size, math.ceil, math.floor)
        shown[inner] = small[inner]
        for mask in self._options.masks:
            shown[_cells(mask, size, math.floor, math.ceil)] = 0
        return shown


def _cells(
    box: tuple[float, ...], size: tuple[int, int], begin: Callable[[float], int], end: Callable[[float], int]
) -> tuple[slice, slice]:
    """Return the rows and columns of a box that is given in parts of the picture."""
    (x, y, wide, high), (width, height) = box, size
    return slice(begin(y * height), end((y + high) * height)), slice(begin(x * width), end((x + wide) * width))
