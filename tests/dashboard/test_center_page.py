"""The support center's page: what to do first, every shop with its state, one shop in full."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.slow  # the page itself opens in test_center_service

Open = Callable[..., Any]
SILENT, CRITICAL, LATE, UNSEEN = "shop-0003/gw_1", "shop-0063/gw_1", "shop-0031/gw_1", "shop-0099/gw_1"


def row(screen: Any, shop: str) -> Any:
    """Return a shop's line."""
    return screen.page.locator(f"[data-shop='{shop}']")


def told(screen: Any, shop: str) -> str:
    """Return what a shop's line tells, also where it lies below the window and is not drawn."""
    return str(row(screen, shop).text_content())


def shown(screen: Any) -> int:
    """Return how many shops the page says it found."""
    return int(screen.page.locator("[data-found]").get_attribute("data-found"))


def test_a_state_is_a_word_and_a_shape_and_since_when_and_the_head_counts_them(open_center: Open) -> None:
    screen = open_center()
    page = screen.page
    counts = {state: page.locator(f"[data-chip={state}] b").inner_text() for state in ("offline", "stale", "unseen")}
    assert counts == {"offline": "6", "stale": "2", "unseen": "2"}
    assert page.locator("[data-total=alarms]").inner_text() == "5건"
    assert page.locator("[data-total=queued]").inner_text().startswith("24,")
    for shop, state, shape, word, since in (
        (SILENT, "offline", "unknown", "통신 두절", "14분째"),
        (LATE, "stale", "late", "소식 없음", "4분째"),
        (UNSEEN, "unseen", "off", "첫 연결 전", ""),
        (CRITICAL, "live", "ok", "연결됨", "2일째"),
    ):
        line = row(screen, shop)
        assert line.get_attribute("data-state") == state
        assert line.locator(f".how svg[data-shape={shape}]").count() == 1
        assert [word, since] == line.locator(".how > span").all_inner_texts()


def test_a_line_tells_alarms_backlog_version_clock_and_last_contact(open_center: Open) -> None:
    screen = open_center()
    assert row(screen, CRITICAL).locator(".pill svg[data-shape=alarm]").count() == 1
    late = told(screen, "shop-0021/gw_1")
    assert "12,034건" in late
    assert "2시간 전" in late
    assert "시계 안 맞음" in told(screen, "shop-0034/gw_1")
    assert "0.2.1" in told(screen, "shop-0016/gw_1")
    silent = told(screen, SILENT)
    assert "창신 · 봉제" in silent, "a trade is told in words"
    assert "14분 전" in silent
    assert "—" in silent, "the backlog of a silent shop is not known"


def test_the_first_thing_stands_large_and_says_what_to_do(open_center: Open) -> None:
    page = open_center().page
    causes = page.evaluate("[...document.querySelectorAll('[data-cause]')].map(e => e.dataset.cause)")
    assert causes == ["critical", "outage:창신", "offline", "warning", "stale", "backlog"]
    first = page.locator("[data-cause=critical]")
    assert "전화해서" in first.inner_text()
    assert "문래 기계금속 3호" in first.inner_text()
    page.get_by_role("button", name="그 밖에 4가지").click()
    assert page.locator("[data-cause]").count() == 10


def test_a_tap_on_a_cause_shows_its_shops_and_another_one_all(open_center: Open) -> None:
    screen = open_center()
    outage = screen.page.locator("[data-cause='outage:창신']")
    outage.click()
    screen.page.locator("[data-found='5']").wait_for()
    assert screen.page.locator("[data-shop]").count() == 5
    assert "기록은 공방에 남아 있어요" in outage.inner_text()
    outage.click()
    screen.page.locator("[data-found='100']").wait_for()


def test_a_cause_that_is_over_says_so(open_center: Open) -> None:
    screen = open_center(view="?cause=lost")
    screen.page.locator("[data-found='1']").wait_for()
    screen.steer("shop", {"workshop": "shop-0089", "lost": 0})
    screen.page.get_by_text("이 문제는 풀렸어요.").wait_for()
    screen.page.get_by_role("button", name="모두 보기").click()
    screen.page.locator("[data-found='100']").wait_for()


