"""What people and programs write is text on every screen of a real gateway, and no script of theirs runs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.dashboard.conftest import browser, built, chromium
from tests.dashboard.test_station import STRANGE
from tests.e2e.people import DESK, PHONE, Place, at, person
from tests.e2e.shops import Shop, demo_tree, sewing
from tests.naughty import ALL, CONTROLS, MARKUP

__all__ = ["browser", "built", "chromium"]
TEXTS = [text for text in ALL if text.strip() and text not in CONTROLS and "\x00" not in text and len(text) < 400]
SCRIPTS = [text for text in MARKUP if "<" in text and "{" not in text]


def both(text: str) -> dict[str, str]:
    """A text as the configuration holds it in both languages."""
    return {"ko": text, "en": text}


@pytest.fixture(scope="module")
def shop(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The demo's shop where all that has a name is called by such texts; and workers, and scans."""
    tree = demo_tree()
    state = {"state": "run", "when": "meter_1.voltage > 1 V"}
    tree["machines"] += [{"name": f"m_{n}", "label": both(text), "states": [state]} for n, text in enumerate(TEXTS)]
    for n, text in enumerate(SCRIPTS):
        rule: dict[str, Any] = {"name": f"r_{n}", "when": "meter_1.voltage > 1 V", "severity": "critical"}
        tree["rules"].append(rule | {"message": both(text), "action": both(text), "machine": f"m_{n}"})
        tree["signals"].append({"name": f"s_{n}", "label": both(text), "unit": "W", "value": "meter_1.power"})
    for kind in ("defects", "reasons"):
        tree["work"][kind] = [{"code": f"X{n}", "label": both(text)} for n, text in enumerate(TEXTS)]
    tree["work"]["workers"] += [{"badge": str(300 + n), "name": text} for n, text in enumerate(SCRIPTS)]
    with sewing(tmp_path_factory.mktemp("shop"), tree) as shop:
        with shop.page() as page:
            for n, text in enumerate(SCRIPTS):
                row = {"badge": str(400 + n), "name": text}
                page.post("/work/masters/workers", json={"rows": [row]}).raise_for_status()
        for text in TEXTS:
            if "\n" not in text and "\r" not in text:
                shop.scanner.read(text.encode())
        shop.scanner.read(b"W-0300")
        yield shop


SHOWN = {  # what shows such a text, on each screen
    "board": "[data-machine]",
    "alarms": "[data-alarm=r_0]",
    "scans": "[data-answer]",
    "values": "[data-point]",
    "trends/signals.s_0": "[data-trend=drawn], [data-trend=empty]",
    "figures": "[data-figures=shown]",
    "health": "[data-component]",
    "work": "[data-orders]",
    "pay": "[data-pay]",
    "reports/workers": "[data-report]",
    "lists/workers": "[data-thing='400']",
    "devices": "[data-section=machines] li",
    "wall": "[data-tile]",
    "station/cutting_1": "[data-key=defect]",
}
NAMED = [
    "board",
    "alarms",
    "values",
    "trends/signals.s_0",
    "lists/workers",
    "devices",
    "wall",
]  # where the first of them must stand as it is


@pytest.mark.slow
@at([(DESK, "ko"), (PHONE, "en")])
def test_what_people_write_is_text_on_every_screen(shop: Shop, browser: Browser, place: Place) -> None:
    with person(browser, shop.url, place) as owner:
        opened: list[str] = []
        owner.page.on("dialog", lambda dialog: (opened.append(dialog.message), dialog.dismiss()))
        owner.open("board")
        owner.logs_in()
        for view, shows in SHOWN.items():
            owner.open(view)
            owner.page.locator(shows).first.wait_for(state="attached")
            if view == "values":
                owner.field("values.search").fill(SCRIPTS[0])
            if view in NAMED:
                owner.page.get_by_text(SCRIPTS[0]).first.wait_for(state="attached")
            if view.startswith("station"):
                owner.press("key.defect")
                owner.dialog.get_by_text(SCRIPTS[0]).first.wait_for()
            owner.fits()
            assert owner.page.evaluate(f"document.querySelectorAll('{STRANGE}').length") == 0, view
        assert opened == []
