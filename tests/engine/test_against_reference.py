"""The engine gives what the plain evaluator gives, row by row, whatever the expression and however the rows come."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from types import ModuleType
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.engine.engine import Engine
from gateway.engine.roots import MachineRoot, Roots, RuleRoot, SignalRoot
from gateway.language import tree
from gateway.table import PointTable
from sensors.batch import Batch
from tests.engine.expressions import COUNTERS, DEVICES, EXAMPLES, SECOND, N, Z, numbers, truths, values

paces = st.sampled_from([SECOND, 370_000_001, 61 * SECOND])  # the last as if the gateway slept each time


@st.composite
def days(draw: st.DrawFn) -> list[tuple[int, str | None, tuple[float, ...]]]:
    """Rows and ticks at whole seconds, so that every hold ends at one of them, as the plain evaluator sees it."""
    found: list[tuple[int, str | None, tuple[float, ...]]] = []
    for second in range(1, draw(st.integers(3, 25))):
        for device, count in (("a", 4), ("b", 1)):
            if draw(st.integers(0, 3)):
                row = tuple(draw(values) for _ in range(count))
                if device == "a":
                    raw = draw(st.sampled_from([0.0, 1.0, 3.0, 65533.0, 65535.0, 40000.0, math.nan]))
                    row = (row[0], row[1], raw, draw(st.sampled_from([0.0, 1.0, math.nan])))
                found.append((second * SECOND, device, row))
        found.append((second * SECOND, None, ()))
    return found


def _paced(day: list[Any], node: tree.Node, pace_ns: int) -> list[Any]:
    """Return a day whose seconds last so long; a hold would end between two of them, where nobody looks."""
    if any(isinstance(one, tree.Held) for one in tree.parts(node)):
        return day
    return [(SECOND + (at - SECOND) // SECOND * pace_ns, device, row) for at, device, row in day]


def _batch(table: PointTable, device: str, rows: Sequence[tuple[int, Sequence[float]]]) -> Batch:
    number = table.device_index(device)
    values = np.array([list(row) for _, row in rows], np.float64)
    quality = np.where(np.isnan(values), 18, 0).astype(np.uint8)
    return Batch(number, table.devices[number].first, np.array([at for at, _ in rows], np.int64), values, quality)


def _device(index: int) -> int:
    return int(index == Z)


def _names(node: tree.Node) -> set[int]:
    """Return the devices that a tree reads."""
    return {_device(point.index) for point in tree.points(node)}


def _same(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    return bool(one == other) if isinstance(other, bool) else math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def _engine(config: Any, roots: Roots) -> Engine:
    return Engine(config, PointTable.of(config), roots)


@pytest.fixture(scope="module")
def config(make_config: Callable[..., Any]) -> Any:
    return make_config(
        DEVICES, signals=[{"name": "s", "value": "a.x"}],
        machines=[{"name": "m", "states": [{"state": "run", "when": "a.x > 0"}]}],
        rules=[{"name": "r", "when": "a.x > 0"}],
    )  # fmt: skip


def _check(
    config: Any, reference: ModuleType, roots: Roots, node: tree.Node, day: Any, read: Callable[[Engine], Any]
) -> None:
    engine = _engine(config, roots)
    plain = reference.Reference(node, COUNTERS, _device)
    plain.step((SECOND, {}, {}))  # what is known before any row
    devices = _names(node)
    seen = False
    for at, device, row in day:
        if device is None:
            engine.tick(at)
            expected = plain.step((at, {}, {}))
        else:
            batch = _batch(engine.table, device, [(at, row)])
            engine.feed(batch)
            if batch.device not in devices:
                continue
            indices = range(batch.first, batch.first + len(row))
            expected = plain.step((at, dict(zip(indices, row, strict=True)), {}))
        seen = True
        actual = read(engine)
        assert _same(actual, expected), (at, device, row, actual, expected)
    assert seen


BOTH_DEVICES: Final = tree.Compare(
    "==",
    tree.Compare("<", tree.Number(0.0), tree.Call("ewma", (tree.Point(Z, 1.0, 0.0, False),), SECOND)),
    tree.Call("stuck", (tree.Point(3, 1.0, 0.0, True),), 3 * SECOND, truth=True),
)
BY_TURNS: Final = [
    (1 * SECOND, "b", (math.nan,)),
    (6 * SECOND, "a", (0.0, 0.0, 0.0, 0.0)),
    (6 * SECOND, "b", (0.0,)),
    (7 * SECOND, None, ()),
]


@settings(max_examples=EXAMPLES)
@given(node=truths, day=days(), pace_ns=paces)
@example(node=BOTH_DEVICES, day=BY_TURNS, pace_ns=SECOND)  # what b found last, not what a did in between
def test_truths_are_those_of_the_plain_evaluator(
    config: Any, reference: ModuleType, node: tree.Node, day: Any, pace_ns: int
) -> None:
    """A machine that is run while the expression is true tells all three values."""
    if not _names(node):
        return

    def read(engine: Engine) -> Any:
        return {"run": True, "off": False, "unknown": None}[engine.machines[0].state]

    _check(
        config, reference, Roots(machines=(MachineRoot("m", (("run", node),)),)), node, _paced(day, node, pace_ns), read
    )


@settings(max_examples=EXAMPLES)
@given(node=numbers, day=days(), pace_ns=paces)
def test_numbers_are_those_of_the_plain_evaluator(
    config: Any, reference: ModuleType, node: tree.Node, day: Any, pace_ns: int
) -> None:
    if not _names(node):
        return

    def read(engine: Engine) -> Any:
        value = float(engine.values[engine.table.index("signals.s")])
        return None if math.isnan(value) else value

    _check(config, reference, Roots(signals=(SignalRoot("s", node),)), node, _paced(day, node, pace_ns), read)


def _bits(values: Any) -> bytes:
    """Return numbers exactly, every NaN alike, and both zeros (which of the two is the lesser depends on the order)."""
    return (np.where(np.isnan(values), np.nan, values) + 0.0).tobytes()


def _outcome(engine: Engine, outputs: Sequence[Any]) -> tuple[list[Any], list[Any], list[Any]]:
    """Return all that came out, joined: events, windows, and the rows of the signals, bit by bit."""
    events = [event for output in outputs for event in output.events]
    windows = [
        (one.device, one.window_s, one.mono_ns, *(_bits(getattr(one, name)) for name in
         ("count", "mean", "min", "max", "last")))
        for output in outputs for one in output.windows
    ]  # fmt: skip
    rows = [
        (at, _bits(values))
        for output in outputs for batch in output.derived
        for at, values in zip(batch.mono_ns.tolist(), batch.values, strict=True)
    ]  # fmt: skip
    return events, sorted(windows), rows


@st.composite
def streams(draw: st.DrawFn) -> list[tuple[str | None, list[tuple[int, tuple[float, ...]]]]]:
    """Blocks of neighbouring rows at any times, and ticks between them."""
    at = {"a": 0, "b": 0}
    found: list[tuple[str | None, list[tuple[int, tuple[float, ...]]]]] = []
    tick = 0
    for _ in range(draw(st.integers(1, 5))):
        device = draw(st.sampled_from(["a", "b"]))
        rows = []
        for _ in range(draw(st.integers(1, 12))):
            at[device] += draw(st.sampled_from([1, 250_000_000, SECOND, 1_300_000_001, 2 * SECOND, 7 * SECOND]))
            value = draw(st.sampled_from([0.1, 0.7, 1.3, -0.2, math.nan]))
            other = draw(st.sampled_from([0.3, 0.9, math.nan]))
            flag, raw = draw(st.sampled_from([0.0, 1.0, math.nan])), draw(st.sampled_from([1.0, 7.0, 65535.0]))
            rows.append((at[device], (value, other, raw, flag) if device == "a" else (value,)))
        found.append((device, rows))
        if draw(st.booleans()):
            tick = max(tick + SECOND, draw(st.integers(0, 20)) * SECOND)
            found.append((None, [(tick, ())]))
    return found


def _again(config: Any, roots: Roots, engine: Engine) -> Engine:
    """Return another engine that goes on where this one is, from its snapshot."""
    other = _engine(config, roots)
    other.restore(engine.snapshot(), [], same_boot=True)
    return other


def _run(config: Any, roots: Roots, stream: Any, cuts: Callable[[int], list[int]], restart: bool = False) -> Any:
    engine = _engine(config, roots)
    outputs = []
    for device, rows in stream:
        if device is None:
            outputs.append(engine.tick(rows[0][0]))
            continue
        edges = [0, *cuts(len(rows)), len(rows)]
        for start, stop in pairwise(edges):
            if stop > start:
                outputs.append(engine.feed(_batch(engine.table, device, rows[start:stop])))
                engine = _again(config, roots, engine) if restart else engine
    return _outcome(engine, outputs)


@settings(max_examples=EXAMPLES)
@given(whens=st.lists(truths, min_size=1, max_size=4), until=truths, value=numbers, stream=streams(), data=st.data())
def test_cutting_joining_and_restarting_changes_nothing(
    config: Any, whens: list[tree.Node], until: tree.Node, value: tree.Node, stream: Any, data: st.DataObject
) -> None:
    rule = config.rules[0]
    roots = Roots(
        rules=(RuleRoot(rule, whens[0], until, value), RuleRoot(rule.model_copy(update={"name": "r2"}), whens[-1])),
        machines=(MachineRoot("m", (("alarm", whens[0]), ("run", whens[-1])), N),),
        signals=(SignalRoot("s", value),),
    )
    whole = _run(config, roots, stream, lambda count: [])
    assert _run(config, roots, stream, lambda count: [count // 2], restart=True) == whole
    assert _run(config, roots, stream, lambda count: list(range(1, count))) == whole

    def anyhow(count: int) -> list[int]:
        return sorted(data.draw(st.sets(st.integers(1, count), max_size=4)))

    assert _run(config, roots, stream, anyhow) == whole


def _with_seconds(stream: Any, late_ns: int) -> Any:
    """Return the rows with every second between them, the rows later than it was by so much when they were read."""
    rows = sorted((at, device, row) for device, block in stream if device for at, row in block)
    seconds = [(at, "", ()) for at in range(0, rows[-1][0] + 20 * SECOND, SECOND)] if rows else []
    return sorted([*rows, *seconds], key=lambda one: (one[0] + (late_ns if one[1] else 0), one[1]))


def _forget(engine: Engine) -> None:
    """Let the engine find everything anew."""
    engine.tasks.forget_rows()
    for keeper in (*engine.state.windows.values(), *engine.state.recents.values()):
        keeper.latest_at = None


@settings(max_examples=EXAMPLES)
@given(
    whens=st.lists(truths, min_size=1, max_size=4), value=numbers, stream=streams(),
    late_ns=st.sampled_from([0, 400_000_000, 3 * SECOND]),
)  # fmt: skip
@example(
    whens=[tree.Compare("<", tree.Number(0.0), tree.Number(0.0))], late_ns=3 * SECOND,
    value=tree.Call("rate", (tree.Point(0, 1.0, 0.0, False),), 3 * SECOND, 3 * SECOND),  # a second passed in the pane
    stream=[("a", [(at_ns, (0.1, 0.3, 1.0, 0.0)) for at_ns in (1, SECOND + 1)])],
)  # fmt: skip
def test_a_second_that_evaluates_only_what_time_changes_misses_nothing(
    config: Any, whens: list[tree.Node], value: tree.Node, stream: Any, late_ns: int
) -> None:
    rules = [config.rules[0].model_copy(update={"name": f"r{number}"}) for number in range(len(whens))]
    roots = Roots(
        rules=tuple(RuleRoot(rule, when, None, value) for rule, when in zip(rules, whens, strict=True)),
        machines=(MachineRoot("m", (("alarm", whens[0]), ("run", whens[-1])), None),),
        signals=(SignalRoot("s", value),),
    )

    def run(thorough: bool) -> Any:
        engine, outputs = _engine(config, roots), []
        for at, device, row in _with_seconds(stream, late_ns):
            if thorough:
                _forget(engine)
            if device:
                outputs.append(engine.feed(_batch(engine.table, device, [(at, row)])))
            else:
                outputs.append(engine.tick(at))
        return _outcome(engine, outputs)

    assert run(thorough=False) == run(thorough=True)
