"""A shift at a kiosk by scanner only, read from the screen in a real browser; then by touch; and the sums of it."""

import os
import tty
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import workload
from playwright.sync_api import Page, expect
from rig import Daemon, daemon, free_port, until

from barcodes.ticket import (
    Badge,
    BundleTicket,
    Command,
    Coupon,
    DefectTicket,
    Ours,
    QuantityTicket,
    ReasonTicket,
    encode,
)
from tests.dashboard.conftest import browser, built  # noqa: F401 - fixtures

CUT, FRONT = Coupon("0231", "CUT", 20), Coupon("0231", "FRONT", 20)
WAIT_MS = 60_000
WORK = {
    "workers": [{"badge": "102", "name": "은하"}],
    "operations": [
        {"code": "CUT", "label": {"ko": "재단", "en": "cutting"}},
        {"code": "FRONT", "label": {"ko": "앞판", "en": "front"}, "after": ["CUT"]},
    ],
    "defects": [{"code": "STAIN", "label": {"ko": "얼룩", "en": "stain"}}],
    "reasons": [{"code": "LUNCH", "label": {"ko": "점심", "en": "lunch"}}],
}
SHIFT: tuple[tuple[Ours, str, str], ...] = (  # what is scanned, how the panel answers, and a word of it
    (FRONT, "badge_first", "명찰"),
    (Badge(102), "badge", "102번"),
    (FRONT, "wrong_order", "「재단」"),
    (CUT, "accepted", "재단 20개"),
    (CUT, "accepted", "재단 20개"),  # at once: one reading
    (QuantityTicket(18), "command", "18개"),
    (FRONT, "accepted", "앞판 18개"),
    (CUT, "duplicate", "두 번 세지 않았어요"),
    (DefectTicket("STAIN"), "command", "얼룩"),
    (QuantityTicket(2), "command", "2개"),
    (FRONT, "command", "「얼룩」 2개"),
    (ReasonTicket("LUNCH"), "accepted", "점심"),
    (Command("UNDO"), "command", "점심"),
    (BundleTicket("0231"), "command", "18개"),
    (Command("MATERIAL"), "command", "자재를 호출했어요"),
    (Command("HELPED"), "command", "호출을 껐어요"),
)


class Shop:
    """A daemon with a station, whose scanner is at the other end of a pseudo-terminal."""

    def __init__(self, folder: Path) -> None:
        self._near, self._far = os.openpty()
        tty.setraw(self._far)
        port = free_port()
        scanner = {"name": "scanner_3", "type": "serial_scanner", "port": os.ttyname(self._far), "station": "sewing_3"}
        own: dict[str, Any] = {
            "stations": [{"name": "sewing_3", "label": {"ko": "봉제 3", "en": "Sewing 3"}}],
            "work": WORK,
        }
        self.config, self.port = workload.write(folder / "edge_config.yaml", [scanner], 9, port, **own), port

    def scan(self, ticket: Ours) -> None:
        os.write(self._near, encode(ticket).encode() + b"\r")

    def close(self) -> None:
        os.close(self._near)
        os.close(self._far)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path)
    yield shop
    shop.close()


@pytest.mark.slow
def test_a_shift_at_a_kiosk_by_scanner_only_and_then_by_touch(shop: Shop, built: Path, browser: Any) -> None:  # noqa: F811
    with daemon(shop.config, shop.port) as running:
        until(running.ready, "the gateway answers")
        until(lambda: component(running, "scanner_3")["state"] == "up", "the scanner is there")
        page: Page = browser.new_page(viewport={"width": 1280, "height": 800}, locale="ko-KR")
        page.goto(f"http://127.0.0.1:{shop.port}/#/station/sewing_3")
        page.get_by_text("명찰을 찍어 주세요").first.wait_for(timeout=WAIT_MS)
        for ticket, answer, text in SHIFT:
            shop.scan(ticket)
            answered(page, answer, text)
        expect(page.get_by_role("heading", level=1)).to_contain_text("은하", timeout=WAIT_MS)
        expect(page.locator("aside [data-scan]")).to_have_count(6)
        assert page.evaluate("document.activeElement === document.body"), "nobody had to touch anything"
        shop.scan(Command("LOGOUT"))
        page.get_by_text("명찰을 찍어 주세요").first.wait_for(timeout=WAIT_MS)
        assert sums(running) == {
            "FRONT": 18,
            "CUT": 20,
            "defects": {"FRONT": 2},
            "help": ["clear", "raise"],
            "reasons": [],
        }

        shop.scan(Badge(102))
        answered(page, "badge", "102번")
        page.locator("[data-key=defect]:enabled").click()
        page.get_by_role("dialog").get_by_role("button", name="얼룩").click()
        answered(page, "command", "얼룩")
        page.get_by_role("button", name="묶음 0231").click()
        answered(page, "command", "「얼룩」 1개")
        page.locator("[data-key=call]:enabled").click()
        page.get_by_role("dialog").get_by_role("button", name="품질").click()
        answered(page, "command", "품질 때문에 호출했어요")
        expect(page.locator("[data-key=call]")).to_contain_text("째", timeout=WAIT_MS)
        told = sums(running)
        assert (told["defects"], told["help"]) == ({"FRONT": 3}, ["raise", "clear", "raise"])
        page.close()


def answered(page: Page, answer: str, text: str) -> None:
    """Wait until the panel answers so."""
    panel = page.locator(f"[data-answer={answer}] .answer")
    expect(panel).to_contain_text(text, timeout=WAIT_MS)


def component(running: Daemon, name: str) -> dict[str, Any]:
    return next(one for one in running.get("/api/v1/components")["components"] if one["name"] == name)


def sums(running: Daemon) -> dict[str, Any]:
    """What the ledger says of the shift."""
    done = {one["operation"]: one["pieces"] for one in running.get("/api/v1/work/summary")["operations"]}
    return {
        **done,
        "defects": running.get("/api/v1/work/bundles/0231")["defects"],
        "help": [one["action"] for one in running.get("/api/v1/events?kind=help")["events"]],
        "reasons": running.get("/api/v1/work/downtime")["told"],
    }
