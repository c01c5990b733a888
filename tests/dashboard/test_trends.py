"""The owner's trends: zoomed and moved by touch and key, gaps in words, a file, and old curves that say so."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.dashboard.calling import call, calls
from tests.naughty import ALL

Open = Callable[..., Any]
HOUR_MS = 3_600_000
YEAR_MS = 366 * 24 * HOUR_MS


def past(rows: list[tuple[int, int]], step_s: float = 60, until: int = 10) -> dict[str, Any]:
    """Minutes (minute, count) of a stretch of so many minutes."""
    found = [[minute * 60_000, count, 5, 4, 6, 5] for minute, count in rows]
    return {"step_s": step_s, "from": 0, "to": until * 60_000, "rows": found}


def test_zooming_keeps_what_is_under_the_finger_and_ends_at_a_second_and_a_year() -> None:
    span = {"from": 0, "to": HOUR_MS}
    assert call("span", "zoomed", span, 0.5, 0.25, 9 * HOUR_MS) == {"from": HOUR_MS / 8, "to": HOUR_MS * 5 / 8}
    shortest = call("span", "zoomed", span, 1e-9, 0.5, 9 * HOUR_MS)
    assert shortest["to"] - shortest["from"] == 1000
    longest = call("span", "zoomed", span, 1e9, 0.5, YEAR_MS * 3)
    assert longest["to"] - longest["from"] == YEAR_MS


@pytest.mark.parametrize(("share", "begins"), [(-0.5, -HOUR_MS / 2), (0.5, 0)])
def test_moving_goes_back_and_never_beyond_now(share: float, begins: float) -> None:
    assert call("span", "moved", {"from": 0, "to": HOUR_MS}, share, HOUR_MS)["from"] == begins


@pytest.mark.parametrize(
    ("rows", "holes"),
    [
        ([(m, 60) for m in range(10)], []),
        ([(m, 60) for m in range(10) if m not in (3, 4, 5)], [[180_000, 360_000]]),
        ([(m, 0 if 3 <= m < 6 else 60) for m in range(10)], [[180_000, 360_000]]),
        ([(m, 60) for m in range(5, 10)], [[0, 300_000]]),
        ([], [[0, 600_000]]),
    ],
)
def test_where_nothing_was_measured_is_a_hole(rows: list[tuple[int, int]], holes: list[list[int]]) -> None:
    assert call("series", "holes", past(rows)) == holes


def test_a_gap_of_one_point_is_none_of_another() -> None:
    found = call("series", "columns", [past([(0, 60), (1, 60), (8, 60)]), past([(m, 60) for m in range(9)])])
    assert None in found["mean"][0]
    assert None not in [value for value in found["mean"][1] if value == 5]
    assert found["times"] == sorted(found["times"])


def test_no_field_of_the_file_is_a_formula_or_breaks_its_line() -> None:
    fields = calls("series", "field", [[text] for text in ALL])
    for text, field in zip(ALL, fields, strict=True):
        plain = field[1:-1].replace('""', '"') if field.startswith('"') else field
        assert plain.removeprefix("'") == text.removeprefix("'")
        assert not plain.startswith(("=", "+", "@", "\t", "\r"))
        if not field.startswith('"'):
            assert not set(field) & set(',"\r\n')


def test_a_curve_is_moved_by_key_zoomed_by_button_and_saved(open_screen: Open) -> None:
    screen = open_screen()
    page = screen.page
    scripts = "performance.getEntriesByType('resource').filter(e => e.name.endsWith('.js')).length"
    before = page.evaluate(scripts)
    page.evaluate("location.hash = '#/trends/press_1.temperature'")
    page.locator("[data-trend=drawn] canvas").wait_for()
    assert page.evaluate(scripts) > before, "the curves' script comes when they are looked at"
    assert page.locator("[data-gaps]").inner_text().startswith("프레스 1호 온도")
    assert page.locator("[data-states]").count() == 1
    page.locator(".chart").focus()
    page.keyboard.press("ArrowLeft")
    page.get_by_role("button", name="지금으로").wait_for()
    page.keyboard.press("+")
    screen.until("document.querySelector('[data-range][aria-pressed=true]') === null")
    with page.expect_download() as saved:
        page.locator("[data-export]").click()
    text = Path(saved.value.path()).read_text("utf-8-sig")
    assert text.startswith("time,press_1.temperature,press_1.temperature min,press_1.temperature max")
    assert "+09:00," in text


def test_a_curve_that_is_old_says_so_and_stays(open_screen: Open) -> None:
    screen = open_screen(view="trends")
    screen.page.locator("[data-trend=drawn] canvas").wait_for()
    screen.steer("stop")
    screen.page.locator("[data-range=week]").click()
    screen.page.locator("[data-trend=away]").wait_for()
    assert "닿지 않아요" in screen.page.locator(".note").inner_text()
    assert screen.page.locator(".chart.old canvas").is_visible()


def test_what_has_no_values_says_so_and_offers_the_nearest(open_screen: Open) -> None:
    page = open_screen(view="trends/press_1.strokes").page
    page.locator("[data-trend=empty]").wait_for()
    page.get_by_text("쌓인 값이 없어요").first.wait_for()
    page.get_by_role("button", name="마지막 값이 있는 때로").click()
    page.get_by_role("button", name="10분").wait_for()


def test_several_points_stand_together_and_a_phone_shows_one(open_screen: Open) -> None:
    screen = open_screen(view="trends/press_1.temperature,room.humidity")
    screen.until("document.querySelector('[data-names]')?.dataset.names === 'press_1.temperature,room.humidity'")
    assert screen.page.locator(".legend li").count() == 2
    screen.page.set_viewport_size({"width": 390, "height": 844})
    screen.until("document.querySelector('[data-names]')?.dataset.names === 'press_1.temperature'")
