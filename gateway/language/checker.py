"""Checks a syntax against the shop: names become indices, units base units, and every part is a number or a truth."""

from dataclasses import replace
from difflib import get_close_matches
from typing import cast

from gateway.language import tree
from gateway.language.accrued import accrued, within
from gateway.language.aliases import ALIASES
from gateway.language.calls import is_windowed, of_calendar, over_time, plain_call
from gateway.language.dimensions import TIME, of_quantity
from gateway.language.errors import ExpressionError, wrong
from gateway.language.function import Function
from gateway.language.functions import BY_NAME
from gateway.language.learned import learned
from gateway.language.names import point_of
from gateway.language.normalise import show
from gateway.language.scope import Scope
from gateway.language.syntax import (
    Apply,
    Binary,
    Comparison,
    Conditional,
    Conjunction,
    Disjunction,
    Duration,
    Flag,
    Hold,
    Inverse,
    Literal,
    Minus,
    Name,
    Syntax,
)
from gateway.language.values import (
    Fact,
    Own,
    Value,
    added,
    aligned,
    bare,
    common_own,
    multiplied,
    negate,
    own_of,
    remainder,
)
from sensors.quantities import UNITS


def check(syntax: Syntax, scope: Scope) -> Value | Fact:
    """Return the checked tree of a syntax, a number or a truth. Raises ExpressionError."""
    return _Checker(scope).part(syntax)


def truth_of(syntax: Syntax, part: Value | Fact) -> tree.Node:
    """Return the node of a part that must be true or false."""
    if isinstance(part, Value):
        raise wrong(syntax.position, "needs_truth", text=show(syntax))
    return part.node


def number_of(syntax: Syntax, part: Value | Fact) -> Value:
    """Return a part that must be a number."""
    if isinstance(part, Fact):
        raise wrong(syntax.position, "needs_number")
    return part


NOT_OVER_TIME = ("plain", "calendar")  # forms


class _Checker:
    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def part(self, syntax: Syntax) -> Value | Fact:
        match syntax:
            case Name():
                return point_of(syntax, self._scope)
            case Literal():
                return _literal(syntax)
            case Duration(duration_ns):
                return Value(tree.Number(duration_ns / 1e9), TIME, Own(symbol="s"), free=True)
            case Binary():
                return self._binary(syntax)
            case Minus(operand):
                return self._minus(operand)
            case Conditional():
                return self._conditional(syntax)
            case Apply():
                return self._apply(syntax)
            case _:
                return Fact(self._logic(syntax))

    def _logic(self, syntax: Syntax) -> tree.Node:
        """Return the node of a production that is a truth whatever its parts."""
        match syntax:
            case Comparison():
                return self._comparison(syntax)
            case Flag(value):
                return tree.Truth(value)
            case Inverse(operand):
                return tree.Not(self._truth(operand))
            case Conjunction(operands):
                return tree.And(tuple(self._truth(one) for one in operands))
            case Disjunction(operands):
                return tree.Or(tuple(self._truth(one) for one in operands))
            case Hold(operand, duration_ns):
                return tree.Held(self._truth(operand), duration_ns)
            case _:
                raise TypeError(f"not a part of an expression: {syntax!r}")

    def _truth(self, syntax: Syntax) -> tree.Node:
        return truth_of(syntax, self.part(syntax))

    def _number(self, syntax: Syntax) -> Value:
        return number_of(syntax, self.part(syntax))

    def _binary(self, syntax: Binary) -> Value:
        left, right = self._number(syntax.left), self._number(syntax.right)
        match syntax.operator:
            case "+" | "-" as operator:
                return added(operator, left, right, syntax.position)
            case "*" | "/" as operator:
                return multiplied(operator, left, right, syntax.position)
            case _:
                return remainder(left, right, syntax.position)

    def _minus(self, operand: Syntax) -> Value:
        value = self._number(operand)
        weight = None if value.weight is None else -value.weight
        return Value(negate(value.node), value.dimension, value.own, weight, value.free, value.bare, value.pending)

    def _conditional(self, syntax: Conditional) -> Value:
        condition = self._truth(syntax.condition)
        values = [self._number(syntax.then), self._number(syntax.otherwise)]
        then, otherwise = aligned(values, syntax.position)
        node = tree.Choose(then.node, condition, otherwise.node)
        weight = then.weight if then.weight == otherwise.weight else None
        is_bare = all(one.bare for one in values)
        return Value(node, then.dimension, common_own(values), weight, then.free, is_bare, then.pending)

    def _comparison(self, syntax: Comparison) -> tree.Node:
        left, right = self.part(syntax.left), self.part(syntax.right)
        operator = cast(tree.Comparator, syntax.operator)
        if isinstance(left, Value) and isinstance(right, Value):
            left, right = aligned([left, right], syntax.position)
            return tree.Compare(operator, left.node, right.node)
        if operator not in ("==", "!="):
            raise wrong(syntax.position, "truth_order", operator=operator)
        return tree.Compare(operator, _as_truth(syntax.left, left), _as_truth(syntax.right, right))

    def _apply(self, syntax: Apply) -> Value | Fact:
        function = _function(syntax)
        if function.form == "calendar":
            return of_calendar(function)
        if function.form in ("learned", "season"):
            return learned(function, syntax, self.part(syntax.arguments[0]))
        if function.name in tree.ACCRUED:
            return accrued(function, syntax, self._parts(syntax))
        if function.form == "within":
            return within(function, syntax, self._parts(syntax))
        if function.name == "only":
            return self._only(syntax)
        if function.form != "plain":
            return over_time(function, syntax, self.part(syntax.arguments[0]))
        return plain_call(function, syntax, [self._number(one) for one in syntax.arguments])

    def _only(self, call: Apply) -> Value:
        """Return a number that is unknown unless its condition holds."""
        of, condition = call.arguments
        value = self._number(of)
        return replace(value, node=tree.Choose(value.node, self._truth(condition), tree.UNKNOWN))

    def _parts(self, call: Apply) -> list[Value | Fact]:
        """Return the arguments that are no duration at the end."""
        lasts = bool(call.arguments) and isinstance(call.arguments[-1], Duration)
        return [self.part(one) for one in call.arguments[: len(call.arguments) - lasts]]


