"""The syntax of an expression before its names and units are known: what `normalise` prints and `check` reads.

Compared without positions. `Conjunction` and `Disjunction` never contain their own kind directly: `conjunction` and
`disjunction` see to it.
"""

from dataclasses import dataclass, field, fields


@dataclass(frozen=True, slots=True)
class Syntax:
    """Any part of an expression."""

    position: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Literal(Syntax):
    """A number and perhaps its unit: `80 degC`, `2 degC/min`, `20/min`."""

    value: float
    unit: str | None = None
    per: str | None = None


@dataclass(frozen=True, slots=True)
class Duration(Syntax):
    """A number with a unit of time: `3s`."""

    duration_ns: int


@dataclass(frozen=True, slots=True)
class Flag(Syntax):
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True, slots=True)
class Name(Syntax):
    """A point: `meter_1.power`."""

    name: str


@dataclass(frozen=True, slots=True)
class Apply(Syntax):
    """A function and its arguments, perhaps with a `hop`, or with `every` instead of a window's length."""

    function: str
    arguments: tuple[Syntax, ...]
    hop_ns: int = 0
    every_ns: int = 0


@dataclass(frozen=True, slots=True)
class Minus(Syntax):
    """Unary minus."""

    operand: Syntax


@dataclass(frozen=True, slots=True)
class Binary(Syntax):
    """One of + - * / %; `position` is the operator's."""

    operator: str
    left: Syntax
    right: Syntax


@dataclass(frozen=True, slots=True)
class Conditional(Syntax):
    """`(then if condition else otherwise)`."""

    then: Syntax
    condition: Syntax
    otherwise: Syntax


@dataclass(frozen=True, slots=True)
class Comparison(Syntax):
    """One of < <= > >= == !=; `position` is the operator's."""

    operator: str
    left: Syntax
    right: Syntax


@dataclass(frozen=True, slots=True)
class Inverse(Syntax):
    """`not operand`."""

    operand: Syntax


@dataclass(frozen=True, slots=True)
class Conjunction(Syntax):
    """Two or more operands joined by `and`."""

    operands: tuple[Syntax, ...]


@dataclass(frozen=True, slots=True)
class Disjunction(Syntax):
    """Two or more operands joined by `or`."""

    operands: tuple[Syntax, ...]


@dataclass(frozen=True, slots=True)
class Hold(Syntax):
    """`operand for duration`."""

    operand: Syntax
    duration_ns: int


def conjunction(operands: list[Syntax]) -> Syntax:
    """Join by `and`, taking apart operands that are joined so themselves: parentheses there mean nothing."""
    flat = [part for one in operands for part in (one.operands if isinstance(one, Conjunction) else (one,))]
    return flat[0] if len(flat) == 1 else Conjunction(tuple(flat), position=flat[0].position)


def disjunction(operands: list[Syntax]) -> Syntax:
    """Join by `or`, likewise."""
    flat = [part for one in operands for part in (one.operands if isinstance(one, Disjunction) else (one,))]
    return flat[0] if len(flat) == 1 else Disjunction(tuple(flat), position=flat[0].position)


def children(node: Syntax) -> list[Syntax]:
    """Return the parts directly below a node."""
    found: list[Syntax] = []
    for one in fields(node):
        value = getattr(node, one.name)
        if isinstance(value, Syntax):
            found.append(value)
        elif isinstance(value, tuple):
            found.extend(value)
    return found


def depth(node: Syntax) -> int:
    """Return how many levels the tree has. Without recursion: a too deep tree is what it is there to find."""
    deepest, waiting = 0, [(node, 1)]
    while waiting:
        one, level = waiting.pop()
        deepest = max(deepest, level)
        waiting.extend((child, level + 1) for child in children(one))
    return deepest
