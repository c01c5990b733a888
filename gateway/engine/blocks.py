"""Statistics of many windows at once, for a block of rows in which everything is good.

Each gives the same bits as the statistic of one window (`over_time`): minimum and maximum may be found in any order,
sums are made in the order of the rows.
"""

from collections.abc import Callable

import numpy as np

from gateway.engine.columns import Float64s, Int64s, Places

# Takes rows [R, n], their times [R], and the windows' first and last-but-one rows [T]; gives [T, n].
BlockStatistic = Callable[[Float64s, Int64s, Places, Places], Float64s]


def _extreme(better: np.ufunc, rows: Float64s, first: Places, stop: Places) -> Float64s:
    """Return the best of each window: of the two stretches of 2^k rows that cover it, each made of two halves."""
    powers = np.log2(stop - first).astype(np.intp)
    base = int(first[0])
    level, result = rows[base : int(stop[-1])], np.empty((len(first), rows.shape[1]))
    for power in range(int(powers.max()) + 1):
        if power:
            half = 1 << (power - 1)
            level = better(level[:-half], level[half:])
        own = np.flatnonzero(powers == power)
        if len(own):
            result[own] = better(level[first[own] - base], level[stop[own] - base - (1 << power)])
    return result


def _min(rows: Float64s, times: Int64s, first: Places, stop: Places) -> Float64s:
    return _extreme(np.minimum, rows, first, stop)


def _max(rows: Float64s, times: Int64s, first: Places, stop: Places) -> Float64s:
    return _extreme(np.maximum, rows, first, stop)


def _range(rows: Float64s, times: Int64s, first: Places, stop: Places) -> Float64s:
    return _max(rows, times, first, stop) - _min(rows, times, first, stop)


def _sum(rows: Float64s, times: Int64s, first: Places, stop: Places) -> Float64s:
    result = np.empty((len(first), rows.shape[1]))
    for row, begin, end in zip(result, first.tolist(), stop.tolist(), strict=True):
        np.add.reduce(rows[begin:end], axis=0, out=row)
    return result


def _mean(rows: Float64s, times: Int64s, first: Places, stop: Places) -> Float64s:
    return _sum(rows, times, first, stop) / (stop - first).reshape(-1, 1).astype(np.float64)


def _count(rows: Float64s, times: Int64s, first: Places, stop: Places) -> Float64s:
    return np.repeat((stop - first).reshape(-1, 1).astype(np.float64), rows.shape[1], axis=1)


def _first(rows: Float64s, times: Int64s, first: Places, stop: Places) -> Float64s:
    return rows[first]


def _last(rows: Float64s, times: Int64s, first: Places, stop: Places) -> Float64s:
    return rows[stop - 1]


def _delta(rows: Float64s, times: Int64s, first: Places, stop: Places) -> Float64s:
    return rows[stop - 1] - rows[first]


def _rate(rows: Float64s, times: Int64s, first: Places, stop: Places) -> Float64s:
    seconds = (times[stop - 1] - times[first]) / 1e9
    seconds[seconds <= 0] = np.nan
    return _delta(rows, times, first, stop) / seconds.reshape(-1, 1)


BLOCKS: dict[str, BlockStatistic] = {
    "min": _min, "max": _max, "range": _range, "sum": _sum, "mean": _mean, "count": _count,
    "first": _first, "last": _last, "delta": _delta, "rate": _rate,
}  # fmt: skip
