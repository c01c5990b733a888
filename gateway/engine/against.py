"""Comparisons with a constant, of all four kinds in one bank: one gather and two compares, whatever they read."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from gateway.engine import kernel
from gateway.engine.cell import Cell
from gateway.engine.columns import TAME, Float64s, Frame, Operand
from gateway.engine.step import Changed, Step

_TURNED: Final = {">": "<", ">=": "<=", "<": ">", "<=": ">="}


def is_against(cell: Cell) -> bool:
    """Tell whether a cell compares what is not constant with a constant."""
    return cell.op in _TURNED and [one.op for one in cell.inputs].count("constant") == 1


def compared(cell: Cell) -> Cell:
    """Return what such a cell compares."""
    first, second = cell.inputs
    return second if first.op == "constant" else first


def _operator(cell: Cell) -> str:
    return _TURNED[cell.op] if cell.inputs[0].op == "constant" else cell.op


def _limit(cell: Cell) -> float:
    first, second = cell.inputs
    return float((first if first.op == "constant" else second).detail[0])


def in_order(cells: Sequence[Cell], at: Mapping[Cell, int]) -> list[Cell]:
    """Return the cells as `Against` wants them: those that are true above first, each by where its number stands."""
    return sorted(cells, key=lambda cell: (_operator(cell) in ("<", "<="), at[compared(cell)]))


class Against:
    """`x >= c` is `x > the number before c`; `<` and `<=` are the others turned round; NaN is neither, so unknown."""

    pure = bounds = True

    def __init__(self, cells: Sequence[Cell], operand: Operand, out: slice) -> None:
        operators = [_operator(cell) for cell in cells]
        limits = np.array([_limit(cell) for cell in cells])
        before = np.array([operator in (">=", "<") for operator in operators])
        self.limits: Float64s = np.where(before, np.nextafter(limits, -np.inf), limits)
        self.above = sum(operator in (">", ">=") for operator in operators)  # the first so many are true above
        self.operand, self.out = operand, out

    def run(self, frame: Frame) -> None:
        """Evaluate those that their numbers' bounds do not settle."""
        places, limits, split = self.operand.places, self.limits, self.above
        above = (frame.least.take(places) > limits).view(np.int8)
        below = (frame.most.take(places) <= limits).view(np.int8)
        low, high = above * np.int8(2) - np.int8(1), np.int8(1) - below * np.int8(2)
        low[split:], high[split:] = -high[split:], -low[split:]
        chosen = frame.settle(self.out, low, high)
        if not len(chosen):
            return
        values, limits = self.operand.some(frame.numbers, chosen).T, limits[chosen]
        found = np.subtract((values > limits).view(np.int8), (values <= limits).view(np.int8))
        turned = int(chosen.searchsorted(split))
        np.negative(found[:, turned:], out=found[:, turned:])
        frame.truths[self.out].T[:, chosen] = found

    def native(self, frame: Frame) -> kernel.Fields | None:
        """Return the same for the kernel."""
        if self.operand.column is not None:
            return None
        places = self.operand.places
        first, n = int(places.min()), int(np.ptp(places)) + 1
        order = np.lexsort((self.limits, places))
        truths = np.where(order < self.above, self.out.start + order, ~(self.out.start + order))
        return kernel.Against(
            first=first, n=n, begins=places[order].searchsorted(np.arange(first, first + n + 1)).astype(np.int32),
            limits=self.limits[order], truths=truths.astype(np.int32), passed=np.full(n, -1, np.int32),
            low=np.full(n, np.inf, np.float32), high=np.full(n, -np.inf, np.float32),  # the first row compares all
        )  # fmt: skip

    def row(self, frame: Frame) -> Step:
        """Return the same for the only column, prepared. Among known numbers a truth can but turn round."""
        values, limits, out, split = self.operand.number_row(frame), self.limits, frame.truths[self.out, 0], self.above
        above, below, truths = np.empty(len(limits), np.bool_), np.empty(len(limits), np.bool_), np.empty_like(out)
        up, down = above.view(np.int8), below.view(np.int8)
        plain, turned = (up[:split], down[:split], truths[:split]), (down[split:], up[split:], truths[split:])
        first, last, before = self.out.start, b"", above.copy()  # `last`: empty while something was not known
        told, was, differs = out.data, before.data, np.empty(len(limits), np.bool_)

        def step(now_ns: int) -> Changed | None:
            nonlocal last
            found = values()
            np.greater(found, limits, above)
            known = bool(found.dot(found) < TAME)
            now = above.tobytes() if known else b""
            if known and last:
                if now == last:
                    return None
                np.not_equal(above, before, differs)
                last, places = now, differs.nonzero()[0].tolist()
                for place in places:
                    told[place], was[place] = -told[place], not was[place]
                return [first + place for place in places]
            np.less_equal(found, limits, below)
            np.subtract(*plain)
            np.subtract(*turned)
            places = (truths != out).nonzero()[0].tolist()
            last, before[:], out[:] = now, above, truths
            return [first + place for place in places]

        return step
