"""Days of a shop as folders: a configuration, what the devices said, and the events that must come of it.

`rows.csv` has a row a line: seconds, device, values (empty: no reply). The engine gets each whole second as a tick.
`events.jsonl` is written anew by `GONGBANG_WRITE_DAYS=1 pytest tests/engine/test_days.py`, to be read before a commit.
"""

import csv
import json
import os
from collections.abc import Iterator
from itertools import groupby
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML

from gateway.config.root import EdgeConfig
from gateway.engine.engine import Engine, Output
from gateway.table import PointTable
from sensors.batch import Batch

DAYS = sorted(path.parent for path in (Path(__file__).parent / "days").glob("*/config.yaml"))
SECOND_NS = 1_000_000_000
Row = tuple[int, str, list[float]]


def rows_of(day: Path) -> list[Row]:
    """Return the rows of a day in their order."""
    with (day / "rows.csv").open(encoding="utf-8") as file:
        return [
            (round(float(at_s) * SECOND_NS), device, [float(value or "nan") for value in values])
            for at_s, device, *values in csv.reader(file)
        ]


def engine_of(day: Path) -> Engine:
    config = EdgeConfig.model_validate(YAML(typ="safe").load(day / "config.yaml"))
    return Engine(config, PointTable.of(config))


def batch_of(engine: Engine, rows: list[Row]) -> Batch:
    device = engine.table.device_index(rows[0][1])
    values = np.array([row[2] for row in rows])
    quality = np.where(np.isnan(values), 18, 0).astype(np.uint8)
    times = np.array([row[0] for row in rows], np.int64)
    return Batch(device, engine.table.devices[device].first, times, values, quality)


def second_by_second(engine: Engine, rows: list[Row]) -> Iterator[Output]:
    """Feed rows one by one, with a tick at each whole second before the next row."""
    second = 0
    for row in rows:
        while (second + 1) * SECOND_NS <= row[0]:
            second += 1
            yield engine.tick(second * SECOND_NS)
        yield engine.feed(batch_of(engine, [row]))
    yield engine.tick(ceil(rows[-1][0] / SECOND_NS) * SECOND_NS)


def lines(outputs: Iterator[Output]) -> list[dict[str, Any]]:
    """Return events as they stand in the file: without the texts, which are the configuration's."""
    found = []
    for output in outputs:
        for event in output.events:
            body = {key: value for key, value in event.body.items() if key not in ("message", "todo")}
            found.append({"at_s": event.mono_ns / SECOND_NS, "kind": event.kind, **body})
    return found


@pytest.mark.parametrize("day", DAYS, ids=lambda day: day.name)
def test_a_day_gives_its_events(day: Path) -> None:
    engine = engine_of(day)
    found = lines(second_by_second(engine, rows_of(day)))
    path = day / "events.jsonl"
    if os.environ.get("GONGBANG_WRITE_DAYS"):
        path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in found), encoding="utf-8")
    assert found == [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("day", DAYS, ids=lambda day: day.name)
def test_a_day_that_is_interrupted_every_minute_gives_the_same(day: Path) -> None:
    """The snapshot is taken up by another engine, as after a restart of the daemon."""

    def interrupted() -> Iterator[Output]:
        engine, second = engine_of(day), 0
        for minute, rows in groupby(rows_of(day), lambda row: row[0] // (60 * SECOND_NS)):
            if minute:
                other = engine_of(day)
                other.restore(engine.snapshot(), [], same_boot=True)
                engine = other
            for row in rows:
                while (second + 1) * SECOND_NS <= row[0]:
                    second += 1
                    yield engine.tick(second * SECOND_NS)
                yield engine.feed(batch_of(engine, [row]))
        yield engine.tick((second + 1) * SECOND_NS)

    assert lines(interrupted()) == lines(second_by_second(engine_of(day), rows_of(day)))


def test_there_are_days() -> None:
    assert {"press", "lathe", "sewing", "switched_off_at_the_wall"} <= {day.name for day in DAYS}
