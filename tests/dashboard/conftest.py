"""The screens in a real browser, against the fixture server that plays a recorded shop."""

import asyncio
import fcntl
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal, TypedDict, Unpack
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, sync_playwright

from tests.dashboard import calling

ROOT = Path(__file__).parents[2]
DASHBOARD = ROOT / "dashboard"
STATIC = ROOT / "gateway/web/static"
CENTER_STATIC = ROOT / "center/static"
# The pages of an address bar that nobody sees cost more than a screen of ours. The last such flag alone counts, so
# Playwright's own stand here as well.
OFF = [
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
]
FLAGS = [
    f"--disable-features={','.join(OFF)}",
    "--host-resolver-rules=MAP gongbang.test 127.0.0.1",  # by a name, it is a stranger's page without https
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
        self._heard: list[tuple[Any, Callable[[Any], Any]]] = []
        self.on("pageerror", self._error)
        self.on("console", self._console)

    def on(self, event: Any, told: Callable[[Any], Any]) -> None:
        """Listen to the page as long as it is this screen's."""
        self.page.on(event, told)
        self._heard.append((event, told))

    def let_go(self) -> None:
        """Listen no more: the page is another screen's next."""
        for event, told in self._heard:
            self.page.remove_listener(event, told)

    def _error(self, error: Error) -> None:
        self.complaints.append(str(error))

    def _console(self, message: ConsoleMessage) -> None:
        # No worker keeps the screens of a server that is another at the next test: Playwright says that it forbids it.
        # The browser itself logs every answer above 399; the tests that provoke one look at the page.
        # That a page is silent until it was touched is the browser's way, and the kiosk says it in words.
        expected = ("Service Worker reg", "Failed to load resource", "The AudioContext was not allowed to start")
        if message.type in ("error", "warning") and not message.text.startswith(expected):
            self.complaints.append(message.text)

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
        """End it; one that has ended stays so."""
        if self._process.poll() is not None:
            return
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


class Pages:
    """The pages of a browser: one that was left is taken again, as a screen on a new one costs three times as much.

    What a screen stored goes with it. What stays with a page is its language's script (so it is kept by language) and
    a clock moved by hand (so it is not kept at all).
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: dict[str, list[Page]] = {}
        self._language: dict[Page, str] = {}

    def take(self, options: Options) -> Page:
        """Return an empty page as the options say."""
        language, by_hand = options.get("language", ""), options.get("hand_moved_clock")
        free = self._free.setdefault(language, [])
        page = free.pop() if free and not by_hand else self._new(language)
        if by_hand:
            page.clock.install()
            del self._language[page]
        width, height = options.get("size", DESK)
        page.set_viewport_size({"width": width, "height": height})
        theme: Literal["dark", "light"] = "dark" if options.get("theme") == "dark" else "light"
        page.emulate_media(color_scheme=theme, reduced_motion="no-preference")
        return page

    def _new(self, language: str) -> Page:
        page = self._browser.new_page(locale="ko-KR", service_workers="block")
        self._language[page] = language
        if language:
            page.add_init_script(f"localStorage.gongbang_test ??= (localStorage['gongbang.language'] = '{language}')")
        return page

    def leave(self, page: Page, url: str) -> None:
        """Keep it as if nobody had been there, or close it."""
        if page not in self._language:
            page.close()
            return
        page.unroute_all()
        page.mouse.move(-1, -1)
        page.goto("about:blank")
        page.context.clear_cookies()
        protocol = page.context.new_cdp_session(page)
        protocol.send("Storage.clearDataForOrigin", {"origin": url.rstrip("/"), "storageTypes": "all"})
        protocol.detach()
        for other in page.context.pages:
            if other is not page:
                other.close()
        self._free[self._language[page]].append(page)


class Desk:
    """Opens screens on servers of their own, and closes all of them; what a page complained of fails the test."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._servers: list[Server] = []
        self._screens: list[Screen] = []

    def open(self, server: Server, view: str, **options: Unpack[Options]) -> Screen:
        """Open a view as the options say, and wait until there is something on it."""
        self._servers.append(server)
        page = self._pages.take(options)
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
            screen.let_go()
            self._pages.leave(screen.page, screen.url)
        for server in self._servers:
            server.close()
        assert not complaints


class Chromium:
    """A browser with its pages. Playwright's loop counts as running in this thread as long as the browser lives;
    where other tests run theirs, it must be put away."""

    def __init__(self, browser: Browser) -> None:
        self.browser, self.pages = browser, Pages(browser)
        self._loop = asyncio.get_running_loop()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Let no loop run."""
        asyncio._set_running_loop(None)
        yield
        asyncio._set_running_loop(self._loop)

    @contextmanager
    def here(self) -> Iterator[None]:
        """Use the browser, where it was put away."""
        asyncio._set_running_loop(self._loop)
        yield
        asyncio._set_running_loop(None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """Yield Chromium, put away."""
    program = shutil.which("chromium") or "/usr/bin/chromium"
    with (
        sync_playwright() as playwright,
        closing(playwright.chromium.launch(executable_path=program, args=FLAGS)) as one,
    ):
        made = Chromium(one)
        with made.away():
            yield made


@pytest.fixture(scope="module")
def browser(chromium: Chromium) -> Iterator[Browser]:
    """Yield the browser. All modules have the same: it starts in three seconds of a processor's time."""
    with chromium.here():
        yield chromium.browser


@pytest.fixture(scope="module")
def pages(browser: Browser, chromium: Chromium) -> Pages:
    """Return the browser's pages."""
    return chromium.pages


@pytest.fixture
def desk(built: Path, pages: Pages) -> Iterator[Desk]:
    """Yield what opens screens."""
    desk = Desk(pages)
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
def look_at(built: Path, pages: Pages) -> Iterator[Callable[..., Page]]:
    """Return what opens a page that is only looked at: the tests of a module that open the same one share it."""
    desk = Desk(pages)
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
