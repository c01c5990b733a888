"""The tree of an expression: a few frozen node kinds, compared by value, that the engine sorts into banks.

Every number is already in base units (`sensors.quantities`), every duration in nanoseconds, every point resolved to its
index in the point table. Types are checked: `Truth`, `Compare`, `Not`, `And`, `Or`, `Held` (and a `Point` or `Call`
that says so) are truth-valued with three values; all others are numbers.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Final, Literal

ACCRUED = frozenset({"integral", "hours", "count_since", "share"})  # functions of what accrues over time

Operator = Literal["+", "-", "*", "/", "%"]
Comparator = Literal["<", "<=", ">", ">=", "==", "!="]


@dataclass(frozen=True, slots=True)
class Node:
    """Any node."""


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A constant in base units."""

    value: float


UNKNOWN: Final = Number(math.nan)  # a number that nobody knows


@dataclass(frozen=True, slots=True)
class Truth(Node):
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True, slots=True)
class Point(Node):
    """The latest value of a point: `table value * scale + offset` is in base units."""

    index: int  # in the point table
    scale: float = 1.0
    offset: float = 0.0
    truth: bool = False  # a truth value: not 0 is true


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function of `arguments`, most of them over a window.

    Over a window (mean median sum min max range std first last rate delta count percentile): `window_ns` > 0;
    `hop_ns` 0 is exact; `tumbling` is of the last full window alone, and its hop is its length.
    Of a waveform (rms crest kurtosis band velocity): likewise, over the last window that is over.
    Learning (learned charted usual sigma uneven western_electric nelson drift drift_since, odd normal): of a value, how
    many chart points, and the size of subgroups; `window_ns` is the stretch of time of a chart point, 0 for subgroups
    of readings; `label` is the name of the baseline, or of the season.
    What accrues (integral hours count_since share): over such a window, or with `window_ns` 0 since its second argument
    last became true, or ever. within (a truth): of two truths, the second at most `window_ns` after the first.
    With state: ewma (`window_ns` is its time constant); stuck, missing, changed (truths: no other value / no good
    reading / another value within `window_ns`). Plain (abs min max round sqrt clamp): `window_ns` is 0;
    round takes a value and its number of decimals, clamp a value, the lowest and the highest.
    """

    function: str
    arguments: tuple[Node, ...]
    window_ns: int = 0
    hop_ns: int = 0
    truth: bool = False
    label: str = ""
    tumbling: bool = False


@dataclass(frozen=True, slots=True)
class Negate(Node):
    """Unary minus."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """`left operator right`; a division by zero is not a number, and so of bad quality."""

    operator: Operator
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Choose(Node):
    """`then if condition else otherwise`; unknown when the condition is."""

    then: Node
    condition: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """A comparison of two numbers (or two truths, by == and !=); unknown when a side is bad."""

    operator: Comparator
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Not(Node):
    """Three-valued not."""

    operand: Node


@dataclass(frozen=True, slots=True)
class And(Node):
    """Three-valued and over two or more operands: false if one is false, else unknown if one is unknown."""

    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or(Node):
    """Three-valued or over two or more operands: true if one is true, else unknown if one is unknown."""

    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Held(Node):
    """`operand for duration`: true once the operand was true without a break for that long, by the data's time.

    False as soon as the operand is false; unknown while the operand is unknown, and the waiting begins anew.
    """

    operand: Node
    duration_ns: int


def children(node: Node) -> list[Node]:
    """Return the parts directly below a node."""
    found: list[Node] = []
    for part in fields(node):
        value = getattr(node, part.name)
        found.extend(value if isinstance(value, tuple) else [value] if isinstance(value, Node) else [])
    return found


def parts(node: Node) -> Iterator[Node]:
    """Yield a node and all below it, from the left."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(reversed(children(one)))


def points(node: Node) -> Iterator[Point]:
    """Yield the points that a tree reads, as often as it reads them."""
    return (one for one in parts(node) if isinstance(one, Point))


def meters(node: Node) -> list[Call]:
    """Return the parts that accrue ever, until somebody sets them to zero."""
    return [
        one for one in parts(node)
        if isinstance(one, Call) and one.function in ACCRUED and not one.window_ns and len(one.arguments) == 1
    ]  # fmt: skip


def written(node: Node, names: Sequence[str]) -> str:
    """Return a text that is the same for the same tree over points of the same names, whatever their indices are."""
    if isinstance(node, Point):
        return f"{names[node.index]}*{node.scale!r}{node.offset:+}"
    parts = [
        f"({' '.join(written(one, names) for one in value)})" if isinstance(value, tuple)
        else written(value, names) if isinstance(value, Node) else str(value)
        for value in (getattr(node, part.name) for part in fields(node))
    ]  # fmt: skip
    return f"{type(node).__name__}({' '.join(parts)})"


def chosen(node: Node) -> Iterator[Point]:
    """Yield the points whose values a tree can have, or is computed from: not those that only decide which."""
    if isinstance(node, Point):
        yield node
    elif isinstance(node, Choose):
        yield from chosen(node.then)
        yield from chosen(node.otherwise)
    else:
        for one in children(node):
            yield from chosen(one)
