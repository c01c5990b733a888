"""The first run in a browser, on a bare daemon: from the set-up code to a line that runs and a ticket on paper.

No file is edited on the way; and two people change the same rule at once.
"""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import workload
from playwright.sync_api import Browser, Page, expect
from rig import Daemon, daemon, free_port, until

from tests.dashboard.conftest import browser, built
from tests.finding.buses import running_bus

__all__ = ["browser", "built"]
PASSWORD = "workshop-17"
PATIENCE_MS = 120_000
BARE = """\
# 이 줄은 그대로예요. / This line stays.
workshop:
  id: shop-1
  name: 새 공방

dashboard: {{host: 0.0.0.0, port: {port}}}
journal: {{path: {journal}}}
clock: {{trust: true}}
"""


@contextmanager
def paper() -> Iterator[tuple[int, list[bytes]]]:
    """A label printer on a socket: its port, and what it got."""
    jobs: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                got = b""
                while more := connection.recv(65536):
                    got += more
                    if got == b"\x1b!?":  # how is it?
                        connection.sendall(b"\x00")
                        got = b""
            jobs.extend([got] if got else [])

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], jobs
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def opened(browser: Browser, url: str) -> Page:
    """A person's own browser, in Korean."""
    page = browser.new_context(locale="ko-KR").new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.add_init_script("localStorage['gongbang.language'] = 'ko'")
    page.goto(url)
    return page


def fill(page: Page, **options: str) -> None:
    """Fill options in by their names, parts of parts by `outer__inner`."""
    for path, value in options.items():
        selector = " ".join(f"[data-field={name}]" for name in path.split("__"))
        field = page.locator(f"{selector} :is(input, select)").first
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def applied(page: Page) -> None:
    """Apply, which waits until the form is right."""
    page.get_by_role("button", name="적용").click()
    page.locator("[data-done]").wait_for()


def one_more(page: Page, part: str) -> None:
    """Add one to a list of parts."""
    page.locator(f"[data-field={part}] > button").last.click()


def ask(page: Page, path: str, body: dict[str, Any]) -> int:
    """Ask as the page does; return the status."""
    script = """async ([path, body]) => {
      const { csrf } = await (await fetch('/api/v1/session')).json();
      const headers = { 'Content-Type': 'application/json', 'X-CSRF': csrf };
      return (await fetch(`/api/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })).status;
    }"""
    return int(page.evaluate(script, [path, body]))


def set_up(page: Page, shop: Daemon) -> None:
    """The code from the log, then a password."""
    code = until(lambda: re.search(r"set-up code: (\d{8})", shop.log()), "the code is printed", 60)[1]
    page.get_by_label("처음 여는 번호").fill(code)
    page.get_by_role("button", name="다음").click()
    page.get_by_label("비밀번호", exact=True).fill(PASSWORD)
    page.get_by_label("비밀번호 한 번 더").fill(PASSWORD)
    page.get_by_role("button", name="시작하기").click()


def guided(page: Page, bus: str) -> None:
    """The shop, and what is plugged in."""
    page.get_by_label("공방 이름").fill("창신 7호: #1")
    page.get_by_label("업종").select_option("sewing")
    page.get_by_role("button", name="다음").click()
    page.locator("[data-step=plug]").wait_for()
    page.get_by_label("같은 망에서도").uncheck()
    page.get_by_text("한 포트에서만 찾기").click()
    page.get_by_label("포트(비우면").fill(bus)
    page.get_by_role("button", name="찾기", exact=True).click()
    page.locator("[data-step=found]").wait_for()
    page.get_by_label("화면에 보이는 이름").fill("다리미 전력계")
    page.get_by_role("button", name="적용").click()
    page.locator("[data-step=test] [data-point='meter_1.voltage']").wait_for()
    expect(page.locator("[data-point='meter_1.voltage'] .value")).to_contain_text("221.3", timeout=PATIENCE_MS)


