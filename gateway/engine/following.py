"""within(a, b, 10s): b became true at most so long after a did."""

from collections.abc import Sequence

import numpy as np

from gateway.engine.cell import Cell
from gateway.engine.columns import (
    LONG_AGO,
    Bools,
    Float64s,
    Frame,
    Int8s,
    Int64s,
    Operand,
    before_and_filled,
    last_where,
)


class Following:
    """What one bank of these knows of its two truths, one entry a cell.

    A truth becomes true when it is true and was false when it was last known.
    """

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.cells = list(cells)
        count = len(cells)
        self.within_ns: Int64s = np.array([int(cell.detail[0]) for cell in cells], np.int64).reshape(-1, 1)
        self.now_ns: Int64s = np.full(count, LONG_AGO, np.int64)
        self.leader: Float64s = np.full(count, np.nan)  # the first truth as it was last known
        self.follower: Float64s = np.full(count, np.nan)
        self.led_ns: Int64s = np.full(count, LONG_AGO, np.int64)  # when the first became true
        self.matched: Float64s = np.zeros(count)  # whether the second came in time when it last became true

    def run(self, mono_ns: Int64s, leader: Int8s, follower: Int8s) -> Int8s:
        """Return truths [n, T] at times [T] of two truths [n, T]."""
        times = np.maximum(np.maximum.accumulate(mono_ns), self.now_ns.reshape(-1, 1))
        rose, self.leader = _rises(leader, self.leader)
        led = np.maximum.accumulate(np.where(rose, times, LONG_AGO), axis=1)
        led = np.maximum(led, self.led_ns.reshape(-1, 1))
        rose, self.follower = _rises(follower, self.follower)
        at = last_where(rose)
        in_time = np.take_along_axis(times - led <= self.within_ns, np.maximum(at, 0), axis=1)
        matched = np.where(at < 0, self.matched.reshape(-1, 1) == 1.0, in_time)
        self.now_ns, self.led_ns, self.matched = times[:, -1], led[:, -1].copy(), matched[:, -1].astype(np.float64)
        told: Int8s = np.where((follower == 1) & ~matched, np.int8(-1), follower)
        return told


def _rises(truths: Int8s, known: Float64s) -> tuple[Bools, Float64s]:
    """Return where truths [n, T] become true, and what was last known of them."""
    values = np.where(truths == 0, np.nan, truths == 1)
    before, filled = before_and_filled(values, known)
    return (values == 1.0) & (before == 0.0), filled[:, -1].copy()


class FollowingStage:
    """A bank of `within`."""

    def __init__(self, following: Following, operands: Sequence[Operand], out: slice) -> None:
        self.following, self.operands, self.out = following, operands, out

    def run(self, frame: Frame) -> None:
        """Evaluate all columns."""
        leader, follower = (operand.truths(frame) for operand in self.operands)
        frame.truths[self.out] = self.following.run(frame.mono_ns, leader, follower)
