"""The network is lost and comes back, at a board, at a station and on an owner's page with a form half filled in.

The screens say how old they are, come back by themselves with what happened meanwhile, and keep what was typed.
"""

import re
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from barcodes.ticket import Badge, Coupon
from tests.dashboard.conftest import browser, built, chromium
from tests.e2e.people import DESK, PHONE, WALL, Person, Place, person
from tests.e2e.shops import PASSWORD, Shop, demo_tree, relay, sewing

__all__ = ["browser", "built", "chromium"]
TYPED = "식힌 뒤 기름을 확인해 주세요"
Cut = Callable[[], None]
Loss = Callable[[Shop, list[Person], Cut], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def shop(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with sewing(tmp_path_factory.mktemp("shop"), demo_tree()) as shop:
        shop.scanner.scan(Badge(104))
        yield shop


@contextmanager
def hangs(shop: Shop, people: list[Person], cut: Cut) -> Iterator[None]:
    """The gateway stands still: its connections stay open, and nothing comes."""
    process = shop.daemon.process
    assert process
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


@contextmanager
def dies(shop: Shop, people: list[Person], cut: Cut) -> Iterator[None]:
    """The gateway loses its power, and gets it back."""
    shop.daemon.kill()
    try:
        yield
    finally:
        shop.daemon.start()


@contextmanager
def unplugged(shop: Shop, people: list[Person], cut: Cut) -> Iterator[None]:
    """The devices that show the screens have no network: what was connected breaks off, and they are offline."""
    usual = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    sessions = [somebody.context.new_cdp_session(somebody.page) for somebody in people]
    for session in sessions:
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", usual | {"offline": True})
    cut()
    yield
    for session in sessions:
        session.send("Network.emulateNetworkConditions", usual)


LOSSES = [  # at the board, at the station, in the office
    (hangs, (PHONE, "en"), (DESK, "ko"), (WALL, "en")),
    (dies, (WALL, "ko"), (PHONE, "ko"), (DESK, "en")),
    (unplugged, (DESK, "ko"), (WALL, "en"), (PHONE, "ko")),
]


@pytest.mark.slow
@pytest.mark.parametrize(("lost", "board", "station", "office"), LOSSES, ids=lambda one: getattr(one, "__name__", ""))
def test_a_lost_network_is_told_and_comes_back_by_itself(
    shop: Shop, browser: Browser, lost: Loss, board: Place, station: Place, office: Place
) -> None:
    number = f"08{LOSSES.index((lost, board, station, office))}"
    with relay(shop.daemon.port) as (port, cut), ExitStack() as here:
        looking, working, writing = people = [
            here.enter_context(person(browser, f"http://127.0.0.1:{port}/", place))
            for place in (board, station, office)
        ]
        looking.open("board")
        looking.page.locator("[data-age=fresh]").wait_for()
        working.open("station/cutting_1")
        shop.scanner.scan(Coupon(f"{number}1", "CUT", 20))
        working.page.locator("[data-answer=accepted]").get_by_text(re.compile(f"{number}1")).wait_for()
        half_filled(writing)

        with lost(shop, people, cut):
            for somebody in (looking, writing):
                somebody.page.locator("[data-freshness=stale]").wait_for()
                somebody.sees("stale.now")  # how old it is
                somebody.fits()
            working.page.locator("[data-answer=lost]").wait_for()
            working.sees("station.lost_todo")
            assert typed(writing) == TYPED
            if lost is not dies:
                shop.scanner.scan(Coupon(f"{number}2", "CUT", 20))
        if lost is dies:
            shop.come_in()
            shop.scanner.scan(Badge(104))
            shop.scanner.scan(Coupon(f"{number}2", "CUT", 20))

        for somebody in (looking, writing):
            somebody.page.locator("[data-freshness]").wait_for(state="detached")
        working.page.locator("[data-answer=accepted]").get_by_text(re.compile(f"{number}2")).wait_for()
        looking.goes_to("scans")  # the board shows the newest five, and others scan too
        looking.page.locator("[data-answer=accepted]").get_by_text(re.compile(f"{number}2")).first.wait_for()
        kept_and_applied(writing, logged_out=lost is dies)
        text = shop.daemon.config.read_text("utf-8")
        assert text.count(TYPED) == 1
        with shop.page() as page:  # for the next
            undone = page.post("/config/undo", json={"revision": page.get("/config").json()["revision"]})
            undone.raise_for_status()


def half_filled(owner: Person) -> None:
    """The owner changes what is to be done when the press is hot."""
    owner.open("board")
    owner.logs_in()
    owner.open("devices/rules/press_overheat")
    field = owner.page.locator("[data-field=action]")
    owner.field("devices.ko", field).fill(TYPED)


def typed(owner: Person) -> str:
    """What stands in the form."""
    field = owner.page.locator("[data-field=action]")
    return owner.field("devices.ko", field).input_value()


def kept_and_applied(owner: Person, logged_out: bool) -> None:
    """What was typed is there still, and can be applied; after a new start by whoever logs in again."""
    owner.press("devices.apply")
    if logged_out:
        owner.field("login.password", owner.dialog).fill(PASSWORD)
        expect(owner.page.locator("[data-field=action]")).to_be_hidden()  # from who did not log in
        owner.press("login.send", owner.dialog)
        owner.dialog.wait_for(state="detached")
        assert typed(owner) == TYPED
        owner.press("devices.apply")
    owner.sees("devices.applied")
