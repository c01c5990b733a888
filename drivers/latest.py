"""The newest values of one device whose points do not all come at once, told as rows."""

import numpy as np

from drivers.base import Slot
from sensors.batch import Batch, one_row
from sensors.quality import BAD, GOOD, NO_REPLY


class Latest:
    """Values and qualities [K] of a device. Until something is put, a point has NO_REPLY. Times of rows increase."""

    def __init__(self, slot: Slot, points: int) -> None:
        self._slot = slot
        self._values = np.full(points, np.nan)
        self._quality = np.full(points, NO_REPLY, np.uint8)
        self.stamp_ns = 0  # of the last row

    def put(self, column: int, value: float, quality: int = GOOD) -> None:
        """Take a point's new value; a bad one has none."""
        self._values[column] = value if quality < BAD else np.nan
        self._quality[column] = quality

    def silence(self) -> None:
        """Take it that nothing answers any more."""
        self._values[:] = np.nan
        self._quality[:] = NO_REPLY

    def row(self, stamp_ns: int) -> Batch:
        """Return a row of all points, later than the one before by a nanosecond at least."""
        self.stamp_ns = max(stamp_ns, self.stamp_ns + 1)
        slot = self._slot
        return one_row(slot.device, slot.first, self.stamp_ns, self._values.copy(), self._quality.copy())