def test_a_center_without_shops_says_how_one_comes_and_is_not_called_well(open_center: Open) -> None:
    screen = open_center("empty")
    screen.page.get_by_text("아직 공방이 없어요.").wait_for()
    assert screen.page.get_by_text("모두 잘").count() == 0


def test_shops_are_found_by_state_by_cluster_and_by_first_consonants(open_center: Open) -> None:
    screen = open_center()
    screen.page.locator("[data-chip=stale]").click()
    screen.page.locator("[data-found='2']").wait_for()
    assert screen.page.locator("[data-chip=stale]").get_attribute("aria-pressed") == "true"
    screen.page.get_by_role("combobox").select_option("장위")
    screen.page.locator("[data-found='1']").wait_for()
    screen.page.locator("[data-everything]").click()
    screen.page.get_by_label("이름으로 찾기").fill("ㅂㅇ ㅈㅇㄹ 9")
    screen.page.locator("[data-found='1']").wait_for()
    assert screen.page.locator("[data-shop] .name").inner_text().startswith("봉익 주얼리 9호")
    screen.page.get_by_label("이름으로 찾기").fill("없는 이름")
    screen.page.get_by_text("찾는 공방이 없어요.").wait_for()


def test_a_cluster_tells_how_many_of_its_shops_are_in_need(open_center: Open) -> None:
    screen = open_center()
    cluster = screen.page.locator("a[data-cluster=창신]")
    assert "24곳" in cluster.inner_text()
    assert "통신 두절 5" in " ".join(cluster.locator(".mark").all_text_contents())
    cluster.click()
    screen.page.locator("[data-found='24']").wait_for()


def test_a_tap_opens_the_shop_and_the_back_key_closes_it(open_center: Open) -> None:
    screen = open_center()
    row(screen, SILENT).click()
    dialog = screen.page.get_by_role("dialog", name="창신 봉제 3호")
    sentence = dialog.locator("[data-sentence]").inner_text()
    assert "통신이 끊겼어요." in sentence
    assert "기록은 공방에 남아 있어요." in sentence
    assert "14분째" in sentence
    dialog.get_by_text("마지막 연락 때는 알람이 없었어요.").wait_for()
    screen.page.go_back()
    dialog.wait_for(state="detached")


def test_an_address_leads_to_a_shop_with_its_alarms_the_worst_first(open_center: Open) -> None:
    page = open_center(view=f"shop/{CRITICAL}").page
    alarms = page.get_by_role("dialog").locator("[data-alarm]")
    alarms.first.wait_for()
    assert [alarms.nth(i).get_attribute("data-alarm") for i in range(2)] == ["press_overheat", "belt_slow"]
    assert "위급 · 4분째" in alarms.nth(0).inner_text()
    assert "공방에서 확인함" in alarms.nth(1).inner_text()


def test_a_shop_tells_its_backlog_clock_version_and_losses(open_center: Open) -> None:
    screen = open_center(view="shop/shop-0021/gw_1")
    assert "기록이 밀려 있어요" in screen.page.locator("[data-sentence]").inner_text()
    screen.steer("shop", {"workshop": "shop-0021", "lost": 14})
    screen.page.locator("dl", has_text="14건").wait_for()
    facts = screen.page.get_by_role("dialog").locator("dl").inner_text()
    for part in ("12,034건", "가장 오래된 것 2시간 전", "측정값 묶음 210개", "0.3.0", "맞음", "1,220건"):
        assert part in facts


def test_a_shop_tells_whether_its_copy_can_be_restored_and_gives_it(open_center: Open) -> None:
    screen = open_center(view="shop/shop-0021/gw_1")
    dialog = screen.page.get_by_role("dialog")
    assert "되살려 보지 않음" in dialog.locator("[data-copy=none]").inner_text()
    screen.steer(
        "shop", {"workshop": "shop-0021", "copy": {"ok": False, "witness_ms": 1, "said": ["ledger: work_paid"]}}
    )
    dialog.locator("[data-copy=false]").wait_for()
    assert "ledger: work_paid" in dialog.locator("[data-copy=false]").inner_text()
    assert "공방의 기록과 달라요" in dialog.locator("[data-sentence]").inner_text()
    link = dialog.get_by_role("link", name="백업 파일 받기")
    assert link.get_attribute("href") == "/api/v1/shops/shop-0021/gw_1/copy"


