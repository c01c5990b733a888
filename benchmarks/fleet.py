"""The support center: rows a second from a broker to the medium, its page, and what a fleet costs it."""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from replicas import event, events_message
from rig import ROOT, TICKS_HZ, emit, mosquitto, rss_mb, until

from gateway.event import Position
from gateway.publish.replica import EventRow, read_ack

WORKLOAD = json.loads(Path(__file__).with_suffix(".json").read_text())
WAIT_S = 120.0
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def cpu_s(pid: int) -> float:
    """Return the processor time that a process has used, user and system."""
    parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / TICKS_HZ


Running = tuple["subprocess.Popen[str]", str, int, Path]


@contextmanager
def bench_center() -> Iterator[Running]:
    """`gongbang center` on a broker of its own; yields its process, the page, the broker's port and the folder."""
    with tempfile.TemporaryDirectory() as name, mosquitto(Path(name) / "broker") as broker:
        folder = Path(name)
        config = folder / "center.yaml"
        config.write_text(f"broker: {{host: 127.0.0.1, port: {broker.port}}}\npath: {folder}/center.db\nport: 0\n")
        command = [sys.executable, "-m", "gateway.commands.main", "center", "-c", str(config), "--json"]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert process.stdout
        try:
            page = json.loads(process.stdout.readline())["page"]
            ready(page)
            yield process, page, broker.port, folder
        finally:
            process.terminate()
            process.wait(30)
            process.stdout.close()


def rows(count: int, body_bytes: int) -> list[EventRow]:
    """Return a journal as a sewing shop fills it: scans with their answers, pieces, states; about so long as JSON."""
    bodies: list[tuple[str, str, dict[str, Any]]] = [
        (
            "scan",
            "scanner_1",
            {
                "raw": "A1B-0042-017-0010",
                "station": "sewing_3",
                "worker": "101",
                "answer": "accepted",
                "answer_text": {"ko": "받았어요. 앞판 봉제 10장", "en": "Taken: front panel, 10 pieces"},
                "ticket": {"lot": "A1B-0042", "bundle": 17, "operation": "FRONT", "pieces": 10},
            },
        ),
        ("count", "press_1", {"machine": "press_1", "delta": 1, "total": 18244, "reset": False}),
        ("state", "press_1", {"machine": "press_1", "state": "run", "before": "idle", "after_s": 12.25}),
    ]
    found = []
    for n in range(count):
        kind, source, body = bodies[n % 3]
        padding = "." * max(0, body_bytes - len(json.dumps(body, ensure_ascii=False).encode()) - 12)
        found.append(event(Position(7, "3f2a", n + 1), kind, source, **body, note=padding))
    return found


class Shop:
    """A gateway whose messages are written beforehand: it sends them as its window allows."""

    def __init__(self, name: str, journal: list[EventRow], rows_a_message: int, window: int) -> None:
        self.name, self._window = name, window
        self._messages = deque(
            (events_message(journal, first, first + rows_a_message, name), journal[first + rows_a_message - 1].position)
            for first in range(0, len(journal), rows_a_message)
        )
        self._way: deque[Position] = deque()
        self.bytes = sum(len(message) for message, _ in self._messages)

    @property
    def done(self) -> bool:
        """Return whether the center has everything."""
        return not self._messages and not self._way

    def send(self, client: paho.Client) -> None:
        """Send what may be sent now."""
        while self._messages and len(self._way) < self._window:
            payload, end = self._messages.popleft()
            client.publish(f"gongbang/v1/bench/{self.name}/journal/e", payload, qos=1)
            self._way.append(end)

    def acked(self, at: Position | None) -> None:
        """Take the center's word."""
        while self._way and at is not None and self._way[0] <= at:
            self._way.popleft()


def send_all(shops: dict[str, Shop], port: int) -> float:
    """Send all that the shops have; return how many seconds passed until the last row was acknowledged."""
    client = paho.Client(CallbackAPIVersion.VERSION2, "bench-shops")
    client.max_inflight_messages_set(1000)
    done, subscribed = threading.Event(), threading.Event()

    def take(_c: Any, _u: Any, message: paho.MQTTMessage) -> None:
        shop = shops[message.topic.split("/")[3]]
        shop.acked(read_ack(bytes(message.payload)).at)
        shop.send(client)
        if all(one.done for one in shops.values()):
            done.set()

    client.on_message = take
    client.on_subscribe = lambda *_: subscribed.set()
    client.connect("127.0.0.1", port)
    client.subscribe("gongbang/v1/bench/+/ack/e", 1)
    client.loop_start()
    subscribed.wait(WAIT_S)
    begun = time.perf_counter()
    for shop in shops.values():
        shop.send(client)
    if not done.wait(WAIT_S):
        raise TimeoutError("the center did not acknowledge everything")
    took = time.perf_counter() - begun
    client.disconnect()
    client.loop_stop()
    return took


def measure_intake(load: dict[str, Any]) -> None:
    """Rows a second, from the first one sent to the last one acknowledged; the best of some rounds, each a new file."""
    per_shop = load["messages"] // load["shops"]
    journal = rows(per_shop * load["rows"], load["body_bytes"])
    best, used_s, size = 0.0, 0.0, 0
    for _ in range(load["rounds"]):
        names = [f"gw_{n}" for n in range(load["shops"])]
        shops = {name: Shop(name, journal, load["rows"], load["window"]) for name in names}
        size = sum(shop.bytes for shop in shops.values())
        with bench_center() as (process, _, port, folder):
            before_s = cpu_s(process.pid)
            took_s = send_all(shops, port)
            used_s = cpu_s(process.pid) - before_s
            count = kept(folder / "center.db")
            assert count == len(journal) * load["shops"], f"{count} rows in the file"
        best = max(best, count / took_s)
    emit(
        "center.rows_per_s",
        best,
        "rows/s",
        shops=load["shops"],
        rows_a_message=load["rows"],
        bytes_a_row=round(size / count),
        center_us_a_row=round(used_s / count * 1e6, 1),
    )


