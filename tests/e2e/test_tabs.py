"""The tabs of one browser share one stream of the daemon's, over plain HTTP by a name, where browsers can least."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import workload
from playwright.sync_api import Browser, Page
from rig import Daemon, daemon, free_port, until

from barcodes.ticket import Badge
from tests.dashboard.conftest import browser, built, chromium
from tests.e2e.people import PATIENCE_MS
from tests.e2e.shops import Scanner

__all__ = ["browser", "built", "chromium"]
NAME = "gongbang.test"  # the browser takes it for the loopback, and trusts it as little as any address of a network
PLANT: dict[str, Any] = {
    "stations": [{"name": "desk", "label": {"ko": "책상", "en": "Desk"}}],
    "machines": [{"name": "wheel", "station": "desk", "states": [{"state": "run", "when": "unit_1.r0 >= 0"}]}],
    "work": {"workers": [{"badge": f"{n}", "name": f"은하 {n}"} for n in range(101, 107)]},
}
ALONE_MS = 4_000  # by then whoever holds the stream would tell nobody, had nobody followed
COUNT = """
window.opened = 0;
window.EventSource = class extends EventSource {
    constructor(address) {
        super(address);
        window.opened += 1;
    }
};
"""
HIDE = """hidden => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


class Shop:
    """A daemon with a scanner, and what it says of the browsers that it tells."""

    def __init__(self, daemon: Daemon, scanner: Scanner) -> None:
        self.daemon, self.scanner = daemon, scanner

    def streams(self) -> Any:
        parts = self.daemon.get("/api/v1/components")["components"]
        return next(part["detail"]["streams"] for part in parts if part["name"] == "web")

    def ready(self) -> bool:
        parts = self.daemon.get("/api/v1/components")["components"] if self.daemon.ready() else []
        return any(part["name"] == "desk_scanner" and part["state"] == "up" for part in parts)

    def scan(self, badge: int, *seen_by: Page) -> None:
        """Scan it, and wait until each page shows it."""
        self.scanner.scan(Badge(badge))
        for page in seen_by:
            page.locator("[data-answer]", has_text=f"{badge}").first.wait_for()


@pytest.fixture
def shop(built: Path, tmp_path: Path) -> Iterator[Shop]:
    with closing(Scanner("desk")) as scanner, workload.register_server() as registers_port:
        port, drivers = free_port(), [scanner.driver, workload.plc(registers_port, 1, 1, 1.0)]
        own = PLANT | {"dashboard": {"host": "127.0.0.1", "port": port, "names": [NAME]}}
        with daemon(workload.write(tmp_path / "edge_config.yaml", drivers, 9, port, **own), port) as running:
            shop = Shop(running, scanner)
            until(shop.ready, "the scanner is there")
            yield shop


@pytest.mark.slow
def test_whichever_tab_goes_hides_or_loses_the_gateway_all_that_are_seen_are_told_by_one_stream(
    shop: Shop, browser: Browser
) -> None:
    def one_is_open() -> None:
        until(lambda: shop.streams() == 1, "the daemon tells one tab")

    with closing(browser.new_context(locale="ko-KR")) as context:
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(COUNT)
        board, scans, station = (tab(context.new_page(), shop, view) for view in ("board", "scans", "station/desk"))
        assert not board.evaluate("isSecureContext")
        shop.scan(101, board, scans, station)
        one_is_open()
        station.wait_for_timeout(ALONE_MS)
        shop.scan(102, board, scans, station)
        assert [page.evaluate("opened") for page in (board, scans, station)] == [1, 1, 1], "nobody was left behind"

        station.close()
        shop.scan(103, board, scans)
        one_is_open()

        scans.evaluate(HIDE, True)
        shop.scan(104, board)
        board.evaluate(HIDE, True)
        until(lambda: shop.streams() == 0, "nobody looks")
        scans.evaluate(HIDE, False)
        board.evaluate(HIDE, False)
        shop.scan(105, board, scans)
        one_is_open()

        shop.daemon.kill()
        for page in (board, scans):
            page.locator("[data-freshness]").wait_for()
        shop.daemon.start()
        until(shop.ready, "it runs again")
        for page in (board, scans):
            page.locator("[data-age=fresh]").wait_for()
        shop.scan(106, board, scans)
        one_is_open()


def tab(page: Page, shop: Shop, view: str) -> Page:
    page.goto(f"http://{NAME}:{shop.daemon.port}/#/{view}")
    page.locator("[data-age=fresh], [data-station]").wait_for()
    return page
