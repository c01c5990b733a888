"""demand(power, 15min): the mean of the running quarter hour as it will be when the present power goes on to its end.

The quarter hour is the one on the wall's clock, as power companies measure it. A reading stands until the next row of
its device, for LONGEST_NS at most; what was not known counts for nothing, neither as power nor as time.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from gateway.engine.cell import Cell
from gateway.engine.columns import LONG_AGO, Float64s, Int64s
from gateway.engine.panes import Pick
from gateway.engine.season import Season

LONGEST_NS: Final = 900 * 1_000_000_000


class Demand:
    """What one bank knows of its powers in the running period: `sums` [2, n] of power times seconds, and of seconds."""

    def __init__(self, cells: Sequence[Cell], season: Season) -> None:
        self.cells, self.season = list(cells), season
        self.length_ns: Int64s = np.array([int(cell.detail[0]) for cell in cells], np.int64)
        self.period: Float64s = np.full(len(cells), -1.0)  # how many were over since 1970
        self.sums: Float64s = np.zeros((2, len(cells)))
        self.seen: Float64s = np.full(len(cells), np.nan)  # the last reading, good or not
        self.now_ns = LONG_AGO  # when that was

    def run(self, mono_ns: Int64s, values: Float64s | None) -> Float64s:
        """Return the means [n, T] at times [T]; `values` [n, T] are new rows, None when only time has passed."""
        means = np.empty((len(self.cells), len(mono_ns)))
        for column, mono in enumerate(mono_ns.tolist()):
            now_ns = max(mono, self.now_ns)
            utc_ns = now_ns + self.season.offset_ns
            period = utc_ns // self.length_ns
            sums = self._until(now_ns, period)
            if values is not None:
                self.period, self.sums, self.now_ns = period.astype(np.float64), sums, now_ns
                self.seen = values[:, column].copy()
            left_s = ((period + 1) * self.length_ns - utc_ns) / 1e9
            means[:, column] = (sums[0] + self.seen * left_s) / (sums[1] + left_s)
        return means

    def _until(self, now_ns: int, period: Int64s) -> Float64s:
        """Return the sums at a time, in which the last reading has gone on."""
        began_ns = period * self.length_ns - self.season.offset_ns
        known = ~np.isnan(self.seen) & (now_ns - self.now_ns <= LONGEST_NS)
        passed_s = np.where(known, now_ns - np.maximum(self.now_ns, began_ns), 0) / 1e9
        kept = np.where(self.period == period, self.sums, 0.0)
        found: Float64s = kept + np.stack((np.where(known, self.seen, 0.0) * passed_s, passed_s))
        return found

    def save(self) -> dict[str, Any]:
        """Return what is kept."""
        return {"now_ns": self.now_ns, "columns": {"period": self.period, "sums": self.sums, "seen": self.seen}}

    def restore(self, saved: Mapping[str, Any], pick: Pick, same_boot: bool = True) -> None:
        """Go on from there."""
        if same_boot:
            self.now_ns, self.period = saved["now_ns"], pick("period", (), -1.0)
            self.sums, self.seen = pick("sums", (2,), 0.0), pick("seen", (), np.nan)
