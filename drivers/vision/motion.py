"""Motion: whether a picture differs from the one that was last looked into. Reading labels costs much, this little."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]  # [H, W]

WIDTH_PX: Final = 160  # of the small picture; averaging into it takes the noise of the sensor away
DIFFERENCE: Final = 10  # grey levels
AROUND_PX: Final = 21  # of the small picture
LEAST_PX: Final = 8  # so many small pixels: a label 30 px wide in a picture of 1280


def reduce(grey: Grey, width_px: int = WIDTH_PX) -> Grey:
    """Return a picture of at most this width, each pixel the mean of those that it stands for."""
    height, width = grey.shape[:2]
    if width <= width_px:
        return grey
    size = (width_px, max(1, round(height * width_px / width)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def differs(small: Grey, other: Grey, least_px: int = LEAST_PX) -> bool:
    """Return whether two small pictures differ by more than light does, which changes a whole neighbourhood alike."""
    light, before = (cv2.blur(part.astype(np.float32), (AROUND_PX, AROUND_PX)) for part in (small, other))
    expected = other * (light / np.maximum(before, 1))
    return int(np.count_nonzero(np.abs(small - expected) > DIFFERENCE)) >= least_px


class Motion:
    """Compares with the picture of the last motion, not the last picture: what creeps adds up until it is seen."""

    def __init__(self) -> None:
        self._reference: Grey | None = None

    def moved(self, small: Grey) -> bool:
        """Return whether something moved; the first picture is all new."""
        if self._reference is not None and not differs(small, self._reference):
            return False
        self._reference = small
        return True
