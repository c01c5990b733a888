"""Control limits, against the worked examples of NIST and Montgomery."""

import numpy as np
import pytest

from gateway.figures import charts

# NIST/SEMATECH e-Handbook, 6.3.2.2: ten batches of a chemical process.
FLOW = np.array([49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1])

# Montgomery, Introduction to Statistical Quality Control, example 6.3: inside diameters of piston rings, mm.
RINGS = 74.0 + 0.001 * np.array(
    [
        [30, 2, 19, -8, 8], [-5, -8, 1, 11, 4], [-12, 24, 21, 5, 2], [2, -4, -7, 15, 9], [-8, 7, 15, -11, 14],
        [9, -6, -3, -15, -7], [-5, 6, -6, 0, 5], [-15, 3, -7, 15, -12], [8, -5, 9, 5, 4], [-2, 0, -10, 7, -5],
        [-6, -2, -6, -5, -10], [4, 0, 7, 0, -4], [-17, 2, -2, -3, 12], [6, -33, -6, 0, -16], [12, 14, -2, -1, 7],
        [0, -16, 5, -2, -4], [-6, 12, -14, 5, 7], [6, 10, 18, 3, 0], [-16, 2, 3, 5, -3], [0, 10, 13, 20, 3],
        [-18, 1, 15, 5, -4], [4, -1, -10, 6, 9], [10, -11, -10, 9, 14], [15, 8, -7, 0, 10], [-18, -16, -5, 17, 13],
    ],
    np.float64,
)  # fmt: skip


def test_the_individuals_chart_is_that_of_nist() -> None:
    assert charts.individuals_chart(FLOW) == pytest.approx((45.8159, 50.81, 55.8041), abs=2e-3)
    assert charts.moving_range_chart(FLOW) == pytest.approx((0.0, 1.8778, 6.1371), abs=5e-3)


def test_the_charts_of_the_piston_rings_are_those_of_montgomery() -> None:
    by_deviation = charts.chart(74.001, charts.sigma_by_deviations(RINGS) / np.sqrt(5.0))
    assert by_deviation == pytest.approx((73.988, 74.001, 74.014), abs=1e-3)
    assert charts.deviation_chart(RINGS) == pytest.approx((0.0, 0.0094, 0.0196), abs=1e-4)


def test_the_charts_of_the_piston_rings_by_ranges_are_those_of_montgomery() -> None:
    """The mean range is 0.0232, so sigma is 0.0100 and the limits of the means are 74.0144 and 73.9876."""
    assert charts.sigma_by_ranges(RINGS) == pytest.approx(0.0100, abs=5e-5)
    assert charts.x_bar_chart(RINGS) == pytest.approx((73.9876, 74.001, 74.0144), abs=3e-4)
    assert charts.range_chart(RINGS) == pytest.approx((0.0, 0.0232, 0.0490), abs=2e-4)


@pytest.mark.parametrize(
    ("size", "c4", "a2", "d3", "d4", "b4"),
    [  # NIST/SEMATECH e-Handbook, 6.3.2.1; Montgomery, appendix VI
        (2, 0.7979, 1.880, 0.0, 3.267, 3.267),
        (3, 0.8862, 1.023, 0.0, 2.575, 2.568),
        (5, 0.9400, 0.577, 0.0, 2.115, 2.089),
        (7, 0.9594, 0.419, 0.076, 1.924, 1.882),
        (10, 0.9727, 0.308, 0.223, 1.777, 1.716),
    ],
)
def test_the_constants_are_those_of_the_tables(
    size: int, c4: float, a2: float, d3: float, d4: float, b4: float
) -> None:
    assert charts.c4(size) == pytest.approx(c4, abs=1e-4)
    steps = np.arange(size, dtype=np.float64).reshape(1, -1)
    reach = charts.x_bar_chart(steps).high - charts.x_bar_chart(steps).center
    assert reach / np.ptp(steps) == pytest.approx(a2, abs=2e-3)
    ranges = charts.range_chart(steps)
    assert (ranges.low / ranges.center, ranges.high / ranges.center) == pytest.approx((d3, d4), abs=3e-3)
    deviations = charts.deviation_chart(steps)
    assert deviations.high / deviations.center == pytest.approx(b4, abs=2e-3)


def test_larger_subgroups_are_charted_by_their_deviations() -> None:
    values = np.random.default_rng(1).normal(10.0, 2.0, (400, 12))
    assert charts.x_bar_chart(values) == pytest.approx((8.268, 10.0, 11.732), abs=0.15)
