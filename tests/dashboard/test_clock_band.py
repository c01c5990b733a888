"""A gateway that nobody tells the time asks the device in the hand, and takes its word from the owner alone."""

import time
from collections.abc import Callable
from typing import Any

import pytest

Open = Callable[..., Any]
YEARS_S = 1_500_000_000
BAND = "[data-clock]"


def unsure(screen: Any, behind_s: float = 0, minutes: float = 10) -> None:
    """The gateway's clock is nobody's word, since so long."""
    since_ts = (time.time() - behind_s - minutes * 60) * 1000
    part = {"name": "clock", "state": "waiting", "since_ts": since_ts, "detail": {"word": "none"}}
    screen.steer("change", {"components": [part]})


def test_a_wrong_clock_is_told_with_its_date_and_set_by_a_tap(open_screen: Open) -> None:
    screen = open_screen(server=("--role", "owner", "--behind", str(YEARS_S)))
    unsure(screen, YEARS_S)
    band = screen.page.locator(BAND)
    band.wait_for()
    year = time.gmtime(time.time() - YEARS_S).tm_year
    assert "게이트웨이 시계가 맞지 않아요" in band.inner_text()
    assert f"{year}년" in band.inner_text()
    band.get_by_role("button").click()
    band.wait_for(state="detached")
    (post,) = screen.seen()["posts"]
    assert post["path"] == "clock"
    assert abs(post["body"]["ts"] / 1000 - time.time()) < 60


def test_a_clock_that_may_be_right_is_asked_about_all_the_same(open_screen: Open) -> None:
    screen = open_screen(language="en", server=("--role", "installer"))
    unsure(screen)
    band = screen.page.locator(BAND)
    band.wait_for()
    assert "The gateway has nobody to ask for the time." in band.inner_text()
    band.get_by_role("button").click()
    band.wait_for(state="detached")


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_whoever_may_not_set_it_is_asked_to_log_in_first(open_screen: Open, role: str) -> None:
    screen = open_screen(server=("--role", role))
    unsure(screen)
    screen.page.locator(BAND).get_by_role("button").click()
    dialog = screen.page.get_by_role("dialog")
    dialog.get_by_label("비밀번호").fill("workshop-17")
    assert screen.seen()["posts"] == []
    dialog.get_by_role("button", name="로그인").click()
    screen.page.locator(BAND).wait_for(state="detached")
    assert [post["path"] for post in screen.seen()["posts"]] == ["login", "clock"]


def test_a_device_whose_own_time_cannot_be_is_told_so(open_screen: Open) -> None:
    screen = open_screen(server=("--role", "owner"))
    screen.page.evaluate("Date.now = () => 1e12")  # 2001
    unsure(screen)
    band = screen.page.locator(BAND)
    band.get_by_role("button").click()
    band.get_by_role("alert").wait_for()
    assert "기기의 날짜와 시각을 확인해 주세요" in band.inner_text()


def test_a_clock_that_is_right_or_may_soon_be_asked_for_nothing(open_screen: Open) -> None:
    screen = open_screen(server=("--role", "owner"))
    unsure(screen, minutes=0.5)  # a time server may still answer
    screen.steer("change", {"components": [{"name": "broker", "state": "down"}]})
    screen.page.locator("nav [href='#/health']").click()
    screen.page.locator("[data-component=broker].down").wait_for()
    assert screen.page.locator(BAND).count() == 0


def test_a_time_that_somebody_set_wrongly_is_offered_to_be_set_again(open_screen: Open) -> None:
    screen = open_screen(server=("--role", "owner", "--behind", "7200"))
    part = {"name": "clock", "state": "up", "detail": {"word": "operator"}}
    screen.steer("change", {"components": [part]})
    screen.page.locator("[data-clock=operator]").get_by_role("button").click()
    screen.page.locator(BAND).wait_for(state="detached")