def kept(path: Path) -> int:
    """Return how many events stand in the center's file."""
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return int(next(db.execute("SELECT count(*) FROM events"))[0])
    finally:
        db.close(True)


def ready(page: str) -> None:
    """Wait until rows flow."""

    def well() -> bool:
        try:
            with urllib.request.urlopen(f"{page}api/v1/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    until(well, "the center is ready", 60)


@contextmanager
def flowing(load: dict[str, Any], port: int) -> Iterator[None]:
    """Shops that are online and send rows steadily, one message of one shop after the other."""
    shops, each, rows_per_s = load["shops"], load["rows_a_message"], load["rows_per_s"]
    journal = rows(4000, load["body_bytes"])
    client = paho.Client(CallbackAPIVersion.VERSION2, "bench-shops")
    client.connect("127.0.0.1", port)
    client.loop_start()
    stop = threading.Event()

    def send() -> None:
        for n in range(shops):
            status = {"gateway": f"gw_{n}", "ts": time.time() * 1e3, "state": "online", "name": f"창신 봉제 {n + 1}호"}
            status |= {"version": "0.1.0", "clock": "synced", "trade": "sewing", "cluster": "창신", "behind_e": n % 7}
            client.publish(f"gongbang/v1/bench/gw_{n}/status", json.dumps(status), 1, retain=True)
        begun, sent = time.monotonic(), 0
        for first in range(0, len(journal), each):
            for n in range(shops):
                payload = events_message(journal, first, first + each, f"gw_{n}")
                client.publish(f"gongbang/v1/bench/gw_{n}/journal/e", payload, qos=1)
                sent += each
                if stop.wait(max(0.0, begun + sent / rows_per_s - time.monotonic())):
                    return

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        client.disconnect()
        client.loop_stop()


SHOWN = """
window.shown = new Promise((done) => {
  const look = () => document.querySelectorAll('[data-shop]').length >= %d
    ? setTimeout(() => done(performance.now())) : requestAnimationFrame(look);
  requestAnimationFrame(look);
});
"""


def measure_page(load: dict[str, Any]) -> None:
    """From the call of the page to all shops drawn, while rows flow in: in a new browser, and in one that was here."""
    from playwright.sync_api import sync_playwright

    with bench_center() as (process, page, port, _), flowing(load, port), sync_playwright() as playwright:
        until(lambda: fleet(page)["counts"]["live"] >= load["shops"], "all shops are live", 60)
        time.sleep(load["warm_s"])
        before, begun_s = fleet(page)["center"]["rows"], time.monotonic()
        api_ms = [timed_ms(lambda: fleet(page)) for _ in range(load["loads"])]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        shown_ms = list(shown(browser, page, load))
        flow = (fleet(page)["center"]["rows"] - before) / (time.monotonic() - begun_s)
        browser.close()
        rss = rss_mb(process.pid)
    more = {"shops": load["shops"], "rows_per_s": round(flow)}
    page_ms, new_ms = statistics.median(shown_ms[1:]), round(shown_ms[0], 1)
    emit("center.page_ms", page_ms, "ms", p95=round(quantile(shown_ms[1:], 0.95), 1), new_browser_ms=new_ms, **more)
    emit("center.api_ms", statistics.median(api_ms), "ms", p95=round(quantile(api_ms, 0.95), 1), **more)
    emit("center.rss_mb", rss, "MB", **more)


def shown(browser: Any, page: str, load: dict[str, Any]) -> Iterator[float]:
    """Yield the ms from each beginning of a navigation until all shops were drawn, again and again in one window."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="ko-KR")
    tab = context.new_page()
    tab.add_init_script(SHOWN % load["shops"])
    for _ in range(load["loads"]):
        tab.goto(page, wait_until="commit")
        yield float(tab.evaluate("window.shown"))
        time.sleep(load["between_s"])
    context.close()


def fleet(page: str) -> Any:
    """Return what the API says of all shops."""
    with urllib.request.urlopen(f"{page}api/v1/fleet", timeout=10) as answer:
        return json.load(answer)


def timed_ms(work: Callable[[], Any]) -> float:
    """Return how long something takes."""
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1e3


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which so many lie."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def measure_fleet(load: dict[str, Any]) -> None:
    """What the demo's shops, each with a real journal and publisher, cost the center in their ordinary life."""
    with bench_center() as (process, page, port, folder):
        (folder / "shops").mkdir()
        command = [sys.executable, "-m", "gateway.demo.fleet", "--shops", str(load["shops"])]
        command += ["--port", str(port), "--folder", f"{folder}/shops"]
        shops = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        try:
            until(lambda: fleet(page)["counts"]["live"] >= load["shops"], "all shops are live", WAIT_S)
            time.sleep(load["warm_s"])
            begun_s, before_s, rows_before = time.monotonic(), cpu_s(process.pid), fleet(page)["center"]["rows"]
            time.sleep(load["watch_s"])
            took_s = time.monotonic() - begun_s
            used_s, got = cpu_s(process.pid) - before_s, fleet(page)["center"]["rows"] - rows_before
        finally:
            shops.terminate()
            shops.wait(30)
            assert shops.stdin
            shops.stdin.close()
    emit(f"center.cpu_percent_{load['shops']}_shops", used_s / took_s * 100, "%", rows_per_s=round(got / took_s, 1))


if __name__ == "__main__":
    measure_intake(WORKLOAD["intake"])
    measure_page(WORKLOAD["page"])
    measure_fleet(WORKLOAD["fleet"])
