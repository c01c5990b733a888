"""What the edges of GPIO lines mean: pulses counted, inputs followed. Pure: the kernel's events come in, rows go out.

The kernel numbers the edges of each line (`line_seqno`, from 1) before it stores them, and throws the oldest away when
there is no room. A gap in the numbers is therefore edges that were not seen: they count all the same, and are told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from drivers.base import Slot
from sensors.batch import Batch
from sensors.quality import GOOD, NO_REPLY

NUMBERS: Final = 2**32  # a line's number runs over


@dataclass(frozen=True, slots=True)
class Seen:
    """An edge: which line, its number, whether the line is active after it, and when (CLOCK_BOOTTIME)."""

    offset: int
    number: int
    active: bool
    mono_ns: int


class Lines:
    """The lines of one device, in the order of its points. Those `counted` have pulses; the others are inputs."""

    def __init__(self, slot: Slot, counted: Sequence[bool]) -> None:
        self.missed = 0  # edges that the kernel had no room for
        self._slot, self._counted = slot, counted
        self._columns: dict[int, int] = {}
        self._values = np.zeros(len(counted))
        self._numbers: dict[int, int] = {}
        self._stamp_ns = 0

    def begin(self, offsets: Sequence[int], active: Sequence[bool]) -> None:
        """Take the kernel's offset of each line and its state now. Counts go on; the kernel's numbers begin anew."""
        self._columns = {offset: column for column, offset in enumerate(offsets)}
        self._numbers = {}
        for column, value in enumerate(active):
            if not self._counted[column]:
                self._values[column] = value

    def edges(self, edges: Sequence[Seen]) -> Batch | None:
        """Take what was read at once; return a row for each change of an input, None when there was none."""
        times, rows = [], []
        for edge in edges:
            before = self._numbers.get(edge.offset, 0)
            new = (edge.number - before) % NUMBERS
            self._numbers[edge.offset] = edge.number
            self.missed += new - 1
            column = self._columns[edge.offset]
            if self._counted[column]:
                self._values[column] += new
            elif self._values[column] != edge.active:
                self._values[column] = edge.active
                times.append(self._later(edge.mono_ns))
                rows.append(self._values.copy())
        if not rows:
            return None
        quality = np.full((len(rows), len(self._values)), GOOD, np.uint8)
        return Batch(self._slot.device, self._slot.first, np.array(times, np.int64), np.array(rows), quality)

    def row(self, mono_ns: int, quality: int = GOOD) -> Batch:
        """Return the present state as a row."""
        values = self._values if quality == GOOD else np.full(len(self._values), np.nan)
        return Batch(
            self._slot.device,
            self._slot.first,
            np.array([self._later(mono_ns)], np.int64),
            values.reshape(1, -1).copy(),
            np.full((1, len(values)), quality, np.uint8),
        )

    def silence(self, mono_ns: int) -> Batch:
        """Return a row that says that the lines are gone."""
        return self.row(mono_ns, NO_REPLY)

    def _later(self, mono_ns: int) -> int:
        self._stamp_ns = max(mono_ns, self._stamp_ns + 1)
        return self._stamp_ns
