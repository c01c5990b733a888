"""The zones of ISO 10816 and 20816, against the values of their tables."""

import numpy as np
import pytest

from gateway.figures.vibration import BOUNDARIES, ZONES, zones


@pytest.mark.parametrize(
    ("kind", "a_b", "b_c", "c_d"),
    [
        ("small", 0.71, 1.8, 4.5),  # ISO 10816-1:1995, table B.1, class I
        ("class_2", 1.12, 2.8, 7.1),
        ("class_3", 1.8, 4.5, 11.2),
        ("class_4", 2.8, 7.1, 18.0),
        ("group_1_rigid", 2.3, 4.5, 7.1),  # ISO 10816-3:2009, table A.1
        ("group_1_flexible", 3.5, 7.1, 11.0),
        ("group_2_rigid", 1.4, 2.8, 4.5),  # table A.2
        ("group_2_flexible", 2.3, 4.5, 7.1),
    ],
)
def test_each_boundary_is_that_of_the_standard(kind: str, a_b: float, b_c: float, c_d: float) -> None:
    values = np.array([0.0, a_b, a_b + 0.01, b_c, b_c + 0.01, c_d, c_d + 0.01, 1000.0, np.nan])
    found = "".join("?" if zone < 0 else ZONES[zone] for zone in zones(values, BOUNDARIES[kind]))
    assert found == "AABBCCDD?"
