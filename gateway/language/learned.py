"""The functions that learn: whose usual, from how many chart points, and what a chart point is."""

from typing import Final

from gateway.language.calls import check_argument, check_length, constant, result_of
from gateway.language.errors import wrong
from gateway.language.function import Function
from gateway.language.syntax import Apply, Duration, Name, Syntax
from gateway.language.tree import Call, Number
from gateway.language.values import Fact, Value

SEASONS: Final = ("always", "hour", "shift")
COUNT: Final = (10, 1000)  # chart points
SIZE: Final = (1, 100)  # readings of a subgroup


def learned(function: Function, call: Apply, measured: Value | Fact) -> Value:
    """Return the value of such a call: (what it is of, a name, a count, and a stretch of time or a subgroup's size)."""
    argument, named, count, *rest = call.arguments
    check_argument(function, argument, measured)
    if call.hop_ns:
        raise wrong(call.position, "no_hop", name=function.name)
    label = _season(function, named) if function.form == "season" else _baseline(function, named)
    window_ns, size = _chart_point(rest[0] if rest else None)
    arguments = (measured.node, _whole(count, *COUNT), Number(float(size)))
    return result_of(function, Call(function.name, arguments, window_ns, label=label), measured)


def _baseline(function: Function, named: Syntax) -> str:
    if isinstance(named, Name) and named.name.startswith("baselines.") and named.name.count(".") == 1:
        return named.name.partition(".")[2]
    raise wrong(named.position, "needs_baseline", name=function.name)


def _season(function: Function, named: Syntax) -> str:
    if isinstance(named, Name) and named.name.removeprefix("seasons.") in SEASONS:
        return named.name.removeprefix("seasons.")
    raise wrong(named.position, "needs_season", name=function.name, seasons=", ".join(f"seasons.{s}" for s in SEASONS))


def _whole(argument: Syntax, low: int, high: int) -> Number:
    found = constant(argument, low, high)
    if not found.value.is_integer():
        raise wrong(argument.position, "needs_constant", range=f"{low}-{high}")
    return found


def _chart_point(argument: Syntax | None) -> tuple[int, int]:
    """Return the stretch of time in ns, 0 without one, and the size of subgroups: one reading, unless it is told."""
    if argument is None:
        return 0, 1
    if isinstance(argument, Duration):
        check_length(argument)
        return argument.duration_ns, 1
    return 0, int(_whole(argument, *SIZE).value)
