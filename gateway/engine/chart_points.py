"""Chart points out of readings: the mean of a stretch of time, or of so many good readings in a row (one: itself)."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from gateway.engine.columns import LONG_AGO, Float64s, Int64s, is_clean
from gateway.figures.charts import spread


class ChartPoint(NamedTuple):
    """What is charted once `row` of the new rows has come; all [n], NaN of columns without a chart point."""

    row: int
    begin_ns: int  # of the stretch of time; when the row was read, without one
    value: Float64s
    spread: Float64s  # within a subgroup of readings


class ChartPoints:
    """Makes them of the rows of n columns. Stretches of `every_ns` end at its multiples, by rows alone; 0: subgroups.

    A stretch is over when a row at or behind its end came.
    """

    def __init__(self, columns: int, every_ns: int, size: int) -> None:
        self.every_ns, self.size = every_ns, size
        self.end_ns = LONG_AGO  # of the stretch in progress
        self.total: Float64s = np.zeros(columns)
        self.count: Int64s = np.zeros(columns, np.int64)
        self.parts: Float64s = np.full((0 if every_ns else size, columns), np.nan)

    def take(self, mono_ns: Int64s, rows: Float64s) -> Iterator[ChartPoint]:
        """Take rows [T, n] at times [T], yielding chart points as they come."""
        return self._stretches(mono_ns, rows) if self.every_ns else self._subgroups(mono_ns, rows)

    def goes_on(self, mono_ns: int, row: Float64s) -> bool:
        """Take a row [n] that ends no stretch, in fewer steps; False when it may end one, or is not all good."""
        if not self.end_ns - self.every_ns <= mono_ns < self.end_ns or not is_clean(row):
            return False
        self.total += row
        self.count += 1
        return True

    def _stretches(self, mono_ns: Int64s, rows: Float64s) -> Iterator[ChartPoint]:
        mono_ns = np.maximum.accumulate(np.maximum(mono_ns, self.end_ns - self.every_ns))
        first = 0
        while first < len(rows):
            now_ns = int(mono_ns[first])
            if now_ns >= self.end_ns:
                if self.count.any():
                    yield ChartPoint(first, self.end_ns - self.every_ns, self._mean(), np.full(len(self.count), np.nan))
                self.begin_at(now_ns)
            stop = first + int(mono_ns[first:].searchsorted(self.end_ns, "left"))
            self._add(rows[first:stop])
            first = stop

    def begin_at(self, now_ns: int) -> None:
        """Begin the stretch that a time is in."""
        self.end_ns = (now_ns // self.every_ns + 1) * self.every_ns
        self.total.fill(0.0)
        self.count.fill(0)

    def _mean(self) -> Float64s:
        mean: Float64s = np.full(len(self.count), np.nan)
        np.divide(self.total, self.count, out=mean, where=self.count > 0)
        return mean

    def _add(self, rows: Float64s) -> None:
        """Add up in the order of the rows, so that it gives the same bits however they came."""
        known = ~np.isnan(rows)
        added = np.where(known, rows, 0.0)
        added[0] += self.total
        self.total = np.add.accumulate(added, axis=0)[-1].copy()
        self.count += known.sum(axis=0)

    def _subgroups(self, mono_ns: Int64s, rows: Float64s) -> Iterator[ChartPoint]:
        columns = np.arange(rows.shape[1])
        for number, row in enumerate(rows):
            known = columns[~np.isnan(row)]
            self.parts[self.count[known], known] = row[known]
            self.count[known] += 1
            full = self.count == self.size
            if full.any():
                value = np.where(full, self.parts.mean(axis=0), np.nan)
                apart = np.where(full, spread(self.parts), np.nan) if self.size > 1 else np.full(len(row), np.nan)
                self.count[full] = 0
                yield ChartPoint(number, int(mono_ns[number]), value, apart)

    def save(self, column: int) -> dict[str, Any]:
        """Return what is in progress for one column."""
        kept = slice(0 if self.every_ns else int(self.count[column]))
        return {
            "end_ns": self.end_ns, "total": float(self.total[column]), "count": int(self.count[column]),
            "parts": self.parts[kept, column].tolist(),
        }  # fmt: skip

    def restore(self, column: int, saved: Mapping[str, Any]) -> None:
        """Go on with one column."""
        self.end_ns, self.total[column], self.count[column] = saved["end_ns"], saved["total"], saved["count"]
        self.parts[: len(saved["parts"]), column] = saved["parts"]
