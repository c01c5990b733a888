"""What anyone can measure on a screen: sizes, overflow, both languages, contrast and names for assistive technology."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Open = Callable[..., Any]
ROOT = Path(__file__).parents[2]
AXE = ROOT / "dashboard/node_modules/axe-core/axe.min.js"
WALL, DESK, TABLET, PHONE = (1920, 1080), (1280, 800), (800, 1280), (390, 844)
SIZES = [WALL, DESK, TABLET, PHONE]
KEYS = {key for part in ("gateway", "center") for key in json.loads((ROOT / part / "words/ko.json").read_text("utf-8"))}
KEYS -= {"close"}
SHOP = "shop/shop-0003/gw_1"
DRAW_ALL = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("* { content-visibility: visible !important }");
    document.adoptedStyleSheets = [sheet];
}"""
VIEWS = ["board", "board/press_1", "alarms", "scans", "values", "trends", "figures", "health"]
OFFICE = ["backup"]
BARE = ["station/sewing_3", "station/nowhere", "wall"]  # without the rail
SETTLED = {  # what is loaded when it is opened
    "trends": "[data-trend=drawn]",
    "figures": "[data-energy=shown]",
    "backup": "[data-backup=stick]",
}

SHOWN_TEXTS = """() => {
    const texts = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const text = walk.currentNode.data.trim(), box = walk.currentNode.parentElement;
        if (!text || !box.getClientRects().length || box.closest(".hidden, noscript, script")) continue;
        const user = !!box.closest("bdi, [lang]:not(html)");
        texts.push({ text, user, px: parseFloat(getComputedStyle(box).fontSize) });
    }
    return texts;
}"""
SMALL_TARGETS = """() => [...document.querySelectorAll("button, a, input, select")]
    .map((e) => ({ what: e.outerHTML.slice(0, 80), box: e.getBoundingClientRect() }))
    .filter(({ box }) => box.width && (box.width < 56 || box.height < 56))
    .map(({ what, box }) => [what, box.width, box.height])"""
CLIPPED = """() => [...document.querySelectorAll("main *, header *, nav *")]
    .filter((e) => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).clipPath === "none")
    .filter((e) => getComputedStyle(e).overflowX !== "visible")
    .map((e) => e.outerHTML.slice(0, 100))"""


@pytest.mark.parametrize("size", [WALL, DESK, PHONE])
@pytest.mark.parametrize("snapshot", ["sewing", "long"])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_text_is_large_targets_are_large_and_nothing_overflows(
    open_screen: Open, snapshot: str, size: tuple[int, int], language: str
) -> None:
    screen = open_screen(snapshot, size=size, language=language)
    for view in VIEWS + BARE:
        show(screen, view)
        small = [text for text in screen.page.evaluate(SHOWN_TEXTS) if text["px"] < 15]
        assert not small, view
        assert screen.page.evaluate(SMALL_TARGETS) == [], view
        assert screen.page.evaluate("document.scrollingElement.scrollWidth") <= size[0], view
        assert screen.page.evaluate(CLIPPED) == [], view


@pytest.mark.parametrize("language", ["ko", "en"])
def test_cameras_and_publishers_overflow_nowhere(open_screen: Open, language: str) -> None:
    screen = open_screen("ends", view="health", language=language, server=("--role", "owner"))
    screen.page.locator("[data-preview]").wait_for()
    for width, height in (WALL, DESK, PHONE):
        screen.page.set_viewport_size({"width": width, "height": height})
        assert not [text for text in screen.page.evaluate(SHOWN_TEXTS) if text["px"] < 15], width
        assert screen.page.evaluate(SMALL_TARGETS) == [], width
        assert screen.page.evaluate("document.scrollingElement.scrollWidth") <= width
        assert screen.page.evaluate(CLIPPED) == [], width


