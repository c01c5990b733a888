"""Batch: readings of one device as columns. The only shape in which readings cross a module's border."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Int64s = NDArray[np.int64]
Float64s = NDArray[np.float64]
UInt8s = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Batch:
    """T rows of the K neighbouring points `first .. first + K - 1` of one device.

    A poll is one row; a waveform or a replay is many. Rows are in time order. Counters are their raw register value.
    Bad values are NaN with their quality from 16 on. Arrays are C-contiguous and read-only after hand-over.
    """

    device: int  # index in the point table's list of devices
    first: int  # index of the first point in the point table
    mono_ns: Int64s  # [T], CLOCK_BOOTTIME when the row's last byte arrived
    values: Float64s  # [T, K]
    quality: UInt8s  # [T, K]

    def __post_init__(self) -> None:
        """Refuse arrays that disagree in shape: a wrong Batch would corrupt its neighbours' points."""
        rows, _ = self.values.shape
        if self.quality.shape != self.values.shape or self.mono_ns.shape != (rows,):
            raise ValueError(f"shapes differ: {self.mono_ns.shape}, {self.values.shape}, {self.quality.shape}")
        for column in (self.mono_ns, self.values, self.quality):
            column.setflags(write=False)


def one_row(device: int, first: int, mono_ns: int, values: Float64s, quality: UInt8s) -> Batch:
    """Return a Batch of a single poll; `values` and `quality` are of shape [K] and given away."""
    return Batch(device, first, np.array([mono_ns], np.int64), values.reshape(1, -1), quality.reshape(1, -1))
