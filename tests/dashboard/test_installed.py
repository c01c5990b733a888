"""The screens as an app: they are kept where the browser may, and show at once who does not answer."""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import workload
from playwright.sync_api import Browser, Page, expect
from rig import daemon, free_port, until

from tests.dashboard.conftest import Server

Open = Callable[..., Any]
WAIT_MS = 60_000
KEPT = "caches.match('/').then(page => !!page)"
FILES = """async () => {
    const all = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
    return all.flat().map((request) => new URL(request.url).pathname);
}"""


@contextmanager
def looking(browser: Browser, address: str) -> Iterator[Page]:
    """Yield a page that may keep what it was given."""
    with closing(browser.new_context(locale="ko-KR")) as context:
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.goto(address)
        page.locator("[data-age=fresh]").wait_for()
        yield page


def comes_true(page: Page, expression: str) -> None:
    """Wait for it, though the page's policy forbids `eval`."""
    until(lambda: page.evaluate(expression), expression)


@pytest.mark.slow
def test_the_screens_open_at_once_while_the_gateway_is_away_and_say_so(
    built: Path, browser: Browser, tmp_path: Path
) -> None:
    config = workload.write(tmp_path / "edge_config.yaml", [], 9, port := free_port())
    with daemon(config, port) as running:
        until(running.ready, "it answers")
        worker = httpx.get(f"http://127.0.0.1:{port}/worker.js")
        assert worker.headers["cache-control"] == "no-cache"
        assert worker.headers["content-type"].startswith("text/javascript")
        with looking(browser, f"http://127.0.0.1:{port}") as page:
            comes_true(page, KEPT)
            files = set(page.evaluate(FILES)) - {"/"}
            assert files
            assert {file.split("/")[1] for file in files} == {"assets"}, "and no answer of the API"
            running.stop()
            page.goto(f"http://127.0.0.1:{port}/#/health")
            page.reload()
            page.locator("html[data-kept]").wait_for(state="attached")
            page.locator("[data-freshness=past]", has_text="게이트웨이에 연결할 수 없어요").wait_for()
            page.evaluate("window.same = true")
            running.start()
            until(running.ready, "it answers again")
            page.locator("[data-freshness] button").click()
            page.locator("[data-age=fresh]").wait_for()
            page.locator("[data-component=journal]").wait_for()
            assert page.evaluate("window.same"), "it goes on by itself"


def test_a_kept_page_of_another_build_takes_the_new_one(built: Path, browser: Browser, tmp_path: Path) -> None:
    folder, port = shutil.copytree(built, tmp_path / "static"), str(free_port())
    serve = ("server.mjs", "--static", str(folder), "--port", port)
    with closing(Server(*serve)) as server, looking(browser, server.url) as page:
        comes_true(page, KEPT)
        server.close()
        page.reload()
        page.locator("html[data-kept]").wait_for(state="attached")
        upgrade(folder)
        with closing(Server(*serve)):
            page.locator("html[data-upgraded]:not([data-kept])").wait_for(state="attached")
            page.locator("[data-age=fresh]").wait_for()
            comes_true(page, "caches.keys().then(all => all.length === 1)")
            comes_true(page, "caches.match('/').then(page => page?.text()).then(text => !!text?.includes('upgraded'))")
            assert page.evaluate("performance.getEntriesByType('navigation')[0].type") == "reload"


def upgrade(folder: Path) -> None:
    """Make it another build, as an upgrade does."""
    index, worker = folder / "index.html", folder / "worker.js"
    old, text = build(index), index.read_text("utf-8")
    index.write_text(text.replace("<html", "<html data-upgraded"), "utf-8")
    assert old in worker.read_text("utf-8"), "the worker knows the build by the name that the gateway tells"
    worker.write_text(worker.read_text("utf-8").replace(old, build(index)), "utf-8")


def build(index: Path) -> str:
    return hashlib.sha256(index.read_bytes()).hexdigest()[:12]


def test_over_plain_http_nothing_is_kept(built: Path, browser: Browser) -> None:
    with closing(Server("server.mjs")) as server:
        strange = server.url.replace("127.0.0.1", "gongbang.test")
        with looking(browser, strange) as page:
            there = page.evaluate("[isSecureContext, 'serviceWorker' in navigator, 'caches' in window]")
            assert there == [False, False, False]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_manifest_is_without_fault_in_both_languages(built: Path, open_screen: Open, language: str) -> None:
    screen = open_screen(language=language)
    screen.page.locator(f"link[rel=manifest][href='/{language}.webmanifest']").wait_for(state="attached")
    told = screen.page.context.new_cdp_session(screen.page).send("Page.getAppManifest")
    assert told["errors"] == []
    manifest = httpx.get(told["url"]).json()
    assert manifest["name"] == {"ko": "공방", "en": "Gongbang"}[language]
    assert manifest["lang"] == language
    for icon in manifest["icons"]:
        assert httpx.get(f"{screen.url}{icon['src'][1:]}").headers["content-type"].startswith(icon["type"])
    for shortcut in manifest["shortcuts"]:
        screen.page.goto(f"{screen.url}{shortcut['url'][1:]}")
        screen.page.locator("nav [aria-current]", has_text=shortcut["name"]).wait_for()


def test_a_browser_that_would_install_is_asked_by_our_own_button(open_screen: Open) -> None:
    page = open_screen(view="health").page
    page.locator("[data-component]").first.wait_for()
    assert page.locator("[data-install]").count() == 0
    page.evaluate(
        """() => {
            window.asked = 0;
            const offer = new Event("beforeinstallprompt", { cancelable: true });
            dispatchEvent(Object.assign(offer, { prompt: async () => void (window.asked += 1) }));
        }"""
    )
    page.locator("[data-install=offered] button").click()
    expect(page.locator("[data-install]")).to_have_count(0)
    assert page.evaluate("window.asked") == 1
