"""What anyone can measure on a screen: sizes, overflow, both languages, contrast and names for assistive technology."""

import json
import re
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
HANGUL = re.compile("[가-힣]")
LIGHTS = [
    ("light", DESK),
    pytest.param("dark", PHONE, marks=pytest.mark.slow),
    pytest.param("dark", DESK, marks=pytest.mark.slow),
    pytest.param("light", PHONE, marks=pytest.mark.slow),
]
SHOP = "shop/shop-0003/gw_1"
DRAW_ALL = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("* { content-visibility: visible !important }");
    document.adoptedStyleSheets = [sheet];
}"""
VIEWS = ["board", "board/press_1", "work", "alarms", "scans", "values", "trends", "figures", "health"]
OFFICE = [
    "lists",
    "lists/workers",
    "backup",
    "access",
    "pay",
    "pay/7",
    "reports",
    "reports/workers",
    "reports/contradictions",
    "reports/evidence",
    "labels",
]
BARE = ["station/sewing_3", "station/nowhere", "wall"]  # without the rail
SETTLED = {  # what is loaded when it is opened
    "work": "[data-orders]",
    "lists": "[data-list]",
    "trends": "[data-trend=drawn]",
    "figures": "[data-figures]:has([data-energy=shown]):has([data-causes=shown] svg):has([data-charts=shown] canvas)",
    "backup": "main:has([data-backup=stick]):has([data-restore=shown] .copy)",
    "access": "[data-audit]",
    "pay": "[data-pay=open]",
    "pay/7": "[data-days='2']",
    "reports": "[data-report=day] table",
    "reports/workers": "[data-report=workers] table",
    "reports/contradictions": "[data-contradictions='1']",
    "reports/evidence": "[data-evidence]",
    "labels": "[data-prints='3']",
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


@pytest.mark.parametrize("snapshot", ["sewing", pytest.param("long", marks=pytest.mark.slow)])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_text_is_large_and_in_one_language_targets_are_large_and_nothing_overflows(
    open_screen: Open, snapshot: str, language: str
) -> None:
    screen = open_screen(snapshot, language=language)
    for width, height in (WALL, DESK, PHONE):
        screen.page.set_viewport_size({"width": width, "height": height})
        for view in VIEWS + BARE:
            show(screen, view)
            assert wrong(screen, language) == {}, f"{view} at {width}"


@pytest.mark.parametrize("language", ["ko", "en"])
def test_cameras_and_publishers_overflow_nowhere(open_screen: Open, language: str) -> None:
    screen = open_screen("ends", view="health", language=language, server=("--role", "owner"))
    screen.page.locator("[data-preview]").wait_for()
    for width, height in (WALL, DESK, PHONE):
        screen.page.set_viewport_size({"width": width, "height": height})
        assert wrong(screen, language) == {}, width


@pytest.mark.parametrize(("theme", "language"), [("light", "ko"), pytest.param("dark", "en", marks=pytest.mark.slow)])
def test_the_pages_of_the_office_are_readable_and_nothing_serious_is_wrong(
    open_screen: Open, theme: str, language: str
) -> None:
    screen = open_screen(theme=theme, language=language, server=("--role", "installer"))
    for view in OFFICE:
        show(screen, view)
        for width, height in (WALL, DESK, PHONE):
            screen.page.set_viewport_size({"width": width, "height": height})
            assert wrong(screen, language) == {}, f"{view} at {width}"
        assert violations(screen) == [], view


@pytest.mark.parametrize(("theme", "size"), LIGHTS)
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


@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
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


@pytest.mark.parametrize("fleet", [pytest.param("long", marks=pytest.mark.slow), "mixed"])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_centers_page_is_large_enough_and_nothing_overflows(open_center: Open, fleet: str, language: str) -> None:
    screen = open_center(fleet, language=language, shops=30)
    screen.page.evaluate(DRAW_ALL)  # also the lines below the window
    for view in ("", SHOP, "?search=zzz"):
        screen.page.evaluate(f"location.hash = '#/{view}'")
        screen.page.locator("[data-event]" if view.startswith("shop") else "[data-found]").first.wait_for()
        for width, height in SIZES:
            screen.page.set_viewport_size({"width": width, "height": height})
            assert wrong(screen, language) == {}, f"{view} at {width}"


@pytest.mark.parametrize(("theme", "size"), LIGHTS)
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
    if settled := SETTLED.get(view, SETTLED.get(first)):
        screen.page.locator(settled).first.wait_for()


def wrong(screen: Any, language: str) -> dict[str, Any]:
    """Return what is too small, overflows or is no text for people on the page as it stands."""
    texts = screen.page.evaluate(SHOWN_TEXTS)
    shown = " ".join(text["text"] for text in texts)
    found = {
        "small": [text for text in texts if text["px"] < 15],
        "keys": KEYS & set(shown.split()),
        "empty": [part for part in ("{", "undefined", "null", "NaN") if part in shown],
        "Korean": [
            text["text"] for text in texts if language == "en" and not text["user"] and HANGUL.search(text["text"])
        ],
        "small targets": screen.page.evaluate(SMALL_TARGETS),
        "clipped": screen.page.evaluate(CLIPPED),
        "wider": screen.page.evaluate("Math.max(0, document.scrollingElement.scrollWidth - innerWidth)"),
    }
    return {what: parts for what, parts in found.items() if parts}


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
