"""`until` of a machine's state: it begins when `when` is true and stays until `until` is, which wins over it."""

from collections.abc import Sequence

import numpy as np

from gateway.engine.cell import Cell
from gateway.engine.columns import Frame, Int8s, Operand, Places, last_where


class Stays:
    """What all of them remember: 1 while it stays, -1 else."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.keys = [cell.key for cell in cells]
        self.number = {key: number for number, key in enumerate(self.keys)}
        self.on: Int8s = np.full(len(cells), -1, np.int8)


class StayBank:
    """Those whose inputs are known at the same point of a program."""

    def __init__(self, stays: Stays, cells: Sequence[Cell], operands: Sequence[Operand], out: slice) -> None:
        self.stays, self.out = stays, out
        self.places: Places = np.array([stays.number[cell.key] for cell in cells], np.intp)
        self.when, self.until = operands

    def run(self, frame: Frame) -> None:
        """Evaluate all columns: unknown where an unknown input might change it."""
        when, until = self.when.truths(frame), self.until.truths(frame)
        told = np.where(until == 1, np.int8(-1), np.where(when == 1, np.int8(1), np.int8(0)))
        at = last_where(told != 0)
        start = self.stays.on[self.places].reshape(-1, 1)
        on = np.where(at < 0, start, np.take_along_axis(told, np.maximum(at, 0), axis=1))
        decides = np.where(on == 1, until, when)
        frame.truths[self.out] = np.where((told == 0) & (decides == 0), np.int8(0), on)
        self.stays.on[self.places] = on[:, -1]
