"""The engine's speed: rows one at a time and in blocks, of quiet, busy and flapping data; and plain Python's."""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import plain
from rig import emit

from gateway.config.root import EdgeConfig
from gateway.engine.engine import Engine
from gateway.table import PointTable
from sensors.batch import Batch

WORKLOAD: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text())
SHAPES = {
    "threshold": ("{p} > {high}", "{p} < {low}"),
    "hold": ("{p} > {high} for 3s", "{p} < {low}"),
    "mean": ("mean({p}, 10s) > {high}", None),
    "rate": ("rate({p}, 10s) > {high}", None),
    "range": ("range({p}, 60s) > {high}", None),
    "ewma": ("ewma({p}, 30s) > {high}", None),
    "stuck": ("stuck({p}, 30s)", None),
    "pair": ("{p} - {q} > {high} and {r} < {low}", None),
}
MESSAGE = {"ko": "알람", "en": "alarm"}


def rules_of(device: int, count: int, points: int, chance: np.random.Generator) -> list[plain.Rule]:
    """Return the rules of one device, every shape as often; limits lie where the data are now and then."""
    found = []
    for number in range(count):
        shape = list(SHAPES)[number % len(SHAPES)]
        high = {"rate": 0.6, "range": 12.0, "pair": 6.0}.get(shape, 54.0) + round(float(chance.uniform(0.0, 6.0)), 2)
        low = 50.0 if shape == "pair" else round(high - 3.0, 2)
        places = (number // len(SHAPES) % points, *map(int, chance.integers(0, points, 2)))
        found.append(plain.Rule(shape, places, high, low))
    return found


def configuration(load: dict[str, Any], rules: list[list[plain.Rule]]) -> EdgeConfig:
    """Return the configuration with these rules of each device."""
    points = [{"name": f"p{n}", "address": 2 * n, "type": "f32"} for n in range(load["points"])]
    devices = [{"name": f"d{n}", "unit": n + 1, "points": points} for n in range(load["devices"])]
    listed = []
    for device, own in enumerate(rules):
        for number, rule in enumerate(own):
            p, q, r = (f"d{device}.p{place}" for place in rule.points)
            when, until = SHAPES[rule.shape]
            text = {"p": p, "q": q, "r": r, "high": rule.high, "low": rule.low}
            options = {"until": until.format(**text)} if until else {}
            listed.append({"name": f"r{device}_{number}", "when": when.format(**text), "message": MESSAGE, **options})
    driver = {"name": "plc", "type": "modbus_tcp", "host": "localhost", "devices": devices}
    return EdgeConfig.model_validate(
        {"workshop": {"id": "bench", "name": "bench"}, "drivers": [driver], "rules": listed}
    )


def readings(load: dict[str, Any], kind: str, chance: np.random.Generator) -> tuple[Any, Any]:
    """Return times [T] and values [T, K] of one device: points that wander about 50, a tenth of them standing still."""
    rows, points, how = load["rows"], load["points"], load["data"][kind]
    jitter = chance.uniform(-load["jitter_s"], load["jitter_s"], rows)
    times = ((np.arange(1, rows + 1) * load["every_s"] + jitter) * 1e9).astype(np.int64)
    values, value = np.empty((rows, points)), 50.0 + chance.normal(0.0, 2.0, points)
    moves = chance.uniform(0.0, 1.0, points) > 0.1
    for row in values:
        value = value + moves * (chance.normal(0.0, how["walk"], points) + (50.0 - value) * 0.05)
        row[:] = np.round(value + 20.0 * (chance.uniform(0.0, 1.0, points) < how["spikes"]), 2)
    return times, values


def batches(engine: Engine, day: list[tuple[Any, Any]], rows: int) -> list[Batch]:
    """Return all readings in batches of so many rows, the devices in turn."""
    found = []
    for start in range(0, len(day[0][0]), rows):
        for device, (times, values) in enumerate(day):
            part = np.ascontiguousarray(values[start : start + rows])
            quality = np.zeros(part.shape, np.uint8)
            found.append(Batch(device, engine.table.devices[device].first, times[start : start + rows], part, quality))
    return found


def measure(config: EdgeConfig, day: list[tuple[Any, Any]], rows: int) -> tuple[float, int, list[float]]:
    """Return the seconds for the day in batches of so many rows, how often a rule was raised, and each batch's time."""
    engine = Engine(config, PointTable.of(config))
    raised, took = 0, []
    for batch in batches(engine, day, rows):
        begun = time.perf_counter()
        output = engine.feed(batch)
        took.append(time.perf_counter() - begun)
        raised += sum(event.body["action"] == "raise" for event in output.events)
    return sum(took), raised, took


def compare(load: dict[str, Any], config: EdgeConfig, rules: list[plain.Rule], day: list[tuple[Any, Any]]) -> None:
    """Print how many times faster the engine is than plain Python over the same rows of one device."""
    times, values = day[0]
    part = [(times[: load["python_rows"]], values[: load["python_rows"]])]
    begun = time.perf_counter()
    raised = plain.run(rules, load["points"], part[0][0].tolist(), part[0][1].tolist())
    plain_s = time.perf_counter() - begun
    row_s, same, _ = measure(config, part, 1)
    block_s, _, _ = measure(config, part, load["python_rows"])
    if raised != same:
        raise SystemExit(f"plain Python raised {raised} times, the engine {same} times")
    emit("engine.python_ratio_row", plain_s / row_s, "1")
    emit("engine.python_ratio_block", plain_s / block_s, "1")


def main() -> None:
    """Print all figures; those without a kind in their name are of busy data."""
    load, chance = WORKLOAD, np.random.default_rng(1)
    each = load["rules"] // load["devices"]
    rules = [rules_of(device, each, load["points"], chance) for device in range(load["devices"])]
    config = configuration(load, rules)
    begun = time.perf_counter()
    Engine(config, PointTable.of(config))
    emit("engine.build_s", time.perf_counter() - begun, "s")
    samples = load["devices"] * load["points"] * load["rows"]
    for kind in load["data"]:
        day = [readings(load, kind, chance) for _ in range(load["devices"])]
        ending = "" if kind == "busy" else f"_{kind}"
        block_s, raised, _ = measure(config, day, load["block"])
        row_s, also, took = measure(config, day, 1)
        if raised != also:
            raise SystemExit(f"blocks raised {raised} times, rows {also} times")
        emit(f"engine.samples_per_s{ending}", samples / block_s, "1/s")
        emit(f"engine.evaluations_per_s{ending}", each * load["devices"] * load["rows"] / block_s, "1/s")
        emit(f"engine.row_samples_per_s{ending}", samples / row_s, "1/s")
        emit(f"engine.row_us_p50{ending}", float(np.percentile(took, 50)) * 1e6, "us")
        emit(f"engine.row_us_p99{ending}", float(np.percentile(took, 99)) * 1e6, "us")
        emit(f"engine.raised_per_row{ending}", raised / (load["rows"] * load["devices"]), "1")
        if kind == "busy":
            compare(load, config, rules[0], day)


if __name__ == "__main__":
    main()
