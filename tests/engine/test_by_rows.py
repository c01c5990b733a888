"""Functions that rows alone move on (waveforms, what is learned) tell the same however the stream was cut."""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

Make = Callable[..., Any]
DEVICES: dict[str, Any] = {"a": ["w", "x"], "b": ["y"]}
TEXTS = [
    {"name": f"s_{number}", "value": text}
    for number, text in enumerate(
        [
            "rms(a.x, 2s)", "kurtosis(a.x, 3s, hop 1s)", "band(a.x, 1 Hz, 2 Hz, 2s, hop 1s)",
            "rms(a.x, 2s) + rms(b.y, 2s)",
            "charted(a.x, baselines.first, 10, 500ms)", "usual(a.x, baselines.first, 10)",
            "nelson(a.x, baselines.first, 10)", "western_electric(a.x, baselines.first, 10, 2)",
            "drift(a.x, baselines.first, 10)", "sigma(a.x + b.y, baselines.first, 10)",
            "odd(a.x, seasons.always, 10)", "normal(a.x, seasons.hour, 10, 250ms)", "odd(a.x, seasons.shift, 10)",
        ]
    )
]  # fmt: skip


@st.composite
def streams(draw: st.DrawFn) -> list[tuple[str, list[tuple[float, tuple[float, ...]]]]]:
    """Blocks of two devices' rows, mostly even ones, and ticks."""
    at, found = {"a": 0.0, "b": 0.0}, []
    for device in draw(st.lists(st.sampled_from(["a", "a", "b", "tick"]), min_size=2, max_size=6)):
        if device == "tick":
            found.append((device, [(float(math.ceil(max(at.values()))), ())]))
            continue
        rows = []
        for _ in range(draw(st.integers(1, 40))):
            at[device] += draw(st.sampled_from([0.125] * 30 + [1.0, 7.5]))
            reading = draw(st.sampled_from([0.1, -0.7, 1.3, -0.2] * 6 + [math.nan]))
            rows.append((at[device], (0.0, reading) if device == "a" else (reading,)))
        found.append((device, rows))
    return found


def told(make: Make, stream: Any, cuts: Callable[[int], list[int]], restart: bool = False) -> list[tuple[int, bytes]]:
    """Every row of the signals, bit by bit."""
    shop = make(DEVICES, signals=TEXTS)
    found = []
    for device, rows in stream:
        if device == "tick":
            outputs = [shop.engine.tick(round(rows[0][0] * 1e9))]
        else:
            edges = [0, *cuts(len(rows)), len(rows)]
            outputs = []
            for start, stop in pairwise(edges):
                outputs.append(shop.engine.feed(shop.batch(device, rows[start:stop])))
                if restart:
                    snapshot, shop = shop.engine.snapshot(), make(DEVICES, signals=TEXTS)
                    shop.engine.restore(snapshot, [], same_boot=True)
        for batch in (batch for output in outputs for batch in output.derived):
            rows_told = zip(batch.mono_ns.tolist(), batch.values, strict=True)
            found.extend((at, np.where(np.isnan(row), np.nan, row).tobytes()) for at, row in rows_told)
    return found


@settings(max_examples=40)
@given(stream=streams())
def test_cutting_joining_and_restarting_changes_nothing(make_shop: Make, stream: Any) -> None:
    whole = told(make_shop, stream, lambda count: [])
    assert told(make_shop, stream, lambda count: list(range(1, count))) == whole
    assert told(make_shop, stream, lambda count: [count // 2] if count > 1 else [], restart=True) == whole
