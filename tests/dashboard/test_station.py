"""The kiosk beside a scanner and the television: the answer large, silence told, nothing green without a commit."""

from collections.abc import Callable
from typing import Any

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
    screen.steer("scan", {"station": "sewing_3", "answer": "command", "worker": "김**", "ticket": {"word": "LOGOUT"}})
    screen.until(f"{SHOWN} === 'none'")
    screen.page.get_by_text("명찰을 찍어 주세요").first.wait_for()


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


def test_what_people_write_is_text_on_every_screen(open_screen: Open) -> None:
    screen = open_screen()
    page = screen.page
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    names = page.evaluate("fetch('/api/v1/machines').then(r => r.json()).then(r => r.machines.map(m => m.name))")
    for at in range(0, len(ALL), len(names)):
        texts = [{"ko": text, "en": text} for text in ALL[at : at + len(names)]]
        machines = [{"name": name, "label": text} for name, text in zip(names, texts, strict=False)]
        alarms = [ALARM | {"rule": f"r{i}", "message": text, "todo": text} for i, text in enumerate(texts)]
        screen.steer("change", {"machines": machines, "alarms": alarms})
        for text in texts:
            answer = {"answer": "unknown", "answer_text": text, "worker_name": text["ko"], "raw": text["ko"]}
            screen.steer("scan", {"station": "sewing_3", "station_label": text} | answer)
        for view in ("board", "alarms", "scans", "figures", "trends", "station/sewing_3", "wall"):
            page.evaluate(f"location.hash = '#/{view}'")
            page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
            assert page.evaluate(f"document.querySelectorAll('#app {STRANGE}').length") == 0, view
    assert not asked
    text = MARKUP[0]
    screen.steer("scan", {"station": "sewing_3", "answer": "unknown", "answer_text": {"ko": text, "en": text}})
    page.evaluate("location.hash = '#/station/sewing_3'")
    page.locator(".panel .text").get_by_text(text, exact=True).wait_for()