def test_events_are_told_in_words(open_center: Open) -> None:
    dialog = open_center(view=f"shop/{CRITICAL}").page.get_by_role("dialog")
    dialog.locator("[data-event]").first.wait_for()
    told = " ".join(dialog.locator("[data-event]").all_inner_texts())
    for part in (
        "알람 · 시작",
        "프레스 1호 과열 · 84.1℃",
        "이미 등록",
        "두 번 세지 않았어요.",
        "가동",
        "앞서 대기",
        "측정값 기록",
    ):
        assert part in told
    assert "시계가 안 맞을 때의 시각" in told


def test_older_events_come_when_asked_until_there_are_no_more_and_kinds_alone(open_center: Open) -> None:
    dialog = open_center(view=f"shop/{CRITICAL}").page.get_by_role("dialog")
    more, events = dialog.get_by_role("button", name="더 보기"), dialog.locator("[data-event]")
    events.nth(99).wait_for()
    more.click()
    events.nth(199).wait_for()
    more.click()
    more.wait_for(state="detached")
    assert events.count() == 250
    dialog.get_by_label("기록 종류").select_option("alarm")
    dialog.locator("[data-event=count]").first.wait_for(state="detached")
    assert events.count() == dialog.locator("[data-event=alarm]").count() > 0


def test_a_new_event_comes_by_itself_in_front_of_what_was_read(open_center: Open) -> None:
    screen = open_center(view=f"shop/{CRITICAL}")
    dialog = screen.page.get_by_role("dialog")
    dialog.locator("[data-event]").nth(99).wait_for()
    dialog.get_by_role("button", name="더 보기").click()
    dialog.locator("[data-event]").nth(199).wait_for()
    body = {"stream": "e", "from": None, "to": None, "cause": "space", "rows": 7}
    screen.steer("event", {"workshop": "shop-0063", "kind": "gap", "body": body})
    newest = dialog.locator("[data-event]").first
    newest.get_by_text("일 기록 · 7건 · 자리가 모자라 오래된 것을 지웠어요.").wait_for()
    assert dialog.locator("[data-event]").count() == 201


def test_a_change_comes_without_a_touch(open_center: Open) -> None:
    screen = open_center("calm")
    screen.steer("shop", {"workshop": "shop-0005", "state": "stale"})
    screen.page.locator("[data-shop='shop-0005/gw_1'][data-state=stale]").wait_for()
    screen.page.locator("[data-cause=stale]").wait_for()


def test_the_first_answer_is_asked_for_once_and_a_hidden_page_asks_nothing(open_center: Open) -> None:
    screen = open_center(hand_moved_clock=True)  # no second question until the clock is moved
    assert screen.seen()["asked"] == 1, "what the page preloads is not taken"
    hide = "Object.defineProperty(document, 'hidden', {{ value: {}, configurable: true }})"
    told = "document.dispatchEvent(new Event('visibilitychange'))"
    screen.page.evaluate(f"{hide.format('true')}; {told}")
    screen.page.clock.run_for(9_000)
    assert screen.seen()["asked"] == 1
    screen.page.evaluate(f"{hide.format('false')}; {told}")
    until_asked(screen, 2)


def until_asked(screen: Any, times: int) -> None:
    """Wait until the server was asked for the fleet so often."""
    for _ in range(1200):
        if screen.seen()["asked"] >= times:
            return
        screen.page.wait_for_timeout(50)
    raise AssertionError(f"the server was asked {screen.seen()['asked']} times")


