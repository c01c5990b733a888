"""What comes in: rows in the order of their device's time, bad values as NaN. Late rows are counted and left out."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gateway.engine import kernel
from gateway.engine.columns import LONG_AGO, Float64s, Int64s, is_tame
from gateway.engine.kernel import address
from sensors.batch import Batch
from sensors.quality import BAD, GOOD, NOT_A_NUMBER


class Rows(NamedTuple):
    """Rows of a batch that are evaluated: times [T], values [T, K] with NaN exactly where the quality is bad."""

    mono_ns: Int64s
    values: Float64s
    quality: NDArray[np.uint8]
    clean: bool = False  # known to be good and tame, all of them


class Arrival:
    """Each device's last row, and how many of its rows came too late."""

    def __init__(self, devices: int) -> None:
        self.last_ns = [LONG_AGO] * devices
        self.late: Int64s = np.zeros(devices, np.int64)
        self._native = kernel.LOADED and kernel.LOADED.clean

    def accept(self, batch: Batch) -> Rows:
        """Return the rows that are later than their device's last, one after the other."""
        mono_ns, device = batch.mono_ns, batch.device
        if len(mono_ns) == 1 and (now_ns := mono_ns.item()) > self.last_ns[device]:
            self.last_ns[device] = now_ns
            return self._clean(mono_ns, batch.values, batch.quality)
        rows = Rows(mono_ns, batch.values, batch.quality)
        if len(mono_ns):
            rows = self._in_order(device, rows)
        if not len(rows.mono_ns):
            return rows
        self.last_ns[device] = int(rows.mono_ns[-1])
        return self._clean(*rows[:3])

    def _in_order(self, device: int, rows: Rows) -> Rows:
        before = np.concatenate(([self.last_ns[device]], rows.mono_ns[:-1]))
        if rows.mono_ns[0] > before[0] and (len(before) == 1 or (np.diff(rows.mono_ns) > 0).all()):
            return rows
        kept = rows.mono_ns > np.maximum.accumulate(before)
        self.late[device] += len(kept) - int(kept.sum())
        return Rows(rows.mono_ns[kept], rows.values[kept], rows.quality[kept])

    def _clean(self, mono_ns: Int64s, values: Float64s, quality: NDArray[np.uint8]) -> Rows:
        """Make bad values NaN, and call values that are no finite number bad."""
        native = self._native
        if native(id(values), id(quality)) if native else is_tame(values) and not _has_bad(quality):
            return Rows(mono_ns, values, quality, True)
        marked, flags = np.empty(values.shape), np.empty(quality.shape, np.uint8)
        if native and kernel.LOADED.mark_bad(id(values), id(quality), address(marked), address(flags), NOT_A_NUMBER):
            return Rows(mono_ns, marked, flags)
        bad, odd = quality >= BAD, ~np.isfinite(values)
        quality = np.where(odd & ~bad, np.uint8(NOT_A_NUMBER), quality)
        return Rows(mono_ns, np.where(bad | odd, np.nan, values), quality)


def _has_bad(quality: NDArray[np.uint8]) -> bool:
    """Tell whether there is bad quality; quickly, for nearly always all is good."""
    flags = quality.tobytes()
    return flags.count(GOOD) != len(flags) and bool(quality.max() >= BAD)
