"""What frequencies a waveform is made of, by FFT.

Scaled so that the bins add up to the mean square around the mean (Parseval): a sine of amplitude a gives a^2 / 2,
however it falls between the bins. A Hann window keeps a strong frequency out of far bins; it spreads over a few.
Source: Heinzel, Ruediger, Schilling, "Spectrum and spectral density estimation by the DFT" (2002), chapter 9.
"""

from typing import Final

import numpy as np

from sensors.batch import Float64s

MM: Final = 1000.0  # in a metre


def mean_squares(samples: Float64s, rate_hz: float) -> tuple[Float64s, Float64s]:
    """Return the bins' frequencies [F] in Hz and their parts [F, n] of the mean square of samples [R, n], R >= 4."""
    count = len(samples)
    hann = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(count) / count)
    moving = (samples - samples.mean(axis=0)) * hann.reshape(-1, 1)
    power = np.abs(np.fft.rfft(moving, axis=0)) ** 2
    power[1 : (count + 1) // 2] *= 2.0  # the mirrored half; zero and half the rate have none
    parts: Float64s = power / (count * np.sum(hann**2))
    return np.arange(count // 2 + 1, dtype=np.float64) * np.float64(rate_hz / count), parts


def band_rms(samples: Float64s, rate_hz: float, low_hz: float, high_hz: float) -> Float64s:
    """Return the rms [n] of what samples [R, n] hold from `low_hz` to below `high_hz`: neighbouring bands add up.

    NaN where `high_hz` is more than half the rate: such frequencies cannot be seen.
    """
    return _root_of_band(samples, rate_hz, low_hz, high_hz, integrals=0)


def velocity_rms(acceleration_m_s2: Float64s, rate_hz: float, low_hz: float, high_hz: float) -> Float64s:
    """Return the rms velocity [n], mm/s, of an acceleration [R, n], m/s^2, in a band: each bin by 2 pi its frequency.

    The figure of ISO 10816 (10 to 1000 Hz), from an accelerometer. NaN as in `band_rms`.
    """
    return MM * _root_of_band(acceleration_m_s2, rate_hz, low_hz, high_hz, integrals=1)


def _root_of_band(samples: Float64s, rate_hz: float, low_hz: float, high_hz: float, integrals: int) -> Float64s:
    if high_hz > rate_hz / 2.0:
        return np.full(samples.shape[1], np.nan)
    frequencies, parts = mean_squares(samples, rate_hz)
    inside = (frequencies >= low_hz) & (frequencies < high_hz)
    divisors = (2.0 * np.pi * frequencies[inside]) ** (2 * integrals)
    total: Float64s = np.add.reduce(parts[inside] / divisors.reshape(-1, 1), axis=0)
    return np.sqrt(total)
