"""Piece: recorded rows of one device; and putting the pieces of all devices in the order in which they were read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from sensors.batch import Float64s, Int64s, UInt8s

SECOND_NS = 1_000_000_000
APART_NS = 60 * SECOND_NS  # a commit's blocks follow one another by device: so far may a piece lie behind another


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows of the device's first K points: UTC times [T] in order, values [T, K], quality [T, K]."""

    device: int
    time_ns: Int64s
    values: Float64s
    quality: UInt8s

    def __getitem__(self, rows: slice) -> "Piece":
        return replace(self, time_ns=self.time_ns[rows], values=self.values[rows], quality=self.quality[rows])


def in_order(pieces: Iterable[Piece], streamed: bool) -> Iterator[Piece]:
    """Yield the rows of all devices by time, cut where another device's row, or a whole second, is in between.

    `streamed`: the pieces come nearly in order, so that never more than minutes of them are kept.
    """
    waiting: list[Piece] = []
    told_ns = -(1 << 62)
    for piece in pieces:
        waiting.append(piece)
        until_ns = int(piece.time_ns[0]) - APART_NS
        if streamed and until_ns > told_ns + APART_NS:
            yield from _woven([piece[: _until(piece, until_ns)] for piece in waiting])
            waiting = [piece[_until(piece, until_ns) :] for piece in waiting if piece.time_ns[-1] > until_ns]
            told_ns = until_ns
    yield from _woven(waiting)


def _until(piece: Piece, time_ns: int) -> int:
    return int(piece.time_ns.searchsorted(time_ns, "right"))


def _woven(pieces: list[Piece]) -> Iterator[Piece]:
    pieces = [piece for piece in pieces if len(piece.time_ns)]
    if not pieces:
        return
    counts = [len(piece.time_ns) for piece in pieces]
    which = np.repeat(np.arange(len(pieces)), counts)
    row = np.concatenate([np.arange(count) for count in counts])
    times = np.concatenate([piece.time_ns for piece in pieces])
    order = np.lexsort((row, which, times))
    which, row, seconds = which[order], row[order], times[order] // SECOND_NS
    cuts = np.flatnonzero((np.diff(which) != 0) | (np.diff(seconds) != 0)) + 1
    starts = [0, *cuts.tolist()]
    for start, stop in zip(starts, [*starts[1:], len(which)], strict=True):
        first = int(row[start])
        yield pieces[int(which[start])][first : first + stop - start]
