"""The spectrum's scale: a sine's rms comes out right, and all bins together are the mean square (Parseval)."""

import numpy as np
import pytest

from gateway.figures.spectrum import band_rms, mean_squares, velocity_rms

RATE_HZ = 3200.0
AT_S = np.arange(3200) / RATE_HZ


def sine(amplitude: float, frequency_hz: float, phase: float = 0.3) -> np.ndarray:
    return (amplitude * np.sin(2.0 * np.pi * frequency_hz * AT_S + phase)).reshape(-1, 1)


@pytest.mark.parametrize("frequency_hz", [20.0, 49.5, 50.0, 159.15, 999.0, 1234.567])
def test_the_rms_of_a_sine_is_its_amplitude_by_root_2_wherever_it_falls_between_bins(frequency_hz: float) -> None:
    wave = 9.81 + sine(3.0, frequency_hz)
    found = band_rms(wave, RATE_HZ, frequency_hz - 8.0, frequency_hz + 8.0)
    assert found == pytest.approx([3.0 / np.sqrt(2.0)], rel=1e-3)


def test_a_strong_sine_does_not_show_in_another_band() -> None:
    wave = sine(10.0, 49.7) + sine(0.1, 300.0)
    assert band_rms(wave, RATE_HZ, 200.0, 400.0) == pytest.approx([0.1 / np.sqrt(2.0)], rel=1e-3)


@pytest.mark.parametrize("count", [3200, 3201, 64, 5])
def test_the_bins_add_up_to_the_mean_square_of_the_windowed_samples(count: int) -> None:
    """Parseval's theorem, with the window's own mean square taken out."""
    samples = np.random.default_rng(3).normal(2.0, 1.5, (count, 2))
    _, parts = mean_squares(samples, RATE_HZ)
    hann = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(count) / count)
    moving = (samples - samples.mean(axis=0)) * hann.reshape(-1, 1)
    assert parts.sum(axis=0) == pytest.approx((moving**2).sum(axis=0) / (hann**2).sum())


def test_neighbouring_bands_add_up() -> None:
    samples = np.random.default_rng(5).normal(size=(3200, 1))
    low, high, both = (band_rms(samples, RATE_HZ, *band) for band in ((10, 200), (200, 1000), (10, 1000)))
    assert np.hypot(low, high) == pytest.approx(both)


def test_white_noise_spreads_over_the_bands_by_their_width() -> None:
    """The density of noise of variance 1 sampled at f is 2 / f."""
    samples = np.random.default_rng(9).normal(size=(320_000, 1))
    expected = np.sqrt(2.0 / RATE_HZ * 400.0)
    assert band_rms(samples, RATE_HZ, 400.0, 800.0) == pytest.approx([expected], rel=0.02)


def test_an_acceleration_becomes_the_velocity_that_it_integrates_to() -> None:
    """10 m/s^2 rms at 159.155 Hz (1000 rad/s) is 10 mm/s rms: what vibration calibrators shake with."""
    wave = sine(10.0 * np.sqrt(2.0), 1000.0 / (2.0 * np.pi))
    assert velocity_rms(wave, RATE_HZ, 10.0, 1000.0) == pytest.approx([10.0], rel=1e-3)


def test_frequencies_above_half_the_rate_cannot_be_seen() -> None:
    assert np.isnan(band_rms(sine(1.0, 50.0), RATE_HZ, 10.0, 2000.0)).all()
    assert not np.isnan(band_rms(sine(1.0, 50.0), RATE_HZ, 10.0, 1600.0)).any()
