"""The functions of waveforms: which frequencies they look at, and what an acceleration becomes."""

from collections.abc import Sequence
from typing import Final

from gateway.language.dimensions import described, of_quantity
from gateway.language.durations import show_duration
from gateway.language.errors import wrong
from gateway.language.normalise import show_number
from gateway.language.syntax import Apply, Duration, Literal, Syntax
from gateway.language.tree import Node, Number
from gateway.language.values import Value, own_of
from sensors.quantities import UNITS

LEAST_TURNS: Final = 2  # of the lowest frequency, that a window must hold
_ACCELERATION: Final = of_quantity("acceleration")


def band(call: Apply, arguments: Sequence[Syntax], length: Duration) -> tuple[Number, ...]:
    """Return the lowest and the highest frequency, in Hz; nothing for a function that looks at all of them."""
    if not arguments:
        return ()
    low, high = (_frequency(one) for one in arguments)
    if not 0.0 < low.value < high.value:
        raise wrong(arguments[1].position, "band_order", low=show_number(low.value), high=show_number(high.value))
    least_ns = round(LEAST_TURNS * 1e9 / low.value)
    if length.duration_ns < least_ns:
        raise wrong(length.position, "band_short", low=show_number(low.value), near=show_duration(least_ns))
    return low, high


def _frequency(argument: Syntax) -> Number:
    """Return a frequency in Hz, in which a number without a unit is read too."""
    if isinstance(argument, Literal) and argument.per is None:
        unit = UNITS[argument.unit or "Hz"]
        if unit.quantity == "frequency":
            return Number(argument.value * unit.scale)
    raise wrong(argument.position, "needs_frequency")


def as_velocity(node: Node, measured: Value, position: int) -> Value:
    """Return the velocity (mm/s) of an acceleration's waveform."""
    if measured.dimension != _ACCELERATION:
        raise wrong(position, "needs_acceleration", left=described(measured.dimension))
    return Value(node, of_quantity("velocity"), own_of(UNITS["mm/s"]), 0.0)
