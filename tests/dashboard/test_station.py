"""The kiosk beside a scanner and the television: the answer large, silence told, nothing green without a commit."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.naughty import ALL, MARKUP

Open = Callable[..., Any]
SHOWN = "document.querySelector('[data-answer]')?.dataset.answer"
STRANGE = ", ".join(
    f"#app {what}" for what in ("script", "img", "iframe", "object", "[onerror]", "[onload]", "[onclick]")
)
ALARM = {
    "severity": "critical", "machine": None, "since_ts": 1, "value": None, "unit": None, "acknowledged_by": None,
    "acknowledged_ts": None, "level": 0, "suppresses": 0, "raised_10_min": 1, "shelved_until_ts": None,
}  # fmt: skip
COLOUR = "getComputedStyle(document.querySelector('.panel')).backgroundColor"


def answered(screen: Any, answer: str, **more: Any) -> None:
    """Have the station's scanner answered so, and wait for it."""
    text = {"ko": "묶음 0231 앞판 20개", "en": "bundle 0231, front, 20"}
    screen.steer("scan", {"station": "sewing_3", "answer": answer, "answer_text": text, "worker": "김**"} | more)
    screen.until(f"{SHOWN} === '{answer}'")


ANSWERS = [
    ("accepted", "등록", "rgb(3, 122, 90)"),
    ("duplicate", "이미 등록", "rgb(255, 198, 26)"),
    ("wrong_order", "순서 틀림", "rgb(200, 16, 46)"),
]


def test_an_answer_fills_the_screen_until_the_next(open_screen: Open) -> None:
    screen = open_screen(view="station/sewing_3", waits=False)
    screen.page.locator("[data-answer]").wait_for()
    for answer, word, colour in ANSWERS:
        answered(screen, answer)
        assert word in screen.page.locator(".panel .word").inner_text()
        assert screen.page.evaluate(COLOUR) == colour
        px = "parseFloat(getComputedStyle(document.querySelector('.panel .word')).fontSize)"
        assert screen.page.evaluate(px) >= 112
        assert screen.page.locator("aside [data-scan]").first.get_attribute("data-scan") == answer


def test_without_a_connection_nothing_is_green_and_it_comes_back(open_screen: Open) -> None:
    screen = open_screen(view="station/sewing_3", waits=False)
    answered(screen, "accepted")
    green = screen.page.evaluate(COLOUR)
    screen.steer("stop")
    screen.steer("drop")
    screen.until(f"{SHOWN} === 'lost'")
    assert screen.page.evaluate(COLOUR) != green
    screen.steer("go")
    screen.until(f"{SHOWN} === 'accepted'")


def test_who_left_is_not_shown_and_a_scan_elsewhere_is_not_ours(open_screen: Open) -> None:
    screen = open_screen(view="station/sewing_3", waits=False)
    answered(screen, "accepted", worker_name="은하")
    screen.page.get_by_text("은하").wait_for()
    screen.steer("scan", {"station": "cutting_1", "answer": "unknown"})
    answered(screen, "duplicate", worker_name="은하")
    assert screen.page.locator("aside [data-scan=unknown]").count() <= 1  # the recorded one
    screen.steer("standing", {"workers": []})
    screen.steer("scan", {"station": "sewing_3", "answer": "command", "worker": "김**", "ticket": {"word": "LOGOUT"}})
    screen.until(f"{SHOWN} === 'none'")
    screen.page.get_by_text("명찰을 찍어 주세요").first.wait_for()


def test_of_two_tickets_that_were_read_together_the_later_one_stands_there(open_screen: Open) -> None:
    screen = open_screen(view="station/sewing_3", waits=False)
    answered(screen, "duplicate")
    kept = screen.page.evaluate("fetch('/api/v1/work/scans').then(r => r.json())")["scans"]
    for number, answer in ((9, "badge"), (10, "accepted")):
        answered(screen, answer, ts=kept[-1]["ts"] + 1, id=f"gw_1:e:1-a1:{number}")
    screen.page.reload()
    screen.until(f"{SHOWN} === 'accepted'")


HERE = {"worker": "102", "worker_name": "은하", "language": None}
QUESTION = {"what": "defect", "about": {"code": "STAIN", "quantity": 1}}


