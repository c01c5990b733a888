"""The screens in Chromium with its processor slowed four times, from a real daemon with 200 machines at 1 Hz.

`cpu_percent_20_browsers`: what twenty readers of the stream cost the daemon over none; to it a browser is its stream.
`stopped_reader_*`: what each of twenty costs that asks for the stream and reads nothing, from then until it was cut off
and some time more, beside one that reads; `kb` at the most, `after` when it is gone.
`answer_ms`: from the stream's event to the frame that shows a kiosk's answer; the stream is played by dashboard/dev.
"""

import gzip
import http.client
import json
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import workload
from playwright.sync_api import Browser, Page, sync_playwright
from rig import ROOT, Daemon, daemon, emit, free_port, stop_reading, until

from gateway.event import Position
from gateway.history.buckets import DAY_S, HOUR_S, empty
from gateway.history.file import HistoryFile

LOAD = json.loads(Path(__file__).with_suffix(".json").read_text())
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
YEAR_MS = 365 * DAY_S * 1000
POINT = "unit_1.r0"
READY = """
new MutationObserver(() => {
    const tiles = document.querySelectorAll("[data-machine]").length;
    if (tiles && document.querySelector("[data-age=fresh]")) window.usable ??= performance.now();
}).observe(document, { subtree: true, childList: true, attributes: true });
"""
SCRIPTS = "performance.getEntriesByType('resource').map(one => one.name).filter(name => name.endsWith('.js'))"
FRAMES = """seconds => new Promise(done => {
    const gaps = [], end = performance.now() + seconds * 1000;
    let last = performance.now();
    requestAnimationFrame(function next(now) {
        gaps.push(now - last);
        last = now;
        now < end ? requestAnimationFrame(next) : done(gaps.slice(5));
    });
})"""
YEAR = """([button, length]) => new Promise(done => {
    const begun = performance.now();
    document.querySelector(button).click();
    requestAnimationFrame(function look() {
        if (document.querySelector(`[data-drawn="${length}"]`)) requestAnimationFrame(now => done(now - begun));
        else requestAnimationFrame(look);
    });
})"""
HEARD = """
const add = EventSource.prototype.addEventListener;
EventSource.prototype.addEventListener = function (name, then) {
    return add.call(this, name, event => {
        const at = performance.now();
        then(event);
        if (name === "scan") requestAnimationFrame(() => requestAnimationFrame(now => (window.answered = now - at)));
    });
};
"""


def plant() -> dict[str, Any]:
    """Return 200 machines, each with a value and a count that change every second."""
    names = [f"unit_{unit}.r{n}" for unit in range(1, LOAD["units"] + 1) for n in range(LOAD["registers"])]
    states = [{"state": "run", "when": "{} >= 0"}]
    return {
        "machines": [
            {"name": f"m_{i}", "states": [one | {"when": one["when"].format(name)} for one in states], "target": 500}
            for i, name in enumerate(names)
        ]
    }


def remember(path: Path) -> None:
    """Keep a year of one point, as its hours stand in the history."""
    file = HistoryFile(path, 10**9)
    file.open()
    now = int(time.time()) // HOUR_S
    minutes = empty(60)
    for day in range(365, 0, -1):
        chunks = {}
        for hour in range(24):
            swing = 20 + 5 * np.sin(hour / 4) + np.arange(60) / 60
            minutes = np.column_stack((np.full(60, 60.0), swing, swing - 1, swing + 1, swing))
            chunks[now - day * 24 + hour, POINT] = minutes
        file.keep(chunks, Position(1, "0000", 1), now * HOUR_S)
    file.close()


@contextmanager
def slowed(browser: Browser, script: str = "") -> Iterator[Page]:
    """A page of a browser that has seen nothing yet, on a slow processor."""
    with closing(browser.new_context(viewport={"width": 1280, "height": 800}, locale="ko-KR")) as context:
        page = context.new_page()
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": LOAD["slow"]})
        if script:
            page.add_init_script(script)
        yield page


def wait(page: Page, expression: str, wait_s: float = 30.0) -> Any:
    """Wait for an expression; the page's policy forbids the browser driver's own way."""
    end = time.monotonic() + wait_s
    while not (found := page.evaluate(expression)):
        if time.monotonic() > end:
            raise TimeoutError(expression)
        page.wait_for_timeout(20)
    return found


def loads(browser: Browser, url: str) -> None:
    """First paint, usable, and the script that the Board needs."""
    paints, usables, script = [], [], 0
    for _ in range(LOAD["loads"]):
        with slowed(browser, READY) as page:
            page.goto(url)
            usables.append(wait(page, "window.usable") / 1000)
            paints.append(wait(page, "performance.getEntriesByName('first-contentful-paint')[0]?.startTime") / 1000)
            names = page.evaluate(
                "performance.getEntriesByType('resource').map(e => e.name).filter(n => n.endsWith('.js'))"
            )
            script = sum(len(gzip.compress(page.request.get(name).body())) for name in names)
    emit("dashboard.first_paint_s", float(np.median(paints)), "s", worst=round(max(paints), 3))
    emit("dashboard.usable_s", float(np.median(usables)), "s", worst=round(max(usables), 3))
    emit("dashboard.script_kb_gz", script / 1000, "kB")


