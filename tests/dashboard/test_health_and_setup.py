"""Health says the worst thing first; the first start asks one question a step; a logged-in person can leave."""

from collections.abc import Callable
from typing import Any

Open = Callable[..., Any]


def test_one_sentence_names_the_worst_part_and_its_mend(open_screen: Open) -> None:
    page = open_screen(view="health").page
    worst = page.locator("[data-worst]")
    assert worst.get_attribute("data-worst") == "bus_1"
    assert "bus_1 연결이 끊겼어요." in worst.inner_text()
    assert "배선(RS-485면 A/B)" in worst.inner_text()
    assert "잃은 기록 2건 · 미전송 12건" in worst.inner_text()


def test_every_component_is_listed_the_ones_in_need_first(open_screen: Open) -> None:
    page = open_screen(view="health").page
    names = page.evaluate("[...document.querySelectorAll('[data-component]')].map(e => e.dataset.component)")
    assert names[:3] == ["bus_1", "broker", "engine"]
    assert len(names) == 7
    assert "Connection refused" in page.locator("[data-component=broker]").inner_text()


def test_all_well_is_said_in_one_sentence(open_screen: Open) -> None:
    assert "모두 잘 돌아가고 있어요." in open_screen("calm", view="health").page.locator("[data-worst]").inner_text()


def test_an_action_that_does_not_get_through_is_named(open_screen: Open) -> None:
    """The fixture's publisher becomes one: what a part is comes with it."""
    screen = open_screen("calm", view="health")
    screen.steer("change", {"components": [{"name": "broker", "kind": "action", "state": "down"}]})
    screen.page.get_by_text("broker: 알람을 전하지 못하고 있어요.").wait_for()


def test_browsers_that_were_too_slow_or_read_nothing_are_told(open_screen: Open) -> None:
    """The fixture's broker stands for the web server: what a part is comes with it."""
    screen = open_screen("calm", view="health")
    door = {"name": "broker", "kind": "web", "detail": {"streams": 1, "behind": 3, "stopped_reading": 2}}
    screen.steer("change", {"components": [door]})
    part = screen.page.locator("[data-component=broker]", has_text="뒤처져서 새로 이은 화면")
    assert part.locator("dl > div").all_inner_texts()[-2:] == [
        "뒤처져서 새로 이은 화면\n3번",
        "읽지 않아 끊은 연결\n2번",
    ]


def test_devices_that_do_not_answer_are_told_though_their_bus_stands(open_screen: Open) -> None:
    screen = open_screen("calm", view="health")
    screen.steer("change", {"components": [{"name": "bus_1", "detail": {"devices": {"meter_1": 9, "sew_1": 1}}}]})
    screen.page.get_by_text("bus_1에 달린 장치 1대가 대답하지 않아요.").wait_for()
    assert "waiting" in (screen.page.locator("[data-worst]").get_attribute("class") or "").split()
    card = screen.page.locator("[data-component=bus_1]").inner_text()
    assert "대답 없는 장치: meter_1" in card
    assert "sew_1" not in card, "one round without an answer is a hiccup"
    assert screen.page.locator("nav a .badge").inner_text().startswith("1")


def test_each_component_says_in_words_what_became_of_its_rows(open_screen: Open) -> None:
    screen = open_screen(view="health")
    line = screen.page.locator("[data-component=broker] .ledger")
    assert line.all_inner_texts() == ["기록 3,120 = 보냄 3,098 · 거절됨 6 · 안 보냄 4 · 기다림 12"]
    assert screen.page.locator("[data-component=journal] .ledger").all_inner_texts() == ["기록 3,120 = 남김 3,120"]
    lost = {"stream": "s", "whole": 9, "parts": [{"what": "lost", "reason": "space", "rows": 9}], "closes": True}
    screen.steer("change", {"components": [{"name": "journal", "detail": {"ledger": [lost]}}]})
    screen.page.get_by_text("측정값 묶음 9 = 잃음 9").wait_for()
    screen.page.locator("[data-language=en]").click()
    screen.page.get_by_text("Events 3,120 = sent 3,098 · refused 6 · not wanted 4 · waiting 12").wait_for()


