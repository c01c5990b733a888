"""How odd a value is among the usual ones, by median and MAD, which a few odd ones do not spoil.

Source: Iglewicz and Hoaglin, How to Detect and Handle Outliers (1993), as in the NIST/SEMATECH e-Handbook, 1.3.5.17: a
modified z-score beyond 3.5 is a likely outlier.
"""

from typing import Final

import numpy as np

from sensors.batch import Float64s

MAD_OF_NORMAL: Final = 0.6745  # the median absolute deviation of a normal distribution with sigma 1
MEAN_OF_NORMAL: Final = 0.7979  # its mean absolute deviation
ODD: Final = 3.5


def center_and_sigma(values: Float64s) -> tuple[Float64s, Float64s]:
    """Return median and sigma [n] of columns [R, n] (NaN: not there), sigma by MAD.

    Where more than half of the values are the same MAD is 0: then by the mean absolute deviation; 0 when all are the
    same. NaN of columns without any value.
    """
    empty = np.isnan(values).all(axis=0)
    filled = np.where(empty, 0.0, values)
    center = np.nanmedian(filled, axis=0)
    distance = np.abs(filled - center)
    sigma = np.nanmedian(distance, axis=0) / MAD_OF_NORMAL
    sigma = np.where(sigma > 0.0, sigma, np.nanmean(distance, axis=0) / MEAN_OF_NORMAL)
    return np.where(empty, np.nan, center), np.where(empty, np.nan, sigma)


def robust_z(value: Float64s, center: Float64s, sigma: Float64s) -> Float64s:
    """Return how many sigma values are from the centre; NaN where sigma is 0: nothing can be said."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(sigma > 0.0, (value - center) / sigma, np.nan)
