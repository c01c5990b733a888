"""The screens in a real browser, against the fixture server that plays a recorded shop."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any, TypedDict, Unpack
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.dashboard import calling

ROOT = Path(__file__).parents[2]
DASHBOARD = ROOT / "dashboard"
STATIC = ROOT / "gateway/web/static"
CENTER_STATIC = ROOT / "center/static"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK = (1280, 800)
OWN_NODE = ROOT / ".cache/node/bin"  # made by tools/screens.sh where the machine's Node is too old or missing
if OWN_NODE.exists():
    os.environ["PATH"] = f"{OWN_NODE}{os.pathsep}{os.environ['PATH']}"


class Options(TypedDict, total=False):
    """How a screen is opened."""

    view: str
    size: tuple[int, int]
    language: str
    theme: str
    server: tuple[str, ...]
    hand_moved_clock: bool
    still: bool
    waits: bool
    shops: int


class Screen:
    """A page on the fixture server: `steer` moves the shop, `seen` tells what the server was asked."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self._console(message.type, message.text))

    def _console(self, kind: str, text: str) -> None:
        # The browser itself logs every answer above 399; the tests that provoke one look at the page.
        # That a page is silent until it was touched is the browser's way, and the kiosk says it in words.
        expected = ("Failed to load resource", "The AudioContext was not allowed to start")
        if kind in ("error", "warning") and not text.startswith(expected):
            self.complaints.append(text)

    def steer(self, what: str, body: object = None) -> None:
        """Move the shop: stop, go, drop, change, scan, snapshot."""
        data = json.dumps(body or {}).encode()
        with urlopen(Request(f"{self.url}dev/{what}", data, method="POST")) as answer:
            answer.read()

    def until(self, expression: str) -> None:
        """Wait until an expression is true on the page (whose policy forbids Playwright's own way: eval)."""
        for _ in range(1200):
            if self.page.evaluate(expression):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"never came true: {expression}")

    def seen(self) -> dict[str, Any]:
        """Return the changing requests that the server got, and how many streams are open."""
        with urlopen(f"{self.url}dev/seen") as answer:
            return dict(json.load(answer))


class Server:
    """A fixture server in a process of its own, on a free port."""

    def __init__(self, script: str, *options: str) -> None:
        command = ["node", str(DASHBOARD / "dev" / script), "--port", "0", *options]
        # A group of its own: the Node that comes as a Python package is a wrapper, and its child has to end as well.
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
        assert self._process.stdout is not None
        with self._process.stdout as said:
            self.url = said.readline().strip()

    def close(self) -> None:
        """End it."""
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(60)


def _is_stale() -> bool:
    built = [STATIC / "index.html", CENTER_STATIC / "index.html"]
    sources = [p for part in ("src", "public", "scripts") for p in (DASHBOARD / part).rglob("*") if p.is_file()]
    sources += [DASHBOARD / name for name in ("index.html", "center.html", "package-lock.json", "vite.config.ts")]
    sources += [p for part in ("gateway", "center") for p in (ROOT / part / "words").glob("*.json")]
    if not all(index.exists() for index in built):
        return True
    return max(p.stat().st_mtime for p in sources) > min(index.stat().st_mtime for index in built)


@pytest.fixture(scope="session")
def built() -> Path:
    """Return the folder of the built screens, built anew if a source is newer; by one process, however many test."""
    with (DASHBOARD / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        installed = DASHBOARD / "node_modules/.package-lock.json"
        if not installed.exists() or installed.stat().st_mtime < (DASHBOARD / "package-lock.json").stat().st_mtime:
            subprocess.run([ROOT / "tools/screens.sh"], check=True)
        elif _is_stale():
            subprocess.run(["npm", "run", "--silent", "build"], cwd=DASHBOARD, check=True)
            for index in (STATIC, CENTER_STATIC):
                os.utime(index / "index.html")
    return STATIC


@pytest.fixture(scope="session", autouse=True)
def node() -> Iterator[None]:
    """Have the screens' own functions ready for `calling`."""
    with calling.node():
        yield


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Yield Chromium. A module's, not the session's: Playwright's loop must not run while other tests run theirs."""
    program = shutil.which("chromium") or "/usr/bin/chromium"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield chromium
        chromium.close()


class Desk:
    """Opens screens on servers of their own, and closes all of them; what a page complained of fails the test."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._servers: list[Server] = []
        self._screens: list[Screen] = []

    def open(self, server: Server, view: str, **options: Unpack[Options]) -> Screen:
        """Open a view as the options say, and wait until there is something on it."""
        self._servers.append(server)
        width, height = options.get("size", DESK)
        page = self._browser.new_page(
            viewport={"width": width, "height": height},
            color_scheme="dark" if options.get("theme") == "dark" else "light",
            locale="ko-KR",
        )
        if options.get("hand_moved_clock"):
            page.clock.install()
        if language := options.get("language"):
            page.add_init_script(f"localStorage.gongbang_test ??= (localStorage['gongbang.language'] = '{language}')")
        self._screens.append(Screen(page, server.url))
        page.goto(f"{server.url}#/{view}")
        page.wait_for_selector("#app > *")
        if options.get("waits", True):
            page.wait_for_selector("[data-age=fresh]")
        return self._screens[-1]

    def close(self) -> None:
        """Close everything."""
        complaints = [line for screen in self._screens for line in screen.complaints]
        for screen in self._screens:
            screen.page.close()
        for server in self._servers:
            server.close()
        assert not complaints


@pytest.fixture
def desk(built: Path, browser: Browser) -> Iterator[Desk]:
    """Yield what opens screens."""
    desk = Desk(browser)
    yield desk
    desk.close()


def open_on(desk: Desk, snapshot: str = "sewing", **options: Unpack[Options]) -> Screen:
    """Open a screen of the gateway."""
    more = options.pop("server", ())
    still = ("--still",) if options.get("still", True) else ()
    options.setdefault("waits", "--setup" not in more)
    server = Server("server.mjs", "--snapshot", snapshot, *still, *more)
    return desk.open(server, options.pop("view", "board"), **options)


@pytest.fixture
def open_screen(desk: Desk) -> Callable[..., Screen]:
    """Return what opens a screen of the gateway."""
    return partial(open_on, desk)


@pytest.fixture(scope="module")
def look_at(built: Path, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Return what opens a page that is only looked at: the tests of a module that open the same one share it."""
    desk = Desk(browser)
    yield cache(lambda *snapshot, **options: open_on(desk, *snapshot, **options).page)
    desk.close()


@pytest.fixture
def open_center(desk: Desk) -> Callable[..., Screen]:
    """Return what opens the support center's page."""

    def open_one(fleet: str = "mixed", **options: Unpack[Options]) -> Screen:
        shops = ("--shops", str(options.get("shops", 100)))
        more = options.pop("server", ())
        options.setdefault("waits", "--word" not in more)
        server = Server("center.mjs", "--fleet", fleet, *shops, *more)
        return desk.open(server, options.pop("view", ""), **options)

    return open_one
