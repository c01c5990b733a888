"""Every screen as people use it: its main thing is done on a real shop, by people of both languages, on a wall's, a
desk's and a phone's screen, and what comes of it is seen.

The people share one shop, and each has something of their own in it: a station, an alarm, a rule, an order.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, expect
from rig import until

from barcodes.ticket import Badge, Coupon
from tests.dashboard.conftest import browser, built, chromium
from tests.dashboard.test_looks import wrong
from tests.e2e.people import EVERYBODY, PATIENCE_MS, Person, Place
from tests.e2e.shops import Shop, demo_tree, sewing

__all__ = ["browser", "built", "chromium"]
STATIONS = ["sewing_1", "sewing_2", "sewing_4", "pressing_1", "metal_1", "metal_2"]
Act = Callable[[Person, Shop, int], None]


def own_rule(n: int) -> dict[str, object]:
    """An alarm that is on from the beginning."""
    said = {"ko": f"{n}번 전압 있음", "en": f"Voltage {n} is there"}
    todo = {"ko": "그대로 두세요", "en": "Leave it"}
    return {"name": f"own_{n}", "when": "meter_1.voltage > 100 V", "severity": "info", "message": said, "action": todo}


@pytest.fixture(scope="module")
def shop(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The demo's shop with an alarm for everybody, and a worker who has done something."""
    tree = demo_tree()
    tree["rules"] += [own_rule(n) for n in range(len(EVERYBODY))]
    with sewing(tmp_path_factory.mktemp("shop"), tree) as shop:
        until(lambda: len(shop.get("/alarms")["alarms"]) >= len(EVERYBODY), "the alarms are on")
        shop.scanner.scan(Badge(104))
        shop.scanner.scan(Coupon("0777", "CUT", 20))
        until(lambda: shop.get("/work/summary")["operations"], "it is recorded")
        yield shop


@pytest.fixture(scope="module")
def people(shop: Shop, browser: Browser) -> Iterator[Callable[[Place], Person]]:
    """Everybody, logged in as the owner."""
    here: dict[Place, Person] = {}

    def at_place(place: Place) -> Person:
        if place not in here:
            here[place] = Person(browser, shop.url, place)
            here[place].open()
            here[place].logs_in()
        return here[place]

    yield at_place
    for somebody in here.values():
        somebody.context.close()


def board(who: Person, shop: Shop, n: int) -> None:
    """A machine's tile opens its story."""
    who.goes_to("board")
    name = {"ko": "프레스 1호", "en": "Press 1"}[who.language]
    who.page.locator("[data-machine=press_1]").click()
    who.dialog.get_by_role("heading", name=name).wait_for()
    who.sees("sheet.values", who.dialog)
    who.dialog.locator("[data-event], li").first.wait_for()
    who.fits()
    who.press("close", who.dialog)
    who.dialog.wait_for(state="detached")


def wall(who: Person, shop: Shop, n: int) -> None:
    """The television shows the machines, and a press leads back."""
    who.goes_to("wall")
    expect(who.page.locator("[data-wall=fresh]")).to_be_visible(timeout=PATIENCE_MS)
    who.page.locator("[data-tile]").first.wait_for()
    looks_right(who)
    who.page.locator("[data-tile]").first.click()
    who.page.locator("main[data-view=board]").wait_for()


def station(who: Person, shop: Shop, n: int) -> None:
    """Who works here calls for the mechanic, and then says that he came."""
    who.open(f"station/{STATIONS[n]}")
    who.press("key.call")
    who.press("call.MACHINE", who.dialog)
    who.page.locator("[data-answer=command] .answer").wait_for()
    called = who.page.locator("[data-key=call]")
    expect(called).to_contain_text(who.says("key.called"), timeout=PATIENCE_MS)
    looks_right(who)
    called.click()
    who.dialog.get_by_role("button", name=who.says("key.HELPED")).click()
    expect(called).to_have_text(str(who.says("key.call")), timeout=PATIENCE_MS)
    who.page.get_by_role("link", name=who.says("station.leave")).click()


def alarms(who: Person, shop: Shop, n: int) -> None:
    """The own alarm is acknowledged."""
    who.goes_to("alarms")
    mine = who.page.locator(f"[data-alarm=own_{n}]")
    who.press("alarm.acknowledge", mine)
    who.sees("alarm.acknowledged_at", mine)
    expect(who.button("alarm.acknowledge", mine)).to_have_count(0, timeout=PATIENCE_MS)