def pressed(screen: Any) -> list[str]:
    """The tickets whose keys were pressed."""
    return [post["body"]["ticket"] for post in screen.seen()["posts"] if post["path"].endswith("/keys")]


def asked(screen: Any) -> None:
    """Have a defect scanned: the station waits for the ticket of the bundle."""
    screen.steer("standing", {"waits": QUESTION | {"until_ts": 4_000_000_000_000}})
    answered(screen, "command", asks=QUESTION, tone="ok")


@pytest.mark.parametrize(("size", "least"), [((1280, 800), 120), ((1920, 1080), 120), ((390, 844), 76)])
def test_five_keys_of_a_glove_s_size_are_on_the_screen(open_screen: Open, size: tuple[int, int], least: int) -> None:
    screen = open_screen(view="station/sewing_3", waits=False, size=size, server=("--role", "operator"))
    screen.page.locator("[data-key=undo]").wait_for()
    screen.steer("change", {"machines": [{"name": "sewing_3", "station": "sewing_3", "state": "idle"}]})
    screen.page.locator("[data-stopped]").wait_for()
    for _ in range(6):
        answered(screen, "accepted")
    boxes = "[...document.querySelectorAll('[data-key]')].map(one => one.getBoundingClientRect().toJSON())"
    keys = screen.page.evaluate(boxes)
    assert [min(key["height"], 999) >= least for key in keys] == [True] * 5
    assert max(key["bottom"] for key in keys) <= size[1]
    assert screen.page.evaluate("document.scrollingElement.scrollWidth") <= size[0]


def test_keys_say_their_tickets_in_two_taps_and_a_scan_closes_what_is_open(open_screen: Open) -> None:
    screen = open_screen(view="station/sewing_3", waits=False, server=("--role", "operator"))
    page = screen.page
    for key, choice in (("undo", None), ("defect", "땀 빠짐"), ("defect", "폐기해요"), ("call", "자재")):
        page.locator(f"[data-key={key}]:enabled").click()
        if choice:
            page.get_by_role("dialog").get_by_role("button", name=choice).click()
        page.get_by_role("dialog").wait_for(state="detached")
    page.locator("[data-key=quantity]:enabled").click()
    for digit in "120":
        page.get_by_role("dialog").get_by_role("button", name=digit, exact=True).click()
    page.get_by_role("button", name="확인").click()
    page.locator("[data-key=work]:enabled").click()
    page.get_by_role("dialog").get_by_role("button", name="2611A").click()
    page.get_by_role("dialog").get_by_role("button", name="소매").click()
    asked(screen)
    page.get_by_role("button", name="묶음 0231").click()
    page.get_by_role("button", name="취소").click()
    page.locator("[data-key=defect]:enabled").click()
    page.get_by_role("dialog").wait_for()
    answered(screen, "accepted")
    page.get_by_role("dialog").wait_for(state="detached")
    wanted = ["C-UNDO", "D-SKIP", "C-SCRAP", "C-MATERIAL", "N-120", "O-2611A-SLEEVE", "T-0231", "C-CANCEL"]
    assert pressed(screen) == wanted


def test_a_machine_that_stands_is_asked_why_until_somebody_said(open_screen: Open) -> None:
    screen = open_screen(view="station/sewing_3", waits=False, server=("--role", "operator"))
    page = screen.page
    screen.page.locator("[data-key=undo]").wait_for()
    screen.steer("change", {"machines": [{"name": "sewing_3", "station": "sewing_3", "state": "idle"}]})
    page.locator("[data-stopped=sewing_3]").click()
    page.get_by_role("dialog").get_by_role("button", name="바늘 부러짐").click()
    screen.steer("standing", {"reasons_told": {"sewing_3": 4_000_000_000_000}})
    answered(screen, "accepted", tone="ok")
    page.locator("[data-stopped]").wait_for(state="detached")
    assert pressed(screen) == ["R-NEEDLE"]


