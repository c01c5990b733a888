"""What is kept of the readings of one pane of a long window: a few numbers that can be put together with other panes'.

A summary is an array [S, n], S numbers of each of n columns. Rows are taken in one after the other, so that it does not
matter how they were cut. NaN is a reading that is not there; minima, means and the like of none are NaN.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from gateway.engine.columns import Float64s

# Takes [P, S, ...] of neighbouring panes in order, gives [S, ...] of all of them together.
Join = Callable[[Float64s], Float64s]
# Takes the summary before them [S, n], rows [T, n] and their seconds [T]; gives the summaries after each [T, S, n].
Take = Callable[[Float64s, Float64s, Float64s], Float64s]


class Summary(NamedTuple):
    """How a function's panes are summed up: `empty` are the S numbers of a pane without readings."""

    empty: tuple[float, ...]
    take: Take
    join: Join
    value: Callable[[Float64s], Float64s]  # of [S, ...] gives [...]


def _running(ufunc: np.ufunc, start: Float64s, rows: Float64s) -> Float64s:
    """Return [T, n]: the rows put together one after the other, beginning with `start` [n]."""
    found: Float64s = ufunc.accumulate(np.concatenate((start.reshape(1, -1), rows)), axis=0)
    return found[1:]


def _take_sums(before: Float64s, rows: Float64s, seconds: Float64s) -> Float64s:
    known = ~np.isnan(rows)
    counts = _running(np.add, before[0], known.astype(np.float64))
    return np.stack((counts, _running(np.add, before[1], np.where(known, rows, 0.0))), axis=1)


def _join_sums(panes: Float64s) -> Float64s:
    total: Float64s = np.add.reduce(panes, axis=0)
    return total


def _take_extremes(before: Float64s, rows: Float64s, seconds: Float64s) -> Float64s:
    return np.stack((_running(np.fmin, before[0], rows), _running(np.fmax, before[1], rows)), axis=1)


def _join_extremes(panes: Float64s) -> Float64s:
    return np.stack((np.fmin.reduce(panes[:, 0], axis=0), np.fmax.reduce(panes[:, 1], axis=0)))


def _take_spread(before: Float64s, rows: Float64s, seconds: Float64s) -> Float64s:
    """Follow Welford: count, mean, and the sum of squared distances from it."""
    found = np.empty((len(rows), 3, rows.shape[1]))
    count, mean, squares = before
    for row, after in zip(rows, found, strict=True):
        known = ~np.isnan(row)
        count = count + known
        apart = np.where(known, row - mean, 0.0)
        mean = mean + apart / np.maximum(count, 1.0)
        squares = squares + apart * np.where(known, row - mean, 0.0)
        after[0], after[1], after[2] = count, mean, squares
    return found


def _join_spread(panes: Float64s) -> Float64s:
    """Follow Chan, Golub and LeVeque: distances from the pane's mean, and its mean's from that of all."""
    counts, means, squares = panes[:, 0], panes[:, 1], panes[:, 2]
    count = np.add.reduce(counts, axis=0)
    mean = np.add.reduce(counts * means, axis=0) / np.maximum(count, 1.0)
    return np.stack((count, mean, np.add.reduce(squares + counts * (means - mean) ** 2, axis=0)))


def _take_ends(before: Float64s, rows: Float64s, seconds: Float64s) -> Float64s:
    """Keep the first and the last reading, and their seconds: value, second, value, second."""
    known = ~np.isnan(rows)
    at = np.where(known, seconds.reshape(-1, 1), np.nan)
    first = [_first_known(np.concatenate((before[place : place + 1], of))) for place, of in ((0, rows), (1, at))]
    last = [_last_known(np.concatenate((before[place : place + 1], of))) for place, of in ((2, rows), (3, at))]
    return np.stack([one[1:] for one in (*first, *last)], axis=1)


def _first_known(rows: Float64s) -> Float64s:
    """Return what was known first, up to each row."""
    at = np.minimum.accumulate(np.where(np.isnan(rows), len(rows), np.arange(len(rows)).reshape(-1, 1)), axis=0)
    return np.where(at < len(rows), np.take_along_axis(rows, np.minimum(at, len(rows) - 1), axis=0), np.nan)


def _last_known(rows: Float64s) -> Float64s:
    """Return what was known last, up to each row."""
    at = np.maximum.accumulate(np.where(np.isnan(rows), 0, np.arange(len(rows)).reshape(-1, 1)), axis=0)
    return np.take_along_axis(rows, at, axis=0)


def _join_ends(panes: Float64s) -> Float64s:
    flat = panes.reshape(len(panes), 4, -1)
    first = [_first_known(flat[:, place])[-1] for place in (0, 1)]
    last = [_last_known(flat[:, place])[-1] for place in (2, 3)]
    return np.stack((*first, *last)).reshape(panes.shape[1:])


def _per_second(ends: Float64s) -> Float64s:
    first, began, last, ended = ends
    return np.where(ended > began, (last - first) / (ended - began), np.nan)


_NAN = float("nan")


def _of_sums(value: Callable[[Float64s], Float64s]) -> Summary:
    return Summary((0.0, 0.0), _take_sums, _join_sums, value)


def _of_extremes(value: Callable[[Float64s], Float64s]) -> Summary:
    return Summary((_NAN, _NAN), _take_extremes, _join_extremes, value)


def _of_ends(value: Callable[[Float64s], Float64s]) -> Summary:
    return Summary((_NAN, _NAN, _NAN, _NAN), _take_ends, _join_ends, value)


SUMMARIES: dict[str, Summary] = {
    "count": _of_sums(lambda sums: sums[0]),
    "sum": _of_sums(lambda sums: np.where(sums[0] > 0.0, sums[1], np.nan)),
    "mean": _of_sums(lambda sums: sums[1] / np.where(sums[0] > 0.0, sums[0], np.nan)),
    "min": _of_extremes(lambda extremes: extremes[0]),
    "max": _of_extremes(lambda extremes: extremes[1]),
    "range": _of_extremes(lambda extremes: extremes[1] - extremes[0]),
    "std": Summary(
        (0.0, 0.0, 0.0), _take_spread, _join_spread,
        lambda spread: np.sqrt(spread[2] / np.where(spread[0] > 0.0, spread[0], np.nan)),
    ),
    "first": _of_ends(lambda ends: ends[0]),
    "last": _of_ends(lambda ends: ends[2]),
    "delta": _of_ends(lambda ends: ends[2] - ends[0]),
    "rate": _of_ends(_per_second),
}  # fmt: skip
