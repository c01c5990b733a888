"""The owner's lists: found by initials, changed by a form, and taken from a file that was looked at first."""

from collections.abc import Callable
from typing import Any

Open = Callable[..., Any]
OWNER = ("--role", "owner")
RATES = "스타일,공정,공임,적용일\n모두,재단,1300,2026.12.1\n"


def test_a_row_is_added_refused_with_its_mend_and_retired_at_the_second_press(open_screen: Open) -> None:
    screen = open_screen(view="lists/rates", server=OWNER)
    page = screen.page
    page.locator("[data-list=rates]").get_by_text("1건").wait_for()
    page.get_by_role("button", name="추가").click()
    sheet = page.get_by_role("dialog", name="공임 추가")
    for label, text in (("스타일", "*"), ("공정코드", "FRONT"), ("공임", "구십"), ("적용일", "2026-12-01")):
        sheet.get_by_label(label).fill(text)
    sheet.get_by_role("button", name="추가").click()
    sheet.get_by_text("금액은 숫자로 적어 주세요.").wait_for()
    assert sheet.get_by_label("공정코드").input_value() == "FRONT"  # what was typed stays
    sheet.get_by_label("공임").fill("90")
    sheet.get_by_role("button", name="추가").click()
    page.locator("[data-list=rates]").get_by_text("2건").wait_for()
    row = {"style": "*", "operation": "FRONT", "won": "90", "from": "2026-12-01"}
    assert screen.seen()["posts"][-1]["body"] == {"rows": [row]}
    page.locator("[data-thing]").first.get_by_role("button", name="고치기").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("button", name="그만 쓰기").click()
    sheet.get_by_role("button", name="정말 그만 쓸게요").click()
    sheet.wait_for(state="hidden")
    sent = screen.seen()["posts"][-1]
    assert (sent["path"], sent["body"]["since"]) == ("work/masters/rates/retire", "2026-12-01")


def test_an_order_of_several_sizes_is_one_form_and_is_sent_as_its_rows(open_screen: Open) -> None:
    screen = open_screen(view="lists", server=OWNER)
    page = screen.page
    page.get_by_label("초성이나 낱말로 찾기").fill("ㄴㅅ")
    page.locator("[data-thing='20261103']").get_by_role("button", name="고치기").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("수량 2", exact=True).fill("250")
    sheet.get_by_role("button", name="줄 더하기").click()
    sheet.get_by_label("사이즈 3").fill("XL")
    sheet.get_by_label("수량 3", exact=True).fill("30")
    sheet.get_by_role("button", name="저장").click()
    sheet.wait_for(state="hidden")
    rows = screen.seen()["posts"][-1]["body"]["rows"]
    assert [(row["order"], row.get("size"), row["quantity"]) for row in rows] == [
        ("2026-11-03", "M", "200"),
        ("2026-11-03", "L", "250"),
        ("2026-11-03", "XL", "30"),
    ]


def test_a_file_is_looked_at_with_its_wrong_cells_and_taken_when_it_is_right(open_screen: Open) -> None:
    screen = open_screen(view="lists/rates", server=OWNER)
    page = screen.page
    page.get_by_role("button", name="엑셀 올리기").click()
    wrong = RATES + "모두,앞판,90,2026.12.1\n"
    page.get_by_label("파일").set_input_files({"name": "r.csv", "mimeType": "text/csv", "buffer": wrong.encode()})
    page.get_by_text("B열 3번째 줄").wait_for()
    page.get_by_text("가장 가까운 것: FRONT(앞판).").wait_for()
    assert page.get_by_role("button", name="2건 넣기", exact=True).count() == 0
    page.get_by_role("button", name="맞는 2건만 넣기").wait_for()
    page.get_by_label("파일").set_input_files({"name": "r.csv", "mimeType": "text/csv", "buffer": RATES.encode()})
    page.get_by_role("button", name="2건 넣기", exact=True).click()
    page.get_by_text("2건을 넣었어요.").wait_for()
    assert [post["body"] for post in screen.seen()["posts"]] == [wrong, RATES, RATES]


def test_a_name_is_erased_at_the_second_press_and_only_of_who_has_left(open_screen: Open) -> None:
    screen = open_screen(view="lists/workers", server=OWNER)
    page = screen.page
    page.get_by_role("button", name="동의와 지우기").click()
    sheet = page.get_by_role("dialog")
    for badge in ("0101", "0102"):
        sheet.locator(f"[data-person='{badge}']").get_by_role("button", name="이름 지우기").click()
        assert not [post for post in screen.seen()["posts"] if badge in post["path"]]
        sheet.locator(f"[data-person='{badge}']").get_by_role("button", name="정말 지우기").click()
        if badge == "0101":
            sheet.get_by_text("먼저 퇴사일을 적어 주세요.").wait_for()
    sheet.locator("[data-erased]").get_by_text("xlsx, csv").wait_for()
    assert screen.seen()["posts"][-1]["body"] == {"badge": 102}
