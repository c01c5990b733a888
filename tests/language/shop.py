"""A small shop for expressions: its points by name, and trees written short with these names."""

from collections.abc import Sequence

from gateway.language import Resolved, tree
from gateway.language.durations import show_duration

POINTS = {
    "meter_1.power": ("W", False),
    "meter_2.power": ("kW", False),
    "meter_1.voltage": ("V", False),
    "meter_1.current": ("A", False),
    "meter_1.energy": ("kWh", False),
    "meter_1.apparent_power": ("VA", False),
    "meter_1.power_factor": ("1", False),
    "press_1.temperature": ("degC", False),
    "oven_1.temperature": ("degF", False),
    "climate_1.humidity": ("%RH", False),
    "climate_1.level": ("%", False),
    "lathe_1.vibration": ("mm/s", False),
    "lathe_1.shock": ("gn", False),
    "press_1.strokes": ("1", False),
    "press_1.fault": ("1", True),
    "press_1.estop": ("1", True),
    "or.for": ("A", False),
    "min.max": ("A", False),
    "broken_1.level": ("furlong", False),
    "machines.press_1.run": ("1", True),
    "machines.press_1.idle": ("1", True),
    "machines.press_1.count": ("pcs", False),
    "machines.press_1.state_s": ("s", False),
    "signals.line_power": ("W", False),
}
NAMES = tuple(POINTS)


class Shop:
    """The scope of the points above."""

    def resolve(self, name: str) -> Resolved | None:
        """Return the point of a full name."""
        return Resolved(NAMES.index(name), *POINTS[name]) if name in POINTS else None

    def names(self) -> Sequence[str]:
        """Return every full name."""
        return NAMES


def short(node: tree.Node) -> str:
    """Write a tree as `(operator operand ...)`, points by name with what makes them base units."""
    match node:
        case tree.Number(value):
            return f"{value:.6g}"
        case tree.Truth(value):
            return "true" if value else "false"
        case tree.Point(index, scale, offset, truth):
            scaled = f"*{scale:.6g}" if scale != 1 else ""
            return f"{NAMES[index]}{scaled}{f'{offset:+.6g}' if offset else ''}{'?' if truth else ''}"
        case tree.Call(function, arguments, window_ns, hop_ns, truth, label, tumbling):
            window = [f"{'every ' * tumbling}{show_duration(window_ns)}"] if window_ns else []
            hop = [f"hop {show_duration(hop_ns)}"] if hop_ns and not tumbling else []
            return f"({' '.join([function + '?' * truth, *map(short, arguments), *window, *hop, *label.split()])})"
        case tree.Negate(operand):
            return f"(- {short(operand)})"
        case tree.Arithmetic(operator, left, right) | tree.Compare(operator, left, right):
            return f"({operator} {short(left)} {short(right)})"
        case tree.Choose(then, condition, otherwise):
            return f"(if {short(condition)} {short(then)} {short(otherwise)})"
        case tree.Not(operand):
            return f"(not {short(operand)})"
        case tree.And(operands):
            return f"(and {' '.join(map(short, operands))})"
        case tree.Or(operands):
            return f"(or {' '.join(map(short, operands))})"
        case tree.Held(operand, duration_ns):
            return f"(for {show_duration(duration_ns)} {short(operand)})"
    raise TypeError(node)
