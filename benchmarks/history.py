"""The history's file: what a shop's minutes write to the card and take on it, and how fast they come back."""

import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from rig import emit

from gateway.event import Position
from gateway.history.buckets import DAY_S, HOUR_S, empty
from gateway.history.file import HistoryFile
from sensors.batch import Float64s

WORKLOAD = json.loads(Path(__file__).with_suffix(".json").read_text())
FIRST = 20_000 * 24  # hours since 1970


def written_bytes() -> int:
    """Return what this process has handed to write(2) so far: proc(5), wchar."""
    return int(Path("/proc/self/io").read_text().split("wchar: ")[1].split()[0])


def minutes(chance: np.random.Generator, last: int) -> Float64s:
    """Return an hour of a meter that is read once a second and steady to a tenth; of it the minutes before `last`."""
    values = chance.normal(230.0, 0.5, (last, 60)).round(1)
    found = empty(60)
    found[:last] = np.column_stack(
        (np.full(last, 60.0), values.mean(axis=1), values.min(axis=1), values.max(axis=1), values[:, -1])
    )
    return found


def keep(file: HistoryFile, load: dict[str, Any]) -> None:
    """Write as the daemon does: each hour when it is over, with the first minute of the next."""
    chance = np.random.default_rng(1)
    for hour in range(FIRST, FIRST + 24 * load["days"]):
        chunks = {
            (at, f"meter_{n}.power"): minutes(chance, last)
            for n in range(load["points"])
            for at, last in ((hour, 60), (hour + 1, 1))
        }
        file.keep(chunks, Position(1, "abcd", hour), hour * HOUR_S)


def ask(file: HistoryFile, load: dict[str, Any]) -> tuple[float, float]:
    """Return the milliseconds that a day in minutes and a week in hours take, as medians."""
    end_s = (FIRST + 24 * load["days"]) * HOUR_S
    day_ms, week_ms = [], []
    for n in range(load["asks"]):
        begun = time.perf_counter()
        file.minutes(f"meter_{n}.power", end_s - DAY_S, end_s)
        between = time.perf_counter()
        file.hours(f"meter_{n}.power", end_s - 7 * DAY_S, end_s)
        day_ms.append((between - begun) * 1e3)
        week_ms.append((time.perf_counter() - between) * 1e3)
    return float(np.median(day_ms)), float(np.median(week_ms))


def main() -> None:
    """Measure on the disk of /var/tmp, which is not held in memory."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        path = Path(folder) / "journal.db.history"
        file = HistoryFile(path, 10**9)
        file.open()
        before = written_bytes()
        keep(file, WORKLOAD)
        file.close()
        days, points = WORKLOAD["days"], WORKLOAD["points"]
        emit("history.written_mb_per_day", (written_bytes() - before) / days / 1e6, "MB", points=points)
        emit("history.file_mb", path.stat().st_size / 1e6, "MB", points=points, days=days)
        file.open()
        day_ms, week_ms = ask(file, WORKLOAD)
        file.close()
        emit("history.day_ms", day_ms, "ms")
        emit("history.week_ms", week_ms, "ms")


if __name__ == "__main__":
    main()
