"""Calls of functions: are these their arguments, and what does the result measure?"""

import math
from dataclasses import replace
from typing import Final

from gateway.language.dimensions import NUMBER, RATIO, TIME, described, root, times
from gateway.language.durations import LONGEST_NS, MILLISECOND_NS, NS, show_duration
from gateway.language.errors import wrong
from gateway.language.frequencies import as_velocity, band
from gateway.language.function import Function
from gateway.language.normalise import show
from gateway.language.syntax import Apply, Duration, Literal, Syntax
from gateway.language.tree import Call, Node, Number, points
from gateway.language.values import PLAIN, Fact, Own, Value, aligned, common_own, converted, settled

EXACT_NS: Final = 10 * NS["min"]  # the longest window without a hop: every reading of it is kept
MOST_PANES: Final = 2000  # of a window with a hop; a day by the minute has 1440
DEMANDED_NS: Final = tuple(minutes * NS["min"] for minutes in (5, 10, 15, 20, 30, 60))
MOST_DECIMALS: Final = 9
_ROUND_NS: Final = tuple(
    count * NS[unit]
    for unit, counts in (("s", (1, 2, 5, 10, 15, 20, 30)), ("min", (1, 2, 5, 10, 15, 20, 30)), ("h", (1, 2, 4, 6, 12)))
    for count in counts
)


def plain_call(function: Function, call: Apply, values: list[Value]) -> Value:
    """Return the value of abs, min, max, round, sqrt or clamp of checked arguments."""
    match function.name:
        case "round":
            return _round(call, values)
        case "sqrt":
            return _sqrt(call, values[0])
        case "abs":
            value = settled(values[0], None, call.position)
            return replace(value, node=Call("abs", (value.node,)), free=values[0].free, bare=values[0].bare)
        case name:
            return _among(name, call, values)


def _among(name: str, call: Apply, values: list[Value]) -> Value:
    """Return min, max or clamp: one of the values, in the unit that they share."""
    alike = [settled(one, 1.0, call.position) for one in aligned(values, call.position)]
    weights = {one.weight for one in alike}
    node = Call(name, tuple(one.node for one in alike))
    free, bare = (all(getattr(one, which) for one in values) for which in ("free", "bare"))
    weight = weights.pop() if len(weights) == 1 else None
    return Value(node, alike[0].dimension, common_own(values), weight, free, bare)


def _round(call: Apply, values: list[Value]) -> Value:
    """Return the value rounded in its own unit: 26.7 degC of a point in degF would not be what its people see."""
    value = settled(values[0], None, call.position)
    decimals = Number(0.0) if len(values) == 1 else constant(call.arguments[1], 0, MOST_DECIMALS)
    if not decimals.value.is_integer():
        raise wrong(call.arguments[1].position, "needs_constant", range=f"0-{MOST_DECIMALS}")
    own = value.own or PLAIN
    in_own = converted(value.node, 1.0, -own.offset, call.position)
    rounded = Call("round", (converted(in_own, 1.0 / own.scale, 0.0, call.position), decimals))
    node = converted(rounded, own.scale, own.offset, call.position)
    return replace(value, node=node, free=values[0].free, bare=values[0].bare)


def _sqrt(call: Apply, value: Value) -> Value:
    dimension = root(value.dimension)
    if dimension is None:
        raise wrong(call.position, "root", left=described(value.dimension))
    node = Call("sqrt", (settled(value, None, call.position).node,))
    own = Own(math.sqrt(value.own.scale)) if value.own and dimension else (PLAIN if not dimension else None)
    return Value(node, dimension, own, None, value.free, value.bare)


def of_calendar(function: Function) -> Value | Fact:
    """Return what a function without arguments tells of the time."""
    node = Call(function.name, (), truth=function.result == "truth")
    return Fact(node) if node.truth else Value(node, NUMBER, PLAIN)


def is_windowed(call: Apply) -> bool:
    """Tell `min(a.x, 10s)` from `min(a.x, b.y)`: by the duration at its end, the hop or `every`."""
    return bool(call.hop_ns or call.every_ns) or (len(call.arguments) == 2 and isinstance(call.arguments[1], Duration))