def year(browser: Browser, url: str) -> None:
    """From the tap to the frame that shows a year of one point."""
    with slowed(browser) as page:
        page.goto(f"{url}#/trends/{POINT}")
        wait(page, "document.querySelector('[data-trend=drawn] canvas')")
        took = []
        for _ in range(LOAD["years"]):
            page.evaluate("document.querySelector('[data-range=month]').click()")
            wait(page, f"document.querySelector('[data-drawn=\"{30 * DAY_S * 1000}\"]')")
            took.append(page.evaluate(YEAR, ["[data-range=year]", YEAR_MS]))
    emit("dashboard.year_trend_ms", float(np.median(took)), "ms", worst=round(max(took), 1))


def frames(browser: Browser, url: str) -> None:
    """Frames of the Board with 200 machines at 1 Hz, beside a page on which nothing moves."""
    for name, address in (("frame_ms_p99_control", f"{url}api/docs"), ("frame_ms_p99", url)):
        with slowed(browser) as page:
            page.goto(address)
            page.wait_for_timeout(3000)
            gaps = page.evaluate(FRAMES, LOAD["watch_s"])
        more = {"median": round(float(np.median(gaps)), 1)}
        emit(f"dashboard.{name}", float(np.percentile(gaps, 99)), "ms", **more)


def cost(shop: Daemon, seconds: float) -> tuple[float, float]:
    """Return what the daemon takes in a while: percent of a processor, and MB at the most."""
    begun, before, most_mb = time.monotonic(), shop.cpu_s, 0.0
    while (took := time.monotonic() - begun) < seconds:
        most_mb = max(most_mb, shop.rss_mb)
        time.sleep(0.5)
    return 100 * (shop.cpu_s - before) / took, most_mb


@contextmanager
def reading(shop: Daemon, browsers: int) -> Iterator[None]:
    """So many read the stream."""
    streams = [urllib.request.urlopen(f"http://127.0.0.1:{shop.port}/api/v1/stream") for _ in range(browsers)]
    for stream in streams:
        threading.Thread(target=drain, args=(stream,), daemon=True).start()
    yield
    for stream in streams:
        stream.fp.raw._sock.shutdown(2)


def readers(shop: Daemon) -> None:
    """What the daemon takes more while browsers listen."""
    none, _ = cost(shop, LOAD["watch_s"])
    with reading(shop, LOAD["browsers"]):
        many, _ = cost(shop, LOAD["watch_s"])
    emit("dashboard.cpu_percent_20_browsers", many - none, "%", without=round(none, 1))


def stopped_readers(shop: Daemon) -> None:
    """What it takes more for those that do not read."""
    count = LOAD["browsers"]
    with reading(shop, 1), ExitStack() as crowd:
        without, before_mb = cost(shop, LOAD["stopped_s"])
        for _ in range(count):
            crowd.enter_context(stop_reading(shop.port))
        stopped, most_mb = cost(shop, LOAD["stopped_s"])
        parts = shop.get("/api/v1/components")["components"]
        assert next(part["detail"]["stopped_reading"] for part in parts if part["name"] == "web") == count
        after = round((shop.rss_mb - before_mb) * 1000 / count, 1)
    emit("dashboard.stopped_reader_cpu_percent", (stopped - without) / count, "%", without=round(without, 1))
    emit("dashboard.stopped_reader_kb", (most_mb - before_mb) * 1000 / count, "kB", after=after)


def drain(stream: Any) -> None:
    """Read until it ends."""
    with suppress(OSError, http.client.HTTPException):
        while stream.read(65536):
            pass


def answers(browser: Browser) -> None:
    """A kiosk's answers, with the sound that goes with them."""
    server = ["node", str(ROOT / "dashboard/dev/server.mjs"), "--port", "0"]
    with subprocess.Popen(server, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = process.stdout.readline().strip()
        took = []
        with slowed(browser, HEARD) as page:
            page.goto(f"{url}#/station/sewing_3")
            wait(page, "document.querySelector('[data-answer]')")
            for n in range(LOAD["answers"]):
                page.evaluate("window.answered = 0")
                answer = "accepted" if n % 2 else "wrong_order"
                body = json.dumps({"station": "sewing_3", "answer": answer}).encode()
                urllib.request.urlopen(urllib.request.Request(f"{url}dev/scan", body, method="POST")).close()
                took.append(wait(page, "window.answered"))
                assert page.evaluate("document.querySelector('[data-answer]').dataset.answer") == answer
        process.terminate()
    emit("dashboard.answer_ms", float(np.median(took)), "ms", worst=round(max(took), 1))


def main() -> None:
    """Measure all of it."""
    program = shutil.which("chromium") or "/usr/bin/chromium"
    with (
        tempfile.TemporaryDirectory() as folder,
        workload.register_server() as registers_port,
        sync_playwright() as driver,
    ):
        port = free_port()
        path = Path(folder) / "edge_config.yaml"
        remember(Path(folder) / "journal.db.history")
        drivers = [workload.plc(registers_port, LOAD["units"], LOAD["registers"], 1.0)]
        with (
            daemon(workload.write(path, drivers, 9, port, **plant()), port) as shop,
            closing(driver.chromium.launch(executable_path=program, args=FLAGS)) as browser,
        ):
            until(shop.ready, "readings flow")
            url = f"http://127.0.0.1:{port}/"
            readers(shop)
            stopped_readers(shop)
            loads(browser, url)
            year(browser, url)
            frames(browser, url)
            answers(browser)


if __name__ == "__main__":
    main()
