"""`gongbang demo` as a newcomer meets it: ready, alive on the API and on MQTT, and nothing left behind."""

import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rig import ROOT, Witness, free_port, listens, until

PREFIX = "gongbang/v1/changsin-017/gw_1/"
NUMBER = (int, float)


@dataclass
class Demo:
    """A running demo."""

    process: subprocess.Popen[str]
    port: int
    mqtt_port: int

    def get(self, path: str) -> Any:
        """Return what the API says."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as answer:
            return json.loads(answer.read())

    def ready(self) -> bool:
        """Whether readings flow from every wire; 503 says that some do not yet."""
        try:
            return bool(self.get("/api/v1/ready")["ready"])
        except urllib.error.HTTPError as error:
            error.close()
            return False

    def value(self, name: str) -> float | None:
        """Return a point's value."""
        return next(point["value"] for point in self.get("/api/v1/points")["points"] if point["name"] == name)


@contextmanager
def demo(folder: Path, for_s: int = 600, speed: int = 1) -> Iterator[Demo]:
    """A demo on free ports, with a folder of its own for temporary files."""
    port, mqtt_port = free_port(), free_port()
    options = ["--port", port, "--mqtt-port", mqtt_port, "--for-s", for_s, "--speed", speed]
    command = [sys.executable, "-m", "gateway.commands.main", "demo", *map(str, options)]
    environment = {"TMPDIR": str(folder), "PATH": "/usr/bin:/bin"}
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        yield Demo(process, port, mqtt_port)
    finally:
        process.kill()
        process.communicate()


def left_running(folder: Path) -> list[str]:
    """Return the command lines of processes that belong to a demo of this folder."""
    found = []
    for status in Path("/proc").glob("[0-9]*/environ"):
        try:
            if str(folder).encode() in status.read_bytes():
                found.append(status.with_name("cmdline").read_bytes().replace(b"\0", b" ").decode())
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found


def check_lives(shop: Demo) -> None:
    """Values from each wire change."""
    names = ["press_1.strokes", "meter_1.power", "scanner_1.scans", "camera_1.scans", "camera_1.pieces"]
    before = {name: shop.value(name) for name in names}
    for name in names:
        until(lambda name=name: shop.value(name) != before[name], f"{name} changes", 60)


def check_camera(witness: Witness, wait_s: float) -> None:
    """What the camera reads on the belt is work: the packer's badge, then coupons that are accepted."""
    for answer in ("badge", "accepted"):
        _, _, body = witness.wait_for(
            lambda topic, body, answer=answer: (
                topic == PREFIX + "event/scan" and body["source"] == "camera_1" and body["answer"] == answer
            ),
            wait_s,
        )
        assert body["station"] == "packing_1"
        assert body["symbology"] in ("qr", "code128")
        assert body["raw"].startswith(("]Q1", "]C0"))


def check_forms(bodies: dict[str, list[Any]]) -> None:
    """The messages have the forms of the contract."""
    for topic, messages in bodies.items():
        for body in messages:
            assert body["gateway"] == "gw_1"
            if "/data/" not in topic or "rows" not in body:
                assert isinstance(body["ts"], NUMBER), topic
    for body in bodies["event/scan"]:
        wanted = {"id", "raw", "text", "symbology", "station", "worker", "answer", "answer_text", "ticket", "source"}
        assert wanted <= body.keys()
        assert re.fullmatch(r"gw_1:e:\d+-[0-9a-f]{4}:\d+", body["id"])
    for body in bodies["event/state"]:
        assert {"machine", "state", "before", "after_s"} <= body.keys()
    for body in bodies["event/count"]:
        assert {"machine", "delta", "total", "reset"} <= body.keys()
    for body in bodies["event/alarm"]:
        assert {"rule", "action", "severity", "message", "value"} <= body.keys()
        assert body["action"] in ("raise", "acknowledge", "clear", "shelve")
    for body in bodies["window/meter_1"]:
        assert body["window_s"] in (10, 60)
        assert body["values"]["power"].keys() == {"count", "mean", "min", "max", "last"}
    assert all(isinstance(body["values"], dict) for body in bodies["data/meter_1"] if "values" in body)


def live(folder: Path, for_s: int, speed: int) -> None:
    """Live through a demo and check everything that a newcomer is told."""
    with demo(folder, for_s, speed) as shop:
        until(lambda: listens(shop.mqtt_port), "the broker listens", 60)
        witness = Witness(shop.mqtt_port)
        until(lambda: listens(shop.port), "the dashboard listens", 60)
        until(shop.ready, "the gateway is ready", 60)
        check_lives(shop)
        late = Witness(shop.mqtt_port, PREFIX + "status")
        assert late.wait_for(lambda *_: True)[2]["state"] == "online", "the status is retained"
        late.close()
        check_camera(witness, 60)
        assert shop.value("camera_1.frame_rate") is not None
        wanted = ["data/meter_1", "window/meter_1"] + [f"event/{kind}" for kind in ("scan", "state", "alarm", "count")]
        bodies = {part: [] for part in wanted}
        for part in wanted:
            witness.wait_for(lambda topic, _, part=part: topic == PREFIX + part, for_s)
        for _, topic, body in witness.messages:
            bodies.setdefault(topic.removeprefix(PREFIX), []).append(body)
        check_forms(bodies)
        witness.close()
        assert shop.process.wait(for_s + 60) == 0
    assert not left_running(folder)
    assert not list(folder.iterdir())
    assert not listens(shop.port)
    assert not listens(shop.mqtt_port)


@pytest.mark.slow
def test_the_demo_of_the_readme_lives_and_leaves_nothing_behind(tmp_path: Path) -> None:
    live(tmp_path, for_s=90, speed=1)
