"""The board: every state by shape and word, what needs a hand on top, and one tap to a machine."""

import re
from collections.abc import Callable
from typing import Any

import pytest

Open = Callable[..., Any]
STATES = {
    "sewing_1": ("run", "가동", "Running"),
    "buttonhole": ("setup", "준비교체", "Setup"),
    "sewing_3": ("idle", "대기", "Idle"),
    "press_1": ("alarm", "알람", "Alarm"),
    "compressor": ("off", "꺼짐", "Off"),
    "inspection": ("unknown", "통신 두절", "No signal"),
}


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_state_has_its_shape_its_word_and_since_when(look_at: Open, language: str) -> None:
    page = look_at(language=language)
    for machine, (state, korean, english) in STATES.items():
        tile = page.locator(f"[data-machine={machine}]")
        assert tile.get_attribute("data-state") == state
        assert tile.locator(f"svg[data-shape={state}]").count() == 1
        assert (korean if language == "ko" else english) in tile.inner_text()
    assert ("36분째" if language == "ko" else "36 min") in page.locator("[data-machine=sewing_1]").inner_text()


def test_shapes_differ_so_that_colour_is_not_needed(look_at: Open) -> None:
    page = look_at(language="ko")
    drawn = [page.locator(f"[data-chip={state}] svg").inner_html() for state, *_ in STATES.values()]
    assert len(set(drawn)) == len(drawn)


def test_a_tile_tells_actual_of_target_lateness_job_and_live_value(look_at: Open) -> None:
    tile = look_at(language="ko").locator("[data-machine=sewing_3]")
    text = re.sub(r"\s+", " ", tile.inner_text())
    assert "22 / 60개" in text
    assert "21개 늦음" in text
    assert "작지 25-1103 · 소매" in text
    assert "38.2 W" in text
    assert tile.locator("svg.spark path").get_attribute("d").startswith("M0.0")


def test_what_is_not_known_is_a_dash_and_never_a_zero(look_at: Open) -> None:
    text = look_at(language="ko").locator("[data-machine=inspection]").inner_text()
    assert "—" in text
    assert "마지막 값" in text
    assert not re.search(r"\b0\b", text)


def test_a_switch_is_not_shown_where_it_would_read_as_the_state(look_at: Open) -> None:
    tile = look_at(language="ko").locator("[data-machine=press_1]").inner_text()
    assert "켜짐" not in tile, "the machine's fault switch is its first value"
    assert "2,210 W" in tile


def test_a_machine_that_is_off_still_tells_what_it_made_today(open_screen: Open) -> None:
    screen = open_screen()
    screen.steer("change", {"machines": [{"name": "sewing_1", "state": "off"}]})
    tile = screen.page.locator("[data-machine=sewing_1][data-state=off]")
    tile.wait_for()
    assert "48" in tile.inner_text()


def test_the_band_names_the_worst_alarm_and_what_to_do(look_at: Open) -> None:
    band = look_at(language="ko").locator("section[data-alarm]")
    assert band.count() == 1
    assert "프레스 1호 · 프레스 과열 — 84.1℃, 4분째" in re.sub(r"\s+", " ", band.inner_text())
    assert "전원을 내리고 식힌 뒤" in band.inner_text()
    assert "그 밖에 알람 1건" in band.inner_text()


def test_a_machine_idle_for_long_asks_in_a_band(open_screen: Open) -> None:
    screen = open_screen()
    band = screen.page.locator("[data-waiting]")
    assert band.get_attribute("data-waiting") == "sewing_3"
    band.click()
    assert "미싱 3" in screen.page.get_by_role("dialog").inner_text()


def test_all_well_shows_no_filled_colour(look_at: Open) -> None:
    page = look_at("calm")
    assert page.locator("section[data-alarm], [data-waiting]").count() == 0
    fills = page.evaluate(
        "[...document.querySelectorAll('[data-machine]')].map(e => getComputedStyle(e).backgroundColor)"
    )
    assert set(fills) == {"rgb(255, 255, 255)"}


def test_chips_count_the_machines_of_each_state(look_at: Open) -> None:
    page = look_at(language="ko")
    counts = {state: page.locator(f"[data-chip={state}] b").inner_text() for state, *_ in STATES.values()}
    assert counts == {"run": "7", "setup": "1", "idle": "1", "alarm": "1", "off": "1", "unknown": "1"}


