"""The latches that the kernel turned: which ones, in which of several rows, and with which value."""

from collections.abc import Iterator, Sequence
from ctypes import addressof
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gateway.engine import kernel
from gateway.engine.columns import Float64s, Operand

_SPARE: Final = 128  # latches that may turn in several rows before those that can in one more


# A rule's latch became active or not: when, of which rule, whether it is active, the value in the rule's unit, and the
# numbers in its message in theirs. A plain tuple, for there are many.
Flip = tuple[int, int, bool, float | None, tuple[float | None, ...]]


class Room:
    """Where the kernel puts which latches turned: one for all programs, of which none runs within another."""

    def __init__(self, rules: int) -> None:
        self.latches: NDArray[np.int32] = np.empty(rules + _SPARE, np.int32)  # places; of those that ended, inverted
        self.rows: NDArray[np.int32] = np.empty(rules + _SPARE, np.int32)
        self.values: Float64s = np.empty(rules + _SPARE)


class Turned:
    """The latches of a program, prepared for the kernel."""

    def __init__(self, room: Room, fields: kernel.Latches) -> None:
        self._fields, self.at = fields, addressof(fields)
        self._which, self._rows = room.latches.data, room.rows.data
        self._values: Any = room.values.data  # of floats

    def told(self, count: int) -> Iterator[tuple[int, int, float]]:
        """Yield the place, inverted for one that ended, the row and the value of each of so many that turned."""
        which, rows, values = (one[:count].tolist() for one in (self._which, self._rows, self._values))
        return zip(which, rows, values, strict=True)


def turned(room: Room, **fields: Any) -> Turned | None:
    """Return latches prepared for the kernel; None where there is none."""
    if kernel.LOADED is None:
        return None
    return Turned(room, kernel.Latches(
        most=_SPARE, flipped=room.latches, flipped_row=room.rows, flipped_value=room.values, **fields
    ))  # fmt: skip


def place_of(operand: Operand | None, shown: Sequence[Any]) -> int:
    """Return where the value of a rule stands that shows these numbers in its message; or why the kernel has none."""
    if operand is None and not shown:
        return kernel.NO_VALUE
    return kernel.MORE_VALUES if shown or operand is None or operand.column is not None else operand.first
