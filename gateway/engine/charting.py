"""What the banks of learning functions share: readings come in, chart points are judged, each cell is told."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gateway.engine.cell import Cell
from gateway.engine.chart_points import ChartPoint, ChartPoints
from gateway.engine.columns import Float64s, Int64s, known


class Charting(ABC):
    """One bank: functions of n points whose rows come together, charted alike. Its cells may look at the same point.

    The bank's key: what it is, a name, a count, the size of subgroups, and the stretch of time of a chart point in ns.
    """

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.cells = list(cells)
        _, self.name, count, size, every, *_ = cells[0].bank
        read = [cell.inputs[0] for cell in cells]
        inputs = list(dict.fromkeys(read))
        self.keys = [f"{self.name} {count} {size} {every} {cell.key}" for cell in inputs]
        self.functions = [cell.op.removesuffix("_over") for cell in cells]
        self.columns = np.array([inputs.index(one) for one in read], np.intp)  # of the cells
        self.sources = np.array([read.index(one) for one in inputs], np.intp)  # the first cell of each column
        self.count = int(count)
        self.points = ChartPoints(len(inputs), int(every), int(size))
        self.told: dict[str, Float64s] = {}  # of each function, [n]
        self._now: Float64s = np.full(len(cells), np.nan)  # what each cell is

    @property
    def value(self) -> Float64s:
        """Return what each cell is now, [cells]."""
        return self._now

    def _tell(self) -> Float64s:
        """Let each cell be what is told now."""
        cells = zip(self.functions, self.columns.tolist(), strict=True)
        self._now = known(np.array([self.told[function][column] for function, column in cells]))
        return self._now

    def push(self, mono_ns: Int64s, values: Float64s) -> Float64s:
        """Take rows, times [T] and values [cells, T], and return what each cell is after each, [cells, T]."""
        if len(mono_ns) == 1 and self.points.goes_on(int(mono_ns[0]), values[:, 0].take(self.sources)):
            return self._now.reshape(-1, 1)
        found, first = np.empty(values.shape), 0
        now = self._now
        for point in self.points.take(mono_ns, np.ascontiguousarray(values[self.sources].T)):
            found[:, first : point.row] = now.reshape(-1, 1)
            self._chart(point)
            first, now = point.row, self._tell()
        found[:, first:] = now.reshape(-1, 1)
        return found

    @abstractmethod
    def _chart(self, point: ChartPoint) -> None:
        """Judge a chart point, and learn from it."""

    def save(self) -> dict[str, Any]:
        """Return what is known of each column, by its plan and what it is of."""
        return {
            key: self._save(column) | {"progress": self.points.save(column)} for column, key in enumerate(self.keys)
        }

    def restore(self, saved: Mapping[str, Any], same_boot: bool) -> None:
        """Go on with what is known; in another boot the chart point in progress begins anew."""
        for column, key in enumerate(self.keys):
            if key not in saved:
                continue
            self._restore(column, saved[key])
            if same_boot:
                self.points.restore(column, saved[key]["progress"])
        self._tell()

    @abstractmethod
    def _save(self, column: int) -> dict[str, Any]:
        """Return what is known of one column, as plain numbers and lists."""

    @abstractmethod
    def _restore(self, column: int, saved: Mapping[str, Any]) -> None:
        """Take up what was known of one column."""


def number(saved: float | None) -> float:
    """Return a saved number; JSON says null for NaN."""
    return float("nan") if saved is None else saved


def numbers(saved: Sequence[Any]) -> Float64s:
    """Return saved numbers, likewise."""
    return np.array(saved, np.float64)
