"""Shifts at kiosks by scanner only, read from screens in a real browser; then by touch; and the sums of each."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import workload
from playwright.sync_api import Browser, expect
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
)
from tests.dashboard.conftest import browser, built, chromium
from tests.e2e.people import EVERY_SIZE, EVERYBODY, PATIENCE_MS, Person, Place, at, person
from tests.e2e.shops import Scanner

__all__ = ["browser", "built", "chromium"]
WORK = {
    "workers": [{"badge": f"10{n}", "name": f"은하{n}"} for n in range(len(EVERYBODY))],
    "operations": [
        {"code": "CUT", "label": {"ko": "재단", "en": "Cutting"}},
        {"code": "FRONT", "label": {"ko": "앞판", "en": "Front"}, "after": ["CUT"]},
    ],
    "defects": [{"code": "STAIN", "label": {"ko": "얼룩", "en": "Stain"}}],
    "reasons": [{"code": "LUNCH", "label": {"ko": "점심", "en": "Lunch"}}],
}


class Shop:
    """A daemon with a station for everybody."""

    def __init__(self, folder: Path, opened: ExitStack) -> None:
        names = [f"sewing_{n}" for n in range(len(EVERYBODY))]
        self.scanners = [Scanner(name) for name in names]
        for scanner in self.scanners:
            opened.callback(scanner.close)
        own: dict[str, Any] = {
            "stations": [
                {"name": name, "label": {"ko": f"봉제 {name[-1]}", "en": f"Sewing {name[-1]}"}} for name in names
            ],
            "work": WORK,
        }
        port = free_port()
        config = workload.write(folder / "edge_config.yaml", [one.driver for one in self.scanners], 9, port, **own)
        self.daemon: Daemon = opened.enter_context(daemon(config, port))
        until(self.daemon.ready, "the gateway answers")
        for scanner in self.scanners:
            until(lambda one=scanner: self._component(one.driver["name"])["state"] == "up", "the scanner is there")

    def _component(self, name: str) -> dict[str, Any]:
        return next(one for one in self.daemon.get("/api/v1/components")["components"] if one["name"] == name)

    def sums(self, n: int) -> dict[str, Any]:
        """What the ledger says of the shift of one of them."""
        bundle = self.daemon.get(f"/api/v1/work/bundles/023{n}")
        entries = [entry for event in bundle["events"] for entry in event["entries"]]
        calls = self.daemon.get("/api/v1/events?kind=help")["events"]
        return {
            "done": [(one["operation"], one["quantity"]) for one in entries if one["do"] == "done"],
            "defects": bundle["defects"],
            "help": [one["action"] for one in calls if one["source"] == f"sewing_{n}"],
        }


@pytest.fixture(scope="module")
def shop(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with ExitStack() as opened:
        yield Shop(tmp_path_factory.mktemp("shop"), opened)


def shift(n: int) -> tuple[tuple[Ours, str, str, str], ...]:
    """What is scanned of the nth bundle, how the panel answers, and a word of it in Korean and in English."""
    bundle = f"023{n}"
    cut, front = Coupon(bundle, "CUT", 20), Coupon(bundle, "FRONT", 20)
    return (
        (front, "badge_first", "명찰", "badge"),
        (Badge(100 + n), "badge", f"10{n}번", f"Badge 10{n}"),
        (front, "wrong_order", "「재단」", "Cutting comes first"),
        (cut, "accepted", "재단 20개", "Cutting, 20"),
        (cut, "accepted", "재단 20개", "Cutting, 20"),  # at once: one reading
        (QuantityTicket(18), "command", "18개", "18"),
        (front, "accepted", "앞판 18개", "Front, 18"),
        (cut, "duplicate", "두 번 세지 않았어요", "not counted twice"),
        (DefectTicket("STAIN"), "command", "얼룩", "Stain"),
        (QuantityTicket(2), "command", "2개", "2"),
        (front, "command", "「얼룩」 2개", "Stain, 2"),
        (ReasonTicket("LUNCH"), "accepted", "점심", "Lunch"),
        (Command("UNDO"), "command", "점심", "Lunch"),
        (BundleTicket(bundle), "command", "18개", "18"),
        (Command("MATERIAL"), "command", "자재를 호출했어요", "Called for material"),
        (Command("HELPED"), "command", "호출을 껐어요", "The call is over"),
    )


@pytest.mark.slow
@at(EVERY_SIZE)
def test_a_shift_at_a_kiosk_by_scanner_only_and_then_by_touch(shop: Shop, browser: Browser, place: Place) -> None:
    n, (size, language) = EVERYBODY.index(place), place
    scan = shop.scanners[n].scan
    with person(browser, f"http://127.0.0.1:{shop.daemon.port}/", place) as worker:
        page = worker.open(f"station/sewing_{n}")
        worker.sees("station.badge")
        for ticket, answer, korean, english in shift(n):
            scan(ticket)
            answered(worker, answer, korean, english)
            worker.fits()
        expect(page.get_by_role("heading", level=1)).to_contain_text(f"은하{n}", timeout=PATIENCE_MS)
        expect(page.locator("aside [data-scan]:visible")).to_have_count(6 if size[0] > 900 else 3, timeout=PATIENCE_MS)
        assert page.evaluate("document.activeElement === document.body"), "nobody had to touch anything"
        scan(Command("LOGOUT"))
        worker.sees("station.badge")
        assert shop.sums(n) == {
            "done": [("CUT", 20), ("FRONT", 18)],
            "defects": {"FRONT": 2},
            "help": ["clear", "raise"],
        }

        scan(Badge(100 + n))
        answered(worker, "badge", f"10{n}번", f"Badge 10{n}")
        worker.press("key.defect")
        worker.dialog.get_by_role("button", name={"ko": "얼룩", "en": "Stain"}[language]).click()
        answered(worker, "command", "얼룩", "Stain")
        worker.press("key.bundle", bundle=f"023{n}")
        answered(worker, "command", "「얼룩」 1개", "Stain, 1")
        worker.press("key.call")
        worker.press("call.QUALITY", worker.dialog)
        answered(worker, "command", "품질 때문에 호출했어요", "Called for quality")
        expect(page.locator("[data-key=call]")).to_contain_text(
            {"ko": "째", "en": "Called"}[language], timeout=PATIENCE_MS
        )
        told = shop.sums(n)
        assert (told["defects"], told["help"]) == ({"FRONT": 3}, ["raise", "clear", "raise"])
        assert shop.daemon.get("/api/v1/work/downtime")["told"] == [], "the reason was taken back"


def answered(worker: Person, answer: str, korean: str, english: str) -> None:
    """Wait until the panel answers so."""
    panel = worker.page.locator(f"[data-answer={answer}] .answer")
    expect(panel).to_contain_text({"ko": korean, "en": english}[worker.language], timeout=PATIENCE_MS)
