"""From an expression's text to its checked tree."""

from typing import NamedTuple

from gateway.language.check import check, number_of, truth_of
from gateway.language.dimensions import described, of_quantity, ratio, symbol
from gateway.language.errors import wrong
from gateway.language.parser import parse_syntax
from gateway.language.scope import Scope
from gateway.language.tree import Node
from gateway.language.values import Own, Value, converted, matched, own_of, settled
from sensors.quantities import UNITS


class Measured(NamedTuple):
    """A number-valued tree whose value is in `unit`, a symbol of the table or a product such as `degC/s`."""

    node: Node
    unit: str


def parse(text: str, scope: Scope) -> Node:
    """Return the tree of an expression of either kind; a number is in base units."""
    syntax = parse_syntax(text)
    part = check(syntax, scope)
    return settled(part, 1.0, syntax.position).node if isinstance(part, Value) else part.node


def parse_truth(text: str, scope: Scope) -> Node:
    """Return the tree of an expression that is true or false."""
    syntax = parse_syntax(text)
    return truth_of(syntax, check(syntax, scope))


def parse_number(text: str, scope: Scope, unit: str | None = None) -> Measured:
    """Return the tree of a number, its value in `unit` (a signal's, whose bare constants are in it too).

    Without `unit` it is in the unit in which people read the expression: that of its points, if they have one in
    common, else base units. Raises ExpressionError, also when the expression does not measure what `unit` does, and
    KeyError for a unit that is not in the table.
    """
    syntax = parse_syntax(text)
    value = number_of(syntax, check(syntax, scope))
    if unit is not None:
        value = _in_quantity(value, unit, syntax.position)
        return Measured(_in_own(value, own_of(UNITS[unit]), syntax.position), unit)
    value = settled(value, 1.0, syntax.position)
    own = value.own
    if own is None or own.symbol is None or (own.offset and value.weight not in (0.0, 1.0)):
        return Measured(value.node, symbol(value.dimension))
    return Measured(_in_own(value, own, syntax.position), own.symbol)


def _in_quantity(value: Value, unit: str, position: int) -> Value:
    """Return a value as one of the unit's quantity; an absolute one if the unit has an offset."""
    target = UNITS[unit]
    dimension = of_quantity(target.quantity)
    if not value.bare and ratio(value.dimension, dimension) is None:
        raise wrong(position, "result_unit", left=described(value.dimension), unit=unit)
    leader = Value(value.node, dimension, own_of(target))
    value = settled(matched(value, leader, position), 1.0, position)
    if target.offset and value.weight != 1.0:
        raise wrong(position, "ambiguous")
    return value


def _in_own(value: Value, own: Own, position: int) -> Node:
    """Return the node in a unit instead of the base unit."""
    offset = own.offset * (value.weight or 0.0)
    return converted(converted(value.node, 1.0, -offset, position), 1.0 / own.scale, 0.0, position)
