"""`gongbang demo`: a simulated shop behind the real protocols, the daemon on it, and a broker where none is."""

import argparse
import shutil
import signal
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML

from gateway.config.load import load
from gateway.demo.broker import answers
from gateway.demo.children import Children
from gateway.trades.templates import template
from gateway.web.sockets import listen

EXAMPLE = "edge_config.yaml"
REPORTS = {"metal": "jobs", "printing": "jobs", "print": "jobs", "jewellery": "weighing"}


def run(options: argparse.Namespace) -> int:
    """Live until Ctrl-C or `--for-s`; 1 when a part does not start or ends, 2 when the port is taken."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        listen("127.0.0.1", options.port).close()
    except OSError as error:
        print(
            f"{error.strerror}. 다른 포트를 주세요. / Give another port: --port {_another(options.port)}",
            file=sys.stderr,
        )
        return 2
    with tempfile.TemporaryDirectory(prefix="gongbang-demo-") as folder, Children() as children:
        try:
            own_broker = _start(options, Path(folder), children)
        except RuntimeError as error:
            print(f"시작하지 못했어요. / Not started: {error}", file=sys.stderr)
            return 1
        if not _wait_until_ready(options, children, stop):
            print("준비되지 않았어요. / Not ready.", file=sys.stderr)
            return 0 if stop.is_set() else 1
        print(_welcome(options, Path(folder), own_broker), flush=True)
        return _live(options.for_s, children, stop)


def _start(options: argparse.Namespace, folder: Path, children: Children) -> bool:
    """Start the devices, the broker if none answers, and the daemon; return whether the broker is ours."""
    example = template(options.trade) if options.trade else Path(options.config or _example())
    overrides = children.start(
        "simulator", "gateway.demo.simulate", "--config", str(example), "--speed", str(options.speed), tells=True
    )["overrides"]
    own_broker = not answers("127.0.0.1", options.mqtt_port)
    if own_broker:
        children.start("broker", "gateway.demo.broker", str(options.mqtt_port), tells=True)
    config = folder / EXAMPLE
    _write_config(example, config, overrides, options)
    children.start("gateway", "gateway.commands.main", "run", "-c", str(config))
    return own_broker


def _another(port: int) -> int:
    """Return a port that is likely free and easy to remember."""
    return port + 1 if 1024 <= port < 65535 else 8081


def _example() -> Path:
    """Return the demo shop: where the command was called, beside the packages in a checkout, or inside the wheel."""
    packages = Path(__file__).parents[2]
    places = (Path(EXAMPLE), packages / EXAMPLE, packages / "gateway" / "demo" / EXAMPLE)
    return next((place for place in places if place.exists()), places[-1])


def _write_config(example: Path, target: Path, overrides: Mapping[str, Any], options: argparse.Namespace) -> None:
    """Write the shop's configuration with the simulated wires; comments stay, so that it can be played with."""
    yaml = YAML()
    tree = yaml.load(example)
    for driver in tree["drivers"]:
        driver.update(overrides.get(driver["name"], {}))
    for publisher in tree.get("publish", ()):
        publisher.update({"host": "127.0.0.1", "port": options.mqtt_port})
    now = datetime.now(ZoneInfo(tree["workshop"].get("timezone", "Asia/Seoul")))
    tree["workshop"] |= {"day_start": f"{now:%H:%M}", "day_end": f"{now + timedelta(hours=9):%H:%M}"}
    tree["dashboard"] = {"host": "127.0.0.1", "port": options.port}
    tree["journal"] = {"path": str(target.with_name("journal.db")), "samples_commit_s": 10}
    tree["clock"] = {"trust": True}
    with target.open("w", encoding="utf-8") as file:
        yaml.dump(tree, file)
    if (own := example.with_name("profiles")).is_dir():
        shutil.copytree(own, target.with_name("profiles"))
    load(target)


def _wait_until_ready(options: argparse.Namespace, children: Children, stop: threading.Event) -> bool:
    deadline_s = time.monotonic() + options.ready_s
    while time.monotonic() < deadline_s and not stop.is_set():
        if ended := children.ended():
            print(f"{ended}: 멈췄어요. / ended.", file=sys.stderr)
            return False
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{options.port}/api/v1/ready", timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            stop.wait(0.1)
    return False


def _live(for_s: float | None, children: Children, stop: threading.Event) -> int:
    end_s = None if for_s is None else time.monotonic() + for_s
    while not stop.wait(0.25):
        if ended := children.ended():
            print(f"{ended}: 멈췄어요. / ended.", file=sys.stderr)
            return 1
        if end_s is not None and time.monotonic() >= end_s:
            break
    return 0


def _welcome(options: argparse.Namespace, folder: Path, own_broker: bool) -> str:
    tree = load(folder / EXAMPLE)
    topic = f"gongbang/v1/{tree.workshop.id}/{tree.gateway.id}/#"
    broker = "시험용 브로커 / the demo's own" if own_broker else "이미 있던 브로커 / the one that was there"
    return f"""
  {tree.workshop.name} · 시험 공방 / a simulated workshop

  화면 / dashboard    http://127.0.0.1:{options.port}/
  API                http://127.0.0.1:{options.port}/api/docs
  MQTT               127.0.0.1:{options.mqtt_port} ({broker})
                     mosquitto_sub -p {options.mqtt_port} -v -t '{topic}'
  설정 / settings     {folder / EXAMPLE}

{_hint(options, folder)}
  끝내기 / stop       Ctrl-C
"""


def _hint(options: argparse.Namespace, folder: Path) -> str:
    """Return what there is to try: in the shop of a trade, its reports."""
    if options.trade:
        return f"""  해 보세요 / try     화면의 「스캔」에서 찍는 것과 답을 보세요. 보고서는:
                     See what is scanned and answered under Scans. Its reports:
                     http://127.0.0.1:{options.port}/api/v1/work/{REPORTS.get(options.trade, "summary")}"""
    return f"""  해 보세요 / try     프레스가 과열되면 화면에서 「확인」을 눌러 보세요. 몇 분에 한 번 그래요.
                     When the press overheats, every few minutes, acknowledge its alarm.
                     설정에서 알람 온도(80 degC)를 바꾸고 저장한 뒤, 다른 터미널에서:
                     Change a rule's temperature (80 degC), save, and in another terminal:
                     pkill -HUP -f {folder.name}"""
