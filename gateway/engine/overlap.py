"""Programs that compute the same truths (a device's row, a second, a hold's end): each is told what another found."""

from collections.abc import Sequence
from ctypes import addressof
from typing import Final

import numpy as np

from gateway.engine.columns import Int8s
from gateway.engine.kernel import OverlapFields, ToldFields, address
from gateway.engine.step import Changed

MOST_TOLD: Final = 64  # changes from which on it is quicker to compare all
MOST_KEPT: Final = 1024  # changes that a program is told of before it looks at everything


class Told(ToldFields):
    """Which truths other programs found otherwise since a program's last row. `stale`: nothing of that row counts."""

    def __init__(self) -> None:
        super().__init__(most=MOST_KEPT, stale=True)
        self._places, self._truths = np.empty(MOST_KEPT, np.int32), np.empty(MOST_KEPT, np.int8)
        self.places_at, self.truths_at = address(self._places), address(self._truths)

    def __len__(self) -> int:
        return self.n

    def tell(self, places: Sequence[int], truths: Sequence[int]) -> None:
        """Tell of truths that are otherwise now; of too many for one that seldom runs, that nothing counts."""
        first, self.n = self.n, self.n + len(places)
        if self.n > MOST_KEPT:
            self.n, self.stale = 0, True
        else:
            self._places[first : self.n], self._truths[first : self.n] = places, truths

    def take(self) -> list[tuple[int, int]]:
        """Return the places and the truths that were told, and begin anew."""
        told = list(zip(self._places[: self.n].tolist(), self._truths[: self.n].tolist(), strict=True))
        self.n, self.stale = 0, False
        return told


class Overlap(OverlapFields):
    """Another program, where each of our truths stands there (-1: nowhere), and the places of those that do."""

    def __init__(self, truths: int, pairs: Sequence[tuple[int, int]], other: Told, other_truths: Int8s) -> None:
        """Make that of a program of so many truths and another; `pairs`: where a truth stands here and there.

        `other`: what that one is told, and the truths of its row, which stay where they are.
        """
        self.other, self._other_truths = other, other_truths
        self._there = np.full(truths, -1, np.int32)
        self._there[[here for here, _ in pairs]] = [at_other for _, at_other in pairs]
        self._own = (self._there >= 0).nonzero()[0].astype(np.int32)
        self._at_other = self._there[self._own]
        super().__init__(
            addressof(self.other), len(self._own), address(self._there), address(self._own), address(self._at_other),
            address(self._other_truths),
        )  # fmt: skip

    def tell(self, truths: Int8s, changed: Changed, several: bool) -> None:
        """Let the other know which truths are otherwise here than it found them; `several`: more than `changed` may be.

        What follows from a truth (a latch, a hold, a machine's state) is shared: who finds it otherwise than whoever
        looked last has to look at what follows, even if it is as it was here.
        """
        if self.other.stale:
            return
        if several or len(changed) > MOST_TOLD:
            differ = truths.take(self._own) != self._other_truths.take(self._at_other)
            changed = self._own[differ.nonzero()[0]].tolist()
        at_other = self._there[changed]
        there = at_other >= 0
        self.other.tell(at_other[there].tolist(), truths[changed][there].tolist())