@pytest.mark.parametrize("view", VIEWS + BARE)
def test_the_english_screen_says_nothing_in_korean_but_what_people_wrote(open_screen: Open, view: str) -> None:
    screen = open_screen(view=view, language="en", waits=False)
    show(screen, view)
    page = screen.page
    korean = [
        t["text"] for t in page.evaluate(SHOWN_TEXTS) if not t["user"] and any("가" <= c <= "힣" for c in t["text"])
    ]
    assert korean == []


@pytest.mark.parametrize("view", VIEWS + BARE)
def test_no_screen_shows_the_key_of_a_word_or_an_empty_place(open_screen: Open, view: str) -> None:
    screen = open_screen(view=view, waits=False)
    show(screen, view)
    page = screen.page
    shown = " ".join(t["text"] for t in page.evaluate(SHOWN_TEXTS))
    assert not [key for key in KEYS if key in shown.split()]
    assert not [part for part in ("{", "undefined", "null", "NaN") if part in shown]


@pytest.mark.parametrize(("theme", "language"), [("light", "ko"), ("dark", "en")])
def test_the_pages_of_the_office_are_readable_and_nothing_serious_is_wrong(
    open_screen: Open, theme: str, language: str
) -> None:
    screen = open_screen(theme=theme, language=language, server=("--role", "installer"))
    for view in OFFICE:
        show(screen, view)
        texts = screen.page.evaluate(SHOWN_TEXTS)
        assert not [text for text in texts if text["px"] < 15], view
        assert not [part for part in ("{", "undefined", "null", "NaN") if any(part in t["text"] for t in texts)], view
        if language == "en":
            assert not [t["text"] for t in texts if not t["user"] and any("가" <= c <= "힣" for c in t["text"])], view
        for width, height in (WALL, DESK, PHONE):
            screen.page.set_viewport_size({"width": width, "height": height})
            assert screen.page.evaluate(SMALL_TARGETS) == [], view
            assert screen.page.evaluate("document.scrollingElement.scrollWidth") <= width, view
            assert screen.page.evaluate(CLIPPED) == [], view
        assert violations(screen) == [], view


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE])
def test_axe_finds_nothing_serious(open_screen: Open, theme: str, size: tuple[int, int]) -> None:
    screen = open_screen(theme=theme, size=size, hand_moved_clock=True)
    for view in VIEWS + BARE:
        show(screen, view)
        assert violations(screen) == [], view
    screen.steer("stop")
    screen.page.evaluate("location.hash = '#/board'")
    screen.page.clock.fast_forward(61_000)
    screen.page.locator("[data-freshness=past]").wait_for()
    assert violations(screen) == [], "stale"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_the_dialogs(open_screen: Open, theme: str) -> None:
    screen = open_screen(theme=theme)
    screen.page.locator("button.acknowledge").click()
    screen.page.get_by_role("dialog").wait_for()
    assert violations(screen) == []
    past = open_screen(theme=theme, view="values")
    past.page.locator("[data-point='room.temperature']").click()
    past.page.locator("[data-past='1'] .band").wait_for()
    assert violations(past) == []
    assert past.page.evaluate(SMALL_TARGETS) == []
    part = {"name": "clock", "state": "waiting", "since_ts": 0, "detail": {"word": "none"}}
    past.page.keyboard.press("Escape")
    past.steer("change", {"components": [part]})
    past.page.locator("[data-clock]").wait_for()
    assert violations(past) == []
    for width, height in (DESK, PHONE):
        past.page.set_viewport_size({"width": width, "height": height})
        assert past.page.evaluate(SMALL_TARGETS) == []
        assert past.page.evaluate("document.scrollingElement.scrollWidth") <= width
    ends = open_screen("ends", theme=theme, view="health", server=("--role", "owner"))
    ends.page.locator("[data-preview]").wait_for()
    assert violations(ends) == []
    first_start = open_screen(theme=theme, server=("--setup",))
    first_start.page.get_by_role("button", name="다음").wait_for()
    assert violations(first_start) == []


