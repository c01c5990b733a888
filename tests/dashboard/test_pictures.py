"""The guide's pictures show the screens as they are now. `make pictures` takes them anew.

Every picture is taken again from the servers that play a recorded shop, with their clocks and the browser's standing
still. One that shows something else than the guide's fails; the new ones lie in `.cache/pictures`.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request

from barcodes.ticket import Coupon
from tests.dashboard.conftest import ROOT, Server
from tests.dashboard.film import film, picture, seeing
from tests.dashboard.found import found
from tests.dashboard.pictures import AT, AT_MS, NAMES, PICTURES, SHOWN, Picture, Shot, answers, differences

ANEW = os.environ.get("PICTURES") == "anew"
NEW = ROOT / ".cache/pictures"


class Shop:
    """A page for each who looks and each language, on a server for each who looks; opened when it is needed."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self._browser = browser
        self._answers = folder / "answers.json"
        self._answers.write_text(json.dumps(answers() | found(folder, AT_MS)), "utf-8")
        self._servers: dict[str, Server] = {}
        self._pages: dict[tuple[str, str], Page] = {}
        self._asked: dict[Page, set[Request]] = {}  # what has no answer yet

    def shot(self, picture: Picture, language: str) -> Shot:
        """Go to a screen and take its picture."""
        page = self._page(picture.who, language)
        page.set_viewport_size({"width": picture.size[0], "height": picture.size[1]})
        page.goto(f"{self._servers[picture.who].url}#/{picture.view}")
        page.locator(picture.ready).first.wait_for()
        picture.press(page)
        self._settle(page)
        shot = Shot.of(page)
        page.keyboard.press("Escape")
        return shot

    def _settle(self, page: Page) -> None:
        """Wait until nothing is asked for, and the texts stay as they are."""
        before: object = None
        for _ in range(600):
            texts = page.evaluate(SHOWN)
            if texts == before and not self._asked[page]:
                return
            before = texts
            page.wait_for_timeout(50)
        raise AssertionError(f"still asked for: {[one.url for one in self._asked[page]]}")

    def _page(self, who: str, language: str) -> Page:
        if who not in self._servers:
            self._servers[who] = self._server(who)
        if (who, language) not in self._pages:
            context = self._browser.new_context(
                locale={"ko": "ko-KR", "en": "en-GB"}[language],
                timezone_id="Asia/Seoul",
                color_scheme="light",
                reduced_motion="reduce",
            )
            page = self._pages[who, language] = context.new_page()
            page.set_default_timeout(60_000)
            asked = self._asked[page] = set()
            page.on("request", lambda one: None if one.url.endswith("/stream") else asked.add(one))
            for over in ("requestfinished", "requestfailed"):
                page.on(over, lambda one: asked.discard(one))
            page.clock.set_fixed_time(AT)
            page.add_init_script(f"localStorage['gongbang.language'] = '{language}'")
        return self._pages[who, language]

    def _server(self, who: str) -> Server:
        still = ("--at", str(AT_MS))
        if who == "center":
            return Server("center.mjs", *still)
        as_whom = ("--setup",) if who == "setup" else ("--role", who)
        plain = ("--plain", "--naughty", json.dumps(NAMES))
        return Server("server.mjs", "--still", *still, *plain, *as_whom, "--answers", str(self._answers))

    def close(self) -> None:
        """End all."""
        for page in self._pages.values():
            page.context.close()
        for server in self._servers.values():
            server.close()


@pytest.fixture(scope="module")
def browser(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Yield Chromium, before whose camera a coupon lies."""
    seen = picture(Coupon("0231", "FRONT", 20), "qr")
    with seeing(browser, film(tmp_path_factory.mktemp("film") / "seen.mjpeg", (2, seen))) as other:
        yield other


@pytest.fixture(scope="module")
def shop(built: Path, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The shop that stands still."""
    shop = Shop(browser, tmp_path_factory.mktemp("shop"))
    yield shop
    shop.close()


@pytest.mark.slow
@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_the_guide_shows_the_screen_as_it_is(shop: Shop, picture: Picture, language: str) -> None:
    now, file = shop.shot(picture, language), picture.file(language)
    told = list(differences(Shot.read(file), now)) if file.exists() else ["there is none"]
    if told and ANEW:
        now.write(file)
    elif told:
        NEW.mkdir(parents=True, exist_ok=True)
        now.write(NEW / file.name)
        pytest.fail("`make pictures` takes it anew:\n" + "\n".join(told))
