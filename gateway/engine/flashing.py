"""flashing(lamp, 3s): a lamp that goes on and off, told from one that is on, and from one that is off."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from gateway.engine.cell import Cell
from gateway.engine.columns import LONG_AGO, Float64s, Int8s, Int64s, before_and_filled
from gateway.engine.panes import Pick
from gateway.engine.recent import trits

CHANGES: Final = 3  # on, off and on again: a lamp that was switched once makes one, a short blink two


class Flashing:
    """What one bank knows of its lamps: whether each is on (not 0), and when it changed the last three times."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.cells = list(cells)
        self.within_ns: Int64s = np.array([[int(cell.detail[0])] for cell in cells], np.int64)
        self.on: Float64s = np.full(len(cells), np.nan)  # NaN: never read
        self.changed_ns: Int64s = np.full((CHANGES, len(cells)), LONG_AGO, np.int64)  # oldest first
        self.seen: Float64s = np.full(len(cells), np.nan)  # the last reading, good or not

    def run(self, mono_ns: Int64s, values: Float64s | None) -> Int8s:
        """Return truths [n, T] at times [T]; `values` [n, T] are new rows, None when only time has passed."""
        third: Int64s = np.repeat(self.changed_ns[:1].T, len(mono_ns), axis=1)
        known = np.repeat(~np.isnan(self.on).reshape(-1, 1), len(mono_ns), axis=1)
        if values is not None:
            on = np.where(np.isnan(values), np.nan, values != 0.0)
            before, filled = before_and_filled(on, self.on)
            changes = (np.abs(on - before) == 1.0).astype(np.intp)
            for row in changes.any(axis=1).nonzero()[0]:
                times = np.concatenate((self.changed_ns[:, row], mono_ns[changes[row] == 1]))
                third[row] = times[np.cumsum(changes[row])]  # behind each change the third last moves on by one
                self.changed_ns[:, row] = times[-CHANGES:]
            self.on, self.seen, known = filled[:, -1].copy(), values[:, -1].copy(), ~np.isnan(filled)
        told = trits(third > mono_ns - self.within_ns)
        told[~known] = 0
        return told

    def save(self) -> dict[str, Any]:
        """Return what is kept."""
        return {"columns": {"on": self.on, "seen": self.seen, "changed_ns": self.changed_ns}}

    def restore(self, _: Mapping[str, Any], pick: Pick, same_boot: bool = True) -> None:
        """Go on from there."""
        if same_boot:
            self.on, self.seen = pick("on", (), np.nan), pick("seen", (), np.nan)
            self.changed_ns = pick("changed_ns", (CHANGES,), LONG_AGO).astype(np.int64)
