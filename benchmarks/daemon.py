"""The daemon as a process: memory in the demo, time to the first value, processor time of a thousand registers."""

import json
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median
from typing import Any

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
    for status in Path("/proc").glob("[0-9]*/status"):
        text = status.read_text()
        if re.search(rf"^PPid:\t{demo}$", text, re.M) and b"\0run\0" in (status.parent / "cmdline").read_bytes():
            return int(status.parent.name)
    raise LookupError("the demo runs no daemon")


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


def _demo_config(path: Path, wires: dict[str, Any], mqtt_port: int, journal: str) -> None:
    yaml = YAML()
    tree = yaml.load(ROOT / "edge_config.yaml")
    overlay(tree, wires)
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
    first_value(**WORKLOAD["first_value"])
    processor_time(**WORKLOAD["polling"])
