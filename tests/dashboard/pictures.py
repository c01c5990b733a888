"""The guide's pictures of the screens: which there are, how each is taken, and whether one still shows what it showed.

A picture is a PNG that carries, beside its pixels, the texts that stood on the screen. Two are alike when their texts
are the same and they look alike from afar: small, so that another browser's way of smoothing letters is no change.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import Page

from barcodes.labels.arrange import Card
from barcodes.labels.parts import Media
from barcodes.ticket import Badge
from gateway.config.edit_forms import form, sections
from gateway.config.edit_history import revision_of
from gateway.config.load import judge
from gateway.printing.render import question, render
from tests.guide import GUIDE, ROOT

FOLDER = GUIDE / "pictures"
AT = datetime(2026, 11, 21, 14, 5, tzinfo=timezone(timedelta(hours=9)))  # on all of them
AT_MS = round(AT.timestamp() * 1000)
DESK, WALL, PHONE = (1280, 800), (1920, 1080), (390, 844)
COLOURS = 256
TEXTS = "texts"  # the PNG's part with what stood on the screen
CELL_PX = 16
MOST_APART = 24  # of 255, of a cell's mean
MOST_CELLS = 0.03
SHOWN = """() => {
    const texts = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const text = walk.currentNode.data.trim(), box = walk.currentNode.parentElement;
        if (text && box.getClientRects().length && !box.closest(".hidden, noscript, script")) texts.push(text);
    }
    return texts;
}"""


def _nothing(page: Page) -> None:
    pass


@dataclass(frozen=True)
class Picture:
    """One screen: its file's name, address, what is waited for, who looks (or which server), what is pressed."""

    name: str
    view: str
    ready: str
    who: str = "viewer"
    size: tuple[int, int] = DESK
    press: Callable[[Page], None] = _nothing

    def file(self, language: str) -> Path:
        """Return where it lies."""
        return FOLDER / f"{self.name}{'.ko' if language == 'ko' else ''}.png"


def _pressed(what: str, shows: str) -> Callable[[Page], None]:
    def press(page: Page) -> None:
        page.locator(what).first.click()
        page.locator(shows).wait_for()

    return press


def _searched(page: Page) -> None:
    page.locator(".buttons > .main").click()
    page.locator("[data-step=found] .value").first.wait_for()


NAMES = ["작업복 바지", "바닥에 기름이 있었어요", "Nguyễn Thị Hoa", "셔츠"]  # of what the server else calls oddly
BADGE = Card(Badge(101), "은하", ("창신 봉제 17호",))
BADGES = _pressed("main button:has-text('은하')", "[data-preview=drawn]")
PICTURES = [
    # The floor
    Picture("board", "board", "[data-machine]"),
    Picture("machine", "board/press_1", "[role=dialog] .card li"),
    Picture("phone", "board", "[data-machine]", size=PHONE),
    Picture("wall", "wall", "[data-wall=fresh] [data-tile]", size=WALL),
    Picture("station", "station/sewing_3", "[data-station] [data-scan]", "operator"),
    Picture("scans", "scans", "[data-kiosk]"),
    Picture("alarms", "alarms", "[data-alarm]", "operator"),
    Picture("work", "work", "[data-orders]", "operator"),
    Picture("values", "values", "[data-point]"),
    Picture("health", "health", "[data-component]"),
    Picture(
        "camera",
        "station/sewing_3",
        "header .eye",
        "operator",
        size=PHONE,
        press=_pressed("header .eye", "[data-answered=accepted]"),
    ),
    # The owner
    Picture("more", "board", "[data-machine]", "owner", press=_pressed("[data-more]", "[role=dialog]")),
    Picture("trends", "trends", "[data-trend=drawn]", "owner"),
    Picture("figures", "figures", "[data-energy=shown]", "owner"),
    Picture("pay", "pay", "[data-pay=open]", "owner"),
    Picture("slip", "pay/7", "[data-days='2']", "owner"),
    Picture("reports", "reports", "[data-report=day] table", "owner"),
    Picture(
        "labels",
        "labels",
        "[data-prints='3']",
        "owner",
        press=BADGES,
    ),
    Picture("lists", "lists", "[data-list]", "owner"),
    Picture("access", "access", "[data-audit]", "owner"),
    # Who installs
    Picture("setup", "", "form", "setup"),
    Picture("found", "devices/first", "[data-step=plug]", "installer", press=_searched),
    Picture("devices", "devices", "[data-section=drivers] li", "installer"),
    Picture("device", "devices/drivers/bus_1", "[data-field=baudrate]", "installer"),
    Picture("backup", "backup", "[data-backup=stick]", "installer"),
    # The support center
    Picture("center", "", "[data-found]", "center"),
    Picture("shop", "shop/shop-0063/gw_1", "[data-event]", "center"),
]


