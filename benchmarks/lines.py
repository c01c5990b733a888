"""What publishing to InfluxDB costs: rows and events turned into line protocol, and the client's import in a daemon."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from rig import ROOT, emit

from gateway.event import Position, Row
from gateway.journal.blocks import Block, Columns, Schema
from gateway.publish.lines import block_lines, event_line

WORKLOAD = json.loads(Path(__file__).with_suffix(".json").read_text())
T0 = 1_764_000_000_000_000_000
IMPORT = """
import json, time
import gateway.app

def rss():
    line = next(line for line in open("/proc/self/status") if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024 / 1e6

before, began = rss(), time.perf_counter()
import influxdb_client
print(json.dumps([rss() - before, (time.perf_counter() - began) * 1000]))
"""


def main(fields: int, rows: int, blocks: int, bad_percent: float, events: int) -> None:
    """Blocks as a shop writes them: decimals, and some values missing here and there."""
    random = np.random.default_rng(1)
    place = Position(1, "9f3a", 1)
    names = tuple(f"point_{k}" for k in range(fields))
    schema = Schema(place, "meter_1", names, ("",) * fields, {"machine": "press_1"}, "maker-meter", 1, None)
    values = np.round(random.normal(230, 40, (rows, fields)), 2)
    quality = np.where(random.random(values.shape) < bad_percent / 100, 18, 0).astype(np.uint8)
    times = T0 + np.arange(rows) * 1_000_000_000
    block = Block(place, schema, "boot", "synced", Columns(times, times, np.zeros(rows, np.int64), values, quality))
    began_s = time.perf_counter()
    lines = sum(len(some) for _ in range(blocks) for some in block_lines(block, "shop-1", "gw_1"))
    emit("lines.rows_per_s", lines / (time.perf_counter() - began_s), "rows/s", fields=fields)

    body = {"machine": "press_1", "delta": 3, "total": 1200, "reset": False, "message": {"ko": "멈춤", "en": "stopped"}}
    row = Row(place, "count", "press_1", T0, "boot", T0, "synced", body)
    began_s = time.perf_counter()
    for _ in range(events):
        event_line(row, "shop-1", "gw_1")
    emit("lines.events_per_s", events / (time.perf_counter() - began_s), "events/s")

    done = subprocess.run([sys.executable, "-c", IMPORT], cwd=ROOT, capture_output=True, text=True, check=True)
    memory_mb, import_ms = json.loads(done.stdout)
    emit("lines.client_mb", memory_mb, "MB")
    emit("lines.client_import_ms", import_ms, "ms")


if __name__ == "__main__":
    main(**WORKLOAD)
