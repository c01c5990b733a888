"""Median and MAD, against the worked example of Rousseeuw and Hubert."""

import numpy as np
import pytest

from gateway.figures.outliers import MAD_OF_NORMAL, ODD, center_and_sigma, robust_z

# Rousseeuw and Hubert, "Robust statistics for outlier detection", WIREs Data Mining 1 (2011), section 2.
LENGTHS = np.array([6.27, 6.34, 6.25, 63.1, 6.28])


def test_one_wrong_value_spoils_neither_median_nor_mad() -> None:
    center, sigma = center_and_sigma(LENGTHS.reshape(-1, 1))
    assert (center[0], sigma[0]) == (pytest.approx(6.28), pytest.approx(0.044, abs=5e-4))
    assert (np.abs(robust_z(LENGTHS, center, sigma)) > ODD).tolist() == [False, False, False, True, False]


def test_sigma_is_that_of_a_normal_distribution() -> None:
    values = np.random.default_rng(2).normal(20.0, 3.0, (50_000, 1))
    assert center_and_sigma(values)[1][0] == pytest.approx(3.0, rel=0.02)
    assert pytest.approx(0.6745) == MAD_OF_NORMAL


def test_where_most_values_are_the_same_the_mean_distance_tells_and_where_all_are_nothing_can_be_said() -> None:
    values = np.array([[5.0, 5.0], [5.0, 5.0], [5.0, 5.0], [9.0, 5.0], [np.nan, 5.0]])
    center, sigma = center_and_sigma(values)
    assert center.tolist() == [5.0, 5.0]
    assert sigma == pytest.approx([1.0 / 0.7979, 0.0])
    z = robust_z(np.array([9.0, 9.0]), center, sigma)
    assert z[0] == pytest.approx(4 * 0.7979)
    assert np.isnan(z[1])


def test_columns_without_any_value_are_unknown() -> None:
    center, sigma = center_and_sigma(np.full((3, 1), np.nan))
    assert np.isnan([*center, *sigma]).all()
