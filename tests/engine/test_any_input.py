"""Whatever comes in, in whatever order, at whatever time: nothing raises, and what left a window left no trace."""

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.language.function import Function
from gateway.language.functions import FUNCTIONS
from sensors.batch import Batch
from tests.engine.expressions import EXAMPLES

Make = Callable[..., Any]
S = 1_000_000_000
YEAR_2100_NS = 4_102_444_800 * S
DEVICES: dict[str, Any] = {"a": ["x", {"name": "on", "type": "bool"}], "b": ["y", {"name": "on", "type": "bool"}]}
FORGETS = ("plain", "window", "state")  # forms that know nothing of what is long past

floats = st.floats() | st.sampled_from([0.0, -0.0, 1.0, 1e300, -1.7e308, 5e-324, math.nan, math.inf, -math.inf])
times = st.integers(0, 60 * S) | st.sampled_from([0, 1, S, YEAR_2100_NS, YEAR_2100_NS + 1, YEAR_2100_NS + S])


@st.composite
def wild(draw: st.DrawFn) -> list[tuple[str, list[tuple[int, float, float]], list[int]]]:
    """Blocks of any rows of two devices, and ticks."""
    found = []
    for device in draw(st.lists(st.sampled_from(["a", "b", "tick"]), max_size=8)):
        rows = draw(st.lists(st.tuples(times, floats, floats), min_size=1, max_size=6))
        found.append((device, rows, draw(st.lists(st.sampled_from([0, 1, 2, 16, 18, 255]), min_size=6, max_size=6))))
    return found


def expression(function: Function) -> str:
    """Return a function's own example with the names of this shop; numbers as truths."""
    text = function.signature.replace("device.point", "a.x")
    return (
        text.replace("min(a.x, b.y)", "min(b.y, 1)")
        .replace("max(a.x, b.y)", "max(b.y, 1)")
        .replace("sqrt(a.x * a.x + b.y * b.y)", "sqrt(a.x * a.x)")
    )


def rule(number: int, function: Function) -> dict[str, Any]:
    text = expression(function)
    return {"name": f"r{number}", "when": text if function.result == "truth" else f"{text} > -0.5"}


TRIED = [one for one in FUNCTIONS if one.result != "velocity"]  # of an acceleration; else it is `band`
RULES = [rule(number, function) for number, function in enumerate(TRIED)]


def batch(shop: Any, device: str, rows: list[tuple[int, float, float]], quality: list[int]) -> Batch:
    number = shop.engine.table.device_index(device)
    at = np.array([one[0] for one in rows], np.int64)
    marks = np.array([[mark, mark] for mark in quality[: len(rows)]], np.uint8)
    return Batch(number, shop.engine.table.devices[number].first, at, np.array([one[1:] for one in rows]), marks)


@settings(max_examples=max(6, EXAMPLES // 8))
@given(stream=wild())
def test_no_input_raises_or_corrupts(make_shop: Make, stream: Any) -> None:
    shop, fresh = make_shop(DEVICES, rules=RULES), make_shop(DEVICES, rules=RULES)
    latest_ns = 0
    for device, rows, quality in stream:
        if device == "tick":
            shop.engine.tick(rows[0][0])
            latest_ns = max(latest_ns, rows[0][0])
            continue
        output = shop.engine.feed(batch(shop, device, rows, quality))
        latest_ns = max(latest_ns, *(at for at, *_ in rows))
        json.dumps([event.body for event in output.events], allow_nan=False)
    other = make_shop(DEVICES, rules=RULES)
    other.engine.restore(shop.engine.snapshot(), [], same_boot=True)
    assert [one.active for one in other.engine.rules.all] == [one.active for one in shop.engine.rules.all]
    begin_ns = (latest_ns // S + 3600) * S
    for second in range(5):
        at_ns = begin_ns + second * S
        for one in (shop, other, fresh):
            for device in ("a", "b"):
                one.engine.feed(batch(one, device, [(at_ns, second % 3, second % 2)], [0]))
            one.engine.tick(at_ns)
    assert other.engine.rules.active.tolist() == shop.engine.rules.active.tolist()
    told = [one.engine.rules.active.tolist() for one in (shop, fresh)]
    for number, function in enumerate(TRIED):
        if function.form in FORGETS and function.name != "ewma":
            assert told[0][number] == told[1][number], expression(function)


MACHINES: list[dict[str, Any]] = [
    {
        "name": "press", "count": "a.n", "debounce_s": 0.5, "energy": "a.n", "dwell_s": 1,
        "states": [{"state": "run", "when": "a.on", "until": "b.y < 0 kW"}, {"state": "idle", "when": "b.on"}],
    },
    {"name": "oven", "energy": "b.y", "states": [{"state": "run", "when": "b.y > 1 kW for 2s"}]},
]  # fmt: skip
METERED: dict[str, Any] = {
    "a": [{"name": "n", "kind": "counter", "type": "u32", "unit": "kWh"}, {"name": "on", "type": "bool"}],
    "b": [{"name": "y", "unit": "kW"}, {"name": "on", "type": "bool"}],
}


@settings(max_examples=max(6, EXAMPLES // 8))
@given(stream=wild())
def test_no_input_disturbs_a_machine(make_shop: Make, stream: Any) -> None:
    """Its events are JSON, its counts whole and never less, and it goes on from a snapshot."""
    shop, total = make_shop(METERED, machines=MACHINES), 0.0
    for device, rows, quality in stream:
        at_ns = rows[0][0]
        output = shop.engine.tick(at_ns) if device == "tick" else shop.engine.feed(batch(shop, device, rows, quality))
        json.dumps([event.body for event in output.events], allow_nan=False)
        for event in output.events:
            if event.kind == "count":
                assert event.body["total"] >= total
                total = event.body["total"]
    other = make_shop(METERED, machines=MACHINES)
    other.engine.restore(shop.engine.snapshot(), [], same_boot=True)
    assert [one.state for one in other.engine.machines] == [one.state for one in shop.engine.machines]
