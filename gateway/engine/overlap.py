"""Programs that compute the same truths (a device's row, a second, a hold's end): each is told what another found."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gateway.engine.columns import Int8s, Places
from gateway.engine.step import Changed

if TYPE_CHECKING:  # a program uses this module
    from gateway.engine.program import Program

MOST_TOLD: Final = 64  # changes from which on it is quicker to compare all
MOST_KEPT: Final = 1024  # changes that a program is told of before it looks at everything


class Overlap(NamedTuple):
    """Another program, where each of our truths stands there (-1: nowhere), and the places of those that do."""

    other: "Program"
    there: NDArray[np.int32]
    own: Places
    at_other: Places

    @classmethod
    def of(cls, truths: int, pairs: Sequence[tuple[int, int]], other: "Program") -> "Overlap":
        """Return that of a program of so many truths and another; `pairs`: where a truth stands here and there."""
        there = np.full(truths, -1, np.int32)
        there[[here for here, _ in pairs]] = [at_other for _, at_other in pairs]
        own: Places = (there >= 0).nonzero()[0]
        return cls(other, there, own, there[own].astype(np.intp))

    def tell(self, truths: Int8s, changed: Changed, several: bool) -> None:
        """Let the other know which truths are otherwise here than it found them; `several`: more than `changed` may be.

        What follows from a truth (a latch, a hold, a machine's state) is shared: who finds it otherwise than whoever
        looked last has to look at what follows, even if it is as it was here.
        """
        if self.other.stale:
            return
        if several or len(changed) > MOST_TOLD:
            differ = truths.take(self.own) != self.other.frame.truths[:, 0].take(self.at_other)
            changed = self.own[differ.nonzero()[0]].tolist()
        there, told = self.there.data, self.other.told
        told.extend((at, truths.item(place)) for place in changed if (at := there[place]) >= 0)
        if len(told) > MOST_KEPT:  # of one that seldom runs
            self.other.stale, self.other.told = True, []
