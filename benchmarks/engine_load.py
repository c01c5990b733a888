"""The engine benchmark's shops: rules of sixteen shapes as people write them, machines, and data of three kinds."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gateway.config.root import EdgeConfig
from gateway.table import PointTable
from sensors.batch import Batch

WORKLOAD: dict[str, Any] = json.loads(Path(__file__).with_name("engine.json").read_text())
MESSAGE = {"ko": "알람", "en": "alarm"}
FAULT_ROWS = 40  # how long a point that fails is not read
NO_REPLY = 18
Load = dict[str, int]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its shape, its points (places within the device) and its limits."""

    shape: str
    points: tuple[int, int, int]
    high: float
    low: float
    higher: float


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine: in alarm above one limit, runs when above another for three seconds, idles above a third."""

    point: int
    alarm: float
    run: float
    idle: float


@dataclass(frozen=True, slots=True)
class Day:
    """The readings of one device: times [T], values [T, K] and quality [T, K]."""

    mono_ns: NDArray[np.int64]
    values: NDArray[np.float64]
    quality: NDArray[np.uint8]

    def part(self, start: int, stop: int) -> "Day":
        """Return some of the rows."""
        return Day(self.mono_ns[start:stop], self.values[start:stop], self.quality[start:stop])


def rules_of(count: int, points: int, chance: np.random.Generator) -> list[Rule]:
    """Return the rules of one device, every shape as often; limits lie where busy data are now and then.

    Limits have more decimals than readings, so that the last bit of a mean decides nothing.
    """
    shapes = list(WORKLOAD["shapes"].items())
    found = []
    for number in range(count):
        shape, (_, _, limits) = shapes[number % len(shapes)]
        high = round(float(chance.uniform(*limits)), 2) + 0.00123
        low = WORKLOAD["low"].get(shape, high - 3.0)
        places = (number // len(shapes) % points, *map(int, chance.integers(0, points, 2)))
        found.append(Rule(shape, places, high, low, high + 2.0))
    return found


def machines_of(load: Load, chance: np.random.Generator) -> list[Machine]:
    """Return the machines of the first device, each on a point of its own."""
    run = chance.uniform(43.0, 45.0, load.get("machines", 0))
    return [Machine(place, one + 11.00123, one + 0.00123, one - 3.00123) for place, one in enumerate(run.tolist())]


def configuration(load: Load, rules: list[list[Rule]], machines: list[Machine] | None = None) -> EdgeConfig:
    """Return the configuration with these rules of each device."""
    points = [{"name": f"p{n}", "address": 2 * n, "type": "f32"} for n in range(load["points"])]
    devices = [{"name": f"d{n}", "unit": n + 1, "points": points} for n in range(load["devices"])]
    listed = [
        _rule(f"r{device}_{number}", f"d{device}", rule)
        for device, own in enumerate(rules)
        for number, rule in enumerate(own)
    ]
    driver = {"name": "plc", "type": "modbus_tcp", "host": "localhost", "devices": devices}
    named = [_machine(f"m{number}", machine) for number, machine in enumerate(machines or ())]
    workshop = {"id": "bench", "name": "bench"}
    return EdgeConfig.model_validate({"workshop": workshop, "drivers": [driver], "rules": listed, "machines": named})


def _rule(name: str, device: str, rule: Rule) -> dict[str, Any]:
    when, until, _ = WORKLOAD["shapes"][rule.shape]
    text = dict(zip("pqr", (f"{device}.p{place}" for place in rule.points), strict=True)) | {
        "high": rule.high, "low": rule.low, "higher": rule.higher,
    }  # fmt: skip
    options = {"until": until.format(**text)} if until else {}
    return {"name": name, "when": when.format(**text), "message": MESSAGE, **options}


def _machine(name: str, machine: Machine) -> dict[str, Any]:
    point = f"d0.p{machine.point}"
    states = [
        {"state": "alarm", "when": f"{point} > {machine.alarm}"},
        {"state": "run", "when": f"{point} > {machine.run} for 3s"},
        {"state": "idle", "when": f"{point} > {machine.idle}"},
    ]
    return {"name": name, "states": states}


def readings(load: Load, kind: str, chance: np.random.Generator) -> Day:
    """Return one device's day at a row a second: of its points a tenth stand still but for steps, the others wander
    about 50; now and then one jumps for a row, or is not read for a while.
    """
    rows, points, how = load["rows"], load["points"], WORKLOAD["data"][kind]
    jitter = chance.uniform(-WORKLOAD["jitter_s"], WORKLOAD["jitter_s"], rows)
    times = ((np.arange(1, rows + 1) + jitter) * 1e9).astype(np.int64)
    moves = chance.uniform(0.0, 1.0, points) > 0.1
    steps = np.where(moves, chance.normal(0.0, how["walk"], (rows, points)), 0.0)
    steps += (
        ~moves * (chance.uniform(0.0, 1.0, (rows, points)) < how["steps"]) * chance.normal(0.0, 2.0, (rows, points))
    )
    values, value = steps, 50.0 + chance.normal(0.0, 2.0, points)
    for row in values:
        value = value + row + moves * (50.0 - value) * 0.05
        row[:] = value
    values += 20.0 * (chance.uniform(0.0, 1.0, (rows, points)) < how["spikes"])
    values = np.round(values, 2)
    quality = np.zeros((rows, points), np.uint8)
    for row in np.flatnonzero(chance.uniform(0.0, 1.0, rows) < how["faults"]).tolist():
        place = int(chance.integers(0, points))
        values[row : row + FAULT_ROWS, place], quality[row : row + FAULT_ROWS, place] = np.nan, NO_REPLY
    return Day(times, values, quality)


def batches(table: PointTable, days: list[Day], rows: int) -> list[Batch]:
    """Return all readings in batches of so many rows, the devices in turn."""
    return [
        Batch(
            device, table.devices[device].first, day.mono_ns[start : start + rows].copy(),
            day.values[start : start + rows].copy(), day.quality[start : start + rows].copy(),
        )
        for start in range(0, len(days[0].mono_ns), rows)
        for device, day in enumerate(days)
    ]  # fmt: skip


def document(rules: list[Rule], machines: list[Machine], day: Day) -> dict[str, Any]:
    """Return the same work for a program without NumPy."""
    values = np.where(np.isnan(day.values), None, day.values.astype(object))
    return {
        "rules": [asdict(rule) for rule in rules],
        "machines": [asdict(machine) for machine in machines],
        "times": day.mono_ns.tolist(),
        "rows": values.tolist(),
    }