def _as_truth(syntax: Syntax, part: Value | Fact) -> tree.Node:
    """Return one side of a comparison with a truth: 0 and 1 are false and true there."""
    if isinstance(part, Fact):
        return part.node
    if part.bare and isinstance(part.node, tree.Number) and part.node.value in (0.0, 1.0):
        return tree.Truth(part.node.value == 1.0)
    raise wrong(syntax.position, "truth_number")


def _literal(syntax: Literal) -> Value:
    if syntax.unit is None:
        value = bare(syntax.value)
    else:
        unit = UNITS[syntax.unit]
        node = tree.Number(syntax.value * unit.scale)
        dimension = of_quantity(unit.quantity)
        value = Value(node, dimension, own_of(unit), free=True, pending=unit.offset)
    if syntax.per is None:
        return value
    per = UNITS[syntax.per]
    below = Value(tree.Number(per.scale), TIME, Own(per.scale), free=True)
    return multiplied("/", value, below, syntax.position)


def _function(call: Apply) -> Function:
    """Return the form of the function that the call means, its number of arguments checked."""
    forms = BY_NAME.get(call.function)
    if forms is None:
        raise _no_function(call)
    function = _form(call, forms)
    said = {"name": function.name, "signature": function.signature}
    if call.every_ns and function.form != "window":
        raise wrong(call.position, "no_every", **said)
    if not function.least <= len(call.arguments) + bool(call.every_ns) <= function.most:
        raise wrong(call.position, "arguments", **said)
    if call.hop_ns and function.form in NOT_OVER_TIME:
        raise wrong(call.position, "no_hop", **said)
    return function


def _form(call: Apply, forms: tuple[Function, ...]) -> Function:
    """Return which form of a function is called, by what tells them apart; the first when nothing fits."""
    if call.function in tree.ACCRUED and not is_windowed(call):
        wanted = "ever" if len(call.arguments) == 1 else "since"
        return next((one for one in forms if one.form == wanted), forms[0])
    return next((one for one in forms if (one.form not in NOT_OVER_TIME) == is_windowed(call)), forms[0])


def _no_function(call: Apply) -> ExpressionError:
    near = get_close_matches(call.function, [*BY_NAME, *ALIASES], n=1)
    if near:
        return wrong(call.position, "function", "near_function", name=call.function, near=ALIASES.get(near[0], near[0]))
    return wrong(call.position, "function", name=call.function, names=", ".join(BY_NAME))
