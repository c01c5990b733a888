"""Encoding for publishers: columns to line protocol and JSON rows, beside the client's own `Point`; and its import."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
from influxdb_client import Point
from rig import ROOT, emit

from gateway.event import Position, Row
from gateway.journal.blocks import Block, Columns, Schema
from gateway.publish import payloads
from gateway.publish.lines import block_lines, event_line
from sensors.batch import Float64s

WORKLOAD = json.loads(Path(__file__).with_suffix(".json").read_text())
T0 = 1_764_000_000_000_000_000
PLACE = Position(1, "9f3a", 1)
WHERE = {"workshop": "shop-1", "gateway": "gw_1", "device": "meter_1", "machine": "press_1"}
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


def block(values: Float64s, bad_percent: float = 0.0) -> Block:
    """Return a block of one device, some of its values bad here and there."""
    rows, fields = values.shape
    names = tuple(f"point_{k}" for k in range(fields))
    schema = Schema(PLACE, "meter_1", names, ("",) * fields, {"machine": "press_1"}, "maker-meter", 1, None)
    bad = np.random.default_rng(2).random(values.shape) < bad_percent / 100
    times = T0 + np.arange(rows) * 1_000_000_000
    columns = Columns(times, times, np.zeros(rows, np.int64), values, np.where(bad, 18, 0).astype(np.uint8))
    return Block(PLACE, schema, "boot", "synced", columns)


def lines(part: Block) -> int:
    """Write a block as InfluxDB takes it; returns how many fields were sent."""
    written = sum(len(some) for some in block_lines(part, "shop-1", "gw_1"))
    return written * part.columns.values.shape[1]


def rows(part: Block) -> int:
    """Write a block as MQTT takes it; returns how many values stood in it."""
    columns, everything = part.columns, np.ones(part.columns.values.shape, np.bool_)
    for _ in payloads.data(
        "gw_1", part.schema.fields, columns.time_ns, columns.values, columns.quality, everything, part.clock
    ):
        pass
    return columns.values.size


def points(part: Block) -> int:
    """Write a block with influxdb-client's own objects; returns how many fields."""
    for time_ns, row in zip(part.columns.time_ns.tolist(), part.columns.values.tolist(), strict=True):
        point = Point("maker-meter").time(time_ns)
        for tag, value in WHERE.items():
            point = point.tag(tag, value)
        for name, value in zip(part.schema.fields, row, strict=True):
            point = point.field(name, value)
        point.to_line_protocol()
    return part.columns.values.size


def per_s(work: Callable[[Block], int], part: Block, rounds: int) -> float:
    """Return how many a second, the median of some rounds."""
    taken = []
    for _ in range(rounds):
        began_s = time.perf_counter()
        done = work(part)
        taken.append(done / (time.perf_counter() - began_s))
    return median(taken)


def measure_events(count: int) -> None:
    """Events are written one by one."""
    body = {"machine": "press_1", "delta": 3, "total": 1200, "reset": False, "message": {"ko": "멈춤", "en": "stopped"}}
    row = Row(PLACE, "count", "press_1", T0, "boot", T0, "synced", body)
    began_s = time.perf_counter()
    for _ in range(count):
        event_line(row, "shop-1", "gw_1")
    emit("encode.line_events_per_s", count / (time.perf_counter() - began_s), "events/s")


def measure_import() -> None:
    """What the client takes of a daemon that uses it."""
    done = subprocess.run([sys.executable, "-c", IMPORT], cwd=ROOT, capture_output=True, text=True, check=True)
    memory_mb, import_ms = json.loads(done.stdout)
    emit("encode.client_mb", memory_mb, "MB")
    emit("encode.client_import_ms", import_ms, "ms")


def main() -> None:
    """Measure all in one run, decimals and full doubles."""
    load = WORKLOAD
    full = np.random.default_rng(1).normal(230, 40, (load["rows"], load["fields"]))
    decimals, rounds = np.round(full, 1), load["rounds"]
    ours = per_s(lines, block(decimals), rounds)
    emit("encode.line_fields_per_s", ours, "fields/s", fields=load["fields"])
    emit("encode.line_full_doubles_per_s", per_s(lines, block(full), rounds), "fields/s")
    emit("encode.line_vs_point_ratio", ours / per_s(points, block(decimals[: load["point_rows"]]), rounds), "1")
    emit("encode.json_values_per_s", per_s(rows, block(decimals), rounds), "values/s")
    emit("encode.json_full_doubles_per_s", per_s(rows, block(full), rounds), "values/s")
    some_bad = block(decimals, load["bad_percent"])
    emit("encode.line_some_bad_per_s", per_s(lines, some_bad, rounds), "fields/s", bad_percent=load["bad_percent"])
    emit("encode.json_some_bad_per_s", per_s(rows, some_bad, rounds), "values/s", bad_percent=load["bad_percent"])
    measure_events(load["events"])
    measure_import()


if __name__ == "__main__":
    main()
