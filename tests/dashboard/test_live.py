"""News over the stream: changes in small steps, scans at once, and a dead page that does not look alive."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from tests.dashboard.conftest import Server

Open = Callable[..., Any]
SCAN = {"answer": "duplicate", "answer_text": {"ko": "두 번 세지 않았어요.", "en": "Not counted twice."}}


def test_a_changed_machine_changes_its_tile_and_the_chips(open_screen: Open) -> None:
    screen = open_screen()
    screen.steer("change", {"machines": [{"name": "sewing_1", "state": "off"}]})
    screen.page.locator("[data-machine=sewing_1][data-state=off]").wait_for()
    screen.page.locator("[data-chip=off] b", has_text="2").wait_for()


def test_values_move_without_a_touch(open_screen: Open) -> None:
    screen = open_screen(view="values", still=False)
    value = screen.page.locator("[data-point='press_2.power'] b")
    before = value.inner_text()
    screen.until(f"document.querySelector('[data-point=\"press_2.power\"] b').innerText !== '{before}'")


def test_a_measured_value_keeps_its_digits_when_it_happens_to_be_whole(open_screen: Open) -> None:
    screen = open_screen()
    screen.steer(
        "change", {"points": [{"name": "press_2.power", "value": 253}, {"name": "sewing_1.power", "value": 0}]}
    )
    screen.page.locator("[data-machine=press_2]", has_text="253.0 W").wait_for()
    screen.page.locator("[data-machine=sewing_1]", has_text="0 W").wait_for()


def test_tiles_never_move_whatever_changes(open_screen: Open) -> None:
    screen = open_screen()
    order = "[...document.querySelectorAll('[data-machine]')].map(e => e.dataset.machine)"
    before = screen.page.evaluate(order)
    screen.steer("change", {"machines": [{"name": "lathe", "state": "alarm"}, {"name": "press_1", "state": "run"}]})
    screen.page.locator("[data-machine=lathe][data-state=alarm]").wait_for()
    assert screen.page.evaluate(order) == before


def test_two_hundred_changes_are_drawn_in_steps(open_screen: Open) -> None:
    screen = open_screen(server=("--machines", "200"))
    screen.page.evaluate(
        """() => {
            window.steps = [0];
            const count = () => {
                const idle = document.querySelectorAll("[data-machine][data-state=idle]").length;
                if (idle !== window.steps.at(-1)) window.steps.push(idle);
                if (idle < 200) requestAnimationFrame(count);
            };
            requestAnimationFrame(count);
        }"""
    )
    screen.steer("change", {"machines": [{"name": f"m_{i}", "state": "idle"} for i in range(200)]})
    screen.until("window.steps.at(-1) === 200")
    steps = screen.page.evaluate("window.steps")
    assert len(steps) > 4, f"the frames showed {steps}"


def test_the_frame_and_its_state_stand_there_before_any_script(built: Path, browser: Browser) -> None:
    with closing(Server("server.mjs")) as server, closing(browser.new_page()) as page:
        page.route("**/*.js", lambda route: route.abort())
        page.goto(server.url)
        page.locator("#early", has_text="연결하는 중").wait_for()
        assert page.locator("#early > p").is_hidden(), "that it should be loaded anew is said to who waits for long"


def test_a_tile_out_of_sight_tells_its_state_at_once_and_its_figures_when_it_is_seen(open_screen: Open) -> None:
    screen = open_screen(server=("--machines", "200"))
    last = screen.page.locator("[data-machine=m_199]")
    last.wait_for(state="attached")
    screen.steer("change", {"machines": [{"name": "m_199", "state": "idle", "count": 4321}]})
    screen.page.locator("[data-machine=m_199][data-state=idle]").wait_for(state="attached")
    screen.steer("change", {"machines": [{"name": "m_199", "count": 4322}]})
    last.scroll_into_view_if_needed()
    screen.page.locator("[data-machine=m_199]", has_text="4,322").wait_for()


def test_a_scan_shows_at_once_with_its_answer(open_screen: Open) -> None:
    screen = open_screen(view="scans")
    screen.steer("scan", SCAN)
    newest = screen.page.locator("[data-answer]").first
    newest.locator("text=두 번 세지 않았어요.").wait_for()
    assert newest.get_attribute("data-answer") == "duplicate"
    assert newest.locator("svg[data-shape=warning]").count() == 1


def test_an_answer_does_not_say_its_word_twice(open_screen: Open) -> None:
    newest = open_screen(view="scans").page.locator("[data-answer]").first
    assert newest.locator(".word").inner_text() == "등록"
    assert newest.locator(".text").inner_text() == "묶음 0231 앞판 20개"


ANSWERS = [
    ("wrong_order", "Wrong order: Pressing comes first.", "Pressing comes first."),
    ("duplicate", "Already recorded today at 12:56; not counted twice.", "Today at 12:56; not counted twice."),
    ("accepted", "Recorded: bundle 0231, Front, 20", "Bundle 0231, Front, 20"),
    ("badge", "Badge 102: now scan your tickets.", "Badge 102: now scan your tickets."),
    ("failed", "Not stored", "Not stored"),
    ("accepted", "Recordeds are another word.", "Recordeds are another word."),
]


def test_what_is_left_of_an_answer_is_a_sentence(open_screen: Open) -> None:
    screen = open_screen(view="scans", language="en")
    for answer, text, shown in ANSWERS:
        screen.steer("scan", {"answer": answer, "answer_text": {"ko": text, "en": text}})
        newest = screen.page.locator("[data-answer]").first
        newest.locator(".text").get_by_text(shown, exact=True).wait_for()


def test_after_ten_silent_seconds_a_banner_says_so_and_the_colours_go(open_screen: Open) -> None:
    screen = open_screen(hand_moved_clock=True)
    edge = "getComputedStyle(document.querySelector('[data-machine=sewing_1]'), '::before').backgroundColor"
    alive = screen.page.evaluate(edge)
    screen.steer("stop")
    screen.page.clock.fast_forward(11_000)
    screen.page.locator("[data-freshness=stale]").wait_for()
    assert screen.page.evaluate(edge) != alive
    assert screen.page.locator("button.acknowledge").is_disabled()
    assert "지금은 누를 수 없어요" in screen.page.locator("section[data-alarm]").inner_text()


def test_after_a_silent_minute_states_are_told_in_the_past(open_screen: Open) -> None:
    screen = open_screen(hand_moved_clock=True)
    screen.steer("stop")
    screen.page.clock.fast_forward(61_000)
    screen.page.locator("[data-freshness=past]").wait_for()
    tile = screen.page.locator("[data-machine=sewing_1]").inner_text()
    assert "마지막: 가동" in tile
    assert "분째" not in tile
    assert "공유기 전원을 확인해 주세요" in screen.page.locator("[data-freshness]").inner_text()
    assert "4분째" in screen.page.locator("section[data-alarm]").inner_text(), "a duration went on without news"


def test_old_news_are_no_calm(open_screen: Open) -> None:
    screen = open_screen("calm", hand_moved_clock=True)
    screen.page.get_by_text("지금은 알람이 없어요").wait_for()
    screen.steer("stop")
    screen.page.clock.fast_forward(11_000)
    screen.page.locator("[data-freshness=stale]").wait_for()
    assert screen.page.get_by_text("지금은 알람이 없어요").count() == 0
    screen.page.evaluate("location.hash = '#/alarms'")
    screen.page.get_by_text("에는 알람이 없었어요").wait_for()
    screen.page.evaluate("location.hash = '#/health'")
    screen.page.get_by_text("까지는 모두 잘 돌아갔어요").wait_for()


def test_the_way_back_begins_with_a_snapshot(open_screen: Open) -> None:
    screen = open_screen(hand_moved_clock=True)
    screen.steer("stop")
    screen.steer("drop")
    screen.page.clock.fast_forward(11_000)
    screen.page.locator("[data-freshness]").wait_for()
    screen.steer("change", {"machines": [{"name": "sewing_1", "state": "setup"}]})  # not told: the stream is gone
    screen.steer("go")
    again = screen.page.get_by_role("button", name="다시 연결")
    again.evaluate_all("buttons => buttons.forEach(button => button.click())")  # unless it came back by itself already
    screen.page.locator("[data-freshness]").wait_for(state="detached")
    assert screen.page.locator("[data-machine=sewing_1]").get_attribute("data-state") == "setup"


def test_after_an_outage_of_minutes_a_screen_is_back_within_seconds(open_screen: Open) -> None:
    screen = open_screen(hand_moved_clock=True)
    screen.page.clock.pause_at(screen.page.evaluate("Date.now()") / 1000 + 1)
    screen.steer("stop")
    screen.steer("drop")

    def six_seconds() -> None:  # the longest pause; no time passes by itself
        screen.page.clock.run_for(6_000)
        screen.page.wait_for_timeout(200)  # of ours, until the answer is there

    for _ in range(15):
        six_seconds()
    screen.page.locator("[data-freshness=past]").wait_for()
    screen.steer("go")
    for _ in range(2):
        six_seconds()
    screen.page.locator("[data-freshness]").wait_for(state="detached")


def test_a_lost_stream_is_opened_again_by_itself(open_screen: Open) -> None:
    screen = open_screen()
    screen.steer("drop")
    screen.steer("change", {"machines": [{"name": "sewing_1", "state": "idle"}]})
    screen.page.locator("[data-machine=sewing_1][data-state=idle]").wait_for()


def test_a_hidden_tab_holds_no_stream_and_a_shown_one_holds_one(open_screen: Open) -> None:
    screen = open_screen()
    assert screen.seen()["browsers"] == 1
    hide = "Object.defineProperty(document, 'hidden', {{ value: {}, configurable: true }})"
    told = "document.dispatchEvent(new Event('visibilitychange'))"
    screen.page.evaluate(f"{hide.format('true')}; {told}")
    wait_for(screen, 0)
    screen.page.evaluate(f"{hide.format('false')}; {told}")
    wait_for(screen, 1)


def test_the_tabs_of_a_browser_share_one_stream_and_one_that_goes_leaves_it_to_another(open_screen: Open) -> None:
    screen = open_screen()
    with screen.page.expect_popup() as opened:
        screen.page.evaluate("void open('/#/scans')")
    with closing(opened.value) as other:
        other.locator("[data-age=fresh]").wait_for()
        wait_for(screen, 1)
        screen.steer("scan", SCAN)
        for page in (screen.page, other):
            page.locator("[data-answer=duplicate]").first.wait_for()
    wait_for(screen, 1)
    screen.steer("change", {"machines": [{"name": "sewing_1", "state": "idle"}]})
    screen.page.locator("[data-machine=sewing_1][data-state=idle]").wait_for()


def wait_for(screen: Any, browsers: int) -> None:
    """Wait until the server has so many open streams."""
    for _ in range(1200):
        if screen.seen()["browsers"] == browsers:
            return
        screen.page.wait_for_timeout(50)
    raise AssertionError(f"the server still has {screen.seen()['browsers']} streams open")


def test_a_new_build_waits_for_what_is_half_typed_and_is_offered_meanwhile(open_screen: Open) -> None:
    screen = open_screen(view="work/0231", server=("--role", "owner"))
    sheet = screen.page.get_by_role("dialog")
    sheet.locator("[data-action=split]").click()
    sheet.get_by_label("까닭").fill("사이즈가 섞임")
    screen.steer("change", {"build": "another"})
    screen.page.locator("[data-newer] button", has_text="새로 열기").wait_for()
    assert sheet.get_by_label("까닭").input_value() == "사이즈가 섞임"
    with screen.page.expect_event("load"):
        sheet.get_by_role("button", name="닫기").first.click()
    screen.page.locator("[data-order]").first.wait_for()
    assert screen.page.locator("[data-newer]").count() == 0


def test_a_new_build_of_the_screens_is_taken(open_screen: Open) -> None:
    screen = open_screen()
    with screen.page.expect_event("load"):
        screen.steer("change", {"build": "another"})
    screen.page.locator("[data-machine=sewing_1]").wait_for()
