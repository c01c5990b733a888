"""`gongbang center --demo`: simulated shops on a center of their own, which leave nothing, however it ends."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rig import ROOT, free_port, listens, mosquitto, until

WAIT_S = 60.0
Demo = tuple["subprocess.Popen[str]", int, int]


def children(pid: int) -> list[int]:
    """The processes that a process started."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            if re.search(rf"^PPid:\t{pid}$", status.read_text(), re.M):
                found.append(int(status.parent.name))
        except OSError:  # it ended while we looked
            continue
    return found


def alive(pid: int) -> bool:
    """Whether a process is there and is no zombie."""
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


@pytest.fixture(autouse=True)
def temporary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder for the demo's temporary files alone, for others may run demos too."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def start(mqtt_port: int, *more: str) -> Demo:
    """Start the demo with five shops; return it with its ports."""
    port = free_port()
    command = [sys.executable, "-m", "gateway.commands.main", "center", "--demo", "5", "--port", str(port)]
    demo = subprocess.Popen(
        [*command, "--mqtt-port", str(mqtt_port), *more],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return demo, port, mqtt_port


def welcomed(demo: "subprocess.Popen[str]") -> str:
    """Wait until the demo says where it is; return that."""
    assert demo.stdout
    said = ""
    while "Ctrl-C" not in said:
        line = demo.stdout.readline()
        assert line, f"it ended: {demo.stderr and demo.stderr.read()}"
        said += line
    return said


@pytest.fixture
def demo() -> Iterator[Demo]:
    """A demo with a broker of its own."""
    started = start(free_port())
    yield started
    started[0].kill()
    started[0].communicate(timeout=60)


def fleet(port: int) -> Any:
    """What the API says of all shops."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/fleet", timeout=60) as answer:
        return json.load(answer)


def test_the_shops_live_and_ctrl_c_leaves_nothing(demo: Demo, temporary: Path) -> None:
    process, port, mqtt_port = demo
    assert f"http://127.0.0.1:{port}/" in welcomed(process)
    until(lambda: fleet(port)["counts"]["live"] == 5, "five shops are live", WAIT_S)
    until(lambda: all(shop["events"] for shop in fleet(port)["shops"][-5:]), "their journals come", WAIT_S)
    assert fleet(port)["counts"]["unseen"] == 3
    family = children(process.pid)
    assert len(family) == 2  # the broker, the shops
    process.send_signal(signal.SIGINT)
    assert process.wait(WAIT_S) == 0
    assert not any(map(alive, family))
    assert not listens(port)
    assert not listens(mqtt_port)
    assert list(temporary.iterdir()) == []


@pytest.mark.slow
def test_a_demo_that_is_killed_takes_its_processes_along(demo: Demo) -> None:
    process, port, mqtt_port = demo
    welcomed(process)
    family = children(process.pid)
    process.kill()
    process.wait(60)
    until(lambda: not any(map(alive, family)), "its processes end", WAIT_S)
    assert not listens(port)
    assert not listens(mqtt_port)


@pytest.mark.slow
def test_it_ends_by_itself_and_uses_a_broker_that_is_there(tmp_path: Path, temporary: Path) -> None:
    with mosquitto(tmp_path / "broker") as broker:
        process, _, _ = start(broker.port, "--for-s", "5", "--json")
        out, err = process.communicate(timeout=WAIT_S)
        assert process.returncode == 0, err
        assert json.loads(out)["mqtt"] == f"127.0.0.1:{broker.port}"
        assert listens(broker.port), "a broker that is not the demo's goes on"
    assert list(temporary.iterdir()) == []


@pytest.mark.slow
def test_when_the_shops_end_the_demo_says_so(demo: Demo) -> None:
    process, _, _ = demo
    welcomed(process)
    lines = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children(process.pid)}
    (shops,) = [pid for pid, line in lines.items() if b"gateway.demo.fleet" in line]
    os.kill(shops, signal.SIGKILL)
    assert process.wait(WAIT_S) == 1
    assert process.stderr
    assert "shops: 멈췄어요. / ended." in process.stderr.read()


def test_a_port_that_is_taken_is_told_before_anything_begins(temporary: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [sys.executable, "-m", "gateway.commands.main", "center", "--demo", "5"]
        command += ["--port", str(taken.getsockname()[1])]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=WAIT_S, check=False)
    assert done.returncode == 2
    assert "다른 포트를 주세요. / Give another port" in done.stderr
    assert list(temporary.iterdir()) == []
