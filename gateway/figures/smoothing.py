"""The usual value and its spread, followed as they slowly change; an odd value moves them by little and never far.

Source: Gelper, Fried and Croux, "Robust Forecasting with Exponential and Holt-Winters Smoothing", J. of Forecasting 29
(2010), with their k = 2: what is more than two sigma away counts as two, and the spread follows Tukey's biweight.
"""

from typing import Final

import numpy as np

from sensors.batch import Float64s

K: Final = 2.0  # sigma from which on a value counts no more than this
BIWEIGHT: Final = 2.52  # makes the mean of `_rho` 1 for a normal distribution


def follow(center: Float64s, sigma: Float64s, value: Float64s, weight: float) -> tuple[Float64s, Float64s]:
    """Return centre and sigma after one more value, all of one shape; `weight` 0 to 1 is how much the new one counts.

    Where the value is NaN, or sigma 0 or NaN, both stay as they are.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        z = np.where(sigma > 0.0, (value - center) / sigma, np.nan)
    known = ~np.isnan(z)
    moved = center + weight * np.clip(z, -K, K) * sigma
    spread = sigma * np.sqrt(1.0 - weight + weight * _rho(z))
    return np.where(known, moved, center), np.where(known, spread, sigma)


def _rho(z: Float64s) -> Float64s:
    return BIWEIGHT * (1.0 - np.maximum(1.0 - (z / K) ** 2, 0.0) ** 3)
