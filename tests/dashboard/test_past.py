"""The past of a value: a day and a week, the band and the mean, gaps that stay gaps."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.dashboard.calling import call

Open = Callable[..., Any]
MINUTE_MS = 60_000


def past(*minutes: int) -> dict[str, Any]:
    """A quarter of an hour in which only these minutes have something."""
    rows = [[minute * MINUTE_MS, 60, 10, 9, 11, 10] for minute in minutes]
    return {"step_s": 60, "from": 0, "to": 15 * MINUTE_MS, "rows": rows}


@pytest.mark.parametrize(
    ("minutes", "pieces"), [((0, 1, 2, 3), 1), ((0, 1, 3, 4), 1), ((0, 1, 5, 6), 2), ((2, 8, 14), 3)]
)
def test_a_gap_is_not_drawn_over_and_one_slipped_minute_is_none(minutes: tuple[int, ...], pieces: int) -> None:
    drawn = call("past", "paths", past(*minutes), [8, 12])
    assert drawn["mean"].count("M") == drawn["band"].count("Z") == pieces


def test_a_minute_alone_is_as_wide_as_a_minute() -> None:
    assert call("past", "paths", past(3), [8, 12])["mean"] == "M200.0 500.0L233.3 500.0L266.7 500.0"


def test_the_axis_has_round_values_also_where_nothing_changed() -> None:
    low, high = call("past", "range", [[0, 60, 5, 5, 5, 5]])
    assert low < 5 < high
    assert [tick["value"] for tick in call("past", "levels", [15.2, 32.4])] == [20, 25, 30]
    assert [tick["value"] for tick in call("past", "levels", [13, 920])] == [250, 500, 750]
    assert call("past", "levels", [0, 10])[0] == {"at": 1, "value": 0}


@pytest.mark.parametrize(
    ("span_min", "began_min", "shown_min", "apart_min"),
    [
        (1440, 1435, 30, 10),
        (1440, 1340, 100, 30),
        (1440, 0, 1440, 360),
        (10080, 9900, 180, 60),
        (10080, 0, 10080, 1440),
    ],
)
def test_a_young_past_fills_its_picture_and_has_times_on_it(
    span_min: int, began_min: int, shown_min: int, apart_min: int
) -> None:
    row = [began_min * MINUTE_MS, 60, 10, 9, 11, 10]
    shown = call("past", "young", {"step_s": 60, "from": 0, "to": span_min * MINUTE_MS, "rows": [row]})
    assert shown["to"] - shown["from"] == shown_min * MINUTE_MS
    assert call("past", "apart", shown) == apart_min * MINUTE_MS
    assert 3 <= len(call("past", "times", shown, apart_min * MINUTE_MS, 9 * 60 * MINUTE_MS)) <= 8


def test_a_tap_on_a_value_opens_its_day_and_then_its_week(open_screen: Open) -> None:
    screen = open_screen(view="values")
    page = screen.page
    page.locator("[data-point='room.temperature']").click()
    curve = page.locator("[data-past='1']")
    curve.locator(".band").wait_for()
    assert "24시간" in curve.inner_text()
    assert "평균" in curve.inner_text()
    assert curve.locator(".mean").get_attribute("d").count("M") == 2, "the hours without anything are a gap"
    assert curve.locator(".times span").count() >= 3
    page.get_by_role("button", name="7일").click()
    page.locator("[data-past='7'] .band").wait_for()
    assert page.locator("[data-past='7'] .mean").get_attribute("d").count("M") >= 7


def test_a_finger_on_the_curve_reads_it_and_says_where_nothing_was(open_screen: Open) -> None:
    page = open_screen(view="values", language="en", hand_moved_clock=True).page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/history?" in request.url else None)
    page.locator("[data-point='room.temperature']").click()
    page.locator("[data-past='1'] .plot").wait_for()
    page.evaluate("window.plot = document.querySelector('[data-past] .plot')")
    sides = page.locator("[data-past] .plot").bounding_box()

    def reads(hour: float, text: str) -> str:
        page.mouse.move(sides["x"] + sides["width"] * hour / 24, sides["y"] + 40)
        page.locator(".said span", has_text=text).wait_for()
        return str(page.locator(".said").inner_text())

    early, gap, late = reads(3, "mean "), reads(14.5, "Nothing was measured then."), reads(20, "mean ")
    assert len({early, gap, late}) == 3
    page.clock.run_for(5_000)
    assert page.evaluate("window.plot.isConnected"), "the seconds that pass leave it under the finger"
    assert page.locator(".said").inner_text() == late
    assert len(asked) == 1
    page.mouse.move(5, 5)
    page.locator(".said b", has_text="24 hours").wait_for()


def test_what_has_no_past_yet_says_so(open_screen: Open) -> None:
    page = open_screen(view="values").page
    page.locator("[data-point='press_1.fault']").click()
    page.get_by_text("아직 쌓인 값이 없어요. 1분마다 하나씩 쌓여요.").wait_for()
