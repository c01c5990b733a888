"""Random expressions over the points of two devices, for the engine and the plain evaluator."""

import math
import os

from hypothesis import strategies as st

from gateway.engine.graph import WINDOWS
from gateway.language import tree

EXAMPLES = int(os.environ.get("ENGINE_EXAMPLES", "25"))  # of each test; the soak tries many more
SECOND = 1_000_000_000
DEVICES = {
    "a": ["x", "y", {"name": "n", "kind": "counter", "type": "u16"}, {"name": "b", "type": "bool"}],
    "b": ["z"],
}
X, Y, N, B, Z = range(5)
COUNTERS = {N: 16}

# Quarters and halves add up exactly, so the order of a sum cannot matter.
values = st.one_of(st.integers(-4, 4).map(lambda one: one / 4), st.just(math.nan))
constants = st.integers(-6, 6).map(lambda one: tree.Number(one / 4))
durations = st.integers(1, 8).map(lambda one: one * SECOND)
points = st.sampled_from([tree.Point(X), tree.Point(Y), tree.Point(Z), tree.Point(X, 2.0, 0.5), tree.Point(N)])
truth_points = st.just(tree.Point(B, truth=True))


def _window(function: str, of: tree.Node, window_ns: int, panes: int) -> tree.Call:
    """Return an exact window of 0 panes, one with a hop of 1 or 2, or a tumbling one of -1."""
    more = (tree.Number(75.0),) if function == "percentile" else ()
    return tree.Call(function, (of, *more), window_ns, window_ns // abs(panes) if panes else 0, tumbling=panes < 0)


def _over_time(of: st.SearchStrategy[tree.Node]) -> st.SearchStrategy[tree.Node]:
    """Return functions over time of numbers."""
    return st.builds(_window, st.sampled_from(sorted(WINDOWS)), of, durations, st.sampled_from([0, 0, 1, 2, -1])) | (
        st.builds(lambda one, ns: tree.Call("ewma", (one,), ns), of, durations)
    )


def _accrued(of: st.SearchStrategy[tree.Node], truths: st.SearchStrategy[tree.Node]) -> st.SearchStrategy[tree.Node]:
    """Return what accrues of numbers, or of truths: within a window, since something, and ever."""
    integrals = st.tuples(st.just("integral"), of)
    metered = integrals | st.tuples(st.sampled_from(["hours", "count_since"]), truths)
    measured = metered | st.tuples(st.just("share"), truths)
    windowed = st.builds(
        lambda what, ns, panes: tree.Call(
            what[0], (what[1],), ns, ns // abs(panes) if panes else 0, tumbling=panes < 0
        ),
        measured, durations, st.sampled_from([0, 0, 1, 2, -1]),
    )  # fmt: skip
    meters = st.builds(
        lambda what, resets: tree.Call(what[0], (what[1], *resets)),
        metered, st.lists(truths, max_size=1),
    )  # fmt: skip
    return windowed | meters


def _recent(of: st.SearchStrategy[tree.Node]) -> st.SearchStrategy[tree.Node]:
    """Return functions over time of numbers or truths."""
    return st.builds(
        lambda function, one, ns: tree.Call(function, (one,), ns, truth=True),
        st.sampled_from(["stuck", "missing", "changed"]), of, durations,
    )  # fmt: skip


def _numbers(inner: st.SearchStrategy[tree.Node]) -> st.SearchStrategy[tree.Node]:
    return st.one_of(
        st.builds(tree.Negate, inner),
        st.builds(tree.Arithmetic, st.sampled_from("+-*/%"), inner, inner),
        st.builds(lambda one: tree.Call("abs", (one,)), inner),
        st.builds(lambda one: tree.Call("sqrt", (one,)), inner),
        st.builds(lambda one, to: tree.Call("round", (one, tree.Number(to))), inner, st.sampled_from([0.0, 1.0])),
        st.builds(lambda ones, name: tree.Call(name, tuple(ones)), st.lists(inner, min_size=2, max_size=3),
                  st.sampled_from(["min", "max"])),
        st.builds(lambda one, low, high: tree.Call("clamp", (one, low, high)), inner, constants, constants),
        st.builds(tree.Choose, inner, simple_truths, inner | st.just(tree.UNKNOWN)),
        _over_time(inner.map(_reading)),
        _accrued(inner.map(_reading), simple_truths.map(_reading_truth)),
    )  # fmt: skip


def _reading(node: tree.Node) -> tree.Node:
    """Return a number that reads a point: functions over time take no other."""
    return tree.Point(X) if next(tree.points(node), None) is None else node


def _reading_truth(node: tree.Node) -> tree.Node:
    return tree.Point(B, truth=True) if next(tree.points(node), None) is None else node


plain_numbers = constants | points | _over_time(points)
compares = st.builds(tree.Compare, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), plain_numbers, plain_numbers)
simple_truths: st.SearchStrategy[tree.Node] = st.one_of(
    compares, truth_points, _recent(points | truth_points), st.builds(tree.Truth, st.booleans())
)
numbers = st.recursive(plain_numbers, _numbers, max_leaves=5)


def _truths(inner: st.SearchStrategy[tree.Node]) -> st.SearchStrategy[tree.Node]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(tree.Not, inner),
        st.builds(tree.And, several),
        st.builds(tree.Or, several),
        st.builds(tree.Held, inner, durations),
        st.builds(tree.Compare, st.sampled_from(["==", "!="]), inner, inner),
        _recent(inner.map(_reading_truth)),
        st.builds(
            lambda one, other, ns: tree.Call("within", (one, other), ns, truth=True),
            inner.map(_reading_truth),
            inner.map(_reading_truth),
            durations,
        ),
        st.builds(
            lambda one, than: tree.Compare(">", one, than), _accrued(points, inner.map(_reading_truth)), constants
        ),
    )


leaves = st.builds(tree.Compare, st.sampled_from(["<", ">=", "=="]), numbers, numbers) | simple_truths
truths = st.recursive(leaves, _truths, max_leaves=6)
