"""Crossings: counts the things that cross a line. What is not background makes blobs, and blobs make tracks.

Background: Z. Zivkovic, "Improved adaptive Gaussian mixture model for background subtraction", ICPR 2004 (OpenCV's
MOG2). Tracks: each blob goes to the track that should be nearest to it now, the nearest pairs first.
"""

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.vision.light import Light
from drivers.vision.motion import Grey, reduce
from drivers.vision.options import CountConfig

Float64s = NDArray[np.float64]

WIDTH_PX: Final = 320
HISTORY_FRAMES: Final = 500  # what lies still for so long becomes background
DISTANCE2: Final = 25.0  # squared standard deviations from the background
BACKGROUND_PART: Final = 0.4  # of the time: what is seen more seldom is a thing, though boxes of one brown come often
SHADOW: Final = 127  # MOG2's mark of a shadow
SPECK: Final = np.ones((3, 3), np.uint8)  # smaller specks are noise
GAP: Final = np.ones((7, 7), np.uint8)  # narrower gaps are inside one thing
LAMP_PART: Final = 0.5  # so much of the picture changes at once when a lamp is switched, not when parts pass
SETTLE_LOOKS: Final = 3  # nothing is believed until the background is known
LOST_LOOKS: Final = 4  # a track without a blob for so long is over
LEAST_SIGHTS: Final = 3  # flicker does not live so long
BAND: Final = 0.02  # of the picture's width: so far beyond the line is on its other side; nothing trembles across
REACH: Final = 0.2  # of the width: no thing goes farther from one look to the next
WAYS: Final = {"right": (1.0, 0.0), "left": (-1.0, 0.0), "down": (0.0, 1.0), "up": (0.0, -1.0)}


@dataclass(slots=True)
class _Track:
    """One thing on its way."""

    at: Float64s  # x, y; px
    step: Float64s  # px a look
    side_at: Float64s  # where it was last clearly beside the line
    side: int = 0  # of the line: -1, 1; 0 while it is not known
    sights: int = 1
    missed: int = 0
    crossed: bool = False
    counted: bool = False


class Crossings:
    """Takes grey pictures of the region, in their order. A thing counts once, however often it goes to and fro."""

    def __init__(self, config: CountConfig, region: tuple[float, ...]) -> None:
        x, y, width, height = region
        ends = np.array(config.line, np.float64).reshape(2, 2)
        self._ends = (ends - (x, y)) / (width, height)  # in parts of the region
        self._least_part = config.least_area / (width * height)
        self._way = WAYS.get(config.direction)
        self._tracks: list[_Track] = []
        self._background, self._light = _new_background(), Light()
        self._looks = 0

    def look(self, grey: Grey) -> int:
        """Return how many things are known to have crossed since the picture before."""
        small = reduce(grey, WIDTH_PX)
        level = small
        if self._looks:
            level = self._light.levelled(small, np.asarray(self._background.getBackgroundImage(), np.uint8))
        mask = _without_shadows(self._background.apply(level))
        self._looks += 1
        if self._looks > 1 and np.count_nonzero(mask) > LAMP_PART * mask.size:
            self._begin_anew(small)
        if self._looks <= SETTLE_LOOKS:
            return 0
        height, width = small.shape
        self._follow(_centres(mask, self._least_part * mask.size), REACH * width)
        line = self._ends * (width, height)
        return sum(self._passes(track, line, width) for track in self._tracks)

    def _begin_anew(self, small: Grey) -> None:
        """Take the picture as it is for the background: the light changed. What was on its way begins anew too."""
        self._background, self._light = _new_background(), Light()
        self._background.apply(small)
        self._tracks, self._looks = [], 1

    def _follow(self, centres: Float64s, reach_px: float) -> None:
        """Give each track its blob; what is left over is new."""
        steps = [track.step for track in self._tracks if track.sights >= LEAST_SIGHTS]
        usual = np.median(steps, axis=0) if steps else np.zeros(2)
        taken = _nearest_pairs(np.array([track.at + track.step for track in self._tracks]), centres, reach_px)
        for number, track in enumerate(self._tracks):
            track.missed += 1
            if (blob := taken.get(number)) is not None:
                track.step, track.at = (centres[blob] - track.at) / track.missed, centres[blob]
                track.sights, track.missed = track.sights + 1, 0
        fresh = set(range(len(centres))) - set(taken.values())
        self._tracks = [track for track in self._tracks if track.missed < LOST_LOOKS]
        self._tracks += [_Track(centres[i], usual, centres[i]) for i in sorted(fresh)]

    def _passes(self, track: _Track, line: Float64s, width: int) -> bool:
        """Return whether this track is one more that crossed."""
        if track.counted or track.missed:
            return False
        along = line[1] - line[0]
        normal = np.array([-along[1], along[0]]) / np.hypot(*along)
        beside = float(normal @ (track.at - line[0]))
        if abs(beside) > BAND * width:
            side = 1 if beside > 0 else -1
            if track.side == -side and _meets(track.side_at, track.at, line):
                track.crossed |= self._way is None or side * float(normal @ self._way) > 0
            track.side, track.side_at = side, track.at
        track.counted = track.crossed and track.sights >= LEAST_SIGHTS
        return track.counted


def _new_background() -> Any:
    background = cv2.createBackgroundSubtractorMOG2(HISTORY_FRAMES, DISTANCE2, True)
    background.setBackgroundRatio(BACKGROUND_PART)
    return background


def _without_shadows(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.threshold(mask, SHADOW, 255, cv2.THRESH_BINARY)[1], np.uint8)


def _centres(mask: NDArray[np.uint8], least_px: float) -> Float64s:
    """Return the centres [N, 2] of the blobs that are large enough."""
    whole = cv2.morphologyEx(cv2.morphologyEx(mask, cv2.MORPH_OPEN, SPECK), cv2.MORPH_CLOSE, GAP)
    _, _, stats, centres = cv2.connectedComponentsWithStats(whole)
    large = stats[1:, cv2.CC_STAT_AREA] >= least_px  # the first is what is no blob
    return np.asarray(centres[1:][large], np.float64)


def _nearest_pairs(expected: Float64s, centres: Float64s, reach_px: float) -> dict[int, int]:
    """Return which track gets which blob, the nearest pairs first, none farther than `reach_px`."""
    pairs: dict[int, int] = {}
    if not len(expected) or not len(centres):
        return pairs
    distances = np.hypot(*np.moveaxis(expected[:, None] - centres[None], 2, 0))
    for flat in np.argsort(distances, axis=None):
        track, blob = divmod(int(flat), len(centres))
        if distances[track, blob] > reach_px:
            break
        if track not in pairs and blob not in pairs.values():
            pairs[track] = blob
    return pairs


def _meets(start: Float64s, end: Float64s, line: Float64s) -> bool:
    """Return whether the way from `start` to `end`, which crosses the endless line, does so between its two ends."""
    along, way = line[1] - line[0], end - start
    cross = along[0] * way[1] - along[1] * way[0]
    offset = start - line[0]
    place = (offset[0] * way[1] - offset[1] * way[0]) / cross
    return bool(0 <= place <= 1)
