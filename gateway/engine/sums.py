"""Sums of a window [6, K]: count, total, minimum, maximum, last and mean of K points, of what is good.

They are never changed. The same rows give the same bits, however they were cut. A least or greatest zero has no sign.
Of a point of which nothing was good the count and the total are 0 and the others NaN.
"""

from typing import Final

import numpy as np

from gateway.engine import kernel
from gateway.engine.columns import Float64s, finite

KEPT: Final = 5  # of the six; the mean follows from them


def nothing(points: int) -> Float64s:
    """Return the sums of no rows."""
    sums = np.empty((KEPT + 1, points))
    sums[:2], sums[2:] = 0.0, np.nan
    return sums


def go_on(before: Float64s | None, rows: Float64s) -> Float64s:
    """Return the sums with more rows [T, K], NaN for bad, one after the other."""
    library = kernel.LOADED
    sums = np.empty((KEPT + 1, rows.shape[1])) if before is None else np.empty_like(before)
    if library is None or not library.sum_up(id(sums), None if before is None else id(before), id(rows)):
        _take(sums, nothing(rows.shape[1]) if before is None else before, rows)
    return sums


def joined(first: Float64s, later: Float64s) -> Float64s:
    """Return the sums of two neighbours."""
    sums, library = np.empty_like(first), kernel.LOADED
    if library is not None:
        library.join_sums(id(sums), id(first), id(later))
        return sums
    np.add(first[:2], later[:2], sums[:2])
    np.fmin(first[2], later[2], sums[2])
    np.fmax(first[3], later[3], sums[3])
    sums[4] = np.where(np.isnan(later[4]), first[4], later[4])
    return with_mean(sums)


def with_mean(sums: Float64s) -> Float64s:
    """Put in the means, NaN where they are too large to be numbers."""
    count, total, mean = sums[0], sums[1], sums[5]
    mean[:] = np.nan
    np.divide(total, count, out=mean, where=count > 0)
    finite(mean)
    return sums


def _take(sums: Float64s, before: Float64s, rows: Float64s) -> None:
    if not len(rows):
        sums[:] = before
        return
    known = ~np.isnan(rows)
    added = np.where(known, rows, 0.0)
    added[0] += before[1]
    np.add(before[0], known.sum(axis=0), sums[0])
    sums[1] = np.add.accumulate(added, axis=0)[-1]
    np.fmin(before[2], np.fmin.reduce(rows, axis=0) + 0.0, sums[2])
    np.fmax(before[3], np.fmax.reduce(rows, axis=0) + 0.0, sums[3])
    last = rows[len(rows) - 1 - known[::-1].argmax(axis=0), np.arange(rows.shape[1])]
    sums[4] = np.where(np.isnan(last), before[4], last)
    with_mean(sums)
