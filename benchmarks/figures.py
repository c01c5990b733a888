"""OEE from a journal: what a day and a month of a shop take, in the process that works them out, its start included."""

import asyncio
import json
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from histories import HandClock
from rig import emit

from gateway import apart
from gateway.event import Event
from gateway.journal.journal import Journal

WORKLOAD = json.loads(Path(__file__).with_suffix(".json").read_text())
DAY_S = 86_400


def day_of(clock: HandClock, load: dict[str, Any]) -> Iterator[Event]:
    """A shift of machines that count a piece every so often and stop now and then; the rest of the day passes."""
    machines, every_s = load["machines"], load["cycle_s"]
    for n in range(load["shift_s"] // every_s):
        clock.pass_s(every_s)
        for machine in range(machines):
            name, at = f"press_{machine}", clock.now_ns + machine
            body = {"machine": name, "delta": 1, "total": n, "reset": False, "raw": n % 65536, "cycle_s": every_s}
            yield Event("count", name, at, body)
            if (n + machine) % load["pieces_between_stops"] == 0:
                for state, before in (("idle", "run"), ("run", "idle")):
                    at += 5 * 10**9
                    yield Event("state", name, at, {"machine": name, "state": state, "before": before, "after_s": 5.0})
    clock.pass_s(DAY_S - load["shift_s"])


async def write(path: Path, load: dict[str, Any]) -> int:
    """Write the days; return the UTC at their end."""
    clock = HandClock()
    async with await Journal.open(path, "gw_1", clock, max_bytes=10**10) as journal:
        await journal.append([Event("config", "gateway", clock.now_ns, {})])
        for _ in range(load["days"]):
            await journal.append(list(day_of(clock, load)))
    return clock.time_ns(clock.now_ns)


async def ask(path: Path, end_ns: int, days: int, load: dict[str, Any]) -> None:
    """Have the figures of the last days worked out."""
    span = (end_ns - days * DAY_S * 10**9, end_ns)
    options = {"ideal_cycle_s": 10.0, "micro_stop_s": 300.0}
    machines = [{"name": f"press_{n}", **options} for n in range(load["machines"])]
    found = await apart.ask(
        "gateway.journal.figures", {"journal": str(path), "span": span, "planned": [span], "machines": machines}
    )
    pieces = found[0]["pieces"]
    assert pieces["produced"] + pieces["not_covered"] == days * (load["shift_s"] // load["cycle_s"])


def main() -> None:
    """Measure on the disk of /var/tmp, which is not held in memory."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        path = Path(folder) / "journal.db"
        end_ns = asyncio.run(write(path, WORKLOAD))
        for name, days in (("day", 1), ("month", WORKLOAD["days"])):
            begun = time.perf_counter()
            asyncio.run(ask(path, end_ns, days, WORKLOAD))
            emit(f"figures.{name}_s", time.perf_counter() - begun, "s", days=days)
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        emit("figures.memory_mb", memory, "MB", days=WORKLOAD["days"])


if __name__ == "__main__":
    main()
