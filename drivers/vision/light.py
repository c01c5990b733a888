"""Light: takes out of a picture what the light, or the camera's exposure, changed since the background was learnt."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.vision.motion import Grey

CELLS: Final = (16, 9)  # across, down
DARKEST: Final = 8.0  # grey levels: the ratio of darker cells says nothing
NEAR: Final = (0.15, 0.06)  # cells this far from the gain known so far belong to things; first coarse, then fine
LEAST_CELLS: Final = CELLS[0] * CELLS[1] // 6
GAIN: Final = (0.25, 4.0)  # beyond, it is night or a lamp


class Light:
    """Knows the gain of the light as a plane over the picture: 1, across, down. It changes little from look to look.

    Each cell's brightness is divided by the background's. Most cells say the gain, those in which things lie say
    something else: the plane is fitted (least squares) to the cells that are near to what was known a look before.
    """

    def __init__(self) -> None:
        across, down = np.meshgrid(*(np.linspace(-1, 1, count) for count in CELLS))
        self._terms = np.stack((np.ones(across.size), across.ravel(), down.ravel()), axis=1)
        self._plane = np.array([1.0, 0.0, 0.0])

    def levelled(self, small: Grey, background: Grey) -> Grey:
        """Return the picture as it would be in the background's light."""
        seen, known = (cv2.resize(picture, CELLS, interpolation=cv2.INTER_AREA) for picture in (small, background))
        usable = known.ravel() > DARKEST
        ratio = seen.ravel() / np.maximum(known.ravel(), 1.0)
        for near in NEAR:
            expected = self._terms @ self._plane
            agree = usable & (np.abs(ratio - expected) < near * expected)
            if np.count_nonzero(agree) < LEAST_CELLS:
                break
            self._plane = np.linalg.lstsq(self._terms[agree], ratio[agree], rcond=None)[0]
        gain = np.clip(self._terms @ self._plane, *GAIN).reshape(CELLS[1], CELLS[0])
        height, width = small.shape
        back = cv2.resize((1 / gain).astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
        return _times(small, back)


def _times(small: Grey, factor: NDArray[np.float32]) -> Grey:
    return np.asarray(cv2.multiply(small, factor, dtype=cv2.CV_8U), np.uint8)
