"""The first run in a browser, on a bare daemon: from the set-up code to a line that runs and a ticket on paper.

No file is edited on the way; and two people, each in a language, change the same rule at once.
"""

from pathlib import Path
from typing import Literal

import pytest
import workload
from playwright.sync_api import Browser, Page, expect
from rig import Daemon, daemon, free_port, until

from tests.dashboard.conftest import browser, built, chromium
from tests.dashboard.test_looks import SMALL_TARGETS, violations
from tests.e2e.people import DESK, EVERY_SIZE, PATIENCE_MS, PHONE, Person, Place, at, person
from tests.e2e.shops import PASSWORD, paper, set_up_code
from tests.finding.buses import running_bus

__all__ = ["browser", "built", "chromium"]
LOOKED_AT: list[Place] = [(DESK, "en"), (PHONE, "ko")]  # by axe, which takes as long as all the rest
THEMES: tuple[Literal["dark"], Literal["light"]] = ("dark", "light")
BARE = """\
# 이 줄은 그대로예요. / This line stays.
workshop:
  id: shop-1
  name: 새 공방

dashboard: {{host: 0.0.0.0, port: {port}}}
journal: {{path: {journal}}}
clock: {{trust: true}}
"""


def fill(page: Page, **options: str) -> None:
    """Fill options in by their names, parts of parts by `outer__inner`."""
    for path, value in options.items():
        selector = " ".join(f"[data-field={name}]" for name in path.split("__"))
        field = page.locator(f"{selector} :is(input, select)").first
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def say(who: Person, option: str, korean: str, english: str) -> None:
    """Fill a text in, in both languages."""
    field = who.page.locator(f"[data-field={option}]")
    who.field("devices.ko", field).fill(korean)
    who.field("devices.en", field).fill(english)


def add(who: Person, section: str, type: str = "") -> None:
    """Ask for a new part of the shop."""
    who.goes_to("devices")
    back = who.button("devices.back")
    who.page.locator(f"form.entry, [data-section={section}]").first.wait_for()
    if back.is_visible():
        back.click()
    where = who.page.locator(f"[data-section={section}]")
    who.press("devices.add", where)
    if type:
        where.get_by_role("button", name=type, exact=True).click()
    who.page.locator(f"[data-entry={section}] [data-field]").first.wait_for()


def applied(who: Person) -> None:
    """Apply, which waits until the form is right."""
    who.press("devices.apply")
    who.sees("devices.applied")
    who.fits()


def one_more(who: Person, part: str) -> None:
    """Add one to a list of parts."""
    who.page.locator(f"[data-field={part}] > button").last.click()


def set_up(who: Person, shop: Daemon) -> None:
    """The code from the log, then a password."""
    who.field("setup.code").fill(set_up_code(shop))
    readable(who)
    who.press("setup.next")
    who.page.get_by_label(who.says("login.password"), exact=True).fill(PASSWORD)
    who.field("setup.again").fill(PASSWORD)
    readable(who)
    who.press("setup.finish")


def guided(who: Person, bus: str) -> None:
    """The shop, and what is plugged in."""
    who.field("guide.name").fill("창신 7호: #1")
    who.field("guide.trade").select_option("sewing")
    who.field("guide.language").select_option(who.language)
    readable(who)
    who.press("setup.next")
    who.sees("guide.plug_question")
    readable(who)
    who.field("guide.network").uncheck()
    who.page.get_by_text(who.says("guide.only_port")).click()
    who.field("guide.port").fill(bus)
    who.press("guide.look")
    who.sees("guide.found_question", n=1)
    reads(who, "found")  # before it is accepted
    readable(who)
    who.field("guide.shown").fill("다리미 전력계")
    who.press("devices.apply")
    who.sees("guide.test_question")
    reads(who, "test")
    readable(who)


def reads(who: Person, step: str) -> None:
    """See what the meter reads now."""
    value = who.page.locator(f"[data-step={step}] [data-point='meter_1.voltage'] .value")
    expect(value).to_contain_text("221.3", timeout=PATIENCE_MS)


def line(who: Person, registers: int) -> None:
    """A second device, and a machine that runs by what it reads."""
    add(who, "drivers", "modbus_tcp")
    fill(who.page, name="net", host="127.0.0.1", port=str(registers))
    one_more(who, "devices")
    fill(who.page, devices__name="press_1")
    one_more(who, "points")
    fill(who.page, points__name="speed", points__address="0")
    applied(who)
    who.page.locator("[data-live] [data-point='press_1.speed']").wait_for()
    readable(who)

    add(who, "machines")
    fill(who.page, name="press")
    one_more(who, "states")
    fill(who.page, states__state="run", states__when="pres_1.speed > 1")
    wrong = who.page.locator("[data-field=when] .error")
    expect(wrong).to_contain_text("press_1", timeout=PATIENCE_MS)  # the nearest
    fill(who.page, states__when="press_1.speed > 1")
    applied(who)
    running = who.page.locator(".state").get_by_text(who.says("state.run"))
    expect(running).to_be_visible(timeout=PATIENCE_MS)


