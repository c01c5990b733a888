"""The owner's pay and reports, and printing labels: what each page says and does."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Route

from tests.dashboard.test_looks import violations

Open = Callable[..., Any]
OWNER = ("--role", "owner")
CLOSED_ELSEWHERE = """() => fetch("/api/v1/work/pay/close", {
    method: "POST", headers: { "x-csrf": "a-token" }, body: JSON.stringify({ from: "2026-01-01", to: "2026-01-31" }),
})"""


def test_a_period_is_closed_with_a_second_press_and_stays_closed(open_screen: Open) -> None:
    screen = open_screen(view="pay", server=OWNER)
    page = screen.page
    page.locator("[data-pay=open] [data-sum]", has_text="2,486,391원").wait_for()
    page.locator("[data-warns=disputed]").wait_for()
    page.get_by_role("button", name="이 기간 마감").click()
    page.get_by_text("이후 정정은 다음 기간에 반영됩니다.").wait_for()
    page.get_by_text("한 번 마감하면 되돌릴 수 없습니다.").wait_for()
    assert not [post for post in screen.seen()["posts"] if post["path"].startswith("work/")], "one press closes nothing"
    page.get_by_role("button", name="네, 마감합니다").click()
    page.locator("[data-pay=closed]", has_text="마감 서명").wait_for()
    page.locator("[data-closed='2']").wait_for()
    assert page.locator("[data-close]").count() == 0, "what is closed offers no closing"


def test_a_refused_closing_says_why(open_screen: Open) -> None:
    screen = open_screen(view="pay", server=OWNER)
    page = screen.page
    page.get_by_role("button", name="이 기간 마감").click()
    page.evaluate(CLOSED_ELSEWHERE)
    page.get_by_role("button", name="네, 마감합니다").click()
    page.get_by_role("alert").get_by_text("이미 마감했어요.").wait_for()


def test_a_workers_slip_shows_each_day_and_names_are_text(open_screen: Open) -> None:
    page = open_screen(view="pay", server=OWNER).page
    page.locator("[data-worker='101']", has_text="<b>Nguyễn</b>").wait_for()
    page.locator("[data-worker='7']", has_text="최저임금보다 401,200원 적음").click()
    slip = page.get_by_role("dialog")
    slip.get_by_text("1,000개 × 800원 = 800,000원").wait_for()
    slip.get_by_text("1번째 기간 정정").wait_for()
    slip.get_by_text("공임이 401,200원 모자랍니다.").wait_for()
    href = slip.locator("[data-file=pdf]").get_attribute("href")
    assert href.startswith("/api/v1/work/reports/pay?from=")
    assert "worker=7&format=pdf&language=ko" in href
    page.keyboard.press("Escape")
    slip.wait_for(state="hidden")


def test_reports_are_anybodys_but_for_those_of_workers(open_screen: Open) -> None:
    page = open_screen(view="reports").page
    page.locator("[data-report=day]").get_by_role("row", name="소매 달기 62").wait_for()
    assert page.locator("[data-kind=workers], [data-kind=evidence]").count() == 0
    page.locator("[data-shift=morning]").click()
    page.locator("[data-file=pdf][href*='shift=morning']").wait_for()
    page.locator("[data-kind=contradictions]").click()
    page.locator("[data-file=xlsx][href*='work/reports/contradictions?from=']").wait_for()
    page.get_by_text("스캔 30개, 기계 12개 · 가동 40분, 멈춤 20분").wait_for()


def test_the_pack_of_evidence_says_what_it_lacks(open_screen: Open) -> None:
    page = open_screen(view="reports/evidence", server=OWNER).page
    page.locator("[data-missing='3']", has_text="한 개당 전력량").wait_for()
    page.get_by_text("작업일지 <4주>").wait_for()
    page.get_by_label("도입 전 4주가 시작한 날").fill("2026-01-05")
    page.locator("[data-file=zip][href*='baseline=2026-01-05']").wait_for()


def test_waste_and_metal_loss_stand_in_reports_of_their_own(open_screen: Open) -> None:
    page = open_screen(view="reports/day", server=OWNER).page

    def of_all_trades(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"reports": ["waste", "loss"]})

    page.route("**/api/v1/session", of_all_trades)
    page.reload()
    page.locator("[data-kind=waste]").click()
    page.locator("[data-report=waste]").get_by_role("row", name="10 (5.26%) 200 10").first.wait_for()
    page.locator("[data-kind=loss]").click()
    page.locator("[data-report=loss]").get_by_role("row", name="0.19 g (1.9%) 0.051").first.wait_for()


def test_labels_are_looked_at_and_printed(open_screen: Open) -> None:
    screen = open_screen(view="labels", server=OWNER)
    page = screen.page
    page.get_by_text("왼쪽 칸을 채우면 여기에 보여요.").wait_for()
    page.get_by_role("button", name="은하").click()
    page.locator("[data-preview=drawn]").wait_for()
    assert page.locator("canvas").evaluate("e => [e.width, e.height, e.style.width]") == [480, 320, "60mm"]
    page.locator("[data-send]").click()
    page.get_by_role("status").get_by_text("3장을 tickets로 보냈어요").wait_for()
    sent = [post["body"] for post in screen.seen()["posts"] if post["path"] == "labels/print"]
    assert sent == [{"printer": "tickets", "form": "auto", "first": 0, "order": {"what": "badge", "numbers": [101]}}]
    page.locator("[data-others]").select_option("traveller")
    page.locator("[data-field=order]").fill("2611a")
    page.locator("[data-field=title]").fill("블라우스")
    page.get_by_role("alert").get_by_text("너비 80 mm가 필요해요.").wait_for()
    page.locator("[data-printer]").select_option("a4")
    with page.expect_download() as got:
        page.locator("[data-test]").click()
    assert got.value.suggested_filename == "labels.pdf"


def test_how_a_label_looks_is_changed_by_presses_and_seen_at_once(open_screen: Open, tmp_path: Path) -> None:
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps({"config": {"revision": "0" * 16, "data": {}}}), "utf-8")
    screen = open_screen(view="labels", server=("--role", "installer", "--answers", str(answers)))
    page = screen.page
    page.route("**/config/apply", lambda route: route.fulfill(json={"revision": "1" * 16, "restart": []}))
    page.locator("[data-kind=bundle]").click()
    page.locator("[data-designs]").click()
    page.get_by_role("button", name="공정표", exact=True).click()
    page.locator("[data-line='1']").fill("우리 공방 ")
    page.locator("[data-field=shop]").click()
    assert page.locator("[data-line='1']").input_value() == "우리 공방 {공방 이름}"
    page.get_by_label("2째 줄을 위로").click()
    page.locator("[data-add]").click()
    page.locator("[data-line='4']").fill("{부호}")
    page.get_by_label("3째 줄 지우기").click()
    look = {
        "name": "coupon",
        "title": "{operation}",
        "lines": ["단가 {price}", "우리 공방 {shop}", "{code}"],
        "form": "qr",
    }
    with page.expect_request(
        lambda asked: asked.url.endswith("labels/preview") and asked.post_data_json["designs"] == [look]
    ):
        page.get_by_label("코드의 꼴").select_option("qr")
    assert violations(screen) == []
    with page.expect_request("**/config/apply") as saved:
        page.locator("[data-save]").click()
    page.locator("[data-designs]").wait_for()
    assert saved.value.post_data_json["changes"] == [{"do": "add", "path": ["labels"], "value": look}]


def test_what_broke_off_is_resumed_behind_the_labels_that_came_out(open_screen: Open) -> None:
    screen = open_screen(view="labels", server=("--role", "operator"))
    broken = screen.page.locator("[data-state=broken]")
    broken.get_by_text("나온 데까지 세고").wait_for()
    screen.page.locator("[data-state=done]").get_by_text("재발행 2").wait_for()
    broken.get_by_role("button", name="이어서 찍기").click()
    dialog = screen.page.get_by_role("dialog")
    dialog.get_by_label("몇 장째부터").fill("18")
    dialog.get_by_role("button", name="7장 찍기").click()
    screen.page.get_by_role("status").get_by_text("재발행 1").wait_for()
    sent = screen.seen()["posts"][-1]["body"]
    assert (sent["id"], sent["since"]) == ("gw_1:e:1-a1:12", 18)
