"""The daemon as a process: memory in the demo, time to the first value, processor time of a thousand registers."""

import json
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median
from typing import Any

import databases
import workload
from rig import ROOT, Witness, daemon, emit, free_port, listens, mosquitto, overlay, rss_mb, simulator, until
from ruamel.yaml import YAML

WORKLOAD = json.loads(Path(__file__).with_suffix(".json").read_text())


def demo_memory(seconds: float, speed: float) -> None:
    """RSS of the daemon in `gongbang demo`, with one browser's stream open; simulators and broker are apart."""
    port, mqtt_port = free_port(), free_port()
    command = [
        sys.executable,
        "-m",
        "gateway.commands.main",
        "demo",
        "--port",
        str(port),
        "--mqtt-port",
        str(mqtt_port),
    ]
    demo = subprocess.Popen(
        [*command, "--speed", str(speed)], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until(lambda: listens(port), "the dashboard listens", 60)
        time.sleep(2)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/stream", timeout=20) as stream:
            end, bytes_read = time.monotonic() + seconds, 0
            while time.monotonic() < end:
                bytes_read += len(stream.readline())
        emit("daemon.rss_mb", rss_mb(_daemon_of(demo.pid)), "MB", after_s=seconds, stream_bytes=bytes_read)
    finally:
        demo.send_signal(signal.SIGINT)
        demo.wait(30)


def _daemon_of(demo: int) -> int:
    """Return the process of the demo that runs the daemon."""
    return next(child for child in _children(demo) if b"\0run\0" in Path(f"/proc/{child}/cmdline").read_bytes())


def all_memory(seconds: float) -> None:
    """RSS of the demo shop's daemon and its camera's process, with InfluxDB too; and of the daemon without both."""
    with (
        tempfile.TemporaryDirectory() as name,
        simulator(ROOT / "edge_config.yaml") as wires,
        mosquitto(Path(name)) as broker,
        databases.influxdb(Path(name) / "influxdb") as database,
    ):
        history = {"name": "history", "type": "influxdb", "url": database.url, "version": 1, "database": "shop"}
        database.create("shop")
        found = {}
        for everything in (False, True):
            config = Path(name) / f"edge_{everything}.yaml"
            _demo_config(config, wires, broker.port, f"journal_{everything}.db", [history] if everything else None)
            port = YAML().load(config)["dashboard"]["port"]
            with daemon(config, port) as running:
                until(running.ready, "readings flow", 60)
                time.sleep(seconds)
                assert running.process
                children = [rss_mb(child) for child in _children(running.process.pid)]
                found[everything] = (running.rss_mb, children)
    (without_mb, _), (daemon_mb, cameras_mb) = found[False], found[True]
    parts = {"daemon_mb": daemon_mb, "camera_mb": sum(cameras_mb), "without_mb": without_mb}
    more = {key: round(value, 1) for key, value in parts.items()}
    emit("daemon.rss_all_mb", daemon_mb + sum(cameras_mb), "MB", after_s=seconds, **more)


def _children(parent: int) -> list[int]:
    """Return the processes that a process has started."""
    tasks = Path(f"/proc/{parent}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def first_value(starts: int) -> None:
    """Seconds from the start of the process to its first value on MQTT, on the demo shop; the median of some starts."""
    taken_s = []
    with (
        tempfile.TemporaryDirectory() as folder,
        simulator(ROOT / "edge_config.yaml") as wires,
        mosquitto(Path(folder)) as broker,
    ):
        witness = Witness(broker.port)
        for start in range(starts):
            config = Path(folder) / f"edge_{start}.yaml"
            _demo_config(config, wires, broker.port, journal=f"journal_{start}.db")
            seen = len(witness.messages)
            with daemon(config, 0) as running:
                first = until(lambda seen=seen: _first(witness, seen), "a value comes")
                taken_s.append(first - running.started_s)
        witness.close()
    emit("daemon.first_value_s", median(taken_s), "s", worst=round(max(taken_s), 3), starts=starts)


def _first(witness: Witness, seen: int) -> float | None:
    return next((at for at, topic, _ in witness.messages[seen:] if "/data/" in topic), None)


def _demo_config(
    path: Path, wires: dict[str, Any], mqtt_port: int, journal: str, more: list[dict[str, Any]] | None = None
) -> None:
    """Write the demo shop on simulated wires; the camera only together with `more` publishers."""
    yaml = YAML()
    tree = yaml.load(ROOT / "edge_config.yaml")
    overlay(tree, wires)
    for driver in tree["drivers"]:
        driver["enabled"] = more is not None or driver["type"] != "camera"
    tree["publish"].extend(more or ())
    tree["publish"][0] |= {"host": "127.0.0.1", "port": mqtt_port}
    tree["dashboard"]["port"] = free_port()
    tree["journal"]["path"] = str(path.with_name(journal))
    tree["clock"]["trust"] = True
    yaml.dump(tree, path)


def processor_time(units: int, registers: int, poll_s: float, warm_up_s: float, seconds: float) -> None:
    """Share of one core that the daemon takes from Modbus TCP to MQTT, with every register changing."""
    with tempfile.TemporaryDirectory() as folder, mosquitto(Path(folder)) as broker, workload.register_server() as port:
        web_port = free_port()
        driver = workload.plc(port, units, registers, poll_s)
        config = workload.write(Path(folder) / "edge_config.yaml", [driver], broker.port, web_port)
        with daemon(config, web_port) as running:
            witness = Witness(broker.port)
            until(running.ready, "readings flow")
            time.sleep(warm_up_s)
            before_s, before, messages = running.cpu_s, time.monotonic(), len(witness.messages)
            time.sleep(seconds)
            share = 100 * (running.cpu_s - before_s) / (time.monotonic() - before)
            rate = (len(witness.messages) - messages) / seconds
            emit("daemon.cpu_percent_1000_regs", share, "%", messages_per_s=round(rate, 1), rss_mb=running.rss_mb)
            witness.close()


if __name__ == "__main__":
    demo_memory(**WORKLOAD["demo"])
    all_memory(**WORKLOAD["all"])
    first_value(**WORKLOAD["first_value"])
    processor_time(**WORKLOAD["polling"])
