"""Sliding sums, minima and maxima of many short windows at once: the same as `gliding`, stretch beside stretch."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from gateway.engine.columns import Float64s, Int64s, Places


def stretched(
    function: str,
    joins: Sequence[np.ufunc],
    rows: Float64s,
    times: Int64s,
    first: Places,
    stop: Places,
    window_ns: int,
    offset_ns: int,
) -> list[Float64s]:
    """Return for each of `joins` the aggregates [T, m] over the rows `first` to `stop`, all of them good.

    Stretches begin `offset_ns` behind multiples of the window's length. Rows stand in an array [place in the stretch,
    stretch, m], so that one call adds a row to each stretch.
    """
    base, end = int(first[0]), int(stop[-1])
    rows, stretch = rows[base:end], (times[base:end] - 1 - offset_ns) // window_ns
    starts = np.concatenate(([0], np.flatnonzero(np.diff(stretch)) + 1))
    lengths = np.diff(np.concatenate((starts, [len(rows)])))
    which = np.repeat(np.arange(len(starts)), lengths)
    place = np.arange(len(rows)) - starts[which]
    last, before = stop - 1 - base, first - base
    reach = (which[before] < which[last]).nonzero()[0]  # those windows that begin in the stretch before
    found = []
    for join in joins:
        ahead, behind = rows, rows
        if function == "std":  # shifted by the first row of the stretch in which the result is
            shift = rows[starts]
            ahead = _with_squares(rows - shift[which])
            behind = _with_squares(rows - shift[np.minimum(which + 1, len(starts) - 1)])
        since = _accumulated(join, ahead, place, which, lengths)[place[last], which[last]]
        backward = lengths[which] - 1 - place
        back = _accumulated(join, behind, backward, which, lengths)
        chosen = before[reach]
        since[reach] = join(back[backward[chosen], which[chosen]], since[reach])
        found.append(since)
    return found


def _accumulated(join: np.ufunc, rows: Float64s, place: Places, which: Places, lengths: Places) -> Float64s:
    """Return the running aggregate [place, stretch, m] of each stretch, in the order of the places."""
    beside = np.zeros((int(lengths.max()), len(lengths), rows.shape[1]))
    beside[place, which] = rows
    for one, following in pairwise(beside):
        join(one, following, out=following)
    return beside


def _with_squares(rows: Float64s) -> Float64s:
    return np.concatenate((rows, rows * rows), axis=1)
