"""`gongbang demo`: a living shop on this machine, which leaves nothing, however it ends."""

import json
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
from rig import ROOT, Witness, free_port, listens, mosquitto, until

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


def start(mqtt_port: int, *more: str) -> Demo:
    """Start the demo; return it with its ports."""
    port = free_port()
    command = [sys.executable, "-m", "gateway.commands.main", "demo", "--port", str(port), "--speed", "5"]
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


def end(demo: "subprocess.Popen[str]") -> None:
    """End the demo whatever it does, and close its pipes."""
    demo.kill()
    demo.communicate(timeout=60)


@pytest.fixture(autouse=True)
def temporary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder for the demo's temporary files alone, for others may run demos too."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@pytest.fixture
def demo(temporary: Path) -> Iterator[Demo]:
    """A demo with a broker of its own."""
    started = start(free_port())
    yield started
    end(started[0])


def get(port: int, path: str) -> Any:
    """What the API says."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/{path}", timeout=60) as answer:
        return json.load(answer)


def test_the_shop_lives_and_ctrl_c_leaves_nothing(demo: Demo, temporary: Path) -> None:
    process, port, mqtt_port = demo
    said = welcomed(process)
    assert str(temporary) in said
    assert f"http://127.0.0.1:{port}/" in said
    assert f"mosquitto_sub -p {mqtt_port}" in said
    assert get(port, "ready")["ready"] is True
    points = {point["name"]: point["value"] for point in get(port, "points")["points"]}
    for name in ("meter_1.power", "press_1.temperature"):
        assert points[name] is not None, f"{name} is read over its own wire"
    until(lambda: get(port, "work/scans")["scans"], "somebody scans")
    family = children(process.pid)
    assert len(family) == 3  # the devices, the broker, the gateway
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
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
    until(lambda: not any(map(alive, family)), "its processes end")
    assert not listens(port)
    assert not listens(mqtt_port)


@pytest.mark.slow
def test_a_broker_that_is_there_is_used(tmp_path: Path) -> None:
    with mosquitto(tmp_path) as broker:
        process, _, _ = start(broker.port)
        witness = Witness(broker.port)
        try:
            assert "the one that was there" in welcomed(process)
            for part in ("/data/", "/event/", "/status"):
                witness.wait_for(lambda topic, _, part=part: part in topic)
            process.terminate()
            assert process.wait(60) == 0
        finally:
            witness.close()
            end(process)
        assert listens(broker.port), "it was not ours to end"


@pytest.mark.slow
def test_a_part_that_ends_ends_the_demo_with_one(demo: Demo) -> None:
    process, _, _ = demo
    welcomed(process)
    gateway = next(pid for pid in children(process.pid) if b"\0run\0" in Path(f"/proc/{pid}/cmdline").read_bytes())
    subprocess.run(["kill", "-9", str(gateway)], check=True)
    assert process.wait(60) == 1
    assert process.stderr
    assert "gateway" in process.stderr.read()


def test_a_port_that_is_taken_is_told_before_anything_starts(process: Any, temporary: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = process("demo", "--port", port, "--mqtt-port", free_port(), "--for-s", 1)
    assert answer.code == 2
    assert str(port) in answer.err
    assert len(answer.err.splitlines()) == 1
    assert list(temporary.iterdir()) == []


def test_a_broken_shop_is_refused(process: Any, tmp_path: Path) -> None:
    config = tmp_path / "edge_config.yaml"
    config.write_text("workshop: {id: w-1, nmae: 공방}\n", "utf-8")
    answer = process("demo", "--port", free_port(), "--mqtt-port", free_port(), "-c", config)
    assert answer.code in (1, 2)
    assert "nmae" in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.slow
@pytest.mark.parametrize("trade", ["metal", "jewellery", "shoes", "printing", "sewing"])
def test_the_shop_of_a_trade_lives_and_its_scans_are_accepted(trade: str) -> None:
    demo, port, _ = start(free_port(), "--trade", trade)
    try:
        assert "/api/v1/work/" in welcomed(demo)

        def answers() -> set[str]:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/work/scans", timeout=60) as told:
                return {scan["answer"] for scan in json.load(told)["scans"]}

        until(lambda: {"badge", "accepted"} <= answers(), "somebody works", 60)
        assert "failed" not in answers()
    finally:
        end(demo)
