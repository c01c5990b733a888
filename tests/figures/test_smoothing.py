"""The usual value that is followed: true for a normal distribution, deaf to odd values, and not stuck in the past."""

import numpy as np
import pytest

from gateway.figures.smoothing import follow


def followed(values: np.ndarray, center: float, sigma: float, weight: float) -> tuple[float, float]:
    now = np.array([center]), np.array([sigma])
    for value in values:
        now = follow(*now, np.array([value]), weight)
    return float(now[0][0]), float(now[1][0])


def test_centre_and_sigma_of_a_normal_distribution_are_found_from_a_wrong_start() -> None:
    values = np.random.default_rng(4).normal(80.0, 3.0, 20_000)
    assert followed(values, 70.0, 1.0, 0.01) == (pytest.approx(80.0, abs=0.7), pytest.approx(3.0, rel=0.1))


def test_one_value_in_ten_that_is_far_off_moves_the_usual_by_less_than_its_sigma() -> None:
    values = np.random.default_rng(5).normal(80.0, 3.0, 5000)
    values[::10] += 1000.0
    center, sigma = followed(values, 80.0, 3.0, 0.05)
    assert abs(center - 80.0) < 3.0
    assert sigma < 6.0


def test_one_odd_value_counts_as_two_sigma() -> None:
    assert followed(np.array([1e9]), 80.0, 3.0, 0.1)[0] == pytest.approx(80.6)


def test_what_is_not_known_changes_nothing() -> None:
    assert followed(np.array([np.nan]), 80.0, 3.0, 0.1) == (80.0, 3.0)
    assert followed(np.array([81.0]), 80.0, 0.0, 0.1) == (80.0, 0.0)