def answers() -> dict[str, Any]:
    """What the real gateway answers about the demo shop's configuration, for the servers that play a shop."""
    file = ROOT / "edge_config.yaml"
    text = file.read_text("utf-8")
    judged = judge(text, file)
    config = {"revision": revision_of(text), "text": text, "data": judged.data, "problems": [], "sections": sections()}
    return {
        "config": config | {"choices": {}},
        "labels/preview": render(question([BADGE], Media(60, 40, 203), "png"))["data"],
        "config/schema?section=drivers&type=modbus_rtu": form("drivers", "modbus_rtu"),
    }


@dataclass(frozen=True)
class Shot:
    """What a picture shows: its pixels, and the texts that stood on the screen."""

    image: Image.Image
    texts: list[str]

    @classmethod
    def of(cls, page: Page) -> "Shot":
        """Take it from a page as it stands."""
        page.evaluate("document.fonts.ready.then(() => new Promise(done => requestAnimationFrame(() => done())))")
        texts = page.evaluate(SHOWN)
        shot = page.screenshot(animations="disabled", caret="hide")
        return cls(Image.open(BytesIO(shot)).convert("RGB"), texts)

    @classmethod
    def read(cls, file: Path) -> "Shot":
        """Read it as it was written."""
        with Image.open(file) as image:
            return cls(image.convert("RGB"), json.loads(image.info.get(TEXTS, "[]")))

    def write(self, file: Path) -> None:
        """Write it with few colours."""
        about = PngInfo()
        about.add_itxt(TEXTS, json.dumps(self.texts, ensure_ascii=False), zip=True)
        self.image.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True, pnginfo=about)

    def looks(self) -> np.ndarray[Any, Any]:
        """Return the mean of each cell's colours."""
        cells = self.image.width // CELL_PX, self.image.height // CELL_PX
        return np.asarray(self.image.resize(cells, Image.Resampling.BOX), dtype=float)


def differences(was: Shot, now: Shot) -> Iterator[str]:
    """Yield in words what a picture shows now and did not."""
    yield from (f"gone: {text}" for text in was.texts if text not in now.texts)
    yield from (f"new: {text}" for text in now.texts if text not in was.texts)
    if sorted(was.texts) == sorted(now.texts) and was.texts != now.texts:
        yield "its texts stand in another order"
    if was.image.size != now.image.size:
        yield f"it is {now.image.size} instead of {was.image.size}"
        return
    share = float(np.mean(np.abs(was.looks() - now.looks()).max(axis=2) > MOST_APART))
    if share > MOST_CELLS:
        yield f"{share:.1%} of it look different"


def routes() -> set[str]:
    """Return every screen that the dashboard knows by its address."""
    source = (ROOT / "dashboard/src/lib/route.svelte.ts").read_text("utf-8")
    lists = re.findall(r"^(?:export )?const (?:VIEWS|BARE) = \[(.*)\]", source, re.MULTILINE)
    office = re.search(r"^export const OFFICE = \{(.*)\} as", source, re.MULTILINE)
    assert len(lists) == 2
    assert office
    return set(re.findall(r'"(\w+)"', " ".join(lists))) | set(re.findall(r"(\w+): ", office[1]))
