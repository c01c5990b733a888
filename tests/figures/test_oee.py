"""OEE against worked examples from public sources."""

import pytest

from gateway.figures.oee import oee

# Vorne, "Calculate OEE" (oee.com): 480 min, breaks 60, down 47, ideal cycle 1.0 s, 19 271 made, 423 bad.
# The worksheet of Vorne Industries, 2002-2005: 2780 min planned, 1820 run, 1.041 pieces a minute at best, 1626, 8 bad.
# waycalculator.com, example 1: 480 min planned, 420 run, one minute a piece, 400 made, 380 good
# (its product of rounded factors is cut, not rounded: 0.791 for 0.7917).
EXAMPLES = [
    ("vorne", 420, 373, 1.0, 19271, 18848, (0.8881, 0.8611, 0.9780, 0.7479)),
    ("worksheet", 2780, 1820, 60 / 1.041, 1626, 1618, (0.6547, 0.8582, 0.9950, 0.5590)),
    ("waycalculator", 480, 420, 60.0, 400, 380, (0.875, 0.952, 0.95, 0.791)),
]


@pytest.mark.parametrize(
    ("planned_min", "run_min", "ideal_s", "made", "good", "expected"),
    [one[1:] for one in EXAMPLES],
    ids=[one[0] for one in EXAMPLES],
)
def test_a_published_example_gives_its_figures(planned_min, run_min, ideal_s, made, good, expected) -> None:
    found = oee(planned_min * 60, planned_min * 60, run_min * 60, made, ideal_s, good)
    factors = (found.availability.value, found.effectiveness.value, found.quality.value, found.value)
    assert factors == pytest.approx(expected, abs=7e-4)
    assert found.entry()["not_known"] == []


def test_the_press_of_a_tpm_handbook_gives_its_two_figures() -> None:
    """P. Willmott and D. McCarthy, "TPM: A Route to World-Class Performance", page 127: 910 min planned, 127 down."""
    found = oee(910 * 60, 910 * 60, 783 * 60, 203, 180, None)
    assert found.availability.value == pytest.approx(0.860, abs=5e-4)
    assert found.effectiveness.value == pytest.approx(0.777, abs=1e-3)


def test_what_nobody_has_told_is_not_known_and_not_perfect() -> None:
    found = oee(3600, 3600, 1800, 100, None, None)
    entry = found.entry()
    assert (entry["oee"], entry["quality"], entry["effectiveness"]) == (None, None, None)
    assert entry["not_known"] == ["effectiveness", "quality"]
    without = oee(3600, 3600, 1800, 100, 9.0, None).entry()
    assert (without["oee"], without["without_quality"], without["not_known"]) == (None, 0.25, ["quality"])


def test_no_planned_time_gives_no_value() -> None:
    found = oee(0, 0, 0, 5, 2.0, 5)
    assert (found.availability.value, found.effectiveness.value, found.value) == (None, None, None)
    assert found.availability.coverage is None


def test_time_that_is_not_covered_is_neither_good_nor_bad() -> None:
    found = oee(planned_s=7200, covered_s=3600, run_s=1800, produced=90, ideal_cycle_s=10, good=45)
    assert found.availability.entry() == {"value": 0.5, "numerator": 1800, "denominator": 3600, "coverage": 0.5}
    assert found.value == pytest.approx(0.5 * 0.5 * 0.5)


def test_an_effectiveness_above_one_is_flagged_and_not_capped() -> None:
    entry = oee(3600, 3600, 3600, 500, 10, None).entry()
    assert entry["effectiveness"] == {
        "value": 1.3889, "numerator": 5000, "denominator": 3600, "coverage": 1.0, "above_one": True,
    }  # fmt: skip
