"""The journal on a real disk: how many samples it takes a second, and what a row costs the card."""

import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from rig import emit

from gateway.clock import SystemClock
from gateway.event import Event
from gateway.journal.blocks import Schema
from gateway.journal.epoch import Watermark, write_watermark
from gateway.journal.journal import Journal
from gateway.journal.upkeep import WATERMARK_S
from sensors.batch import Batch

WORKLOAD = json.loads(Path(__file__).with_suffix(".json").read_text())
CLOCK = SystemClock(trust=True)


def scan(body_bytes: int) -> Event:
    """Return a scan whose body is about so long as JSON."""
    return Event("scan", "scanner_1", CLOCK.mono_ns(), {"raw": "x" * body_bytes})


async def schemas(journal: Journal, devices: int, points: int) -> list[Schema]:
    """Declare devices of so many points."""
    body = {"fields": [f"p{n}" for n in range(points)], "units": ["W"] * points}
    return [await journal.declare(f"device_{n}", body) for n in range(devices)]


def stage(journal: Journal, declared: list[Schema], chance: np.random.Generator) -> None:
    """Stage one row of each device, as meters send them: steady to a tenth."""
    for schema in declared:
        values = np.round(chance.normal(230.0, 0.5, (1, len(schema.fields))), 1)
        mono_ns = np.array([CLOCK.mono_ns()], np.int64)
        journal.stage(Batch(0, 0, mono_ns, values, np.zeros(values.shape, np.uint8)), schema)


def written_bytes() -> int:
    """Return what this process has handed to write(2) so far: proc(5), wchar."""
    return int(Path("/proc/self/io").read_text().split("wchar: ")[1].split()[0])


def file_bytes(path: Path) -> int:
    """Return the size of the database's file."""
    return path.stat().st_size


async def measure_rate(path: Path, load: dict[str, Any]) -> None:
    """Samples a second from `stage` to the end of their commit, the staging included; the values are there before."""
    rows, points = load["devices"] * load["rows"], load["points"]
    async with await Journal.open(path, "bench", CLOCK) as journal:
        declared = await schemas(journal, load["devices"], points)
        values = np.round(np.random.default_rng(1).normal(230.0, 0.5, (rows, 1, points)), 1)
        quality, took_s = np.zeros((1, points), np.uint8), []
        for _ in range(load["commits"]):
            begun = time.perf_counter()
            for number, row in enumerate(values):
                mono_ns = np.array([CLOCK.mono_ns()], np.int64)
                journal.stage(Batch(0, 0, mono_ns, row, quality), declared[number % len(declared)])
            await journal.commit_block()
            took_s.append(time.perf_counter() - begun)
    more = {key: load[key] for key in ("devices", "points", "rows")}
    emit("journal.samples_per_s", values.size * len(took_s) / sum(took_s), "samples/s", **more)


async def measure_bytes(path: Path, load: dict[str, Any]) -> None:
    """Bytes written for each event, the WAL and the checkpoints included; and what it takes in the file."""
    async with await Journal.open(path, "bench", CLOCK, linger_s=0) as journal:
        before = written_bytes()
        for _ in range(load["events"] // load["together"]):
            await journal.append([scan(load["body_bytes"]) for _ in range(load["together"])])
    emit("journal.bytes_per_event", file_bytes(path) / load["events"], "bytes", body_bytes=load["body_bytes"])
    written = (written_bytes() - before) / load["events"]
    emit("journal.written_bytes_per_event", written, "bytes", together=load["together"])


async def measure_samples(path: Path, load: dict[str, Any]) -> None:
    """What a value takes in the file, in blocks as they come every ten seconds; and how long such a block takes."""
    async with await Journal.open(path, "bench", CLOCK) as journal:
        declared = await schemas(journal, load["devices"], load["points"])
        chance, took_ms = np.random.default_rng(1), []
        for _ in range(load["blocks"]):
            for _ in range(load["rows"]):
                stage(journal, declared, chance)
            begun = time.perf_counter()
            await journal.commit_block()
            took_ms.append((time.perf_counter() - begun) * 1e3)
    values = load["devices"] * load["points"] * load["rows"] * load["blocks"]
    emit("journal.bytes_per_value", file_bytes(path) / values, "bytes")
    emit("journal.block_ms_p99", float(np.percentile(took_ms, 99)), "ms", devices=load["devices"], rows=load["rows"])


def measure_watermark(path: Path, times: int) -> None:
    """What the watermark costs the card in a day: bytes that reached the disk, by the kernel's count."""
    before = disk_bytes()
    for n in range(times):
        write_watermark(path, Watermark(1, "abcd", CLOCK.boot_id, n, n))
    written = (disk_bytes() - before) / times
    emit("journal.watermark_mb_per_day", written * 86400 / WATERMARK_S / 1e6, "MB", bytes=written, every_s=WATERMARK_S)


def disk_bytes() -> int:
    """Return what this process has caused to be written to the disk: proc(5), write_bytes."""
    return int(Path("/proc/self/io").read_text().split("\nwrite_bytes: ")[1].split()[0])


async def main() -> None:
    """Measure all on the disk of /var/tmp, which is not held in memory."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        await measure_rate(Path(folder) / "rate.db", WORKLOAD["rate"])
        await measure_bytes(Path(folder) / "bytes.db", WORKLOAD["bytes"])
        await measure_samples(Path(folder) / "samples.db", WORKLOAD["samples"])
        measure_watermark(Path(folder) / "watermark", WORKLOAD["watermark"]["times"])


if __name__ == "__main__":
    asyncio.run(main())