def test_a_camera_tells_its_frame_rate_and_what_it_read(open_screen: Open) -> None:
    screen = open_screen("ends", view="health")
    card = screen.page.locator("[data-component=belt_camera]").inner_text()
    for part in ("카메라", "초당 화면", "10.0 Hz", "1,284"):
        assert part in card
    screen.page.evaluate("location.hash = '#/values'")
    rate = screen.page.locator("[data-point='belt_camera.frame_rate']")
    rate.wait_for()
    assert "초당 화면 수" in rate.inner_text()
    assert "10.0 Hz" in rate.inner_text()
    assert "1,301개" in screen.page.locator("[data-point='belt_camera.pieces']").inner_text()
    screen.page.locator("[data-language=en]").click()
    screen.page.locator("[data-point='belt_camera.frame_rate']", has_text="Frame rate").wait_for()


def test_publishers_say_what_is_left_to_send_and_when_the_center_took_something(open_screen: Open) -> None:
    page = open_screen("ends", view="health").page
    center = page.locator("[data-component=center] dl").inner_text().split("\n")
    for label, value in (("보낼 기록", "12건"), ("보낼 측정값", "4묶음")):
        assert center[center.index(label) + 1] == value
    assert "초 전" in center[center.index("센터가 받은 때") + 1]
    assert "미전송" not in center, "the same number twice"
    database = page.locator("[data-component=influx] dl").inner_text().split("\n")
    assert database[database.index("보낼 기록") + 1] == "1건"


def test_a_center_that_does_not_answer_is_told_though_its_broker_stands(open_screen: Open) -> None:
    screen = open_screen("ends", view="health")
    screen.steer("change", {"components": [{"name": "center", "detail": {"center": "silent", "behind_e": 40}}]})
    screen.page.get_by_text("center: 지원센터가 대답하지 않아요.").wait_for()
    assert "기록은 이 기기에 남아" in screen.page.locator("[data-worst]").inner_text()
    card = screen.page.locator("[data-component=center]")
    assert "대답 없음" in card.inner_text()
    assert "40건" in card.inner_text()


def test_a_centers_copy_that_differs_stands_before_all_else(open_screen: Open) -> None:
    screen = open_screen("ends", view="health")
    copy = {"ok": False, "ms": 2, "witness_ms": 1, "said": ["ledger: work_paid"]}
    screen.steer("change", {"components": [{"name": "center", "detail": {"copy": copy}}]})
    screen.page.get_by_text("center: 센터의 백업이 공방의 기록과 달라요.").wait_for()
    worst = screen.page.locator("[data-worst=center]").get_attribute("class")
    assert worst is not None
    assert "down" in worst.split()


def test_the_owner_sees_what_the_camera_sees_and_that_it_stays_here(open_screen: Open) -> None:
    screen = open_screen("ends", view="health", server=("--role", "owner"), hand_moved_clock=True)
    preview = screen.page.locator("[data-preview=belt_camera]")
    preview.wait_for()
    assert "영상은 이 기기 밖으로 나가지 않아요." in preview.inner_text()
    screen.until("document.querySelector('[data-preview] img').naturalWidth === 640")
    screen.page.clock.run_for(4_500)
    screen.until("document.querySelector('[data-preview] img').src.endsWith('at=2')")
    screen.steer("change", {"components": [{"name": "belt_camera", "detail": {"devices": {}, "preview": False}}]})
    preview.wait_for(state="detached")
    seen = screen.seen()["pictures"]
    screen.page.clock.run_for(4_500)
    assert screen.seen()["pictures"] == seen, "a preview that is off was asked for"


def test_nobody_else_is_shown_a_picture_nor_asks_for_one(open_screen: Open) -> None:
    screen = open_screen("ends", view="health", server=("--role", "operator"))
    screen.page.locator("[data-component=belt_camera]").wait_for()
    assert screen.page.locator("[data-preview]").count() == 0
    assert screen.seen()["pictures"] == 0