def test_a_tap_opens_the_machine_with_values_and_events_and_escape_returns(open_screen: Open) -> None:
    page = open_screen().page
    page.locator("[data-machine=press_1]").click()
    sheet = page.get_by_role("dialog")
    sheet.locator("[data-point='press_1.temperature']").wait_for()
    sheet.get_by_text("앞서 가동").wait_for()
    assert "84.1℃" in sheet.locator("[data-point='press_1.temperature']").inner_text()
    assert "켜짐" in sheet.locator("[data-point='press_1.fault']").inner_text()
    page.keyboard.press("Escape")
    sheet.wait_for(state="detached")
    assert page.evaluate("document.activeElement.dataset.machine") == "press_1"


def test_the_focus_stays_in_an_open_sheet(open_screen: Open) -> None:
    page = open_screen(view="board/sewing_1").page
    page.get_by_role("dialog").wait_for()
    for _ in range(4):
        page.keyboard.press("Tab")
        assert page.evaluate("!!document.activeElement.closest('[role=dialog]')")


def test_the_language_switches_at_once_and_is_remembered(open_screen: Open) -> None:
    page = open_screen().page
    page.locator("[data-language=en]").click()
    page.get_by_text("Running").first.wait_for()
    assert page.evaluate("document.documentElement.lang") == "en"
    page.reload()
    page.get_by_text("Running").first.wait_for()


def test_only_the_unacknowledged_critical_icon_blinks_and_text_never(open_screen: Open) -> None:
    page = open_screen().page
    moving = page.evaluate(
        "document.getAnimations().map(a => a.effect.target.dataset.shape ?? a.effect.target.tagName)"
    )
    assert moving == ["alarm"]
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate("document.getAnimations().length") == 0


def test_an_empty_shop_says_what_to_do_next(open_screen: Open) -> None:
    page = open_screen("empty").page
    assert "아직 기계가 없어요" in page.locator("main").inner_text()
    assert "machines" in page.locator("main").inner_text()


SHOP_OF_SIX = ("--machines", "6")


def place(page: Any, selector: str) -> dict[str, float]:
    """Return where something stands on the page."""
    box: dict[str, float] = page.locator(selector).first.bounding_box()
    return box


def test_in_a_small_shop_the_first_screen_shows_every_machine_and_the_latest_scan(open_screen: Open) -> None:
    page = open_screen(server=SHOP_OF_SIX).page
    tiles, scans = place(page, "[data-machine=m_5]"), place(page, "aside [data-answer]")
    assert tiles["y"] + tiles["height"] <= 800
    assert scans["x"] > tiles["x"] + tiles["width"], "beside the tiles, not below"
    assert scans["y"] + scans["height"] <= 800
    assert page.locator("aside [data-answer]").count() == 5


def test_a_large_shop_keeps_four_columns_and_the_scans_stand_below(look_at: Open) -> None:
    page = look_at("calm")
    assert place(page, "[data-machine=sewing_1]")["y"] == place(page, "[data-machine=overlock_1]")["y"]
    assert place(page, "aside")["y"] > place(page, "[data-machine=press_1]")["y"]


def test_no_tile_moves_when_the_first_alarm_comes(open_screen: Open) -> None:
    screen = open_screen("calm")
    before = place(screen.page, "[data-machine=sewing_1]")
    alarm = {
        "rule": "press_overheat",
        "severity": "critical",
        "message": {"ko": "프레스 과열", "en": "Press is overheating"},
        "todo": {"ko": "식혀 주세요", "en": "Let it cool"},
        "machine": "press_1",
        "since_ts": 0,
        "value": 84.1,
        "unit": "degC",
        "acknowledged_by": None,
        "acknowledged_ts": None,
    }
    screen.steer("change", {"alarms": [alarm]})
    screen.page.locator("section[data-alarm=press_overheat]").wait_for()
    assert place(screen.page, "[data-machine=sewing_1]") == before
    screen.steer("change", {"alarms": [{**alarm, "severity": "info"}]})
    screen.page.get_by_text("알림 1건이 있어요").wait_for()
    assert place(screen.page, "[data-machine=sewing_1]") == before


def test_a_shop_without_an_alarm_says_so_and_when_the_last_one_was(look_at: Open) -> None:
    text = look_at("calm").locator(".bands").inner_text()
    assert "지금은 알람이 없어요." in text
    assert "마지막은" in text


def test_a_tile_keeps_its_height_when_the_count_grows(open_screen: Open) -> None:
    screen = open_screen(server=SHOP_OF_SIX, language="en")
    before = place(screen.page, "[data-machine=m_3]")
    screen.steer("change", {"machines": [{"name": "m_0", "count": 15400, "target": 60000}]})
    screen.page.get_by_text("15,400").wait_for()
    assert place(screen.page, "[data-machine=m_3]") == before
