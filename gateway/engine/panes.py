"""Long windows, with a hop or tumbling: of each pane only a summary is kept, so neither memory nor cost grows.

Panes begin at multiples of the hop, of monotonic time. A window with a hop is its last window / hop full panes and the
present one; a tumbling window (`every`) is the last full pane alone.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from gateway.engine.cell import Cell
from gateway.engine.columns import LONG_AGO, Float64s, Int64s
from gateway.engine.summaries import SUMMARIES

# Takes the name of a saved column, its shape without the cells, and what a cell has that was not saved.
Pick = Callable[[str, tuple[int, ...], "Float64s | float"], Float64s]


class Panes:
    """What one bank of window functions keeps: the full panes in the window, and the present one."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.cells = list(cells)
        function, window, hop, form, *_ = cells[0].bank
        self.hop_ns, self.most = int(hop), int(window) // int(hop)
        self.whole = form == "every"
        self.now_ns = LONG_AGO  # time never goes back
        self.pane = LONG_AGO  # the number of the present one
        self.seen: Float64s | None = None  # the last reading, good or not
        self.before: list[int] = []  # the numbers of the full panes that are kept
        self._make(function)

    def push(self, mono_ns: Int64s, values: Float64s) -> Float64s:
        """Take rows, times [T] and values [n, T], and return the results [n, T] after each."""
        times = np.maximum(np.maximum.accumulate(mono_ns), self.now_ns)
        panes, rows, results = times // self.hop_ns, values.T, np.empty(values.shape[::-1])
        first = 0
        while first < len(times):
            self._advance(int(times[first]))
            stop = int(panes.searchsorted(panes[first], "right"))
            self._take(times[first:stop], rows[first:stop], results[first:stop])
            first = stop
        self.now_ns, self.seen = int(times[-1]), rows[-1].copy()
        return results.T

    def stands(self, now_ns: int) -> bool:
        """Tell whether the last results hold, if no row has come since; the time of those that are late goes on."""
        if now_ns // self.hop_ns > self.pane:
            return False
        self.now_ns = max(self.now_ns, now_ns)
        return True

    def value(self, mono_ns: int, out: Float64s) -> None:
        """Put the results at a time without a row into `out` [n]."""
        self._advance(mono_ns)
        out[:] = self._value()

    def _advance(self, mono_ns: int) -> None:
        """Let time go on: the present pane is full when another one begins."""
        self.now_ns = max(self.now_ns, mono_ns)
        pane = self.now_ns // self.hop_ns
        if pane == self.pane:
            return
        if self.pane != LONG_AGO:
            self.before.append(self.pane)
            self._close()
        self.pane = pane
        old = sum(one < pane - self.most for one in self.before)
        del self.before[:old]
        self._forget(old)

    def _make(self, function: str) -> None:
        self.summary = SUMMARIES[function]
        self.empty: Float64s = np.repeat(np.array(self.summary.empty).reshape(-1, 1), len(self.cells), axis=1)
        self.present = self.empty
        self.full: Float64s = np.empty((0, *self.empty.shape))
        self.past = self.empty  # the full panes together
        self.began_ns = LONG_AGO  # seconds are counted from here

    def _take(self, times: Int64s, rows: Float64s, results: Float64s) -> None:
        if self.began_ns == LONG_AGO:
            self.began_ns = int(times[0])
        after = self.summary.take(self.present, rows, (times - self.began_ns) / 1e9)
        self.present = after[-1].copy()
        if self.whole:
            results[:] = self._value()
            return
        past = np.broadcast_to(self.past, after.shape)
        results[:] = self.summary.value(self.summary.join(np.stack((past, after)).transpose(0, 2, 1, 3)))

    def _close(self) -> None:
        self.full = np.concatenate((self.full, self.present[None]))
        self.present = self.empty

    def _forget(self, old: int) -> None:
        self.full = self.full[old:].copy()
        self.past = self.summary.join(self.full) if len(self.full) else self.empty

    def _value(self) -> Float64s:
        return self.summary.value(self.past if self.whole else self.summary.join(np.stack((self.past, self.present))))

    def save(self) -> dict[str, Any]:
        """Return what is kept: numbers of the whole bank, and `columns` whose last axis are the cells."""
        times = {"now_ns": self.now_ns, "pane": self.pane, "before": self.before}
        seen = {} if self.seen is None else {"seen": self.seen}
        own, columns = self._own()
        return times | own | {"columns": seen | columns}

    def restore(self, saved: Mapping[str, Any], pick: Pick, same_boot: bool = True) -> None:
        """Go on from there; `pick` returns a column of `columns` for the cells of this bank."""
        self.now_ns, self.pane, self.before = saved["now_ns"], saved["pane"], list(saved["before"])
        if "seen" in saved["columns"]:
            self.seen = pick("seen", (), np.nan)
        self._take_up(saved, pick)

    def _own(self) -> tuple[dict[str, Any], dict[str, Float64s]]:
        return {"began_ns": self.began_ns}, {"present": self.present, "full": self.full}

    def _take_up(self, saved: Mapping[str, Any], pick: Pick) -> None:
        size = len(self.summary.empty)
        self.began_ns = saved["began_ns"]
        self.present = pick("present", (size,), self.empty)
        self.full = pick("full", (len(self.before), size), self.empty)
        self._forget(0)