def test_a_press_whose_answer_was_lost_is_sent_again_as_the_same_press(open_screen: Open) -> None:
    screen = open_screen(view="station/sewing_3", waits=False, server=("--role", "operator"))
    screen.page.locator("[data-key=undo]").wait_for()
    lost: list[str] = []
    ages: list[float] = []

    def lose(route: Any) -> None:
        lost.append(route.request.post_data_json["id"])
        ages.append(route.request.post_data_json["age_s"])
        route.abort() if len(lost) < 3 else route.continue_()

    screen.page.route("**/keys", lose)
    screen.page.locator("[data-key=undo]").click()
    screen.page.locator("[data-key=undo]:enabled").wait_for()
    assert len(lost) == 3
    assert len(set(lost)) == 1
    assert ages[0] + 1 < ages[2], "it says how long ago it was pressed"
    assert pressed(screen) == ["C-UNDO"]


def test_a_tablet_has_keys_once_its_owner_set_it_there(open_screen: Open) -> None:
    page = open_screen(view="station/sewing_3", waits=False).page
    page.get_by_role("button", name="이 태블릿을 이 자리에 세우기").click()
    assert page.locator("[data-key]").count() == 0
    page.get_by_label("비밀번호").fill("workshop-17")
    page.get_by_role("dialog").get_by_role("button", name="로그인").click()
    page.locator("[data-key=undo]:enabled").wait_for()
    page.get_by_role("button", name="이 태블릿을 이 자리에 세우기").wait_for(state="detached")


def test_the_touch_that_wakes_the_sound_moves_no_key_from_under_the_finger(open_screen: Open) -> None:
    page = open_screen(view="station/sewing_3", waits=False).page
    page.get_by_role("button", name="이 태블릿을 이 자리에 세우기").hover()
    page.mouse.down()
    page.locator("footer .silent").wait_for(state="hidden")
    page.mouse.up()
    page.get_by_role("dialog").get_by_label("비밀번호").wait_for()


def test_the_badge_that_was_scanned_at_a_tablet_may_at_once_what_its_worker_may(open_screen: Open) -> None:
    screen = open_screen(view="station/sewing_3", waits=False, server=("--role", "owner"))
    page = screen.page
    page.get_by_role("button", name="이 태블릿을 이 자리에 세우기").click()
    page.get_by_role("button", name="되돌리기").wait_for()
    with page.expect_response(lambda answer: answer.url.endswith("/session")):
        answered(screen, "badge", worker="102")
    page.wait_for_timeout(500)  # the answer is there, and nothing shows when the page has read it
    page.evaluate("location.hash = '#/board'")
    page.locator("button.acknowledge").click()
    page.locator("button.acknowledge").wait_for(state="detached")
    assert page.get_by_role("dialog").count() == 0, "nobody was asked to log in"
    assert screen.seen()["posts"][-1]["path"].endswith("/acknowledge")


def test_the_panel_says_what_is_asked_and_a_refused_command_is_red(open_screen: Open) -> None:
    screen = open_screen(view="station/sewing_3", waits=False, server=("--role", "operator"))
    asked(screen)
    screen.page.locator(".panel .word").get_by_text("어느 표예요?").wait_for()
    screen.page.locator("[data-key=quantity].main").wait_for()
    screen.steer("standing", {"waits": None})
    answered(screen, "command", tone="refused")
    screen.page.locator(".panel.bad .word").get_by_text("안 됐어요").wait_for()


def test_the_station_speaks_the_language_of_whoever_is_there(open_screen: Open) -> None:
    screen = open_screen(view="station/sewing_3", waits=False, server=("--role", "operator"))
    screen.page.get_by_role("button", name="되돌리기").wait_for()
    screen.steer("standing", {"workers": [HERE | {"language": "en"}]})
    answered(screen, "accepted")
    screen.page.get_by_role("button", name="Undo").wait_for()
    screen.page.evaluate("location.hash = '#/board'")
    screen.page.locator("main[data-view=board]").wait_for()
    screen.until("document.documentElement.lang === 'ko'")


