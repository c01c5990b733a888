"""Configurations for the benchmarks: many registers behind one Modbus TCP server, and a scanner on a pty."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML


def plc(port: int, units: int, registers: int, poll_s: float) -> dict[str, Any]:
    """Return a Modbus TCP driver with `units` devices of so many registers, one point each."""
    points = [{"name": f"r{n}", "table": "holding", "address": n, "type": "u16"} for n in range(registers)]
    devices = [{"name": f"unit_{n}", "unit": n, "poll_s": poll_s, "points": points} for n in range(1, units + 1)]
    return {"name": "plc", "type": "modbus_tcp", "host": "127.0.0.1", "port": port, "devices": devices}


def write(path: Path, drivers: list[dict[str, Any]], mqtt_port: int, web_port: int, **more: Any) -> Path:
    """Write a whole configuration and return its path."""
    tree = {
        "gateway": {"id": "bench"},
        "workshop": {"id": "bench", "name": "bench"},
        "drivers": drivers,
        "publish": [{"name": "broker", "type": "mqtt", "host": "127.0.0.1", "port": mqtt_port, "reconnect_most_s": 2}],
        "dashboard": {"host": "127.0.0.1", "port": web_port},
        "journal": {"path": str(path.with_name("journal.db"))},
        "clock": {"trust": True},
    } | more
    with path.open("w", encoding="utf-8") as file:
        YAML().dump(tree, file)
    return path


@contextmanager
def register_server() -> Iterator[int]:
    """A Modbus TCP server with changing registers, in a process of its own; yields its port."""
    program = Path(__file__).with_name("registers.py")
    process = subprocess.Popen([sys.executable, program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin
    assert process.stdout
    try:
        yield int(json.loads(process.stdout.readline())["port"])
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()
