"""The shape of a waveform: rms, crest factor, kurtosis. Columns of samples in, one figure a column out.

A rolling bearing that begins to fail knocks: crest factor and kurtosis rise long before the rms does. Source: Dyer and
Stewart, "Detection of Rolling Element Bearing Damage by Statistical Vibration Analysis", J. Mech. Design 100 (1978).
"""

from typing import Final

import numpy as np

from sensors.batch import Float64s

ROUNDING: Final = 1e-12


def rms(samples: Float64s) -> Float64s:
    """Return the root of the mean square of samples [R, n], with what is constant in them, as [n]."""
    square: Float64s = np.mean(samples**2, axis=0)
    return np.sqrt(square)


def crest_factor(samples: Float64s) -> Float64s:
    """Return the greatest distance from the mean by the rms around it: 1.41 of a sine, about 3 to 4 of good bearings.

    Around the mean, for gravity is no vibration. NaN where nothing moves.
    """
    moving = _moving(samples)
    return _ratio(np.abs(moving).max(axis=0), rms(moving))


def kurtosis(samples: Float64s) -> Float64s:
    """Return the fourth moment around the mean by the square of the second: 3 of noise, 1.5 of a sine; knocks: more.

    The population's (Pearson's), not the excess over 3. NaN where nothing moves.
    """
    square = _moving(samples) ** 2
    return _ratio(np.mean(square**2, axis=0), np.mean(square, axis=0) ** 2)


def _moving(samples: Float64s) -> Float64s:
    """Return samples around their mean; exactly 0 what is only rounding of it."""
    moving = samples - samples.mean(axis=0)
    return np.where(np.abs(moving) > ROUNDING * np.abs(samples).max(axis=0), moving, 0.0)


def _ratio(above: Float64s, below: Float64s) -> Float64s:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(below > 0.0, above / below, np.nan)