def test_a_call_stands_on_the_board_the_television_and_its_station_until_somebody_came(open_screen: Open) -> None:
    screen = open_screen(server=("--role", "operator"))
    page = screen.page
    call = {"station": "sewing_3", "station_label": {"ko": "봉제 3", "en": "Sewing 3"}, "what": "material",
            "since_ts": page.evaluate("Date.now()") - 185_000, "worker": "102", "worker_name": "은하"}  # fmt: skip
    screen.steer("change", {"calls": [call]})
    page.locator("[data-call=sewing_3]").get_by_text("봉제 3 · 자재 호출 · 은하").wait_for()
    page.evaluate("location.hash = '#/wall'")
    page.locator(".wall [data-call=sewing_3]").get_by_text("자재 호출").wait_for()
    page.evaluate("location.hash = '#/station/sewing_3'")
    page.locator("[data-key=call]").get_by_text("호출 3분째").wait_for()
    page.locator("[data-key=call]").click()
    page.get_by_role("dialog").get_by_role("button", name="도와줬어요").click()
    page.evaluate("location.hash = '#/board'")
    page.locator("[data-call=sewing_3]").get_by_role("button", name="도와줬어요").click()
    page.locator("[data-call]").wait_for(state="detached")
    assert pressed(screen) == ["C-HELPED"]
    assert screen.seen()["posts"][-1]["path"] == "work/stations/sewing_3/helped"


def test_a_station_that_is_none_offers_those_that_are(open_screen: Open) -> None:
    page = open_screen(view="station/nowhere", waits=False).page
    page.get_by_text("「nowhere」").wait_for()
    page.locator("[data-kiosk=sewing_3]").click()
    page.locator("[data-station=sewing_3]").wait_for()


def test_the_television_is_dark_and_leads_back_to_the_board(open_screen: Open) -> None:
    page = open_screen(view="wall", waits=False, size=(1920, 1080)).page
    page.locator("[data-tile]").first.wait_for()
    assert page.locator("[data-tile]").count() == 12
    assert page.evaluate("getComputedStyle(document.querySelector('.wall')).backgroundColor") == "rgb(15, 18, 22)"
    assert page.evaluate("document.scrollingElement.scrollHeight") <= 1080
    page.keyboard.press("Enter")
    page.locator("main[data-view=board]").wait_for()
    assert "night" not in page.evaluate("document.documentElement.className")


@pytest.mark.slow
def test_what_people_write_is_text_on_every_screen(open_screen: Open) -> None:
    screen = open_screen(server=("--role", "operator"))
    page = screen.page
    opened: list[str] = []
    screen.on("dialog", lambda dialog: (opened.append(dialog.message), dialog.dismiss()))
    names = page.evaluate("fetch('/api/v1/machines').then(r => r.json()).then(r => r.machines.map(m => m.name))")
    for at in range(0, len(ALL), len(names)):
        texts = [{"ko": text, "en": text} for text in ALL[at : at + len(names)]]
        machines = [{"name": name, "label": text} for name, text in zip(names, texts, strict=False)]
        alarms = [ALARM | {"rule": f"r{i}", "message": text, "todo": text} for i, text in enumerate(texts)]
        names_of = [HERE | {"worker_name": text["ko"]} for text in texts]
        calls = [{"station": f"s{i}", "station_label": text, "what": None, "since_ts": 1, **who} for i, (text, who) in
                 enumerate(zip(texts, names_of, strict=True))]  # fmt: skip
        coded = [{"code": f"C{i}", "label": text} for i, text in enumerate(texts)]
        screen.steer("standing", {"workers": names_of, "defects": coded, "reasons": coded})
        screen.steer("change", {"machines": machines, "alarms": alarms, "calls": calls})
        for text in texts:
            answer = {"answer": "unknown", "answer_text": text, "worker_name": text["ko"], "raw": text["ko"]}
            screen.steer("scan", {"station": "sewing_3", "station_label": text} | answer)
        for view in ("board", "alarms", "scans", "figures", "trends", "station/sewing_3", "wall"):
            page.evaluate(f"location.hash = '#/{view}'")
            page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
            if view.startswith("station"):
                page.locator("[data-key=defect]:enabled").click()
                page.get_by_role("dialog").wait_for()
            assert page.evaluate(f"document.querySelectorAll('{STRANGE}').length") == 0, view
    assert not opened
    text = MARKUP[0]
    screen.steer("scan", {"station": "sewing_3", "answer": "unknown", "answer_text": {"ko": text, "en": text}})
    page.evaluate("location.hash = '#/station/sewing_3'")
    page.locator(".panel .text").get_by_text(text, exact=True).wait_for()
