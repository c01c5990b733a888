"""Where the names of an expression lead: from `device.point` to an index of the point table and its unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sensors.point import Point

RESERVED = ("machines", "signals", "workshop")  # no device may be called so


@dataclass(frozen=True, slots=True)
class Resolved:
    """One point as an expression sees it."""

    index: int  # in the point table
    unit: str = "1"  # the unit of the table's values, a symbol of `sensors.quantities`
    truth: bool = False  # true or false: not 0 is true


class Scope(Protocol):
    """All that the language needs to know about the shop."""

    def resolve(self, name: str) -> Resolved | None:
        """Return the point of a full name (`meter_1.power`, `machines.press_1.run`), None when there is none."""

    def names(self) -> Sequence[str]:
        """Return every full name, for the nearest one in an error."""


class PointScope:
    """The scope of a point table: full names and their points, in the table's order."""

    def __init__(self, names: Sequence[str], points: Sequence[Point]) -> None:
        self._names = tuple(names)
        self._resolved: Mapping[str, Resolved] = {
            name: Resolved(index, point.unit, is_truth(name, point))
            for index, (name, point) in enumerate(zip(names, points, strict=True))
        }

    def resolve(self, name: str) -> Resolved | None:
        """Return the point of a full name."""
        return self._resolved.get(name)

    def names(self) -> Sequence[str]:
        """Return every full name."""
        return self._names


def is_truth(name: str, point: Point) -> bool:
    """Tell whether a point is true or false: one bit, or a state of a machine. A fault code is a number."""
    one_bit = point.bit is not None and point.bits == 1
    return point.type == "bool" or one_bit or (name.startswith("machines.") and point.kind == "state")
