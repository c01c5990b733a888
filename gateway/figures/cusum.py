"""The tabular CUSUM: finds a mean that moved by little and stayed there, which no single value tells.

Sources: Montgomery, Introduction to Statistical Quality Control, 9.1; NIST/SEMATECH e-Handbook, 6.3.2.3. With k = 0.5
and h = 5 a shift of one sigma is found after about 10 values, and a false alarm comes once in about 465.
"""

from typing import Final, NamedTuple

import numpy as np

from sensors.batch import Float64s

K: Final = 0.5  # half the shift that is to be found, in sigma
H: Final = 5.0  # the decision interval, in sigma


class Sums(NamedTuple):
    """Both one-sided sums, and since each left zero: how many values, and their total. All [n], or [T, n]; in sigma."""

    high: Float64s
    low: Float64s
    high_run: Float64s
    low_run: Float64s
    high_total: Float64s
    low_total: Float64s


def begin(columns: int) -> Sums:
    """Return the sums before any value."""
    return Sums(*(np.zeros(columns) for _ in Sums._fields))


def step(sums: Sums, z: Float64s, k: float = K, most: float = np.inf) -> Sums:
    """Return the sums after one more value [n], in sigma from the target; NaN leaves them as they are.

    Sums beyond `most` stay there: however far the mean was away, it is soon seen when it is back.
    """
    high = np.clip(sums.high + z - k, 0.0, most)
    low = np.clip(sums.low - z - k, 0.0, most)
    after = Sums(
        high, low, np.where(high > 0.0, sums.high_run + 1.0, 0.0), np.where(low > 0.0, sums.low_run + 1.0, 0.0),
        np.where(high > 0.0, sums.high_total + z, 0.0), np.where(low > 0.0, sums.low_total + z, 0.0),
    )  # fmt: skip
    known = ~np.isnan(z)
    return Sums(*(np.where(known, new, old) for new, old in zip(after, sums, strict=True)))


def follow(z: Float64s, k: float = K) -> Sums:
    """Return the sums [T, n] after each of the values [T, n]."""
    sums, found = begin(z.shape[1]), []
    for row in z:
        sums = step(sums, row, k)
        found.append(sums)
    return Sums(*(np.stack(part) for part in zip(*found, strict=True)))


def shift(sums: Sums) -> tuple[Float64s, Float64s]:
    """Return how many sigma the mean moved by the greater sum, and how many values ago; 0 and 0: it did not.

    The mean of the values since the sum left zero: Montgomery's estimate, k + sum / run.
    """
    up = sums.high >= sums.low
    run = np.where(up, sums.high_run, sums.low_run)
    return np.where(up, sums.high_total, sums.low_total) / np.maximum(run, 1.0), run
