"""The tabular CUSUM, against the worked examples of Montgomery and NIST."""

import numpy as np
import pytest

from gateway.figures import cusum

# Montgomery, Introduction to Statistical Quality Control, table 9.1: N(10, 1), from the 21st on N(11, 1).
VALUES = np.array(
    [9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.20, 10.34, 9.03, 11.47, 10.51, 9.40, 10.08, 9.37, 10.62,
     10.31, 8.52, 10.84, 10.90, 9.33, 12.29, 11.50, 10.60, 11.08, 10.38, 11.62, 11.31, 10.52]
)  # fmt: skip
# table 9.2: C+ and N+, C- and N-
HIGH = [0, 0, 0, 1.16, 2.82, 2.50, 0.04, 1.00, 0, 0, 0, 0.97, 0.98, 0, 0, 0, 0.12, 0, 0, 0.34, 0.74, 0, 1.79, 2.79,
        2.89, 3.47, 3.35, 4.47, 5.28, 5.30]  # fmt: skip
HIGH_RUN = [0, 0, 0, 1, 2, 3, 4, 5, 0, 0, 0, 1, 2, 0, 0, 0, 1, 0, 0, 1, 2, 0, 1, 2, 3, 4, 5, 6, 7, 8]
LOW = [0.05, 1.56, 1.77, 0, 0, 0, 1.46, 0, 0.30, 0, 0.47, 0, 0, 0.10, 0, 0.13, 0, 0, 0.98, 0, 0, 0.17, 0, 0, 0, 0, 0, 0,
       0, 0]  # fmt: skip

# NIST/SEMATECH e-Handbook, 6.3.2.3: means of 4, target 325, k = 0.3175 and h = 4.1959 in the measurement's unit.
NIST = np.array(
    [324.925, 324.675, 324.725, 324.350, 325.350, 325.225, 324.125, 324.525, 325.225, 324.600, 324.625, 325.150,
     328.325, 327.250, 327.825, 328.500, 326.675, 327.775, 326.875, 328.350]
)  # fmt: skip


def test_the_sums_are_those_of_montgomery() -> None:
    sums = cusum.follow((VALUES - 10.0).reshape(-1, 1))
    assert sums.high[:, 0] == pytest.approx(HIGH, abs=1e-9)
    assert sums.high_run[:, 0].tolist() == HIGH_RUN
    assert sums.low[:, 0] == pytest.approx(LOW, abs=1e-9)
    assert int(np.flatnonzero(sums.high > cusum.H)[0]) + 1 == 29


def test_the_new_mean_is_estimated_as_by_montgomery() -> None:
    """At the 29th value N+ is 7, so the shift began after the 22nd; the new mean is 10 + 0.5 + 5.28 / 7 = 11.25."""
    sums = cusum.follow((VALUES[:29] - 10.0).reshape(-1, 1))
    moved, run = cusum.shift(cusum.Sums(*(part[-1] for part in sums)))
    assert (10.0 + moved[0], run[0]) == (pytest.approx(11.25, abs=5e-3), 7)


def test_the_shift_of_nists_example_is_found_at_its_14th_mean() -> None:
    sums = cusum.follow((NIST - 325.0).reshape(-1, 1), k=0.3175)
    assert int(np.flatnonzero(sums.high > 4.1959)[0]) + 1 == 14
    assert sums.high[13:16, 0] == pytest.approx([4.94, 7.45, 10.63], abs=0.01)
    assert not (sums.low > 4.1959).any()


def test_a_value_that_is_not_there_changes_nothing_and_a_fall_is_told_as_one() -> None:
    sums = cusum.follow(np.array([[-1.0], [np.nan], [-2.0]]))
    assert sums.low[:, 0].tolist() == [0.5, 0.5, 2.0]
    moved, run = cusum.shift(cusum.Sums(*(part[-1] for part in sums)))
    assert (moved[0], run[0]) == (-1.5, 2)


def test_sums_that_are_kept_below_a_bound_soon_tell_that_the_mean_is_back() -> None:
    sums = cusum.begin(1)
    for _ in range(100):
        sums = cusum.step(sums, np.array([4.0]), most=10.0)
    assert (sums.high[0], cusum.shift(sums)[0][0]) == (10.0, 4.0)
    for _ in range(11):
        sums = cusum.step(sums, np.array([0.0]), most=10.0)
    assert sums.high[0] < cusum.H
