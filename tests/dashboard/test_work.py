"""The page of work: what is late, where it waits, where a bundle is, and what can be corrected."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.dashboard.test_looks import CLIPPED, DESK, PHONE, SHOWN_TEXTS, SMALL_TARGETS, WALL, violations

Open = Callable[..., Any]
NAUGHTY = ["<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "\u202e=1+1{n}"]
OWNER = ("--role", "owner")


def test_late_orders_come_first_and_lead_to_where_a_bundle_is(open_screen: Open) -> None:
    page = open_screen(view="work", server=OWNER).page
    first = page.locator("[data-order]").first
    first.get_by_text("2일 늦음").wait_for()
    page.get_by_label("초성이나 번호").fill("ㅂㄹㅇㅅ")
    page.locator("[data-orders='1']").wait_for()
    page.get_by_label("초성이나 번호").fill("ㅅㅊ")
    page.locator("[data-order='20261103']").click()
    bundle = page.get_by_role("dialog").locator("[data-bundle='0231']")
    bundle.get_by_text("합봉 · 작업대 3 · 은하 (0101)").wait_for()
    bundle.get_by_text("25분째").wait_for()
    bundle.click()
    page.get_by_role("dialog", name="묶음 0231").get_by_text("불량 · 앞판 · STAIN · 1개").wait_for()


def test_the_bottleneck_is_named_in_words_beside_the_orders_or_on_its_own_tab(open_screen: Open) -> None:
    page = open_screen(view="work", size=WALL).page
    said = page.get_by_text("「합봉」 앞에 240개 쌓여 있어요. 여기가 가장 밀려 있어요.")
    said.wait_for()
    page.locator("[data-order]").first.wait_for()
    page.set_viewport_size({"width": 1280, "height": 800})
    said.wait_for(state="hidden")
    page.get_by_role("button", name="공정 흐름").click()
    said.wait_for()


def test_a_scanned_ticket_opens_its_bundle_for_those_who_may(open_screen: Open) -> None:
    page = open_screen(view="work").page
    search = page.get_by_label("초성이나 번호")
    search.fill("b-0231-FRONT-20-5")
    search.press("Enter")
    page.get_by_text("이 화면은 「작업자」만 볼 수 있어요.").wait_for()
    assert page.get_by_text("은하").count() == 0  # names are for owners


def test_a_scanned_badge_is_no_bundle_and_the_next_scan_takes_its_place(open_screen: Open) -> None:
    page = open_screen(view="work", server=OWNER).page
    search = page.get_by_label("초성이나 번호")
    search.press_sequentially("W-0101-5\n")
    page.get_by_text("묶음이나 주문의 표가 아니에요.").wait_for()
    assert page.get_by_role("dialog").count() == 0
    search.press_sequentially("B-0231-FRONT-20-5\n")
    page.get_by_role("dialog", name="묶음 0231").wait_for()


def test_a_correction_has_a_reason_and_says_why_it_cannot_be(open_screen: Open) -> None:
    screen = open_screen(view="work/0231", server=OWNER)
    sheet = screen.page.get_by_role("dialog")
    sheet.locator("li .error", has_text="스캔 20개, 기계 12개 · 가동 40분, 멈춤 20분").wait_for()
    sheet.locator("[data-action=split]").click()
    sheet.get_by_label("나눌 수량").fill("10, 9")
    sheet.get_by_label("까닭").fill("사이즈가 섞임")
    sheet.get_by_role("button", name="나누기").last.click()
    sheet.get_by_text("더하면 20개가 되어야 해요.").wait_for()
    sheet.get_by_label("나눌 수량").fill("12, 8")
    sheet.get_by_role("button", name="나누기").last.click()
    sheet.get_by_label("나눌 수량").wait_for(state="hidden")
    sent = screen.seen()["posts"][-1]
    assert (sent["path"], sent["body"]) == ("work/bundles/0231/split", {"parts": [12, 8], "reason": "사이즈가 섞임"})
    newest = sheet.locator("[data-event]").first
    newest.get_by_role("button", name="취소").click()
    newest.get_by_label("까닭").fill("잘못 찍음")
    newest.get_by_role("button", name="취소").last.click()
    newest.get_by_text("취소함").wait_for()
    assert screen.seen()["posts"][-1]["body"]["reason"] == "잘못 찍음"


def test_jobs_weights_equipment_and_the_safety_log_stand_on_their_tabs(open_screen: Open) -> None:
    screen = open_screen(view="work", server=OWNER)
    page = screen.page
    page.get_by_role("button", name="기계 작업").click()
    page.get_by_text("41분").wait_for()  # from good piece to good piece
    page.get_by_role("button", name="무게", exact=True).click()
    page.get_by_text("해리 0.19 g (0.051돈)").first.wait_for()  # of the metal, and of its lot
    page.get_by_text("허용 1.5%를 넘었어요.").wait_for()
    page.get_by_role("button", name="공용 장비").click()
    page.get_by_text("아무도 안 쓰는데 켜져 있어요.").wait_for()
    page.get_by_role("button", name="쓰기 시작").click()
    page.get_by_label("명찰 번호").fill("101")
    page.get_by_role("button", name="쓰기 시작").click()
    page.get_by_role("button", name="다 썼어요").wait_for()
    page.get_by_role("button", name="안전 기록", exact=True).click()
    page.locator("[data-incidents='2']").wait_for()
    page.get_by_role("button", name="안전 기록 남기기").click()
    page.get_by_label("어디서").fill("계단")
    page.get_by_role("button", name="안전 기록 남기기").click()
    page.locator("[data-incidents='3']").get_by_text("계단").wait_for()


def test_an_empty_shop_is_told_what_to_do(open_screen: Open) -> None:
    page = open_screen("empty", view="work").page
    page.get_by_text("작업지시서가 없어요.").wait_for()
    page.get_by_text("「작업 추가」를 누르거나 엑셀을 올려 주세요.").wait_for()
    assert page.get_by_role("link", name="작업 추가").get_attribute("href") == "#/lists/orders"


@pytest.mark.parametrize(("theme", "language"), [("light", "en"), ("dark", "ko")])
def test_tabs_and_sheets_are_readable_with_whatever_people_write(open_screen: Open, theme: str, language: str) -> None:
    server = (*OWNER, "--naughty", json.dumps(NAUGHTY))
    screen = open_screen(view="work", theme=theme, language=language, server=server)
    page = screen.page
    screen.on("dialog", lambda dialog: screen.complaints.append(dialog.message))
    page.get_by_text(NAUGHTY[0]).wait_for()
    for tab in ("flow", "jobs", "weighing", "equipment", "incidents"):
        page.locator(f".tabs .{tab}").click()
        page.locator("main li, main [data-flow]").locator("visible=true").first.wait_for()
        _looks_right(screen, tab)
    page.get_by_text(NAUGHTY[1]).wait_for()
    for view, opens in (
        ("work/0231", "[data-action=defect]"),
        ("lists/orders", "[data-thing] button"),
        ("lists/workers", ".bar > button:last-child"),
    ):
        page.evaluate(f"location.hash = '#/{view}'")
        page.locator(opens).click()
        page.locator("[data-form]").wait_for()
        _looks_right(screen, view)
        page.keyboard.press("Escape")
    page.locator("[data-thing='102']").get_by_text(NAUGHTY[2]).wait_for()


def _looks_right(screen: Any, where: str) -> None:
    page = screen.page
    texts = page.evaluate(SHOWN_TEXTS)
    assert not [text for text in texts if text["px"] < 15], where
    if screen.page.evaluate("document.documentElement.lang") == "en":
        assert not [t["text"] for t in texts if not t["user"] and any("가" <= c <= "힣" for c in t["text"])], where
    for width, height in (DESK, PHONE):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate(SMALL_TARGETS) == [], where
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width, where
        assert page.evaluate(CLIPPED) == [], where
    assert violations(screen) == [], where
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