def told(who: Person) -> None:
    """A rule, whose alarm stands on the board at once."""
    add(who, "rules")
    fill(who.page, name="high_voltage", when="meter_1.voltage > 100 V")
    say(who, "message", "전압이 높아요", "High voltage")
    applied(who)
    who.goes_to("board")
    who.page.get_by_text({"ko": "전압이 높아요", "en": "High voltage"}[who.language]).first.wait_for()
    who.page.locator("[data-machine=press]").get_by_text(who.says("state.run")).wait_for()
    who.fits()


def printed(who: Person, tape: int, jobs: list[bytes]) -> None:
    """A printer, and a badge on paper."""
    add(who, "printers")
    fill(who.page, name="tickets", language="tspl", width_mm="60", height_mm="40", host="127.0.0.1", port=str(tape))
    applied(who)
    who.goes_to("labels")
    who.press("label.bundle")
    for option, value in (("quantity", "20"), ("order", "2611A"), ("style", "A-100"), ("size_name", "M")):
        who.field(f"label.{option}").fill(value)
    who.page.locator("[data-preview=drawn]").wait_for()
    who.fits()
    who.press("label.print")
    who.sees("label.sent")
    assert b"BITMAP" in until(lambda: jobs, "a ticket came out", 60)[0]


@pytest.mark.slow
@at(EVERY_SIZE)  # who else is there reads the other language
def test_from_a_bare_daemon_to_a_running_line_without_a_file_edited(
    built: Path, browser: Browser, tmp_path: Path, place: Place
) -> None:
    port = free_port()
    config = tmp_path / "edge_config.yaml"
    config.write_text(BARE.format(port=port, journal=tmp_path / "journal.db"), "utf-8")
    url = f"http://127.0.0.1:{port}/"
    with (
        workload.register_server() as registers,
        running_bus({4: "eastron-sdm120"}, silent=False) as bus,
        paper() as (tape, jobs),
        daemon(config, port) as shop,
    ):
        until(lambda: listening(shop), "the page is served", 60)
        with person(browser, url, place) as owner:
            owner.open()
            set_up(owner, shop)
            guided(owner, bus)
            line(owner, registers)
            told(owner)
            printed(owner, tape, jobs)

            two_at_once(browser, owner)
            text = config.read_text("utf-8")
            assert text.startswith(BARE.partition("\n")[0])
            assert "severity: critical" in text
            assert "전압을 확인해 주세요" in text
            taken_back(owner)
            assert "전압을 확인해 주세요" not in config.read_text("utf-8")


def two_at_once(browser: Browser, owner: Person) -> None:
    """Both have the same rule open; the second is shown what the first changed, and nothing is lost."""
    other_language = "en" if owner.language == "ko" else "ko"
    with person(browser, owner.url, (owner.size, other_language)) as other:
        other.open("devices/rules/high_voltage")
        other.press("login.title", other.page.get_by_role("main"))
        other.field("login.password", other.dialog).fill(PASSWORD)
        readable(other)
        other.press("login.send", other.dialog)
        owner.open("devices/rules/high_voltage")
        for each in (owner, other):
            each.page.locator("[data-field=severity] select").wait_for()
        fill(owner.page, severity="critical")
        applied(owner)
        say(other, "action", "전압을 확인해 주세요", "Check the voltage")
        other.sees("devices.conflict")
        expect(other.page.locator("[data-conflict] [data-difference]")).to_contain_text("severity: critical")
        readable(other)
        other.press("devices.seen")
        other.page.locator("[data-conflict]").wait_for(state="detached")
        applied(other)


def taken_back(owner: Person) -> None:
    """The last change is undone, and what there was before stands in the history."""
    owner.open("devices")
    owner.page.locator("[data-section=rules] li a").first.wait_for()
    readable(owner)
    owner.press("devices.undo")
    owner.sees("devices.undone")
    owner.press("devices.history")
    owner.page.locator("[data-kept]").nth(1).get_by_role("button").first.click()
    owner.page.locator("[data-difference]").wait_for()
    readable(owner)
    owner.open("devices/text")
    owner.page.locator("textarea").wait_for()
    readable(owner)


def readable(who: Person) -> None:
    """Nothing is wider than the screen nor too small for a finger; for two of them, axe finds nothing serious."""
    who.fits()
    small = [one for one in who.page.evaluate(SMALL_TARGETS) if "checkbox" not in one[0]]  # its whole line is pressed
    assert small == []
    if (who.size, who.language) in LOOKED_AT:
        for theme in THEMES:
            who.page.emulate_media(color_scheme=theme)
            assert violations(who) == [], theme
        who.page.emulate_media(color_scheme="light")


def listening(shop: Daemon) -> bool:
    """Whether the page is there."""
    try:
        return bool(shop.get("/api/v1/health")["ok"])
    except OSError:
        return False
