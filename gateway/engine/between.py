"""What a window's results lie between, by the least and the most of its readings: cheaper than the results themselves.

Where nothing but comparisons with constants reads a result, a block needs only those that may be on either side.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np

from gateway.engine.against import Against
from gateway.engine.columns import Bools, Float64s, Places

_ROUNDED: Final = 1e-9  # a mean of many may leave its readings by so much of them, a computed spread likewise
_LARGE: Final = 1e140  # from there on squares and sums may be no numbers, and nothing is known
_NONE: Final = np.empty(0)
_HALF: Final = 0.5 + 1e-3  # no spread is more than half of the range (Popoviciu, Mathematica 9, 1935)


class Limits(NamedTuple):
    """The constants that some of the numbers [n] are compared with, and which numbers are read otherwise too."""

    places: Places  # of the number that is compared, [c]
    limits: Float64s  # it is above them or not, [c]
    read: Bools  # [n]

    def part(self, part: slice) -> "Limits":
        """Return those of some numbers."""
        own = (self.places >= part.start) & (self.places < part.stop)
        return Limits(self.places[own] - part.start, self.limits[own], self.read[part].copy())

    def open(self, low: Float64s, high: Float64s) -> Places:
        """Return the places of those numbers that may be on either side, given what they lie between; NaN: may be."""
        settled = (high.take(self.places) <= self.limits) | (low.take(self.places) > self.limits)
        may = self.read.copy()
        may[self.places[~settled]] = True
        return np.flatnonzero(may)


def limits_of(comparisons: Sequence[Against], numbers: int, read: Iterable[int]) -> Limits:
    """Return the limits of so many numbers; `read`: the places of those that are read otherwise too."""
    otherwise = np.zeros(numbers, np.bool_)
    otherwise[list(read)] = True
    places = [stage.operand.places for stage in comparisons]
    limits = [stage.limits for stage in comparisons]
    return Limits(np.concatenate((_NONE, *places)).astype(np.intp), np.concatenate((_NONE, *limits)), otherwise)


def _among(least: Float64s, most: Float64s) -> tuple[Float64s, Float64s]:
    largest = np.maximum(np.abs(least), np.abs(most))
    rounded = np.where(largest < _LARGE, _ROUNDED * largest, np.nan)
    return least - rounded, most + rounded


def _from_zero(span: Float64s, share: float = 1.0) -> tuple[Float64s, Float64s]:
    return np.where(span < _LARGE, 0.0, np.nan), share * span


# From the least and the most reading [n] of all windows.
BETWEEN: dict[str, Callable[[Float64s, Float64s], tuple[Float64s, Float64s]]] = {
    "min": lambda least, most: (least, most),
    "max": lambda least, most: (least, most),
    "mean": _among,
    "median": _among,
    "percentile": _among,
    "range": lambda least, most: _from_zero(most - least),
    "std": lambda least, most: _from_zero(most - least, _HALF),
}
