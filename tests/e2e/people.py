"""People in front of the gateway's own screens: each reads one language, on a screen of one size, and a page that
complains, or that is wider than the screen, fails what they do.
"""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page

from gateway.wording import placeholders
from tests.e2e.shops import PASSWORD

WORDS = Path(__file__).parents[2] / "gateway/words"
CATALOGUE: dict[str, dict[str, str]] = {
    language: json.loads((WORDS / f"{language}.json").read_text("utf-8")) for language in ("ko", "en")
}
LOCALES = {"ko": "ko-KR", "en": "en-GB"}
WALL, DESK, PHONE = (1920, 1080), (1280, 800), (390, 844)
Place = tuple[tuple[int, int], str]  # a screen's size, and who reads it in which language
EVERYBODY: list[Place] = [(size, language) for size in (WALL, DESK, PHONE) for language in CATALOGUE]
EVERY_SIZE: list[Place] = [(WALL, "ko"), (DESK, "en"), (PHONE, "ko")]
PATIENCE_MS = 90_000
# What the browser itself logs of answers above 399 and lost connections, and that it plays nothing before a touch.
EXPECTED = ("Failed to load resource", "The AudioContext was not allowed to start")
WIDER = """() => {
    const width = document.scrollingElement.scrollWidth, shown = (e) => getComputedStyle(e).clipPath === "none";
    const right = (e) => e.getBoundingClientRect().right;
    const over = [...document.querySelectorAll("body *")].filter((e) => right(e) > innerWidth + 1);
    return width <= innerWidth ? [] : [width, ...over.filter(shown).map((e) => e.outerHTML.slice(0, 100))];
}"""


def at(places: Iterable[Place]) -> pytest.MarkDecorator:
    """The test's people stand at each of these in turn."""
    return pytest.mark.parametrize("place", places, ids=lambda place: f"{place[0][0]}-{place[1]}")


class Person:
    """Somebody with a browser of their own."""

    def __init__(self, browser: Browser, url: str, place: Place = (DESK, "ko")) -> None:
        self.url, (self.size, self.language) = url, place
        viewport = {"width": self.size[0], "height": self.size[1]}
        self.context = browser.new_context(viewport=viewport, locale=LOCALES[self.language])  # type: ignore[arg-type]
        self.context.add_init_script(f"localStorage['gongbang.language'] ??= '{self.language}'")
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._console)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(EXPECTED):
            self.complaints.append(message.text)

    def says(self, key: str, **values: object) -> str | re.Pattern[str]:
        """What the screen says for a key; a pattern where values stand in it that are not given."""
        text = CATALOGUE[self.language][key]
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", str(value))
        if not placeholders(text):
            return text
        return re.compile(".*".join(re.escape(piece) for piece in re.split(r"\{[^{}]*\}", text)))

    def open(self, view: str = "") -> Page:
        """Go to a screen, as by a bookmark."""
        self.page.goto(f"{self.url}#/{view}")
        return self.page

    def button(self, key: str, within: Locator | None = None, **values: object) -> Locator:
        """A button by what it says."""
        text = self.says(key, **values)
        return (within or self.page).get_by_role("button", name=text, exact=True)

    def press(self, key: str, within: Locator | None = None, **values: object) -> None:
        """Press it."""
        self.button(key, within, **values).first.click()

    def field(self, key: str, within: Locator | None = None, **values: object) -> Locator:
        """A field by how its label begins; behind that may stand what it is for."""
        text = self.says(key, **values)
        begins = text if isinstance(text, re.Pattern) else re.compile(rf"^\s*{re.escape(text)}")
        return (within or self.page).get_by_label(begins)

    def sees(self, key: str, within: Locator | None = None, **values: object) -> None:
        """Wait until it stands there."""
        (within or self.page).get_by_text(self.says(key, **values)).first.wait_for()

    @property
    def dialog(self) -> Locator:
        """The sheet that is open."""
        return self.page.get_by_role("dialog")

    def goes_to(self, view: str) -> None:
        """Go to a screen by the rail, and by what stands behind "more"."""
        named = re.compile(
            f"{re.escape(str(self.says(f'nav.{view}')))}$"
        )  # before it may stand how many alarms there are
        rail = self.page.get_by_role("navigation", name=self.says("nav.label"))
        rail.wait_for()
        link = rail.get_by_role("link", name=named)
        if not link.is_visible():
            self.press("nav.more", rail)
            link = self.dialog.get_by_role("link", name=named)
        link.click()
        self.page.locator(f"main[data-view={view}], [data-{view}]").first.wait_for()

    def logs_in(self) -> None:
        """Come in as the owner, in the dialog that a button of the head opens."""
        self.press("login.title")
        self.field("login.password", self.dialog).fill(PASSWORD)
        self.press("login.send", self.dialog)
        self.dialog.wait_for(state="detached")

    def fits(self) -> None:
        """Nothing is wider than the screen."""
        assert self.page.evaluate(WIDER) == []

    def leave(self) -> None:
        """Close the browser."""
        self.context.close()
        assert self.complaints == []


@contextmanager
def person(browser: Browser, url: str, place: Place = (DESK, "ko")) -> Iterator[Person]:
    """Somebody at a place, who leaves in the end."""
    somebody = Person(browser, url, place)
    try:
        yield somebody
    except BaseException:
        somebody.context.close()
        raise
    somebody.leave()
