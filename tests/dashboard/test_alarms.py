"""Alarms: what, where, since when, what to do; and 확인 by somebody who may."""

from collections.abc import Callable
from typing import Any

Open = Callable[..., Any]


def posts(screen: Any) -> list[str]:
    """Return the addresses that the page sent changes to."""
    return [post["path"] for post in screen.seen()["posts"]]


def test_an_alarm_tells_severity_what_where_since_value_and_what_to_do(open_screen: Open) -> None:
    card = open_screen(view="alarms").page.locator("article[data-alarm=press_overheat]")
    text = card.inner_text()
    for part in (
        "위급",
        "프레스 1호",
        "프레스 과열",
        "84.1℃",
        "4분째",
        "전원을 내리고 식힌 뒤 윤활유를 확인해 주세요.",
    ):
        assert part in text
    assert card.locator("svg[data-shape=alarm]").count() == 1


def test_an_alarm_without_advice_still_says_what_to_do(open_screen: Open) -> None:
    page = open_screen("long", view="alarms").page
    texts = page.locator("article .todo").all_inner_texts()
    assert texts
    assert all("살펴봐 주세요" in text for text in texts)


def test_an_operator_acknowledges_with_one_tap(open_screen: Open) -> None:
    screen = open_screen(server=("--role", "operator"))
    screen.page.locator("button.acknowledge").click()
    screen.page.locator("section[data-alarm] button.acknowledge").wait_for(state="detached")
    sent = screen.seen()["posts"]
    assert [post["path"] for post in sent] == ["alarms/press_overheat/acknowledge"]
    assert sent[0]["csrf"] == "a-token"
    assert sent[0]["origin"] == screen.url.rstrip("/")


def test_an_operator_shelves_it_for_a_while(open_screen: Open) -> None:
    screen = open_screen(view="alarms", server=("--role", "operator"))
    card = screen.page.locator("article[data-alarm=press_overheat]")
    card.locator("button.shelve").click()
    card.get_by_text("까지 미뤘어요.").wait_for()
    assert card.locator("button.shelve").count() == 0
    assert card.locator("button.acknowledge").count() == 1
    assert posts(screen) == ["alarms/press_overheat/shelve"]


def test_what_is_silent_is_listed_and_can_be_heard_again(open_screen: Open) -> None:
    screen = open_screen(view="alarms", server=("--role", "operator"))
    card = screen.page.locator("article[data-alarm=press_overheat]")
    card.locator("button.shelve").click()
    row = screen.page.locator("li[data-quiet=press_overheat]")
    row.get_by_text("까지 미뤘어요.").wait_for()
    assert "울리지 않아요" in screen.page.locator("li[data-quiet=fan_off]").inner_text()
    assert screen.page.locator("li[data-quiet=fan_off] button").count() == 0
    row.get_by_role("button", name="다시 울리기").click()
    row.wait_for(state="detached")
    card.locator("button.shelve").wait_for()


def test_an_alarm_tells_what_it_silenced_how_far_it_went_and_how_often_it_came(open_screen: Open) -> None:
    screen = open_screen(view="alarms")
    alarm = {
        "rule": "bus_lost",
        "severity": "critical",
        "message": {"ko": "선이 끊겼어요", "en": "Bus lost"},
        "todo": None,
    }
    alarm |= {"machine": None, "since_ts": 1.7e12, "value": None, "unit": None, "acknowledged_by": None}
    alarm |= {"acknowledged_ts": None, "level": 1, "suppresses": 3, "raised_10_min": 6, "shelved_until_ts": None}
    screen.steer("change", {"alarms": [alarm]})
    card = screen.page.locator("article[data-alarm=bus_lost]")
    card.wait_for()
    for part in ("알람 3건은 울리지 않았어요", "1단계 올렸어요", "6번 울렸어요"):
        assert part in card.inner_text()


def test_a_viewer_logs_in_first_and_the_tap_is_not_lost(open_screen: Open) -> None:
    screen = open_screen(view="alarms")
    screen.page.locator("button.acknowledge").click()
    dialog = screen.page.get_by_role("dialog")
    dialog.get_by_label("비밀번호").fill("wrong")
    dialog.get_by_role("button", name="로그인").click()
    dialog.get_by_role("alert").wait_for()
    assert "비밀번호가 틀렸어요" in dialog.get_by_role("alert").inner_text()
    assert posts(screen) == ["login"], "a wrong password was sent more than once"
    dialog.get_by_label("비밀번호").fill("workshop-17")
    dialog.get_by_role("button", name="로그인").click()
    dialog.wait_for(state="detached")
    screen.page.get_by_text("사장님 확인함").first.wait_for()
    screen.page.locator("button.acknowledge").wait_for(state="detached")
    assert posts(screen)[-1] == "alarms/press_overheat/acknowledge"


def test_an_alarm_that_ended_meanwhile_is_told_as_such(open_screen: Open) -> None:
    screen = open_screen(server=("--role", "operator"))
    screen.page.route("**/acknowledge", lambda route: route.fulfill(status=404, json={"detail": "not on"}))
    screen.page.locator("button.acknowledge").click()
    screen.page.get_by_text("이미 끝난 알람이에요.").wait_for()


def test_a_sheet_can_be_left_without_logging_in(open_screen: Open) -> None:
    screen = open_screen()
    screen.page.locator("button.acknowledge").click()
    screen.page.get_by_role("dialog").wait_for()
    screen.page.keyboard.press("Escape")
    screen.page.get_by_role("dialog").wait_for(state="detached")
    assert posts(screen) == []


def test_no_alarm_says_so_and_when_the_last_one_was(open_screen: Open) -> None:
    page = open_screen("calm", view="alarms").page
    text = page.locator("main").inner_text()
    assert "지금은 알람이 없어요." in text
    assert "마지막은" in text
    page.get_by_text("끝남").wait_for()


def test_the_rail_counts_what_nobody_has_seen_yet(open_screen: Open) -> None:
    page = open_screen().page
    assert page.locator("nav a[href='#/alarms'] .badge").inner_text().startswith("1")