@pytest.mark.parametrize("fleet", ["long", pytest.param("mixed", marks=pytest.mark.slow)])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_centers_page_is_large_enough_and_nothing_overflows(open_center: Open, fleet: str, language: str) -> None:
    screen = open_center(fleet, language=language, shops=30)
    screen.page.evaluate(DRAW_ALL)  # also the lines below the window
    for view in ("", SHOP, "?search=zzz"):
        screen.page.evaluate(f"location.hash = '#/{view}'")
        screen.page.locator("[data-event]" if view.startswith("shop") else "[data-found]").first.wait_for()
        for width, height in SIZES:
            where = f"{view} at {width}"
            screen.page.set_viewport_size({"width": width, "height": height})
            assert not [text for text in screen.page.evaluate(SHOWN_TEXTS) if text["px"] < 15], where
            assert screen.page.evaluate(SMALL_TARGETS) == [], where
            assert screen.page.evaluate("document.scrollingElement.scrollWidth") <= width, where
            assert screen.page.evaluate(CLIPPED) == [], where


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_centers_page_speaks_one_language_and_shows_no_key_or_empty_place(open_center: Open, language: str) -> None:
    screen = open_center(language=language, view=SHOP)
    screen.page.locator("[data-event]").first.wait_for()
    texts = screen.page.evaluate(SHOWN_TEXTS)
    shown = " ".join(text["text"] for text in texts)
    assert not [key for key in KEYS if key in shown.split()]
    assert not [part for part in ("{", "undefined", "null", "NaN") if part in shown]
    if language == "en":
        assert not [t["text"] for t in texts if not t["user"] and any("가" <= c <= "힣" for c in t["text"])]


@pytest.mark.parametrize(
    ("theme", "size"),
    [
        ("light", DESK),
        ("dark", PHONE),
        pytest.param("dark", DESK, marks=pytest.mark.slow),
        pytest.param("light", PHONE, marks=pytest.mark.slow),
    ],
)
def test_axe_finds_nothing_serious_on_the_centers_page(open_center: Open, theme: str, size: tuple[int, int]) -> None:
    screen = open_center(theme=theme, size=size, hand_moved_clock=True, shops=20)
    screen.page.evaluate(DRAW_ALL)
    assert violations(screen) == []
    screen.page.evaluate(f"location.hash = '#/{SHOP}'")
    screen.page.locator("[data-event]").first.wait_for()
    assert violations(screen) == [], "a shop"
    screen.page.keyboard.press("Escape")
    screen.page.locator("[data-cause=critical]").click()
    screen.page.locator("[data-found='1']").wait_for()
    assert violations(screen) == [], "a cause that is chosen"
    screen.steer("stop")
    screen.page.clock.fast_forward(61_000)
    screen.page.locator("[data-freshness=past]").wait_for()
    assert violations(screen) == [], "stale"
    door = open_center(theme=theme, size=size, server=("--word", "needle-and-thread"))
    door.page.get_by_label("접속 암호").wait_for()
    assert violations(door) == [], "the door"


def show(screen: Any, view: str) -> None:
    """Open a view and wait until all of it is there."""
    screen.page.evaluate(f"location.hash = '#/{view}'")
    first = view.partition("/")[0]
    screen.page.locator(
        {"station": "[data-station]", "wall": "[data-wall]"}.get(first, f"main[data-view={first}]")
    ).wait_for()
    if first in SETTLED:
        screen.page.locator(SETTLED[first]).wait_for()


def violations(screen: Any) -> list[str]:
    """Return what axe calls serious or critical on the page as it stands, and where."""
    if not screen.page.evaluate("'axe' in window"):
        screen.page.evaluate(AXE.read_text("utf-8"))
    found = screen.page.evaluate("axe.run(document).then(r => r.violations)")
    return [
        f"{rule['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]
