"""Control charts after Shewhart: where a process that is left alone stays, learned from a baseline.

Sources: NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2; Montgomery, Introduction to Statistical Quality
Control, chapter 6 and appendix VI (the constants).
"""

import math
from typing import Final, NamedTuple

import numpy as np

from sensors.batch import Float64s

# Of the range of n values of a normal distribution with sigma 1, n = 2 to 10: its mean and its standard deviation.
D2: Final = (1.128, 1.693, 2.059, 2.326, 2.534, 2.704, 2.847, 2.970, 3.078)
D3: Final = (0.853, 0.888, 0.880, 0.864, 0.848, 0.833, 0.820, 0.808, 0.797)
MOST_OF_RANGE: Final = len(D2) + 1  # a range tells too little of more values: use their standard deviation


class Chart(NamedTuple):
    """A centre line and its limits, three standard deviations of what is charted away."""

    low: float
    center: float
    high: float


def c4(size: int) -> float:
    """Return the mean standard deviation of `size` values of a normal distribution with sigma 1."""
    return math.sqrt(2.0 / (size - 1)) * math.exp(math.lgamma(size / 2.0) - math.lgamma((size - 1) / 2.0))


def individuals(values: Float64s) -> tuple[float, float]:
    """Return centre and sigma of single values [N], N >= 2: their mean, and their mean moving range by 1.128."""
    return float(values.mean()), float(np.abs(np.diff(values)).mean()) / D2[0]


def sigma_by_ranges(subgroups: Float64s) -> float:
    """Return sigma of the values in subgroups [N, size], size 2 to 10, from their mean range."""
    return by_spread(float(np.ptp(subgroups, axis=1).mean()), subgroups.shape[1])


def sigma_by_deviations(subgroups: Float64s) -> float:
    """Return sigma of the values in subgroups [N, size], size >= 2, from their mean standard deviation."""
    return float(subgroups.std(axis=1, ddof=1).mean()) / c4(subgroups.shape[1])


def spread(subgroup: Float64s) -> Float64s:
    """Return how far the values of a subgroup [size, n] spread, [n]: their range, of more than 10 their deviation."""
    by_range = len(subgroup) <= MOST_OF_RANGE
    found: Float64s = np.ptp(subgroup, axis=0) if by_range else subgroup.std(axis=0, ddof=1)
    return found


def spread_limit(mean_spread: float, size: int) -> float:
    """Return the upper limit of subgroups' spreads; of single values (size 1), of their moving ranges."""
    if size > MOST_OF_RANGE:
        return _deviations(mean_spread, size).high
    return _ranges(mean_spread, max(size, 2)).high


def by_spread(mean_spread: float, size: int) -> float:
    """Return sigma of the values in subgroups of a size from the mean of their spreads."""
    return mean_spread / (D2[size - 2] if size <= MOST_OF_RANGE else c4(size))


def chart(center: float, sigma: float) -> Chart:
    """Return a chart of values of this sigma."""
    return Chart(center - 3.0 * sigma, center, center + 3.0 * sigma)


def individuals_chart(values: Float64s) -> Chart:
    """Return the chart of single values, from the baseline [N]."""
    return chart(*individuals(values))


def moving_range_chart(values: Float64s) -> Chart:
    """Return the chart of how far neighbouring values are apart, from the baseline [N]."""
    return _ranges(float(np.abs(np.diff(values)).mean()), 2)


def x_bar_chart(subgroups: Float64s) -> Chart:
    """Return the chart of subgroups' means, from the baseline [N, size]; beyond 10 values by deviations."""
    size = subgroups.shape[1]
    sigma = sigma_by_ranges(subgroups) if size <= MOST_OF_RANGE else sigma_by_deviations(subgroups)
    return chart(float(subgroups.mean()), sigma / math.sqrt(size))


def range_chart(subgroups: Float64s) -> Chart:
    """Return the chart of subgroups' ranges, from the baseline [N, size], size 2 to 10."""
    return _ranges(float(np.ptp(subgroups, axis=1).mean()), subgroups.shape[1])


def deviation_chart(subgroups: Float64s) -> Chart:
    """Return the chart of subgroups' standard deviations, from the baseline [N, size]."""
    return _deviations(float(subgroups.std(axis=1, ddof=1).mean()), subgroups.shape[1])


def _deviations(center: float, size: int) -> Chart:
    reach = 3.0 * math.sqrt(1.0 - c4(size) ** 2) / c4(size)
    return Chart(max(0.0, 1.0 - reach) * center, center, (1.0 + reach) * center)


def _ranges(center: float, size: int) -> Chart:
    reach = 3.0 * D3[size - 2] / D2[size - 2]
    return Chart(max(0.0, 1.0 - reach) * center, center, (1.0 + reach) * center)