def over_time(function: Function, call: Apply, measured: Value | Fact) -> Value | Fact:
    """Return the value of a function over a window, or with state; `measured` is its first argument, checked."""
    length: Syntax
    if call.every_ns:
        (argument, *others), length = call.arguments, Duration(call.every_ns, position=call.position)
    else:
        argument, *others, length = call.arguments
    check_argument(function, argument, measured)
    if not isinstance(length, Duration):
        raise wrong(length.position, "no_duration")
    check_length(length)
    if function.name == "demand" and length.duration_ns not in DEMANDED_NS:
        raise wrong(length.position, "demanded")
    check_hop(function, call, length)
    waves = function.form == "wave"
    constants = band(call, others, length) if waves else tuple(constant(one, 0, 100) for one in others)
    truth = function.result == "truth"
    hop_ns, tumbling = call.hop_ns or call.every_ns, bool(call.every_ns)
    node = Call(function.name, (measured.node, *constants), length.duration_ns, hop_ns, truth, tumbling=tumbling)
    if function.result == "velocity" and isinstance(measured, Value):
        return as_velocity(node, measured, call.arguments[0].position)
    return Fact(node) if truth else result_of(function, node, measured)


def check_length(length: Duration) -> None:
    """Refuse a window that is too short or too long."""
    if not MILLISECOND_NS <= length.duration_ns <= LONGEST_NS:
        raise wrong(length.position, "duration", text=show_duration(length.duration_ns))


def check_argument(function: Function, argument: Syntax, measured: Value | Fact) -> None:
    """Refuse a constant, which has no readings, and a truth where numbers are needed."""
    if next(points(measured.node), None) is None:
        raise wrong(argument.position, "needs_point", name=function.name)
    if isinstance(measured, Fact) and not function.of_truths:
        raise wrong(argument.position, "needs_number", "needs_choice", text=show(argument))


def constant(argument: Syntax, low: int, high: int) -> Number:
    """Return a plain number within bounds that is written there."""
    if (
        isinstance(argument, Literal)
        and argument.unit is None
        and argument.per is None
        and low <= argument.value <= high
    ):
        return Number(argument.value)
    raise wrong(argument.position, "needs_constant", range=f"{low}-{high}")


def check_hop(function: Function, call: Apply, length: Duration) -> None:
    """Refuse a window that would keep too many readings, or panes that do not fill it."""
    window_ns, hop_ns = length.duration_ns, call.hop_ns or call.every_ns
    if function.form == "state":
        if hop_ns:
            raise wrong(call.position, "no_hop", name=function.name)
        return
    near = show_duration(_better_hop(window_ns, hop_ns or NS["min"]))
    said = {"name": function.name, "window": show_duration(window_ns), "hop": show_duration(hop_ns), "near": near}
    if not hop_ns and window_ns > EXACT_NS:
        raise wrong(length.position, "needs_hop", **said)
    if hop_ns and window_ns % hop_ns:
        raise wrong(call.position, "hop_fits", **said)
    if hop_ns and window_ns // hop_ns > MOST_PANES:
        raise wrong(call.position, "hop_many", **said)


def _better_hop(window_ns: int, hop_ns: int) -> int:
    """Return a round hop that divides the window, and not into too many panes; the window itself if none does."""
    shortest_ns = max(hop_ns, window_ns // MOST_PANES)
    return next((one for one in _ROUND_NS if one >= shortest_ns and window_ns % one == 0), window_ns)


def result_of(function: Function, node: Node, measured: Value | Fact) -> Value:
    """Return the call as a value: what it measures follows from the point by the function's rule."""
    if function.result == "number" or isinstance(measured, Fact):
        return Value(node, NUMBER, PLAIN, 0.0)
    own = measured.own
    match function.result:
        case "difference":
            return Value(node, measured.dimension, own and replace(own, offset=0.0), 0.0)
        case "per_second":
            return Value(node, times(measured.dimension, TIME, -1), own and Own(own.scale), 0.0)
        case "total":
            return replace(measured, node=node, weight=None)
        case "time":
            return Value(node, TIME, Own(symbol="s"), 0.0)
        case "share":
            return Value(node, RATIO, Own(symbol="%"), 0.0)
        case _:
            return replace(measured, node=node)