def lists(who: Person, shop: Shop, n: int) -> None:
    """Somebody who begins to work here is added, and stands in the list."""
    who.goes_to("lists")
    who.page.locator("[data-list]").wait_for()
    if (choice := who.page.get_by_role("combobox", name=who.says("lists.kind"))).is_visible():
        choice.select_option("workers")
    else:
        who.page.get_by_role("button", name={"ko": "작업자", "en": "Workers"}[who.language], exact=True).click()
    who.page.locator("[data-list=workers]").wait_for()
    who.press("lists.add")
    for name, value in (("badge", f"20{n}"), ("name", f"이슬 {n}")):
        who.dialog.locator(f"input[name$={name}]").first.fill(value)
    who.fits()
    who.press("lists.add", who.dialog)
    who.page.locator(f"[data-thing='20{n}']").get_by_text(f"이슬 {n}").wait_for()


def work(who: Person, shop: Shop, n: int) -> None:
    """The bundle that was cut is found by its number, with what was done."""
    who.goes_to("work")
    who.field("work.find").fill("0777")
    who.field("work.find").press("Enter")
    who.dialog.get_by_text("0777").first.wait_for()
    who.dialog.get_by_text({"ko": "재단", "en": "Cutting"}[who.language]).first.wait_for()
    looks_right(who)
    who.press("close", who.dialog)


def scans(who: Person, shop: Shop, n: int) -> None:
    """What is scanned stands on top at once."""
    who.goes_to("scans")
    shop.scanner.scan(Coupon(f"077{n}1", "CUT", 20))
    accepted = who.page.locator("[data-answer=accepted]").filter(has_text=f"077{n}1")
    expect(accepted).to_contain_text(str(who.says("answer.accepted")), timeout=PATIENCE_MS)


def values(who: Person, shop: Shop, n: int) -> None:
    """A value is found by its name, and its past is drawn."""
    who.goes_to("values")
    who.field("values.search").fill({"ko": "온도", "en": "temperature"}[who.language])
    who.page.locator("[data-point='press_1.strokes']").wait_for(state="detached")
    who.page.locator("[data-point='press_1.temperature']").click()
    who.dialog.locator("[data-past]").first.wait_for()
    who.fits()
    who.dialog.get_by_role("link", name=who.says("values.trend")).click()
    drawn(who)


def trends(who: Person, shop: Shop, n: int) -> None:
    """Another value is chosen, and taken away as a file."""
    who.goes_to("trends")
    drawn(who)
    picking = who.button("trends.pick")
    if picking.is_visible():
        picking.click()
    who.page.get_by_text({"ko": "습도", "en": "Humidity"}[who.language]).first.click()
    until(lambda: "climate_1.humidity" in who.page.url, "it is chosen")
    if who.dialog.is_visible():
        who.press("close", who.dialog)
    who.page.locator("[data-trend=drawn][data-names*='climate_1.humidity']").wait_for()
    with who.page.expect_download() as saved:
        who.press("trends.export")
    assert "climate_1.humidity" in Path(saved.value.path()).read_text("utf-8-sig").splitlines()[0]


def figures(who: Person, shop: Shop, n: int) -> None:
    """Another machine's figures of the week."""
    who.goes_to("figures")
    who.press("figure.by_week")
    who.page.get_by_role("combobox", name=who.says("figure.machine")).select_option("lathe_1")
    who.page.locator("[data-figures=shown] [data-oee]").wait_for()
    name = {"ko": "선반", "en": "Lathe"}[who.language]
    who.page.get_by_role("heading", name=re.compile(f"OEE.*{name}|{name}")).first.wait_for()
    expect(who.button("figure.by_week")).to_have_attribute("aria-pressed", "true", timeout=PATIENCE_MS)


def health(who: Person, shop: Shop, n: int) -> None:
    """All for whoever helps from afar is saved."""
    who.goes_to("health")
    who.page.locator("[data-component=bus_1]").wait_for()
    with who.page.expect_download() as saved:
        who.press("bundle.save")
    assert saved.value.suggested_filename.endswith(".zip")
    who.sees("bundle.saved")