@pytest.mark.slow
def test_from_a_bare_daemon_to_a_running_line_without_a_file_edited(
    built: Path, browser: Browser, tmp_path: Path
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
        page = opened(browser, url)
        set_up(page, shop)
        guided(page, bus)

        page.goto(f"{url}#/devices/drivers+modbus_tcp")
        fill(page, name="net", host="127.0.0.1", port=str(registers))
        one_more(page, "devices")
        fill(page, devices__name="press_1")
        one_more(page, "points")
        fill(page, points__name="speed", points__address="0")
        applied(page)
        page.locator("[data-live] [data-point='press_1.speed']").wait_for()

        page.goto(f"{url}#/devices/machines+")
        fill(page, name="press")
        one_more(page, "states")
        fill(page, states__state="run", states__when="pres_1.speed > 1")
        expect(page.locator("[data-field=when] .error")).to_contain_text("press_1", timeout=PATIENCE_MS)  # the nearest
        fill(page, states__when="press_1.speed > 1")
        applied(page)

        page.goto(f"{url}#/devices/rules+")
        fill(page, name="high_voltage", when="meter_1.voltage > 100 V")
        page.locator("[data-field=message]").get_by_label("한국어").fill("전압이 높아요")
        page.locator("[data-field=message]").get_by_label("영어").fill("High voltage")
        applied(page)

        page.goto(f"{url}#/devices/printers+")
        fill(page, name="tickets", language="tspl", width_mm="60", height_mm="40", host="127.0.0.1", port=str(tape))
        applied(page)

        until(lambda: [m["state"] for m in shop.get("/api/v1/machines")["machines"]] == ["run"], "it runs", 60)
        until(lambda: [a["rule"] for a in shop.get("/api/v1/alarms")["alarms"]] == ["high_voltage"], "it is told", 60)
        bundle = {"what": "bundle", "quantity": 20, "style": "A-100", "order": "2611A", "size": "M"}
        assert ask(page, "labels/print", {"printer": "tickets", "order": bundle}) == 200
        assert b"BITMAP" in until(lambda: jobs, "a ticket came out", 60)[0]

        two_at_once(browser, page, url)
        text = config.read_text("utf-8")
        assert text.startswith(BARE.partition("\n")[0])
        assert "severity: critical" in text
        assert "전압을 확인해 주세요" in text

        page.goto(f"{url}#/devices")
        page.get_by_role("button", name="되돌리기").click()
        page.get_by_text("되돌렸어요.").wait_for()
        assert "전압을 확인해 주세요" not in config.read_text("utf-8")
        page.goto(f"{url}#/devices/history")
        page.locator("[data-kept]").nth(1).get_by_role("button").first.click()
        page.locator("[data-difference]").wait_for()


def two_at_once(browser: Browser, page: Page, url: str) -> None:
    """Both have the same rule open; the second is shown what the first changed, and nothing is lost."""
    other = opened(browser, f"{url}#/devices/rules/high_voltage")
    other.get_by_role("button", name="로그인").first.click()
    other.get_by_role("dialog").get_by_label("비밀번호").fill(PASSWORD)
    other.get_by_role("dialog").get_by_role("button", name="로그인").click()
    page.goto(f"{url}#/devices/rules/high_voltage")
    for each in (page, other):
        each.locator("[data-field=severity] select").wait_for()
    fill(page, severity="critical")
    applied(page)
    action = other.locator("[data-field=action]")
    action.get_by_label("한국어").fill("전압을 확인해 주세요")
    action.get_by_label("영어").fill("Check the voltage")
    other.get_by_text("다른 기기에서 설정을 바꿨어요.").wait_for()
    expect(other.locator("[data-conflict] [data-difference]")).to_contain_text("severity: critical")
    other.get_by_role("button", name="이어서 고치기").click()
    other.locator("[data-conflict]").wait_for(state="detached")
    applied(other)
    other.close()


def listening(shop: Daemon) -> bool:
    """Whether the page is there."""
    try:
        return bool(shop.get("/api/v1/health")["ok"])
    except OSError:
        return False
