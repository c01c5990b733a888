"""The screens in a real browser, against the fixture server that plays a recorded shop."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypedDict, Unpack
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
DASHBOARD = ROOT / "dashboard"
STATIC = ROOT / "gateway/web/static"
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


class Screen:
    """A page on the fixture server: `steer` moves the shop, `seen` tells what the server was asked."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self._console(message.type, message.text))

    def _console(self, kind: str, text: str) -> None:
        # The browser itself logs every answer above 399; the tests that provoke one look at the page.
        if kind in ("error", "warning") and not text.startswith("Failed to load resource"):
            self.complaints.append(text)

    def steer(self, what: str, body: object = None) -> None:
        """Move the shop: stop, go, drop, change, scan, snapshot."""
        data = json.dumps(body or {}).encode()
        with urlopen(Request(f"{self.url}dev/{what}", data, method="POST")) as answer:
            answer.read()

    def until(self, expression: str) -> None:
        """Wait until an expression is true on the page (whose policy forbids Playwright's own way: eval)."""
        for _ in range(200):
            if self.page.evaluate(expression):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"never came true: {expression}")

    def seen(self) -> dict[str, Any]:
        """Return the changing requests that the server got, and how many streams are open."""
        with urlopen(f"{self.url}dev/seen") as answer:
            return dict(json.load(answer))


class Server:
    """The fixture server in a process of its own, on a free port."""

    def __init__(self, *options: str) -> None:
        command = ["node", str(DASHBOARD / "dev/server.mjs"), "--port", "0", *options]
        # A group of its own: the Node that comes as a Python package is a wrapper, and its child has to end as well.
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()

    def close(self) -> None:
        """End it."""
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(10)
        if self._process.stdout is not None:
            self._process.stdout.close()


def _is_stale() -> bool:
    index = STATIC / "index.html"
    sources = [p for part in ("src", "public", "scripts") for p in (DASHBOARD / part).rglob("*") if p.is_file()]
    sources += [DASHBOARD / "index.html", DASHBOARD / "package-lock.json", *(ROOT / "gateway/words").glob("*.json")]
    return not index.exists() or any(p.stat().st_mtime > index.stat().st_mtime for p in sources)


@pytest.fixture(scope="session")
def built() -> Path:
    """Return the folder of the built screens, built anew if a source is newer."""
    if not (DASHBOARD / "node_modules").exists():
        subprocess.run([ROOT / "tools/screens.sh"], check=True)
    elif _is_stale():
        subprocess.run(["npm", "run", "--silent", "build"], cwd=DASHBOARD, check=True)
        os.utime(STATIC / "index.html")
    return STATIC


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Yield Chromium. A module's, not the session's: Playwright's loop must not run while other tests run theirs."""
    program = shutil.which("chromium") or "/usr/bin/chromium"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_screen(built: Path, browser: Browser) -> Iterator[Callable[..., Screen]]:
    """Yield what opens a screen; whatever the page complained of in the end fails the test."""
    servers: list[Server] = []
    screens: list[Screen] = []

    def open_one(snapshot: str = "sewing", **options: Unpack[Options]) -> Screen:
        still = ("--still",) if options.get("still", True) else ()
        servers.append(Server("--snapshot", snapshot, *still, *options.get("server", ())))
        width, height = options.get("size", DESK)
        theme = options.get("theme", "light")
        page = browser.new_page(
            viewport={"width": width, "height": height},
            color_scheme="dark" if theme == "dark" else "light",
            locale="ko-KR",
        )
        if options.get("hand_moved_clock"):
            page.clock.install()
        if language := options.get("language"):
            page.add_init_script(f"localStorage.gongbang_test ??= (localStorage['gongbang.language'] = '{language}')")
        screens.append(Screen(page, servers[-1].url))
        page.goto(f"{servers[-1].url}#/{options.get('view', 'board')}")
        page.wait_for_selector("#app > *")
        if options.get("waits", "--setup" not in options.get("server", ())):
            page.wait_for_selector("[data-age=fresh]")
        return screens[-1]

    yield open_one
    complaints = [line for screen in screens for line in screen.complaints]
    for screen in screens:
        screen.page.close()
    for server in servers:
        server.close()
    assert not complaints
