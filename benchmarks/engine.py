"""The engine's speed, one core, with quality, events and windows on: rows one at a time, scans, blocks and a day.

Figures without a kind in their name are of busy data. `value` is of the processor's time, `wall` of the clock's.
"""

import gc
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import astuple
from pathlib import Path
from typing import NamedTuple

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as in the daemon: one core

import numpy as np
from engine_floor import floor_s
from engine_load import WORKLOAD, Day, Load, Machine, Rule, batches, configuration, machines_of, readings, rules_of
from engine_plain import Told
from engine_rivals import bytewax, plain
from numpy.typing import NDArray
from rig import emit

from gateway.config.root import EdgeConfig
from gateway.engine.engine import Engine, Output
from gateway.table import PointTable

SECOND_NS = 1_000_000_000
US = 1e6


class Run(NamedTuple):
    """What feeding a day took, and what happened: the processor's and the clock's seconds, and each batch's."""

    cpu_s: float
    wall_s: float
    took: NDArray[np.float64]  # [batches, 2], the processor's and the clock's
    told: list[Told]


class Shop(NamedTuple):
    """A configuration and what it was made of."""

    load: Load
    rules: list[list[Rule]]
    machines: list[Machine]
    config: EdgeConfig

    @classmethod
    def of(cls, load: Load, chance: np.random.Generator) -> "Shop":
        """Return a shop with as many rules on each device."""
        each, devices = load["rules"] // load["devices"], range(load["devices"])
        rules = [rules_of(each, load["points"], chance) for _ in devices]
        machines = machines_of(load, chance)
        return cls(load, rules, machines, configuration(load, rules, machines))

    def days(self, kind: str, chance: np.random.Generator) -> list[Day]:
        """Return each device's day."""
        return [readings(self.load, kind, chance) for _ in range(self.load["devices"])]


