"""A point's name looked up in the scope; for an unknown one, the nearest that is there."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

from gateway.language.dimensions import of_quantity
from gateway.language.errors import ExpressionError, wrong
from gateway.language.scope import Resolved, Scope
from gateway.language.syntax import Name
from gateway.language.tree import Point
from gateway.language.values import Fact, Value, own_of
from sensors.quantities import UNITS

_SHOWN: Final = 8  # names listed in an error


def point_of(name: Name, scope: Scope) -> Value | Fact:
    """Return the point of a name; its node reads the table's value as base units."""
    found = scope.resolve(name.name)
    if found is None:
        raise _unknown(name, scope)
    if found.truth:
        return Fact(Point(found.index, truth=True))
    return _measured(name, found)


def _measured(name: Name, found: Resolved) -> Value:
    unit = UNITS.get(found.unit)
    if unit is None:
        raise wrong(name.position, "point_unit", name=name.name, unit=found.unit)
    node = Point(found.index, unit.scale, unit.offset)
    return Value(node, of_quantity(unit.quantity), own_of(unit))


def _unknown(name: Name, scope: Scope) -> ExpressionError:
    """Return the error of a name that is not there: the nearest name, or what the device has."""
    names = scope.names()
    device = name.name.rpartition(".")[0]
    near = _of_ending(name.name, names) or get_close_matches(name.name, names, n=1, cutoff=0.75)
    if near:
        return wrong(name.position, "point", "near_point", name=name.name, near=near[0])
    of_device = [one for one in names if one.startswith(f"{device}.")]
    if device and of_device:
        listed = ", ".join(of_device[:_SHOWN]) + (", ..." if len(of_device) > _SHOWN else "")
        return wrong(name.position, "point", "points_of", name=name.name, device=device, names=listed)
    return wrong(name.position, "point", name=name.name)


def _of_ending(name: str, names: Sequence[str]) -> list[str]:
    """Return the first point that a name without its beginning can mean: `power`, `temp`, `press_1.run`."""
    if "." in name:
        return [one for one in names if one == f"machines.{name}"]
    by_ending: dict[str, str] = {}
    for one in names:
        by_ending.setdefault(one.rpartition(".")[2], one)
    return [by_ending[ending] for ending in get_close_matches(name, by_ending, n=1, cutoff=0.5)]
