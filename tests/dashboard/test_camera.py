"""A phone's camera as a scanner: a real ticket before it is kept and answered once, however long it is seen."""

from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import workload
from playwright.sync_api import Browser, Page, expect
from rig import Daemon, daemon, free_port, until

from barcodes.ticket import Badge, BundleTicket, Coupon, encode
from tests.dashboard.calling import calls
from tests.dashboard.conftest import Server
from tests.dashboard.film import film, picture, seeing
from tests.dashboard.test_looks import violations, wrong

Open = Callable[..., Any]
WAIT_MS = 60_000
PHONE = {"width": 390, "height": 844}
FRONT = Coupon("0231", "FRONT", 20)
COMPILES = "WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])).then(() => '', (error) => error.name)"
AWAKE = """
window.awake = [];
const ask = navigator.wakeLock.request.bind(navigator.wakeLock);
navigator.wakeLock.request = async (what) => {
    const lock = await ask(what);
    awake.push(lock);
    return lock;
};
"""
SHOP = {
    "stations": [{"name": "sewing_3", "label": {"ko": "봉제 3", "en": "Sewing 3"}}],
    "work": {
        "workers": [{"badge": "102", "name": "은하"}],
        "operations": [{"code": "FRONT", "label": {"ko": "앞판", "en": "front"}}],
    },
}


def phone(browser: Browser, **options: Any) -> Page:
    page = browser.new_page(viewport=PHONE, locale="ko-KR", service_workers="block", **options)
    page.set_default_timeout(WAIT_MS)
    return page


def scans(running: Daemon) -> list[tuple[str, str]]:
    """Return what was scanned and how it was answered, the newest first."""
    return [(one["text"], one["answer"]) for one in running.get("/api/v1/events?kind=scan")["events"]]


@pytest.mark.slow
def test_a_ticket_before_the_camera_is_accepted_once_though_it_is_seen_for_seconds(
    built: Path, browser: Browser, tmp_path: Path
) -> None:
    badge = Badge(102)
    seen = film(
        tmp_path / "seen.mjpeg", (4, picture(badge, "code128")), (1, picture(None)), (120, picture(FRONT, "qr"))
    )
    config = workload.write(tmp_path / "edge_config.yaml", [], 9, port := free_port(), **SHOP)
    with daemon(config, port) as running, seeing(browser, seen) as other, closing(phone(other)) as page:
        until(running.ready, "it answers")
        open_camera = partial(page.get_by_role("button", name="카메라로 찍기").click)
        page.goto(f"http://127.0.0.1:{port}/#/station/sewing_3")
        open_camera()
        page.locator("[data-answered=refused]", has_text="이 자리에 세운 태블릿의 카메라로").wait_for()
        assert scans(running) == [], "a badge is for the camera of a tablet that stands there"

        stand(page, f"http://127.0.0.1:{port}")
        page.reload()
        open_camera()
        page.locator("[data-answered=badge]", has_text="102번").wait_for()
        accepted = page.locator("[data-answered=accepted]", has_text="앞판 20개")
        accepted.wait_for()
        lasts(page, 5)
        expect(accepted).to_be_visible()
        assert page.evaluate(COMPILES) == "CompileError", "the page itself may not: its policy has no exceptions"
        assert scans(running) == [(encode(FRONT), "accepted"), (encode(badge), "badge")]


def stand(page: Page, address: str) -> None:
    """Make the page's browser the station's kiosk."""
    csrf = page.request.get(f"{address}/api/v1/session").json()["csrf"]
    headers = {"X-CSRF": csrf, "Origin": address}
    done = page.request.post(f"{address}/api/v1/stations/sewing_3/kiosk", headers=headers, data={"on": True})
    assert done.ok, done.text()


def lasts(page: Page, more_s: float) -> None:
    """Wait until the film has gone on for so many seconds."""
    time = "document.querySelector('video').currentTime"
    until_s = page.evaluate(time) + more_s
    until(lambda: page.evaluate(time) > until_s, "the film goes on")


@pytest.mark.parametrize("language", ["ko", pytest.param("en", marks=pytest.mark.slow)])
def test_a_bundle_is_found_by_its_ticket_and_the_camera_looks_well(
    built: Path, browser: Browser, tmp_path: Path, language: str
) -> None:
    seen = film(tmp_path / "seen.mjpeg", (2, picture(None)), (60, picture(BundleTicket("0231"), "qr")))
    with closing(Server("server.mjs", "--role", "operator")) as server, seeing(browser, seen) as other:
        page = phone(other)
        page.add_init_script(f"localStorage['gongbang.language'] = '{language}';{AWAKE}")
        page.goto(f"{server.url}#/station/sewing_3")
        page.locator("header .eye").click()
        page.locator("[data-camera=on]").wait_for()
        page.locator("[data-answered=accepted]").wait_for()
        until(lambda: page.evaluate("awake.map(lock => lock.released)") == [False], "the screen stays on")
        screen = type("Looked", (), {"page": page})
        for size in ((390, 844), (1280, 800)):
            page.set_viewport_size({"width": size[0], "height": size[1]})
            assert wrong(screen, language) == {}
        assert violations(screen) == []
        for steer in ("stop", "drop"):
            page.request.post(f"{server.url}dev/{steer}", data={})
        page.locator("[data-answered=lost]").wait_for()
        assert violations(screen) == []
        page.request.post(f"{server.url}dev/go", data={})
        page.goto(f"{server.url}#/work")
        until(lambda: page.evaluate("awake.map(lock => lock.released)") == [True], "and may go off again")
        page.locator("form .eye").click()
        page.wait_for_url("**/#/work/0231")
        page.locator("[role=dialog]").wait_for()
        assert page.locator("video").count() == 0, "the camera is off again"


@pytest.mark.parametrize(("host", "obstacle"), [("gongbang.test", "insecure"), ("127.0.0.1", "none")])
def test_without_a_camera_it_is_said_why_and_what_to_do(open_screen: Open, host: str, obstacle: str) -> None:
    screen = open_screen(view="station/sewing_3", server=("--role", "operator"), waits=False)
    screen.page.goto(f"{screen.url.replace('127.0.0.1', host)}#/station/sewing_3")
    screen.page.locator("header .eye").click()
    screen.page.locator(f"[data-camera={obstacle}] [role=alert]").wait_for()
    assert screen.page.locator("a[href='#/access']").count() == (obstacle == "insecure")
    assert violations(screen) == []


def test_what_stands_there_is_told_once_until_it_was_gone_for_three_seconds() -> None:
    looks = {
        "held": ([[0, "A"], [100, "A"], [200, "A"], [9000, "A"]], ["A"]),
        "seen in one look alone": ([[0, "A"], [100], [200, "A"], [300]], []),
        "lost for a moment": ([[0, "A"], [100, "A"], [200], [2900, "A"], [3000, "A"], [5800, "A"], [5900, "A"]], ["A"]),
        "shown again": ([[0, "A"], [100, "A"], [200], [3300, "A"], [3400, "A"]], ["A", "A"]),
        "the next one": ([[0, "A"], [100, "A"], [200, "B"], [300, "B"]], ["A", "B"]),
        "two at once": ([[0, "A", "B"], [100, "A", "B"], [200, "B"], [300, "B"]], ["B"]),
        "one in two forms": ([[0, "A", "A"], [100, "A", "A"]], ["A"]),
    }
    assert calls("../camera/sight", "told", [[seen] for seen, _ in looks.values()]) == [
        due for _, due in looks.values()
    ]
