"""Values while they are checked: a tree in base units, with what it measures and how numbers beside it are read.

Three things are settled late, by what stands on the other side:
- A *bare* number (`120`) takes the own unit of the other side: `meter_1.power > 120` is in the unit of that point.
- A *free* value (made of constants alone) is an absolute or a difference, as the other side is.
- A constant in degF or K has its offset *pending*: 80 degF is 26.7 degC as a temperature, 44.4 as a difference.
"""

import math
from dataclasses import dataclass, replace
from typing import Final, Literal

from gateway.language.dimensions import NUMBER, PERCENT, RATIO, Dimension, described, ratio, symbol, times
from gateway.language.errors import wrong
from gateway.language.tree import UNKNOWN, Arithmetic, Choose, Negate, Node, Number, Operator, Point
from sensors.quantities import Unit


@dataclass(frozen=True, slots=True)
class Own:
    """The unit in which people read a value, and so a bare number beside it: base = value * scale + offset."""

    scale: float = 1.0
    offset: float = 0.0
    symbol: str | None = None  # None for a product, which has no symbol of the table


@dataclass(frozen=True, slots=True)
class Value:
    """A number-valued part of an expression."""

    node: Node
    dimension: Dimension = NUMBER
    own: Own | None = None  # None when it is mixed: W + kW
    weight: float | None = 1.0  # how many times the offset is in it: 1 absolute, 0 difference, None cannot be told
    free: bool = False
    bare: bool = False
    pending: float = 0.0


@dataclass(frozen=True, slots=True)
class Fact:
    """A truth-valued part of an expression."""

    node: Node


PLAIN: Final = Own(symbol="1")


def own_of(unit: Unit) -> Own:
    """Return a unit of the table as an own unit."""
    return Own(unit.scale, unit.offset, unit.symbol)


def bare(value: float) -> Value:
    """Return a number without a unit."""
    return Value(Number(value), own=PLAIN, free=True, bare=True)


def arithmetic(operator: Operator, left: Node, right: Node, position: int) -> Node:
    """Return the node of two numbers; two constants are computed at once, so that rules share a shape."""
    if isinstance(right, Number) and right.value == 0 and operator in ("/", "%"):
        raise wrong(position, "by_zero")
    if not (isinstance(left, Number) and isinstance(right, Number)):
        return Arithmetic(operator, left, right)
    if UNKNOWN in (left, right):
        return UNKNOWN
    result = _computed(operator, left.value, right.value)
    if not math.isfinite(result):
        raise wrong(position, "overflow")
    return Number(result)


def _computed(operator: Operator, left: float, right: float) -> float:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / right
        case "%":
            return left % right


def negate(node: Node) -> Node:
    """Return the node's negative; of a constant at once."""
    if node == UNKNOWN:
        return node
    return Number(-node.value) if isinstance(node, Number) else Negate(node)


def converted(node: Node, scale: float, offset: float, position: int) -> Node:
    """Return node * scale + offset: in a point's own scale, and inside a choice, so that its constants stay such."""
    if isinstance(node, Point) and not node.truth:
        return Point(node.index, node.scale * scale, node.offset * scale + offset)
    if isinstance(node, Choose):
        then, otherwise = (converted(one, scale, offset, position) for one in (node.then, node.otherwise))
        return Choose(then, node.condition, otherwise)
    if scale != 1.0:
        node = arithmetic("*", node, Number(scale), position)
    return node if offset == 0.0 else arithmetic("+", node, Number(offset), position)


def settled(value: Value, weight: float | None, position: int) -> Value:
    """Return a free value as so many absolutes; its pending offset is in the node then."""
    if not value.free:
        return value
    if value.pending == 0.0:
        return replace(value, weight=weight, free=False)
    if weight is None:
        raise wrong(position, "ambiguous")
    return replace(
        value,
        node=converted(value.node, 1.0, value.pending * weight, position),
        weight=weight,
        free=False,
        pending=0.0,
    )


def matched(value: Value, leader: Value, position: int) -> Value:
    """Return a value in the dimension of its leader, or raise the error that names both."""
    if value.bare and not leader.bare:
        if leader.own is None:
            raise wrong(position, "no_own_unit")
        node = converted(value.node, leader.own.scale, 0.0, position)
        return replace(
            value, node=node, dimension=leader.dimension, own=leader.own, bare=False, pending=leader.own.offset
        )
    if value.dimension == leader.dimension:
        return value
    factor = ratio(value.dimension, leader.dimension)
    if value.free and value.dimension == RATIO and (number := ratio(NUMBER, leader.dimension)) is not None:
        factor = PERCENT * number  # power_factor < 90 %
    if factor is None:
        mend = "differ_constant" if value.free else None
        said = {"left": described(leader.dimension), "right": described(value.dimension)}
        raise wrong(position, "differ", mend, **said, unit=symbol(leader.dimension))
    return replace(value, node=converted(value.node, factor, 0.0, position), dimension=leader.dimension, own=leader.own)