def pay(who: Person, shop: Shop, n: int) -> None:
    """The slip of who cut, and as a file."""
    who.goes_to("pay")
    who.page.locator("[data-worker='104']").click()
    who.dialog.get_by_role("heading", name="하늘").wait_for()
    who.dialog.locator("[data-days='1']").wait_for()
    with who.page.expect_download() as saved:
        who.dialog.locator("[data-file=csv]").click()
    assert "하늘" in Path(saved.value.path()).read_text("utf-8-sig")
    looks_right(who)
    who.press("close", who.dialog)


def reports(who: Person, shop: Shop, n: int) -> None:
    """What each worker did these days."""
    who.goes_to("reports")
    who.press("report.workers")
    who.press("report.week")
    table = who.page.locator("[data-report=workers] table").first
    table.get_by_text("하늘").wait_for()
    with who.page.expect_download() as saved:
        who.page.locator("[data-file=xlsx]").click()
    assert saved.value.suggested_filename.endswith(".xlsx")


def labels(who: Person, shop: Shop, n: int) -> None:
    """A badge is looked at and printed."""
    before = len(shop.jobs)
    who.goes_to("labels")
    who.press("label.badge")
    who.page.get_by_role("button", name="하늘", exact=True).click()
    who.page.locator("[data-preview=drawn]").wait_for()
    who.press("label.print")
    who.sees("label.sent")
    assert b"BITMAP" in until(lambda: shop.jobs[before:], "it is on paper")[0]


def devices(who: Person, shop: Shop, n: int) -> None:
    """The own rule gets another weight, and what would be written is shown before."""
    who.goes_to("devices")
    who.page.locator(f"[data-section=rules] a[href$='own_{n}']").click()
    who.page.locator("[data-field=severity] select").select_option("warning")
    who.page.locator("[data-difference]").get_by_text("severity: warning").wait_for()
    who.fits()
    who.press("devices.apply")
    who.sees("devices.applied")
    assert [one["severity"] for one in shop.get("/alarms")["alarms"] if one["rule"] == f"own_{n}"] == ["warning"]


def backup(who: Person, shop: Shop, n: int) -> None:
    """A copy is made now, and was restored to be sure."""
    who.goes_to("backup")
    copies = who.page.locator("[data-backup=copies]")
    who.press("backup.now", copies)
    who.sees("backup.verified", copies)
    assert list((shop.daemon.config.parent / "copies").rglob("*.backup"))
    expect(who.button("backup.now", copies)).to_be_enabled(timeout=PATIENCE_MS)


def access(who: Person, shop: Shop, n: int) -> None:
    """Somebody may come in, and then not any more."""
    who.goes_to("access")
    who.press("access.add")
    for name, value in (("user", f"anna_{n}"), ("password", "needle-and-thread"), ("again", "needle-and-thread")):
        who.dialog.locator(f"input[name={name}]").fill(value)
    who.press("access.add", who.dialog)
    added = who.page.locator(f"[data-user=anna_{n}]")
    added.wait_for()
    looks_right(who)
    for key in ("access.remove", "access.remove_sure"):
        added.get_by_role("button", name=who.says(key)).click()
    added.wait_for(state="detached")


ACTS: list[Act] = [
    board, wall, station, alarms, lists, work, scans, values, trends, figures, health, pay, reports, labels, devices,
    backup, access,
]  # fmt: skip


# each screen at each size and in both languages, every other one with the languages the other way round
SEEN = [(act, place) for n, act in enumerate(ACTS) for m, place in enumerate(EVERYBODY) if (n + m // 2 + m) % 2 == 0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("act", "place"), SEEN, ids=lambda one: one.__name__ if callable(one) else f"{one[0][0]}-{one[1]}"
)
def test_people_do_what_the_screen_is_for(
    people: Callable[[Place], Person], shop: Shop, act: Act, place: Place
) -> None:
    who = people(place)
    who.page.keyboard.press("Escape")
    who.open("board")
    act(who, shop, EVERYBODY.index(place))
    looks_right(who)
    complaints, who.complaints[:] = list(who.complaints), []
    assert complaints == []


def drawn(who: Person) -> None:
    """A curve stands there."""
    who.page.locator("[data-trend=drawn]").wait_for()


def looks_right(who: Person) -> None:
    """Nothing is too small, cut off, wider than the screen, in the other language, or no text for people."""
    found = wrong(SimpleNamespace(page=who.page), who.language)
    if "#/devices/" in who.page.url and found.get("empty") == ["{"]:  # it tells how values stand in a message
        del found["empty"]
    assert found == {}
