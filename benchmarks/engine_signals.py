"""Waveforms and what is learned: how much of a core three 10 kHz channels take, what a hundred watches add to a row.

Both over what the same rows cost in an engine that does nothing with them but take them in.
"""

import os
import time
from collections.abc import Sequence

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as in the daemon: one core

import numpy as np
from numpy.typing import NDArray
from rig import emit

from gateway.config.root import EdgeConfig
from gateway.engine.engine import Engine
from gateway.table import PointTable
from sensors.batch import Batch

SECOND_NS = 1_000_000_000
RATE_HZ, SECONDS, BLOCKS_A_SECOND = 10_000, 10, 10
POINTS, ROWS = 100, 3000
FIGURES = [
    "rms({}, 1s)", "crest({}, 1s)", "kurtosis({}, 1s)", "band({}, 10 Hz, 1 kHz, 1s)", "band({}, 1 kHz, 5 kHz, 1s)",
]  # fmt: skip
PLAN = "{0}, baselines.first, 100, 10min"
WATCHED = [
    f"nelson({PLAN})", f"drift({PLAN})", f"usual({PLAN})", "odd({0}, seasons.hour, 30, 10min)",
]  # fmt: skip


def engine_of(points: int, texts: Sequence[str]) -> Engine:
    """Return an engine with these expressions of each point as signals."""
    listed = [{"name": f"p{number}", "address": 2 * number, "type": "f32"} for number in range(points)]
    device = {"name": "a", "unit": 1, "points": listed}
    values = [text.format(f"a.p{number}") for text in texts for number in range(points)] or ["a.p0"]
    config = EdgeConfig.model_validate(
        {
            "workshop": {"id": "bench", "name": "bench"},
            "drivers": [{"name": "plc", "type": "modbus_tcp", "host": "127.0.0.1", "devices": [device]}],
            "signals": [{"name": f"s{number}", "value": value} for number, value in enumerate(values)],
        }
    )
    return Engine(config, PointTable.of(config))


def run(engine: Engine, times: NDArray[np.int64], values: NDArray[np.float64], block: int) -> list[float]:
    """Feed rows in blocks; return the processor's seconds that each took."""
    quality, taken = np.zeros(values.shape, np.uint8), []
    for first in range(0, len(times), block):
        part = slice(first, first + block)
        batch = Batch(0, 0, times[part], values[part], quality[part])
        begun = time.process_time()
        engine.feed(batch)
        taken.append(time.process_time() - begun)
    return taken


def waveforms() -> None:
    """Three channels of 10 kHz, five figures each, sent ten times a second."""
    chance = np.random.default_rng(1)
    times = SECOND_NS + np.arange(SECONDS * RATE_HZ, dtype=np.int64) * (SECOND_NS // RATE_HZ)
    values = chance.normal(size=(len(times), 3))
    block = RATE_HZ // BLOCKS_A_SECOND
    with_figures, without = (sum(run(engine_of(3, texts), times, values, block)) for texts in (FIGURES, ()))
    emit("engine.signals_waves_core_percent", 100.0 * (with_figures - without) / SECONDS, "%")


def watches() -> None:
    """A hundred points, each with a chart, a drift and an hour's usual, once a second."""
    chance = np.random.default_rng(2)
    times = SECOND_NS + np.arange(ROWS, dtype=np.int64) * SECOND_NS
    values = chance.normal(size=(ROWS, POINTS))
    watched, bare = (
        np.percentile(run(engine_of(POINTS, texts), times, values, 1), [50, 99]) for texts in (WATCHED, ())
    )
    emit("engine.signals_watches_row_us_p50", 1e6 * (watched[0] - bare[0]), "us")
    emit("engine.signals_watches_row_us_p99", 1e6 * (watched[1] - bare[1]), "us")


if __name__ == "__main__":
    waveforms()
    watches()