def test_old_news_drain_the_page_and_are_told_in_the_past(open_center: Open) -> None:
    screen = open_center(hand_moved_clock=True)
    colour = f"getComputedStyle(document.querySelector(\"[data-shop='{SILENT}'] .how > span\")).color"
    alive = screen.page.evaluate(colour)
    screen.steer("stop")
    screen.page.clock.fast_forward(11_000)
    screen.page.locator("[data-freshness=stale]").wait_for()
    assert screen.page.evaluate(colour) != alive
    screen.page.clock.fast_forward(50_000)
    screen.page.locator("[data-freshness=past]").wait_for()
    assert "마지막: 통신 두절" in row(screen, SILENT).inner_text()
    assert "센터와 연결이 끊겼어요." in screen.page.locator("[data-freshness]").inner_text()
    screen.steer("go")
    again = screen.page.get_by_role("button", name="다시 연결")
    again.evaluate_all("buttons => buttons.forEach(button => button.click())")  # unless it came back by itself already
    screen.page.locator("[data-freshness]").wait_for(state="detached")


def test_calm_is_said_without_a_fill_and_old_calm_with_its_time(open_center: Open) -> None:
    screen = open_center("calm", hand_moved_clock=True)
    screen.page.get_by_text("모두 잘 돌아가고 있어요.").wait_for()
    assert screen.page.locator("[data-cause], .pill").count() == 0
    screen.steer("stop")
    screen.page.clock.fast_forward(11_000)
    screen.page.get_by_text("까지는 모두 잘 돌아갔어요.").wait_for()


def test_a_center_that_hears_nobody_does_not_look_alive(open_center: Open) -> None:
    screen = open_center("calm")
    screen.steer("self", {"broker": {"address": "mqtt.example:8883", "connected": False}, "storage": {"well": False}})
    deaf = screen.page.locator("[data-self=deaf]")
    deaf.wait_for()
    assert "mqtt.example:8883" in deaf.inner_text()
    assert screen.page.evaluate("document.documentElement.classList.contains('drained')")
    assert screen.page.get_by_text("모두 잘 돌아가고 있어요.").count() == 0
    assert "디스크를 확인해 주세요" in screen.page.locator("[data-self=full]").inner_text()


def test_a_new_build_of_the_page_is_taken(open_center: Open) -> None:
    screen = open_center()
    with screen.page.expect_event("load"):
        screen.steer("build", {"to": "another"})
    row(screen, SILENT).wait_for()


def test_the_word_is_asked_for_and_a_wrong_one_is_told(open_center: Open) -> None:
    page = open_center(server=("--word", "needle-and-thread")).page
    page.get_by_label("접속 암호").fill("thread")
    page.get_by_role("button", name="들어가기").click()
    assert "암호가 달라요. 1초 뒤에" in page.get_by_role("alert").inner_text()
    page.get_by_label("접속 암호").fill("needle-and-thread")
    page.get_by_role("button", name="들어가기").click()
    page.locator(f"[data-shop='{CRITICAL}']").wait_for()


def test_the_language_is_the_centers_until_the_person_chooses(open_center: Open) -> None:
    page = open_center(server=("--language", "en")).page
    page.get_by_text("Critical alarms").first.wait_for()
    assert page.evaluate("document.documentElement.lang") == "en"
    page.locator("[data-language=ko]").click()
    page.get_by_text("위급 알람").first.wait_for()
    page.reload()
    page.get_by_text("위급 알람").first.wait_for()


def test_the_keyboard_finds_walks_opens_and_comes_back(open_center: Open) -> None:
    screen = open_center(view="?state=offline")
    page = screen.page
    page.keyboard.press("/")
    page.keyboard.type("창신")
    page.locator("[data-found='5']").wait_for()
    page.locator("[data-shop]").first.focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.dataset.shop") == "shop-0006/gw_1"
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    assert page.evaluate("document.activeElement.dataset.shop") == "shop-0006/gw_1"
    assert shown(screen) == 5


def test_thousands_of_shops_are_a_hundred_lines_a_page(open_center: Open) -> None:
    screen = open_center(shops=3000)
    assert screen.page.locator("[data-shop]").count() == 100
    first = screen.page.locator("[data-shop]").first.get_attribute("data-shop")
    screen.page.get_by_role("button", name="다음").click()
    screen.page.get_by_text("3,000곳 중 101–200번째").wait_for()
    assert screen.page.locator("[data-shop]").count() == 100
    assert screen.page.locator(f"[data-shop='{first}']").count() == 0
