"""Functions that rows alone move on (waveforms, what is learned) are as in plain Python, however the stream was cut."""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine import plain_by_rows as plain

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


@settings(max_examples=15)
@given(stream=streams())
def test_cutting_joining_and_restarting_changes_nothing(make_shop: Make, stream: Any) -> None:
    whole = told(make_shop, stream, lambda count: [])
    assert told(make_shop, stream, lambda count: list(range(1, count))) == whole
    assert told(make_shop, stream, lambda count: [count // 2] if count > 1 else [], restart=True) == whole


SECOND = 1_000_000_000
Rows = list[plain.Row]
MEANS: dict[str, Callable[[Rows], float]] = {
    "rms(a.x, 2s)": lambda rows: plain.wave("rms", rows, 2 * SECOND, 2 * SECOND),
    "crest(a.x, 2s, hop 1s)": lambda rows: plain.wave("crest", rows, 2 * SECOND, SECOND),
    "kurtosis(a.x, 1s)": lambda rows: plain.wave("kurtosis", rows, SECOND, SECOND),
    "band(a.x, 1 Hz, 3 Hz, 2s, hop 1s)": lambda rows: plain.wave("band", rows, 2 * SECOND, SECOND, 1, 3),
    "velocity(a.g, 1 Hz, 4 Hz, 2s)": lambda rows: plain.wave("velocity", rows, 2 * SECOND, 2 * SECOND, 1, 4),
    **{
        f"{name}(a.x, baselines.b, 10{plan})": lambda rows, name=name, at=at: plain.learned(name, rows, 10, *at)
        for name in (
            "learned",
            "charted",
            "usual",
            "sigma",
            "uneven",
            "western_electric",
            "nelson",
            "drift",
            "drift_since",
        )
        for plan, at in (("", (0, 1)), (", 250ms", (SECOND // 4, 1)), (", 3", (0, 3)))
    },
    **{
        f"{name}(a.x, seasons.{season}, 10{plan})": (
            lambda rows, name=name, season=season, at=at: plain.seasonal(name, rows, 10, at, season == "hour")
        )
        for name in ("odd", "normal")
        for season in ("always", "hour")
        for plan, at in (("", 0), (", 500ms", SECOND // 2))
    },
}


@st.composite
def days(draw: st.DrawFn) -> Rows:
    """Rows of one device, mostly even; quarters add up exactly, so that the order of a sum cannot matter."""
    at, rows = 0, []
    levels = draw(st.lists(st.sampled_from([-0.5, 0.0, 0.0, 1.5]), min_size=1, max_size=4))
    for level in levels:
        for _ in range(draw(st.integers(1, 30))):
            at += draw(st.sampled_from([SECOND // 8] * 40 + [SECOND, 3_000 * SECOND]))
            rows.append((at, draw(st.sampled_from([0.25, -0.75, 1.25, -0.25, 0.5] * 6 + [math.nan])) + level))
    return rows


@settings(max_examples=20)
@given(day=days())
def test_each_is_what_it_is_in_plain_python(make_shop: Make, day: Rows) -> None:
    texts = [{"name": f"s_{number}", "value": text} for number, text in enumerate(MEANS)]
    units = {"velocity": "mm/s", "drift_since": "s", "learned": "%"}
    texts = [one | {"unit": units.get(one["value"].partition("(")[0], "1")} for one in texts]
    shop = make_shop({"a": ["x", {"name": "g", "quantity": "acceleration", "unit": "m/s2"}]}, signals=texts)
    output = shop.engine.feed(shop.batch("a", [(at / SECOND, (value, value)) for at, value in day]))
    (told_rows,) = output.derived
    for place in range((len(day) - 1) % 4, len(day), 4):  # the last one, and others from day to day: plain is slow
        row = told_rows.values[place]
        for (text, means), value in zip(MEANS.items(), row.tolist(), strict=True):
            expected = means(day[: place + 1])
            assert value == pytest.approx(expected, rel=1e-6, abs=1e-9, nan_ok=True), (text, place, day)


def _unit(text: str) -> str:
    """The unit of a signal of an acceleration."""
    name = text.partition("(")[0]
    number = ("crest", "kurtosis", "uneven", "western_electric", "nelson", "odd")
    units = {"velocity": "mm/s", "drift_since": "s", "learned": "%"}
    return units.get(name, "1" if name in number else "m/s2")


wild = st.sampled_from([math.inf, -math.inf, math.nan, 1e308, -1e308, 1e200, 5e-324, 0.0, 1.0])
moments = st.sampled_from([-SECOND, 0, 1, 2, SECOND, 86_400 * SECOND, 4_102_444_800 * SECOND, 4_102_444_801 * SECOND])


@settings(max_examples=20)
@given(rows=st.lists(st.tuples(moments, wild), min_size=1, max_size=60), steady=st.booleans())
def test_no_reading_and_no_time_raises_or_tells_more_than_a_number(make_shop: Make, rows: Rows, steady: bool) -> None:
    """Infinities, numbers near the largest and the smallest, 1970, 2100, disorder and duplicates."""
    texts = [{"name": f"s_{number}", "value": text.replace("a.g", "a.x")} for number, text in enumerate(MEANS)]
    texts = [one | {"unit": _unit(one["value"])} for one in texts]
    devices = {"a": [{"name": "x", "quantity": "acceleration", "unit": "m/s2"}]}
    shop = make_shop(devices, signals=texts)
    for place, (at, value) in enumerate(rows):
        now_s = (place * SECOND // 8 if steady else at) / SECOND
        output = shop.engine.feed(shop.batch("a", [(now_s, (value,))]))
        assert not any(np.isinf(batch.values).any() for batch in output.derived)
        if place % 20 == 0:
            snapshot, shop = shop.engine.snapshot(), make_shop(devices, signals=texts)
            shop.engine.restore(snapshot, [], same_boot=place % 40 == 0)