def test_the_first_start_asks_for_the_code_then_for_a_password(open_screen: Open) -> None:
    screen = open_screen(server=("--setup",))
    page = screen.page
    page.get_by_label("처음 여는 번호").fill("04217733")
    page.get_by_role("button", name="다음").click()
    page.get_by_label("비밀번호", exact=True).fill("short")
    page.get_by_label("비밀번호 한 번 더").fill("short")
    page.get_by_role("button", name="시작하기").click()
    assert "8자 이상" in page.get_by_role("alert").inner_text()
    page.get_by_label("비밀번호", exact=True).fill("workshop-17")
    page.get_by_label("비밀번호 한 번 더").fill("workshop-71")
    page.get_by_role("button", name="시작하기").click()
    assert "두 비밀번호가 달라요" in page.get_by_role("alert").inner_text()
    assert screen.seen()["posts"] == []
    page.get_by_label("비밀번호 한 번 더").fill("workshop-17")
    page.get_by_role("button", name="시작하기").click()
    page.locator("[data-machine=sewing_1]").wait_for()
    assert screen.seen()["posts"][0]["body"] == {"code": "04217733", "password": "workshop-17"}


def test_a_wrong_code_is_told_in_the_language_of_the_screen(open_screen: Open) -> None:
    page = open_screen(server=("--setup",), language="en").page
    page.get_by_label("Set-up code").fill("11111111")
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Password", exact=True).fill("workshop-17")
    page.get_by_label("Password again").fill("workshop-17")
    page.get_by_role("button", name="Start").click()
    page.get_by_text("The set-up code is wrong").or_(page.get_by_text("The code is wrong")).wait_for()


def test_an_operator_sees_the_own_role_and_logs_out(open_screen: Open) -> None:
    screen = open_screen(server=("--role", "operator"))
    screen.page.get_by_role("button", name="내 계정").click()
    screen.page.get_by_role("dialog").get_by_role("button", name="로그아웃").click()
    screen.page.get_by_role("button", name="로그인").wait_for()
    assert [post["path"] for post in screen.seen()["posts"]] == ["logout"]


def test_without_a_role_to_look_the_login_is_asked_for_and_no_stream_is_opened(open_screen: Open) -> None:
    screen = open_screen(server=("--role", "nobody"), waits=False)
    dialog = screen.page.get_by_role("dialog")
    dialog.get_by_label("비밀번호").fill("workshop-17")
    assert screen.seen()["browsers"] == 0
    dialog.get_by_role("button", name="로그인").click()
    screen.page.locator("[data-machine=sewing_1]").wait_for()


def test_a_value_is_found_by_its_name_and_opens_its_trend(open_screen: Open) -> None:
    page = open_screen(view="values").page
    page.get_by_label("측정값 찾기").fill("온도")
    page.locator("[data-point='press_1.power']").wait_for(state="detached")
    page.locator("[data-point='room.temperature']").click()
    assert "23.4℃" in page.get_by_role("dialog").inner_text()


def test_a_bad_value_is_a_dash_with_the_reason(open_screen: Open) -> None:
    text = open_screen(view="values").page.locator("[data-point='inspection.power']").inner_text()
    assert "—" in text
    assert "응답 없음" in text
    assert "3분 전" in text


def test_a_long_list_of_values_draws_only_what_can_be_seen(open_screen: Open) -> None:
    page = open_screen(view="values", server=("--machines", "600")).page
    assert page.locator("[data-point]").count() < 100
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.locator("[data-point='m_599.power']").wait_for()


def test_the_owner_saves_a_diagnostic_bundle_and_nobody_else_is_offered_one(open_screen: Open) -> None:
    page = open_screen(view="health", server=("--role", "owner")).page
    with page.expect_download() as saved:
        page.get_by_role("button", name="진단 묶음 저장").click()
    assert saved.value.suggested_filename.endswith(".zip")
    page.locator("[data-bundle=saved]").wait_for()
    other = open_screen(view="health").page
    other.locator("[data-worst]").wait_for()
    assert other.locator("[data-bundle]").count() == 0
