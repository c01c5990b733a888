"""The page on the real center: what a gateway sends stands on it, and the access word lets in."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from playwright.sync_api import Browser
from replicas import GATEWAY, PLACE, event, events_message
from rig import ROOT, free_port, listens, mosquitto, until

from gateway.event import Position

TOPIC = f"gongbang/v1/{PLACE[0]}/{GATEWAY}"
SHOP = f"[data-shop='{PLACE[0]}/{GATEWAY}']"
HOT = {"ko": "프레스가 뜨거워요.", "en": "The press is hot."}
EVENTS = [
    event(Position(1, "ab12", 1), "alarm", "hot", rule="hot", action="raise", severity="critical", message=HOT),
    event(Position(1, "ab12", 2), "count", "press_1", machine="press_1", delta=3, total=412, reset=False),
]


@contextmanager
def center(folder: Path, **options: Any) -> Iterator[str]:
    """Run the center; yields its page."""
    config, port = folder / "center.yaml", free_port()
    config.write_text(json.dumps({"path": str(folder / "center.db"), "port": port} | options), "utf-8")
    command = [sys.executable, "-m", "gateway.commands.main", "center", "-c", str(config)]
    with (folder / "center.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    try:
        until(lambda: listens(port), "the page answers", 60)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(60)


def send(port: int) -> None:
    """Send what a gateway sends: that it is there and who it is, and two rows of its journal."""
    client = paho.Client(CallbackAPIVersion.VERSION2, "gw_1")
    client.connect("127.0.0.1", port)
    client.loop_start()
    status = {
        "gateway": GATEWAY,
        "ts": 1,
        "state": "online",
        "version": "0.1.0",
        "clock": "synced",
        "name": "문래 201호",
    }
    told = status | {"trade": "metal", "cluster": "mullae", "behind_e": 12, "behind_s": 0}
    client.publish(f"{TOPIC}/status", json.dumps(told), 1, True).wait_for_publish(30)
    client.publish(f"{TOPIC}/journal/e", events_message(EVENTS, 0, 2), 1).wait_for_publish(30)
    client.disconnect()
    client.loop_stop()


def test_what_a_gateway_sends_stands_on_the_page(built: Path, browser: Browser, tmp_path: Path) -> None:
    with mosquitto(tmp_path / "broker") as broker:
        shops = [{"workshop": "jongno-034", "gateway": "gw_1", "name": "종로 세공 34호"}]
        address = {"host": "127.0.0.1", "port": broker.port}
        with center(tmp_path, broker=address, shops=shops) as url, browser.new_page() as page:
            page.goto(url)
            page.locator("[data-shop='jongno-034/gw_1'][data-state=unseen]").wait_for()
            until(lambda: page.locator("[data-self=deaf]").count() == 0 or page.wait_for_timeout(200), "it hears", 60)
            send(broker.port)
            shop = page.locator(SHOP)
            shop.locator(".pill").wait_for()
            text = shop.inner_text()
            for part in ("문래 201호", "mullae · 기계금속", "12건", "0.1.0", "연결됨"):
                assert part in text
            assert page.locator("[data-cause]").first.get_attribute("data-cause") == "critical"
            shop.click()
            page.locator("[data-event=count]", has_text="+3개 · 모두 412개").wait_for()
            page.locator("[data-event=alarm]", has_text="프레스가 뜨거워요.").wait_for()
            page.get_by_label("기록 종류").select_option("alarm")
            page.locator("[data-event=count]").wait_for(state="detached")


def enters(page: Any, word: str) -> bool:
    """Try a word; return whether it opened the page."""
    page.get_by_label("접속 암호").fill(word)
    page.get_by_role("button", name="들어가기").click()
    page.locator("[data-self=deaf], [role=alert]").first.wait_for()
    page.wait_for_timeout(300)
    return bool(page.locator("[data-self=deaf]").count())


def test_the_word_opens_the_page_of_the_real_center(built: Path, browser: Browser, tmp_path: Path) -> None:
    word = tmp_path / "word"
    word.write_text("needle and thread")
    word.chmod(0o600)
    broker = {"host": "127.0.0.1", "port": free_port()}  # nobody is there
    with center(tmp_path, broker=broker, access_file=str(word)) as url, browser.new_page() as page:
        page.goto(url)
        page.get_by_label("접속 암호").fill("thread")
        page.get_by_role("button", name="들어가기").click()
        assert "암호가 달라요." in page.get_by_role("alert").inner_text()
        until(lambda: enters(page, "needle and thread"), "the right word, when it may be tried again", 60)
        page.get_by_text("아직 공방이 없어요.").wait_for()
