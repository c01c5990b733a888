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
    stick.get_by_text("12시간").wait_for()
    stick.get_by_role("button", name="지금 복사").click()
    stick.get_by_text("12시간").wait_for(state="hidden")
    assert screen.seen()["posts"][-1]["path"] == "backups/stick/run"
