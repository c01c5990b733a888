"""A closer look: finds by its dense edges what may be a code, and cuts it out upright and enlarged, to be read again.

Bars are read along rows and columns only: a flat label that lies askew has no row that crosses all its bars. Its angle
is that of the structure tensor: J. Bigun, G. H. Granlund, "Optimal orientation detection of linear symmetry", ICCV '87.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.vision.motion import Grey

Floats = NDArray[np.float64]
Box = tuple[int, int, int, int]  # left, top, right, bottom; px

HALF: Final = 2  # edges are looked for in a picture of half the size
CELL_PX: Final = 8  # of the half picture
LEAST_EDGES: Final = 16.0  # grey levels a pixel, mean of a cell: print has more, wood, cloth and noise have less
CELLS: Final = np.ones((3, 3), np.uint8)  # gaps narrower than these are closed, and what is narrower is no code
MOST_SPOTS: Final = 2  # in one picture, the largest first
MARGIN_PX: Final = 40  # around a spot, for the quiet zone
BARS: Final = 0.3  # coherence from which edges have one direction, as those of bars have
MOST_SCALE: Final = 2.0
MOST_CUT_PX: Final = 400_000  # so large, at most, does a cut become
ALONG_PX: Final = 9
ACROSS_PX: Final = 5.0  # measured: of labels smeared by 5/3 of their narrowest bar, 39 of 40 are read; as they are, 11
ACROSS_TAPS: Final = 31
SHARPER: Final = 1.0


@dataclass(frozen=True, slots=True)
class Cut:
    """A part of a picture, turned and enlarged."""

    grey: Grey
    bars: bool  # its edges have one direction, and stand upright
    back: Floats  # [2, 3], leads from its pixels to those of the whole picture

    def sharpened(self) -> Grey:
        """Return it with its bars drawn apart: smoothed along them, and the blur across them taken back in part."""
        smooth = cv2.blur(self.grey, (1, ALONG_PX))
        blurred = cv2.GaussianBlur(smooth, (ACROSS_TAPS, 1), ACROSS_PX)
        return np.asarray(cv2.addWeighted(smooth, 1 + SHARPER, blurred, -SHARPER, 0), np.uint8)


def cuts(grey: Grey, known: Sequence[Box]) -> list[Cut]:
    """Return what may be a code in a picture, the largest first, but nothing in which a known box has its middle."""
    half_size = (max(1, grey.shape[1] // HALF), max(1, grey.shape[0] // HALF))
    half = cv2.resize(grey, half_size, interpolation=cv2.INTER_AREA)
    across, down = cv2.Scharr(half, cv2.CV_32F, 1, 0, scale=1 / 16), cv2.Scharr(half, cv2.CV_32F, 0, 1, scale=1 / 16)
    size = (max(1, half.shape[1] // CELL_PX), max(1, half.shape[0] // CELL_PX))
    products = (across * across, down * down, across * down)
    tensor = np.array([cv2.resize(part, size, interpolation=cv2.INTER_AREA) for part in products], np.float64)
    dense = (tensor[0] + tensor[1] > LEAST_EDGES**2).astype(np.uint8)
    # The rim of a box is an edge too, but thin.
    whole = cv2.morphologyEx(cv2.morphologyEx(dense, cv2.MORPH_CLOSE, CELLS), cv2.MORPH_OPEN, CELLS)
    _, names, stats, _ = cv2.connectedComponentsWithStats(whole)
    for left, top, right, bottom in known:
        column, row = (left + right) * size[0] // (2 * grey.shape[1]), (top + bottom) * size[1] // (2 * grey.shape[0])
        stats[names[min(max(row, 0), size[1] - 1), min(max(column, 0), size[0] - 1)], cv2.CC_STAT_AREA] = 0
    areas = stats[1:, cv2.CC_STAT_AREA]
    largest = [int(name) for name in np.argsort(-areas)[:MOST_SPOTS] if areas[name]]
    return [_cut(grey, names == name + 1, tensor) for name in largest]


def _cut(grey: Grey, cells: NDArray[np.bool_], tensor: Floats) -> Cut:
    """Cut the spot of these cells out."""
    xx, yy, xy = (float(part[cells].sum()) for part in tensor)
    coherence = math.hypot(xx - yy, 2 * xy) / (xx + yy)
    angle = 0.5 * math.atan2(2 * xy, xx - yy) if coherence > BARS else 0.0
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    rows, columns = np.nonzero(cells)
    cell = np.array([grey.shape[1] / cells.shape[1], grey.shape[0] / cells.shape[0]])
    places = turn @ ((np.stack((columns, rows)) + 0.5) * cell[:, None])
    margin = cell.max() / 2 + MARGIN_PX
    least, most = places.min(axis=1) - margin, places.max(axis=1) + margin
    width, height = most - least
    scale = min(MOST_SCALE, math.sqrt(MOST_CUT_PX / (width * height)))
    there = np.column_stack((turn, -least)) * scale
    size = (math.ceil(width * scale), math.ceil(height * scale))
    upright = cv2.warpAffine(grey, there, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return Cut(
        np.asarray(upright, np.uint8), coherence > BARS, np.asarray(cv2.invertAffineTransform(there), np.float64)
    )
