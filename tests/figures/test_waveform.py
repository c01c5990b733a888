"""Figures of a waveform, against waveforms whose figures are known."""

import numpy as np
import pytest

from gateway.figures.waveform import crest_factor, kurtosis, rms

TURN = np.linspace(0.0, 2.0 * np.pi, 4096, endpoint=False)
SINE = np.sin(TURN)
TRIANGLE = 2.0 / np.pi * np.arcsin(SINE)


@pytest.mark.parametrize(
    ("wave", "effective", "crest", "fourth"),
    [
        (SINE, 1 / np.sqrt(2), np.sqrt(2), 1.5),
        (np.sign(np.sin(TURN + 1e-6)), 1.0, 1.0, 1.0),
        (TRIANGLE, 1 / np.sqrt(3), np.sqrt(3), 1.8),
    ],
)
def test_rms_crest_and_kurtosis_of_simple_waves(
    wave: np.ndarray, effective: float, crest: float, fourth: float
) -> None:
    samples = np.stack([wave, 5.0 * wave], axis=1)
    assert rms(samples) == pytest.approx([effective, 5.0 * effective], rel=1e-3)
    assert crest_factor(samples + 9.81) == pytest.approx([crest, crest], rel=1e-3)
    assert kurtosis(samples + 9.81) == pytest.approx([fourth, fourth], rel=1e-3)


def test_the_kurtosis_of_noise_is_3_and_knocks_raise_it() -> None:
    noise = np.random.default_rng(7).normal(size=(100_000, 1))
    assert kurtosis(noise)[0] == pytest.approx(3.0, abs=0.05)
    noise[::1000] += 10.0
    assert kurtosis(noise)[0] > 5.0


def test_what_does_not_move_has_no_crest_and_no_kurtosis() -> None:
    still = np.full((63, 1), 9.81)
    assert np.isnan([*crest_factor(still), *kurtosis(still)]).all()
    assert rms(still) == pytest.approx([9.81])
