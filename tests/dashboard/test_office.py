"""The pages of the office: behind "more", for those who may, and what each does."""

from collections.abc import Callable
from typing import Any

Open = Callable[..., Any]


def test_a_page_of_the_office_stands_behind_more_and_asks_who_is_there(open_screen: Open) -> None:
    page = open_screen().page
    page.locator("[data-more]").click()
    page.get_by_role("dialog").get_by_role("link", name="백업").click()
    page.get_by_text("이 화면은 「설치 담당」만 볼 수 있어요.").wait_for()
    page.locator("main").get_by_role("button", name="로그인").click()
    page.get_by_role("dialog").get_by_label("비밀번호").wait_for()


def test_a_copy_is_made_at_once_and_the_page_says_when_it_was_there(open_screen: Open) -> None:
    screen = open_screen(view="backup", server=("--role", "installer"))
    office = screen.page.locator("[data-backup=office]")
    office.get_by_text("공유 폴더가 연결되어 있는지 확인해 주세요.").wait_for()
    office.get_by_text("아직 사본이 없어요").wait_for()
    stick = screen.page.locator("[data-backup=stick]")
    stick.get_by_text("되살려 보고 확인했어요.").wait_for()
    screen.page.locator("[data-backup=center][data-copy=true]").get_by_text("되살려 보고 확인했어요.").wait_for()
    stick.get_by_text("12시간").wait_for()
    stick.get_by_role("button", name="지금 복사").click()
    stick.get_by_text("12시간").wait_for(state="hidden")
    assert screen.seen()["posts"][-1]["path"] == "backups/stick/run"


def test_an_owner_says_who_may_come_in_and_sees_who_did_what(open_screen: Open) -> None:
    screen = open_screen(view="access", server=("--role", "owner"))
    page = screen.page
    page.locator("[data-user=owner]").get_by_text(
        "설치 담당"
    ).wait_for()  # has more than an owner: not theirs to change
    assert page.locator("[data-user=owner]").get_by_role("button").count() == 0
    page.get_by_role("button", name="사람 더하기").click()
    sheet = page.get_by_role("dialog")
    assert sheet.get_by_label("역할").locator("option").all_inner_texts() == ["보기", "작업자", "사장님"]
    sheet.get_by_label("이름").fill("미영")
    sheet.get_by_label("역할").select_option("operator")
    sheet.get_by_label("비밀번호", exact=False).first.fill(" 나무 책상 일곱 ")
    sheet.get_by_label("비밀번호 한 번 더").fill("나무 책상 일곱")
    sheet.get_by_role("button", name="사람 더하기").click()
    sheet.get_by_text("두 비밀번호가 달라요.").wait_for()
    sheet.get_by_label("비밀번호 한 번 더").fill(" 나무 책상 일곱 ")
    sheet.get_by_role("button", name="사람 더하기").click()
    new = page.locator("[data-user=미영]")
    new.get_by_text("작업자").wait_for()
    sent = screen.seen()["posts"][-1]["body"]
    assert (sent["role"], sent["password"]) == ("operator", " 나무 책상 일곱 "), "a password is sent as it was typed"
    new.get_by_role("button", name="지우기").click()
    assert screen.seen()["posts"][-1]["path"] == "users"
    new.get_by_role("button", name="정말 지우기").click()
    new.wait_for(state="hidden")
    page.locator("[data-audit='20']").get_by_text("192.168.0.77").first.wait_for()
    page.get_by_role("button", name="더 보기").click()
    page.locator("[data-audit='40']").wait_for()
    page.get_by_role("button", name="더 보기").click()
    page.locator("[data-audit='45']").wait_for()
    page.get_by_role("button", name="더 보기").wait_for(state="hidden")


def test_a_token_is_shown_once_and_copied_and_a_pin_lets_its_worker_in(open_screen: Open) -> None:
    screen = open_screen(view="access", server=("--role", "owner"))
    page = screen.page
    page.get_by_role("button", name="라벨", exact=True).click()
    page.get_by_label("어느 프로그램인가요?").fill("주문")
    page.get_by_label("며칠 동안").fill("30")
    page.get_by_role("button", name="토큰 만들기").click()
    page.get_by_role("button", name="복사", exact=True).click()
    page.get_by_text("복사했어요.").wait_for()
    made = page.locator("[data-made=made1]")
    made.get_by_text("보기, 라벨").wait_for()
    assert screen.seen()["posts"][-1]["body"] == {"name": "주문", "scopes": ["read", "labels"], "days": 30}
    page.get_by_label("어느 프로그램인가요?").press("Control+v")
    assert page.get_by_label("어느 프로그램인가요?").input_value() == page.locator("[data-token]").input_value()
    made.get_by_role("button", name="토큰 없애기").click()
    made.get_by_role("button", name="정말 없애기").click()
    made.wait_for(state="hidden")
    page.get_by_label("명찰 번호").select_option("0101")
    page.get_by_label("PIN", exact=False).last.fill("7410")
    page.get_by_role("button", name="PIN 정하기").click()
    page.locator("[data-pin='101']").wait_for()
    assert screen.seen()["posts"][-1]["body"] == {"badge": 101, "pin": "7410"}
    floor = open_screen(view="pay")
    floor.page.locator("main").get_by_role("button", name="로그인").click()
    floor.page.get_by_role("dialog").get_by_label("이름").fill("0102")
    floor.page.get_by_label("비밀번호").fill("2580")
    floor.page.get_by_role("dialog").get_by_role("button", name="로그인").click()
    floor.page.get_by_role("dialog").wait_for(state="hidden")
    assert floor.seen()["posts"][-1]["body"] == {"badge": 102, "pin": "2580"}
