"""One canonical text for an expression: same text, same meaning; blanks, needless parentheses and `60s` are gone.

A reload keeps the state of a rule whose canonical text stayed the same.
"""

from gateway.language.durations import show_duration
from gateway.language.parser import parse_syntax
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

# How tightly a production binds; a part that binds less than its place needs parentheses.
_HELD, _OR, _AND, _NOT, _COMPARE, _SUM, _TERM, _FACTOR, _ATOM = range(9)


def normalise(text: str) -> str:
    """Return the canonical text. Raises ExpressionError for what is not an expression; knows no names or units."""
    return show(parse_syntax(text))


def show(node: Syntax) -> str:
    """Print a syntax so that parsing it gives the same syntax."""
    return _print(node)[0]


def show_number(value: float) -> str:
    """Write a number in the fewest digits that mean it."""
    return repr(value).removesuffix(".0")


def _at_least(level: int, node: Syntax) -> str:
    text, own_level = _print(node)
    return text if own_level >= level else f"({text})"


def _print(node: Syntax) -> tuple[str, int]:
    """Return a node's text and how tightly it binds."""
    match node:
        case Hold(operand, duration_ns):
            return f"{_at_least(_OR, operand)} for {show_duration(duration_ns)}", _HELD
        case Disjunction(operands):
            return " or ".join(_at_least(_AND, one) for one in operands), _OR
        case Conjunction(operands):
            return " and ".join(_at_least(_NOT, one) for one in operands), _AND
        case Inverse(operand):
            return f"not {_at_least(_COMPARE, operand)}", _NOT
        case Comparison(operator, left, right):
            return f"{_at_least(_SUM, left)} {operator} {_at_least(_SUM, right)}", _COMPARE
        case Binary("+" | "-" as operator, left, right):
            return f"{_at_least(_SUM, left)} {operator} {_at_least(_TERM, right)}", _SUM
        case Binary(operator, left, right):
            # `5 % -x` would read as five percent less x
            tight = _ATOM if operator == "%" else _FACTOR
            return f"{_at_least(_TERM, left)} {operator} {_at_least(tight, right)}", _TERM
        case Minus(operand):
            return f"-{_at_least(_ATOM, operand)}", _FACTOR
        case _:
            return _atom(node), _ATOM


def _atom(node: Syntax) -> str:
    match node:
        case Conditional(then, condition, otherwise):
            return f"({_print(then)[0]} if {_print(condition)[0]} else {_at_least(_SUM, otherwise)})"
        case Apply(function, arguments, hop_ns, every_ns):
            parts = [_print(one)[0] for one in arguments]
            parts += [f"{word} {show_duration(ns)}" for word, ns in (("hop", hop_ns), ("every", every_ns)) if ns]
            return f"{function}({', '.join(parts)})"
        case Duration(duration_ns):
            return show_duration(duration_ns)
        case Literal(value, unit, per):
            return show_number(value) + (f" {unit}" if unit else "") + (f"/{per}" if per else "")
        case Flag(value):
            return "true" if value else "false"
        case Name(name):
            return name
        case _:
            raise TypeError(f"not a part of an expression: {node!r}")