def run(config: EdgeConfig, days: list[Day], rows: int, warm: int = 0, ticks: bool = False) -> Run:
    """Feed all in batches of so many rows, the first `warm` unmeasured. Ticks: each second, or behind each block."""
    engine = Engine(config, PointTable.of(config))
    outputs: list[Output] = []
    took: list[tuple[float, float]] = []
    second, all_batches = 0, batches(engine.table, days, rows)
    gc.collect()
    gc.freeze()  # as the daemon does: what was there before is not looked at again
    for batch in all_batches:
        start, wall_start = time.process_time(), time.perf_counter()
        while ticks and rows == 1 and batch.mono_ns[0] > (second + 1) * SECOND_NS:
            second += 1
            outputs.append(engine.tick(second * SECOND_NS))
        outputs.append(engine.feed(batch))
        if ticks and rows > 1:
            outputs.append(engine.tick(int(batch.mono_ns[-1]) // SECOND_NS * SECOND_NS))
        took.append((time.process_time() - start, time.perf_counter() - wall_start))
    gc.unfreeze()
    each = np.array(took[warm:])
    cpu_s, wall_s = each.sum(axis=0).tolist()
    return Run(cpu_s, wall_s, each, told_of(outputs))


def told_of(outputs: list[Output]) -> list[Told]:
    """Return what happened, as the rivals tell it."""
    events = [event for output in outputs for event in output.events]
    return sorted((one.mono_ns, one.source, one.body.get("action") or one.body["state"]) for one in events)


def same(first: list[Told], second: list[Told], what: str) -> None:
    """Refuse to compare what does not do the same."""
    if sorted(first) != sorted(second):
        apart = sorted(set(first) ^ set(second))[:6]
        raise SystemExit(f"{what}: {len(first)} and {len(second)} events; they differ first in {apart}")


def rows_and_blocks(chance: np.random.Generator) -> None:
    """Print the figures of single rows, of a device of 100 and of 1000 points, and of blocks."""
    warm, block = WORKLOAD["warm_rows"], WORKLOAD["block_rows"]
    small, large = Shop.of(WORKLOAD["small"], chance), Shop.of(WORKLOAD["large"], chance)
    for kind in WORKLOAD["data"]:
        ending = "" if kind == "busy" else f"_{kind}"
        days = small.days(kind, chance)
        done = run(small.config, days, 1, warm)
        (p50, wall_p50), (p99, wall_p99) = np.percentile(done.took, (50, 99), axis=0).tolist()
        mean_us = round(done.cpu_s / len(done.took) * US, 1)
        emit(f"engine.row_us_p50_100x1000{ending}", p50 * US, "us", wall=round(wall_p50 * US, 1), mean=mean_us)
        emit(f"engine.row_us_p99_100x1000{ending}", p99 * US, "us", wall=round(wall_p99 * US, 1))
        if kind == "busy":
            floor = floor_s(small.load["points"], small.load["rules"], len(done.took), chance)
            emit("engine.floor_ratio_100x1000", p50 / floor, "1", floor_us=round(floor * US, 2))

        days = large.days(kind, chance)
        done = run(large.config, days, 1, warm)
        rows = len(done.took)
        evaluations = rows * large.load["rules"]
        emit(
            f"engine.evals_per_s_rows{ending}", evaluations / done.cpu_s, "1/s",
            wall=round(evaluations / done.wall_s), events_per_row=round(len(done.told) / large.load["rows"], 2),
        )  # fmt: skip
        blocks = run(large.config, days, block, 1)
        evaluations = (large.load["rows"] - block) * large.load["rules"]
        emit(
            f"engine.evals_per_s_blocks{ending}", evaluations / blocks.cpu_s, "1/s",
            wall=round(evaluations / blocks.wall_s),
        )  # fmt: skip
        same(done.told, blocks.told, f"{kind} rows and blocks of 1000 points")
        if kind == "busy":
            floor = floor_s(large.load["points"], large.load["rules"], rows, chance)
            emit("engine.floor_ratio_1000x8000", done.cpu_s / rows / floor, "1", floor_us=round(floor * US, 2))
            compare_rows(large, days)


def compare_rows(shop: Shop, days: list[Day]) -> None:
    """Print how many times faster than plain Python the engine is row by row."""
    part = [day.part(0, WORKLOAD["python_rows"]) for day in days]
    plain_s, told = plain(shop.rules[0], [], part[0])
    own = run(shop.config, part, 1)
    same(told, own.told, "plain Python and rows")
    emit("engine.vs_python_rows_ratio", plain_s / own.cpu_s, "1", python_us=round(plain_s / len(part[0].mono_ns) * US))


def scans(chance: np.random.Generator) -> None:
    """Print what a scan of ten devices takes, a row of each."""
    shop = Shop.of(WORKLOAD["scan"], chance)
    devices = shop.load["devices"]
    done = run(shop.config, shop.days("busy", chance), 1, WORKLOAD["warm_rows"] * devices)
    took = done.took.reshape(-1, devices, 2).sum(axis=1) * US
    (cpu_us, wall_us), mean_us = np.median(took, axis=0).tolist(), float(took[:, 0].mean())
    emit("engine.scan_us_10_devices", cpu_us, "us", wall=round(wall_us, 1), mean=round(mean_us, 1))


def day(chance: np.random.Generator) -> None:
    """Print what a day of a shop takes, in blocks and row by row with a tick each second, and its rivals."""
    shop = Shop.of(WORKLOAD["day"], chance)
    days = shop.days("busy", chance)
    replay = run(shop.config, days, WORKLOAD["day_block_rows"], ticks=True)
    live = run(shop.config, days, 1, ticks=True)
    emit("engine.day_replay_s", replay.cpu_s, "s", wall=round(replay.wall_s, 2), events=len(replay.told))
    emit("engine.day_live_s", live.cpu_s, "s", wall=round(live.wall_s, 2))
    rows = WORKLOAD["rival_rows"]
    part = [one.part(0, rows) for one in days]
    own = run(shop.config, part, WORKLOAD["day_block_rows"])
    same(own.told, run(shop.config, part, 1).told, "a day's rows and blocks")
    share = replay.cpu_s * rows / shop.load["rows"]
    plain_s, told = plain(shop.rules[0], shop.machines, part[0])
    same(told, own.told, "plain Python and blocks")
    emit("engine.vs_python_replay_ratio", plain_s / share, "1", python_s=round(plain_s * shop.load["rows"] / rows, 1))
    if (other := bytewax(shop.rules[0], shop.machines, part[0])) is not None:
        bytewax_s, told = other
        same(told, own.told, "bytewax and blocks")
        emit("engine.vs_bytewax_ratio", bytewax_s / share, "1", bytewax_s=round(bytewax_s * shop.load["rows"] / rows))


def memory(chance: np.random.Generator) -> None:
    """Print the resident memory of a process of its own, after blocks of a hundred rows through full windows."""
    load = WORKLOAD["memory"]
    shop = Shop.of(load, chance)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "config.json").write_text(shop.config.model_dump_json(exclude_defaults=True))
        days, block = [readings(load, "busy", chance) for _ in range(load["devices"])], WORKLOAD["block_rows"]
        for number, start in enumerate(range(0, load["rows"], block)):
            for device, day in enumerate(days):
                np.savez(Path(folder, f"{number}_{device}.npz"), *astuple(day.part(start, start + block)))
        command = [sys.executable, str(Path(__file__).with_name("engine_memory.py")), folder]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    emit("engine.memory_mb", int(done.stdout) / 1024, "MB")


def main() -> None:
    """Print all figures."""
    chance = np.random.default_rng(1)
    shop = Shop.of(WORKLOAD["large"], chance)
    begun = time.process_time()
    Engine(shop.config, PointTable.of(shop.config))
    emit("engine.build_s", time.process_time() - begun, "s")
    rows_and_blocks(chance)
    scans(chance)
    day(chance)
    memory(chance)


if __name__ == "__main__":
    main()
