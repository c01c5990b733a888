"""A restore by screen: choose, see what it holds and what would be lost, the password, and what came of it."""

from collections.abc import Callable
from typing import Any

Open = Callable[..., Any]


def test_a_copy_is_chosen_looked_at_and_restored_with_the_password(open_screen: Open) -> None:
    screen = open_screen(view="backup", server=("--role", "installer"), hand_moved_clock=True)
    page = screen.page
    copies = page.locator("[data-restore=shown] .copy")
    copies.filter(has_text="broken").click()
    page.locator("[data-seen=broken]").wait_for()
    copies.filter(has_text="sealed").click()
    page.locator("[data-seen=sealed]").wait_for()
    page.get_by_label("백업의 암호").fill("four words make phrases")
    page.get_by_role("button", name="열기").click()
    page.locator("[data-seen=well]").wait_for()
    copies.first.click()
    lost = page.locator("[data-lost='37']")
    assert "37건은 되살린 뒤에 보이지 않아요" in lost.inner_text()
    assert "shop-17" in page.locator("[data-seen=well]").inner_text()
    page.get_by_label("비밀번호를 한 번 더").fill("wrong")
    page.get_by_role("button", name="되살리기").click()
    page.get_by_text("비밀번호가 달라요.").wait_for()
    page.get_by_label("백업에 든 설정도 함께 써요").check()
    page.get_by_label("비밀번호를 한 번 더").fill("workshop-17")
    page.get_by_role("button", name="되살리기").click()
    page.locator("[data-restore=waiting]").wait_for()
    for _ in range(8):
        page.clock.run_for(2_000)
    page.locator("[data-last=ok]").wait_for()
    page.get_by_text("백업에 든 설정으로 바꿨어요.").wait_for()
    form = screen.seen()["posts"][-1]["body"]
    assert (form["configuration"], form["password"]) == (True, "workshop-17")


def test_a_file_is_sent_and_looked_at(open_screen: Open) -> None:
    page = open_screen(view="backup", server=("--role", "installer")).page
    page.locator("[data-restore=shown]").wait_for()
    file = {"name": "old.backup", "mimeType": "application/octet-stream", "buffer": b"PK" * 100}
    page.get_by_label("파일 올리기").set_input_files(files=[file])
    page.locator("[data-seen=well]").wait_for()
    assert "이 화면에서 올린 파일" in page.locator(".copy.chosen").inner_text()
