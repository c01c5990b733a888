"""Calls of what accrues over time (integral, hours, count_since, share) and of `within`: arguments and result."""

from dataclasses import replace
from typing import Final

from gateway.language.calls import check_argument, check_hop, check_length
from gateway.language.dimensions import NUMBER, RATIO, TIME, Dimension, of_quantity, ratio, times
from gateway.language.durations import NS
from gateway.language.errors import wrong
from gateway.language.function import Function
from gateway.language.normalise import show
from gateway.language.syntax import Apply, Duration, Syntax
from gateway.language.tree import Call, Node, Number
from gateway.language.values import PLAIN, Fact, Own, Value, arithmetic, own_of
from sensors.quantities import UNITS

# A quantity times time that has a name of its own, and the unit in which people read it, by the unit of the former.
_NAMED: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "power": ("energy", {"W": "Wh", "kW": "kWh", "MW": "MWh"}),
    "apparent_power": ("apparent_energy", {"VA": "VAh", "kVA": "kVAh"}),
    "reactive_power": ("reactive_energy", {"var": "varh", "kvar": "kvarh"}),
    "current": ("charge", {"A": "Ah", "mA": "mAh"}),
    "flow": ("volume", {"L/min": "L", "m3/h": "m3"}),
    "velocity": ("length", {"mm/s": "mm", "m/s": "m", "m/min": "m"}),
}
_HOUR: Final = Own(NS["h"] / NS["s"], symbol="h")
_PERCENT: Final = own_of(UNITS["%"])


def accrued(function: Function, call: Apply, parts: list[Value | Fact]) -> Value:
    """Return the value of what accrues; `parts` are the arguments that are no duration, checked."""
    _check(function, call.arguments[0], parts[0])
    hop_ns = call.hop_ns or call.every_ns
    inputs, window_ns = [parts[0].node], 0
    if function.form == "since":
        inputs.append(_truth(call.arguments[1], parts[1]))
    elif function.form == "window":
        window_ns = _window_ns(function, call)
    if hop_ns and not window_ns:
        raise wrong(call.position, "no_hop", name=function.name)
    node = Call(function.name, tuple(inputs), window_ns, hop_ns, tumbling=bool(call.every_ns))
    return _measured(function, node, parts[0], call.position)


def within(function: Function, call: Apply, parts: list[Value | Fact]) -> Fact:
    """Return whether the second of two truths followed the first in time."""
    length = call.arguments[-1]
    if not isinstance(length, Duration):
        raise wrong(length.position, "no_duration")
    check_length(length)
    if call.hop_ns:
        raise wrong(call.position, "no_hop", name=function.name)
    nodes = tuple(_truth(argument, part) for argument, part in zip(call.arguments[:-1], parts, strict=True))
    check_argument(function, call.arguments[0], parts[0])
    check_argument(function, call.arguments[1], parts[1])
    return Fact(Call(function.name, nodes, length.duration_ns, truth=True))


def _check(function: Function, argument: Syntax, part: Value | Fact) -> None:
    check_argument(function, argument, part)
    if not function.of_numbers:
        _truth(argument, part)


def _truth(argument: Syntax, part: Value | Fact) -> Node:
    if isinstance(part, Value):
        raise wrong(argument.position, "needs_truth", text=show(argument))
    return part.node


def _window_ns(function: Function, call: Apply) -> int:
    length = Duration(call.every_ns, position=call.position) if call.every_ns else call.arguments[-1]
    if not isinstance(length, Duration):  # there is a hop
        raise wrong(length.position, "no_duration")
    check_length(length)
    check_hop(function, call, length)
    return length.duration_ns


def _measured(function: Function, node: Call, part: Value | Fact, position: int) -> Value:
    match function.result:
        case "time":
            return Value(node, TIME, _HOUR, 0.0)
        case "share":
            return Value(node, RATIO, _PERCENT, 0.0)
        case "accrued" if isinstance(part, Value):
            return _times_time(node, part, position)
        case _:
            return Value(node, NUMBER, PLAIN, 0.0)


def _times_time(node: Call, part: Value, position: int) -> Value:
    """Return what a value times time is: energy of power, a volume of a flow, else the product."""
    product = times(part.dimension, TIME)
    quantity, units = _NAMED.get(part.dimension[0][0] if len(part.dimension) == 1 else "", ("", {}))
    factor = ratio(product, of_quantity(quantity)) if quantity else None
    if factor is None:
        own = Own(symbol="s") if product == TIME else None
        return Value(node, product, own, 0.0)
    dimension: Dimension = of_quantity(quantity)
    symbol = units.get(part.own.symbol or "") if part.own else None
    own = own_of(UNITS[symbol]) if symbol is not None else None
    measured = arithmetic("*", node, Number(factor), position) if factor != 1.0 else node
    return replace(part, node=measured, dimension=dimension, own=own, weight=0.0)
