"""Figures of work against worked examples from public sources."""

import pytest

from gateway.figures.work import (
    against_target,
    balance,
    dhu,
    first_pass,
    lead_times,
    line_efficiency,
    rolled,
    waiting,
)


def test_a_polo_line_of_25_operators_gives_the_published_efficiency() -> None:
    """costnest.site, "Garment line and operator efficiency": SAM 18.5 min, 380 pieces, 25 x 480 min: 58.6 %."""
    found, unknown = line_efficiency({"POLO": 380}, {"POLO": 18.5 * 60}, 25 * 480 * 60, 1.0)
    assert (found.numerator / 60, found.denominator / 60) == (7030, 12000)
    assert found.value == pytest.approx(0.586, abs=5e-4)
    assert unknown == []


def test_one_operator_gives_the_published_efficiency() -> None:
    """onlineclothingstudy.com, "Efficiency formula": 400 pieces of 30 s in 8 hours: 41.67 %."""
    found, _ = line_efficiency({"SEW": 400}, {"SEW": 30}, 480 * 60, 1.0)
    assert found.value == pytest.approx(0.4167, abs=5e-5)


def test_an_operation_without_a_standard_time_is_named_and_not_guessed() -> None:
    found, unknown = line_efficiency({"A": 10, "B": 5, "C": 0}, {"A": 60, "B": None}, 1200, 0.8)
    assert (found.numerator, found.coverage, unknown) == (600, 0.8, ["B"])


# scribd.com/doc/7351507, "Examples Line Balancing": seven tasks in minutes, and six in seconds.
SEVEN = {"A": 2.7, "B": 3.4, "C": 4.1, "D": 1.7, "E": 2.2, "F": 3.3, "G": 2.6}
SIX = {"A": 40, "B": 59, "C": 84, "D": 56, "E": 34, "F": 45}


def test_published_lines_give_their_balance_bottleneck_and_pace() -> None:
    seven = balance({name: minutes * 60 for name, minutes in SEVEN.items()})
    assert (seven.bottleneck, seven.ratio.value) == ("C", pytest.approx(0.697, abs=5e-4))
    assert seven.pieces_per_h == pytest.approx(14.63, abs=5e-3)
    six = balance(SIX)
    assert (six.bottleneck, six.ratio.value) == ("C", pytest.approx(0.63, abs=2e-3))


def test_operators_share_the_time_of_their_operation() -> None:
    shared = balance({"A": 60, "B": 100}, {"B": 2})
    assert (shared.bottleneck, shared.ratio.value) == ("A", pytest.approx(110 / 120))
    assert balance({}).entry()["value"] is None


def test_yields_multiply_as_a_manual_shows() -> None:
    """Minitab, "Throughput yield": 0.95 x 0.84 x 0.88 = 0.70; mfgcalcs.com: 75 repaired, 35 lost of 1200: 90.83 %."""
    assert rolled([first_pass(100, 5, 0), first_pass(100, 10, 6), first_pass(100, 12, 0)]) == pytest.approx(
        0.70, abs=5e-3
    )
    assert first_pass(1200, 75, 35).value == pytest.approx(0.9083, abs=5e-5)
    assert rolled([]) is None
    assert rolled([first_pass(0, 0, 0)]) is None


def test_defects_by_the_hundred_need_somebody_who_inspected() -> None:
    assert dhu(9, 150).value == pytest.approx(0.06)
    assert dhu(3, 0).value is None


def test_work_waits_where_the_operations_before_have_passed_it_on() -> None:
    route = {"CUT": (), "FRONT": ("CUT",), "SLEEVE": ("CUT",), "ASSEM": ("FRONT", "SLEEVE")}
    done = {"CUT": 100, "FRONT": 60, "SLEEVE": 80, "ASSEM": 50}
    assert waiting(done, {"FRONT": 2}, 120, route) == {"CUT": 20, "FRONT": 38, "SLEEVE": 20, "ASSEM": 10}


def test_what_was_made_stands_against_what_is_to_be_made() -> None:
    found = against_target(60, 200)
    assert (found["ratio"]["value"], found["left"]) == (0.3, 140)
    assert against_target(210, 200)["left"] == 0
    assert against_target(60, None) == {"made": 60, "target": None, "ratio": None, "left": None}


def test_lead_times_tell_their_number() -> None:
    assert lead_times([10, 30, 20, 100]) == {"count": 4, "mean_s": 40.0, "median_s": 25.0, "longest_s": 100.0}
    assert lead_times([])["median_s"] is None
