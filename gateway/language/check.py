"""From an expression's text to its checked tree."""

from dataclasses import replace
from typing import NamedTuple

from gateway.language.checker import check, number_of, truth_of
from gateway.language.dimensions import described, of_quantity, ratio, symbol
from gateway.language.errors import wrong
from gateway.language.parser import parse_syntax
from gateway.language.scope import Scope
from gateway.language.tree import Node
from gateway.language.values import Value, matched, own_of, settled
from sensors.quantities import UNITS, Unit


class Measured(NamedTuple):
    """A number-valued tree in base units, and the unit in which people read it: (value - offset) / scale."""

    node: Node
    unit: Unit  # of the table, or a product such as `degC/s`; without offset for a difference of temperatures


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
    """Return the tree of a number and its unit: `unit` (a signal's, in which its bare numbers are read too).

    Without `unit` it is the one that the expression's points have in common, else the base unit. Raises
    ExpressionError, also for a unit that is not in the table, or does not measure what the expression does.
    """
    syntax = parse_syntax(text)
    value = number_of(syntax, check(syntax, scope))
    if unit is not None:
        if unit not in UNITS:
            raise wrong(syntax.position, "unit", text=unit)
        return Measured(_in_quantity(value, UNITS[unit], syntax.position), UNITS[unit])
    value = settled(value, 1.0, syntax.position)
    return Measured(value.node, _unit_of(value))


def _in_quantity(value: Value, unit: Unit, position: int) -> Node:
    """Return the node of a value in the base unit of `unit`; a difference is no temperature in degF or K."""
    dimension = of_quantity(unit.quantity)
    if not value.bare and ratio(value.dimension, dimension) is None:
        raise wrong(position, "result_unit", left=described(value.dimension), unit=unit.symbol)
    value = settled(matched(value, Value(value.node, dimension, own_of(unit)), position), 1.0, position)
    if unit.offset and value.weight != 1.0:
        raise wrong(position, "ambiguous")
    return value.node


def _unit_of(value: Value) -> Unit:
    own, base = value.own, symbol(value.dimension)
    if own is None or own.symbol is None or (own.offset and value.weight not in (0.0, 1.0)):
        return UNITS.get(base) or Unit(base, base, 1.0, 0.0, base)
    unit = UNITS[own.symbol]
    if value.weight == 1.0 or not unit.offset:
        return unit
    return replace(unit, offset=0.0)
