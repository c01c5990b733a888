"""Figures: what is left of the planned time, where it went, and what is not known."""

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.dashboard.calling import call

Open = Callable[..., Any]
SECONDS = {"unknown": 600, "off": 0, "idle": 1200, "setup": 300, "run": 6000, "alarm": 100}


def figures(**more: Any) -> dict[str, Any]:
    """A machine with everything known, but for what is given."""
    oee = {
        "oee": 0.5, "without_quality": 0.5, "availability": {"value": 0.79, "coverage": 0.93},
        "effectiveness": {"value": 0.8, "above_one": False}, "quality": {"value": 0.9},
    }  # fmt: skip
    return {"machine": "press", "planned_s": 8200, "seconds": SECONDS, "oee": oee | more}


def test_each_loss_stands_where_it_was_taken_away() -> None:
    steps = call("figures", "waterfall", figures())
    assert [step["name"] for step in steps] == [
        "planned", "unknown", "covered", "idle", "alarm", "setup", "run", "slow", "bad", "good",
    ]  # fmt: skip
    for before, after in pairwise(steps):
        if after["loss"]:
            assert after["to_s"] == pytest.approx(before["from_s"] if before["loss"] else before["to_s"])
    assert steps[-1]["to_s"] == pytest.approx(6000 * 0.8 * 0.9)


@pytest.mark.parametrize(
    ("more", "last"),
    [
        ({"quality": None}, "slow"),
        ({"effectiveness": None}, "run"),
        ({"effectiveness": {"value": 1.2, "above_one": True}}, "run"),
    ],
)
def test_a_factor_that_is_not_known_ends_it(more: dict[str, Any], last: str) -> None:
    assert call("figures", "waterfall", figures(**more))[-1]["name"] == last


def test_stops_are_told_longest_first_with_their_sum() -> None:
    stops = call("figures", "pareto", [figures()])
    assert [stop["state"] for stop in stops] == ["idle", "setup", "alarm"]
    assert stops[-1]["sum"] == pytest.approx(1)


def test_as_many_bars_are_drawn_as_there_is_room_for_and_the_last_is_all_others() -> None:
    causes = [{"code": f"C{i}", "value": 12 - i, "sum": 0, "parts": []} for i in range(12)]
    narrow, wide = call("causes", "bars", causes, 300), call("causes", "bars", causes, 1200)
    assert [bar["code"] for bar in narrow] == ["C0", "C1", "C2", None]
    assert (narrow[-1]["more"], narrow[-1]["value"], narrow[-1]["sum"]) == (9, sum(range(1, 10)), 1)
    assert len(wide) == 9
    assert [bar["code"] for bar in call("causes", "bars", causes[:3], 300)] == ["C0", "C1", "C2"]


def test_causes_of_a_week_are_bars_a_table_and_a_file(open_screen: Open) -> None:
    page = open_screen(view="figures").page
    page.locator("[data-causes=shown] [data-bars]").first.wait_for()
    page.locator("[data-length=week]").click()
    page.get_by_role("button", name="한 주 앞").wait_for()
    stops = page.locator("[data-causes=shown] section").first
    assert "점심 2시간" in str(stops.get_by_role("img").get_attribute("aria-label"))
    stops.get_by_text("표로 보기").click()
    row = stops.get_by_role("row", name=re.compile("바늘 부러짐")).first
    assert [row.get_by_role("cell").nth(i).inner_text() for i in range(4)] == ["41분", "6", "13%", "80%"]
    with page.expect_download() as saved:
        stops.locator("[data-export]").click()
    table = Path(saved.value.path()).read_text("utf-8-sig").splitlines()
    assert (len(table), table[3].split(",")[:3]) == (11, ["바늘 부러짐", "41", "6"])
    page.get_by_role("button", name="미싱 1", exact=True).click()
    page.locator("[data-causes=shown]").get_by_text("이 기간에 기록한 불량이 없어요").wait_for()


def test_a_control_chart_names_its_baseline_and_what_each_point_broke(open_screen: Open) -> None:
    page = open_screen(view="figures").page
    charts = page.locator("[data-charts=shown]")
    charts.get_by_text("기준 first (20점)").wait_for()
    assert "관리한계 79.0–85.0" in str(charts.get_by_role("img").get_attribute("aria-label"))
    told = charts.locator("[data-broken='4'] li")
    assert "8점 연속 한쪽에 있어요" in told.first.inner_text()
    assert "관리한계(3시그마)를 벗어났어요" in told.last.inner_text()
    charts.locator("select").select_option("ring")
    charts.get_by_text("5개 묶음의 평균").wait_for()
    charts.locator(".sentence", has_text="배우는 중이에요: 56%").wait_for()


@pytest.mark.slow
def test_a_day_is_chosen_and_a_machine_that_lacks_something_says_what(open_screen: Open) -> None:
    page = open_screen(view="figures").page
    page.locator("[data-energy=shown]").wait_for()
    assert page.locator("[data-oee]").inner_text().endswith("%")
    assert "÷" in page.locator("[data-factor=availability]").inner_text()
    reasons = page.locator("[data-reasons] li")
    assert [reasons.nth(i).inner_text().split()[0] for i in (0, 1)] == ["점심", "아무도"]
    page.locator("[data-shift=morning]").click()
    page.get_by_role("button", name="하루 앞").click()
    page.get_by_role("button", name="하루 뒤").wait_for()
    choose = page.locator("label.choose select").first
    choose.select_option("sewing_2")
    page.get_by_text("표준 시간(ideal_cycle_s)").wait_for()
    choose.select_option("sewing_3")
    page.get_by_text("읽지 못했어요").wait_for()
    choose.select_option("overlock_1")
    page.get_by_text("계획 시간이 없어 계산하지 않아요").wait_for()
    page.locator("[data-energy=none]").wait_for()


def test_figures_are_asked_for_once_and_say_so_when_they_are_old(open_screen: Open) -> None:
    screen = open_screen(view="board", hand_moved_clock=True)
    asked: list[str] = []
    screen.page.on("request", lambda request: asked.append(request.url) if "/oee?" in request.url else None)
    screen.page.evaluate("location.hash = '#/figures'")
    screen.page.locator("[data-energy=shown]").wait_for()
    screen.page.clock.run_for(5_000)
    assert len(asked) == 1, "the seconds that pass ask for nothing"
    screen.steer("stop")
    screen.page.get_by_role("button", name="하루 앞").click()
    screen.page.locator("[data-figures=away]").wait_for()
    assert screen.page.locator("[data-waterfall]").is_visible()
