"""The small trend lines: what is drawn, and how a changed value goes on with what is known."""

from tests.dashboard.calling import call


def test_a_line_fills_its_box_with_the_largest_on_top() -> None:
    assert call("trend", "path", [[0, 1], [50, 3], [100, 2]], 100, 20) == "M0.0 20.0L50.0 0.0L100.0 10.0"


def test_a_gap_stays_a_gap() -> None:
    assert call("trend", "path", [[0, 1], [1, None], [2, 1], [3, 2]], 30, 10) == "M0.0 10.0M20.0 10.0L30.0 0.0"


def test_a_steady_value_is_a_line_in_the_middle_and_a_single_one_is_none() -> None:
    assert call("trend", "path", [[0, 5], [10, 5]], 100, 20) == "M0.0 10.0L100.0 10.0"
    assert call("trend", "path", [[0, 5]], 100, 20) == ""


def test_a_change_without_a_trend_goes_on_at_the_pace_of_the_known_one() -> None:
    known = {"value": 2, "quality": 0, "ts": 10_000, "trend": [[0, 1], [5_000, 1], [10_000, 2]]}
    early = call("trend", "extend", {"value": 3, "quality": 0, "ts": 12_000}, known)
    assert early["value"] == 3
    assert early["trend"] == known["trend"]
    due = call("trend", "extend", {"value": 3, "quality": 0, "ts": 15_000}, known)
    assert due["trend"][-1] == [15_000, 3]


def test_a_bad_value_leaves_a_gap_in_the_trend() -> None:
    known = {"value": 2, "quality": 0, "ts": 5_000, "trend": [[0, 1], [5_000, 2]]}
    assert call("trend", "extend", {"value": 3, "quality": 18, "ts": 10_000}, known)["trend"][-1] == [10_000, None]


def test_a_trend_keeps_its_last_sixty_values() -> None:
    known = {"value": 0, "quality": 0, "ts": 59, "trend": [[i, i] for i in range(60)]}
    trend = call("trend", "extend", {"value": 60, "quality": 0, "ts": 60}, known)["trend"]
    assert len(trend) == 60
    assert (trend[0], trend[-1]) == ([1, 1], [60, 60])
