"""Ends: the one operation of each order at which its pieces are output. Pure.

A piece passes many operations and is output once. So the pieces of an order are counted at one operation: the last of
its style's route, else the one that no other waits for. Where several are last it is the one that has done least, for
what all of them have done is no more. Where nothing says which comes last it is the one of the operations done that has
done least, which is a guess: it may be too low, and is never more than what has passed all that was done.
See docs/decisions/0058-a-piece-is-output-once.md.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

Route = Mapping[str, tuple[str, ...]]  # each operation with those that must come first


class Sum(NamedTuple):
    """What was ever done of an order and style at an operation; last at a UTC ns."""

    order: str
    style: str
    operation: str
    quantity: int
    last_ns: int


class End(NamedTuple):
    """Where pieces are output, and whether something says so."""

    operation: str
    sure: bool


def end(route: Route, told: bool, done: Iterable[Sum]) -> End | None:
    """Return the end of an order of which this was done; None where nothing was, and nothing says where it ends.

    `told`: somebody told the route, so all of its last operations are needed. Those of `after` may be of other goods.
    """
    sums: dict[str, tuple[int, int]] = {}
    for one in done:
        quantity, last_ns = sums.get(one.operation, (0, 0))
        sums[one.operation] = quantity + one.quantity, max(last_ns, one.last_ns)
    last = finals(route)
    if last:
        begun = [code for code in last if told or sums.keys() & _own(route, code, last)]
        return End(_least(begun or last, sums), True)
    return End(_least([code for code in sums if sums[code][0] > 0] or list(sums), sums), False) if sums else None


def finals(route: Route) -> list[str]:
    """Return the operations that are known to be last: they wait for one, and none waits for them."""
    if len(route) == 1:
        return list(route)
    awaited = {one for first in route.values() for one in first}
    return [code for code, first in route.items() if first and code not in awaited]


def _own(route: Route, code: str, last: list[str]) -> set[str]:
    """Return an end and those before it which come before no other end."""
    others = (_chain(route, one) for one in last if one != code)
    return _chain(route, code).difference(*others)


def _chain(route: Route, code: str) -> set[str]:
    found, ahead = set[str](), [code]
    while ahead:
        one = ahead.pop()
        if one not in found:
            found.add(one)
            ahead += route.get(one, ())
    return found


def _least(codes: list[str], sums: Mapping[str, tuple[int, int]]) -> str:
    """Return the operation that has done least; of equals the one done last, for what came before it is no output."""

    def by(code: str) -> tuple[int, int]:
        quantity, last_ns = sums.get(code, (0, 0))
        return quantity, -last_ns

    return min(codes, key=by)
