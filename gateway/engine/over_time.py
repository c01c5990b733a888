"""Functions over a window of good readings: mean, sum, min, max, first, last, rate, delta, percentile and the like.

A bank keeps the rows of its points for as long as its window; each result is computed from the rows inside the window
alone, so it cannot depend on how the rows came. Windows with a hop are another matter: `panes`.
"""

from collections.abc import Callable

import numpy as np

from gateway.engine.columns import Float64s, Int64s

# Each takes rows [R, n] (R >= 1, NaN for bad), whether all are good, and [n] extra arguments; gives [n].
Statistic = Callable[[Float64s, Int64s, bool, Float64s], Float64s]


def _count(rows: Float64s, times: Int64s, clean: bool, more: Float64s) -> Float64s:
    if clean:
        return np.full(rows.shape[1], float(len(rows)))
    known: Float64s = (~np.isnan(rows)).sum(axis=0, dtype=np.float64)
    return known


def _sum(rows: Float64s, times: Int64s, clean: bool, more: Float64s) -> Float64s:
    if clean:
        total: Float64s = np.add.reduce(rows, axis=0)
        return total
    known = ~np.isnan(rows)
    total = np.add.reduce(np.where(known, rows, 0.0), axis=0)
    return np.where(known.any(axis=0), total, np.nan)


def _mean(rows: Float64s, times: Int64s, clean: bool, more: Float64s) -> Float64s:
    return _sum(rows, times, clean, more) / _count(rows, times, clean, more)


def _min(rows: Float64s, times: Int64s, clean: bool, more: Float64s) -> Float64s:
    least: Float64s = (np.minimum if clean else np.fmin).reduce(rows, axis=0)
    return least


def _max(rows: Float64s, times: Int64s, clean: bool, more: Float64s) -> Float64s:
    most: Float64s = (np.maximum if clean else np.fmax).reduce(rows, axis=0)
    return most


def _range(rows: Float64s, times: Int64s, clean: bool, more: Float64s) -> Float64s:
    return _max(rows, times, clean, more) - _min(rows, times, clean, more)


def _std(rows: Float64s, times: Int64s, clean: bool, more: Float64s) -> Float64s:
    mean = _mean(rows, times, clean, more)
    spread: Float64s = np.sqrt(_mean((rows - mean) ** 2, times, clean, more))
    return spread


def _ends(rows: Float64s, times: Int64s) -> tuple[Float64s, Float64s, Float64s]:
    """Return the first and the last good value and the seconds between them."""
    known = ~np.isnan(rows)
    first, last = known.argmax(axis=0), len(rows) - 1 - known[::-1].argmax(axis=0)
    points = np.arange(rows.shape[1])
    return rows[first, points], rows[last, points], (times[last] - times[first]) / 1e9


def _delta(rows: Float64s, times: Int64s, clean: bool, more: Float64s) -> Float64s:
    first, last = (rows[0], rows[-1]) if clean else _ends(rows, times)[:2]
    change: Float64s = last - first
    return change


def _rate(rows: Float64s, times: Int64s, clean: bool, more: Float64s) -> Float64s:
    if clean:
        seconds = float(times[-1] - times[0]) / 1e9
        return (rows[-1] - rows[0]) / seconds if seconds > 0 else np.full(rows.shape[1], np.nan)
    first, last, apart_s = _ends(rows, times)
    return np.where(apart_s > 0, (last - first) / apart_s, np.nan)


def _first(rows: Float64s, times: Int64s, clean: bool, more: Float64s) -> Float64s:
    return rows[0] if clean else _ends(rows, times)[0]


def _last(rows: Float64s, times: Int64s, clean: bool, more: Float64s) -> Float64s:
    return rows[-1] if clean else _ends(rows, times)[1]


def _percentile(rows: Float64s, times: Int64s, clean: bool, more: Float64s) -> Float64s:
    """Interpolate linearly between the two nearest ranks (NumPy's and Excel's definition)."""
    ordered = np.sort(rows, axis=0)  # NaN last
    count = np.maximum(_count(rows, times, clean, more), 1.0)
    rank = more / 100.0 * (count - 1.0)
    low = np.floor(rank).astype(np.intp)
    high = np.minimum(low + 1, count.astype(np.intp) - 1)
    points = np.arange(rows.shape[1])
    below, above = ordered[low, points], ordered[high, points]
    return below + (above - below) * (rank - low)


def _median(rows: Float64s, times: Int64s, clean: bool, more: Float64s) -> Float64s:
    return _percentile(rows, times, clean, np.full(rows.shape[1], 50.0))


STATISTICS: dict[str, Statistic] = {
    "count": _count, "sum": _sum, "mean": _mean, "min": _min, "max": _max, "range": _range, "std": _std,
    "first": _first, "last": _last, "rate": _rate, "delta": _delta, "median": _median, "percentile": _percentile,
}  # fmt: skip
BY_ENDS = frozenset({"first", "last", "delta", "rate"})  # which look at the first and the last good reading alone