def aligned(values: list[Value], position: int, weight: float | None = 1.0) -> list[Value]:
    """Return values of one dimension, so that they may be compared: free ones are what the others are.

    When all are free they stay so if their offsets agree, else they are settled at `weight`.
    """
    leader = _leader(values)
    alike = [matched(one, leader, position) for one in values]
    fixed = {one.weight for one in alike if not one.free}
    if fixed:
        weight = fixed.pop() if len(fixed) == 1 else None
        return [settled(one, weight, position) for one in alike]
    if len({one.pending for one in alike}) == 1:
        return alike
    return [settled(one, weight, position) for one in alike]


def _leader(values: list[Value]) -> Value:
    """Return the value whose dimension and unit count: what was measured before constants, those before bare ones."""
    return min(values, key=lambda one: (one.free, one.bare))


def common_own(values: list[Value]) -> Own | None:
    """Return the unit that measured values share (constants follow, bare ones last), None when they differ."""
    owns = {one.own for one in values if not one.free} or {one.own for one in values if not one.bare} or {PLAIN}
    return owns.pop() if len(owns) == 1 else None


def added(operator: Literal["+", "-"], left: Value, right: Value, position: int) -> Value:
    """Return left + right or left - right."""
    leader = _leader([left, right])
    left, right = matched(left, leader, position), matched(right, leader, position)
    own = common_own([left, right])
    free = left.free and right.free
    weight: float | None = None
    if left.free and not right.free and operator == "-" and right.weight == 1.0:
        left = settled(left, 1.0, position)  # 80 degF - a.temperature
    if free or (right.free and (operator == "+" or left.weight == 0.0)):
        right = settled(right, 0.0, position)  # what is added to an absolute is a difference
    elif left.free and operator == "+":
        left = settled(left, 0.0, position)
    elif right.free:
        right = settled(right, None, position)  # a.temperature - 5 degF: which is meant?
    elif left.free:
        left = settled(left, None, position)
    if not free and left.weight is not None and right.weight is not None:
        weight = left.weight + right.weight if operator == "+" else left.weight - right.weight
    node = arithmetic(operator, left.node, right.node, position)
    return Value(node, leader.dimension, own, weight, free, left.bare and right.bare, left.pending if free else 0.0)


def multiplied(operator: Literal["*", "/"], left: Value, right: Value, position: int) -> Value:
    """Return left * right or left / right."""
    scaled = not left.dimension or not right.dimension  # by a number: it stays what it was
    for one in (left, right):
        if one.pending and scaled:
            raise wrong(position, "ambiguous")
    weight = _scaled_weight(operator, left, right)
    free, is_bare = left.free and right.free, left.bare and right.bare
    left, right = settled(left, 0.0, position), settled(right, 0.0, position)
    dimension = times(left.dimension, right.dimension, 1 if operator == "*" else -1)
    own = _product_own(operator, left, right, dimension)
    return Value(arithmetic(operator, left.node, right.node, position), dimension, own, weight, free, is_bare)


def _scaled_weight(operator: Literal["*", "/"], left: Value, right: Value) -> float | None:
    """Return the weight of a value that is multiplied by a bare constant: of (a + b) / 2 it is 1 again."""
    value, number = (right, left) if left.bare else (left, right)
    if not number.bare or not isinstance(number.node, Number) or value.weight is None:
        return None
    if operator == "*":
        return value.weight * number.node.value
    return None if left.bare or number.node.value == 0 else value.weight / number.node.value


def _product_own(operator: Literal["*", "/"], left: Value, right: Value, dimension: Dimension) -> Own | None:
    if not dimension:
        return PLAIN
    if not right.dimension:
        return left.own
    if operator == "*" and not left.dimension:
        return right.own
    if left.own is None or right.own is None:
        return None
    return Own(left.own.scale * right.own.scale if operator == "*" else left.own.scale / right.own.scale)


def remainder(left: Value, right: Value, position: int) -> Value:
    """Return left % right, with the sign of right."""
    one, other = aligned([left, right], position, 0.0)
    one, other = settled(one, 0.0, position), settled(other, 0.0, position)
    own = common_own([left, right])
    free, is_bare = left.free and right.free, left.bare and right.bare
    return Value(arithmetic("%", one.node, other.node, position), one.dimension, own, None, free, is_bare)
