"""Banks that keep something of the rows, as stages of a program."""

from collections.abc import Sequence

import numpy as np

from gateway.engine.cell import Cell
from gateway.engine.charting import Charting
from gateway.engine.columns import Float64s, Frame, Operand, Places, finite
from gateway.engine.machines import Machines
from gateway.engine.over_time import Window
from gateway.engine.panes import Panes
from gateway.engine.recent import Ewma, Recent
from gateway.engine.waves import Wave


class BeforeStage:
    """The states that machines had before these columns."""

    def __init__(self, machines: Machines, cells: Sequence[Cell], out: slice) -> None:
        self.machines, self.out = machines, out
        self.places: Places = np.array([cell.detail[0] for cell in cells], np.intp)

    def run(self, frame: Frame) -> None:
        """Evaluate the only column: such programs go row by row."""
        frame.truths[self.out] = self.machines.code[self.places].reshape(-1, 1)


class _OverTime:
    """What they share: rows come in (`operand`), or only time has passed (None)."""

    def __init__(self, operand: Operand | None, out: slice, rows: bool) -> None:
        self.operand, self.out, self.rows = operand, out, rows

    def fresh(self, frame: Frame, last: Float64s | None) -> Float64s | None:
        """Return the new rows [n, T]. Without a device's row a computed input is a new reading only if it changed."""
        if self.operand is None:
            return None
        values = self.operand.numbers(frame)
        if self.rows:
            return values
        same = np.isnan(values).all() if last is None else np.array_equal(values[:, 0], last, equal_nan=True)
        return None if same else values


class WindowStage(_OverTime):
    """A bank of window functions."""

    def __init__(self, window: Window | Panes, operand: Operand | None, out: slice, rows: bool) -> None:
        super().__init__(operand, out, rows)
        self.window = window

    def run(self, frame: Frame) -> None:
        """Evaluate all columns."""
        window = self.window
        values = self.fresh(frame, window.seen)
        if values is None:
            for column, now in enumerate(frame.mono_ns.tolist()):
                frame.numbers[self.out][:, column] = window.value(now)
        else:
            frame.numbers[self.out] = window.push(frame.mono_ns, values)
        finite(frame.numbers[self.out])


class RecentStage(_OverTime):
    """A bank of stuck, missing or changed."""

    def __init__(self, recent: Recent, operand: Operand | None, out: slice, rows: bool) -> None:
        super().__init__(operand, out, rows)
        self.recent = recent

    def run(self, frame: Frame) -> None:
        """Evaluate all columns."""
        frame.truths[self.out] = self.recent.run(frame.mono_ns, self.fresh(frame, self.recent.seen))


class EwmaStage(_OverTime):
    """A bank of exponentially weighted means; time alone does not change them."""

    def __init__(self, ewma: Ewma, operand: Operand | None, out: slice, rows: bool) -> None:
        super().__init__(operand, out, rows)
        self.ewma = ewma

    def run(self, frame: Frame) -> None:
        """Evaluate all columns."""
        values = self.fresh(frame, self.ewma.seen)
        if values is None:
            frame.numbers[self.out] = self.ewma.value.reshape(-1, 1)
        else:
            frame.numbers[self.out] = self.ewma.run(frame.mono_ns, values)
            finite(frame.numbers[self.out])


class RowStage(_OverTime):
    """A bank that rows alone move on: a waveform's figures, what was learned."""

    def __init__(self, keeper: Wave | Charting, operand: Operand | None, out: slice, rows: bool) -> None:
        super().__init__(operand, out, rows)
        self.keeper = keeper

    def run(self, frame: Frame) -> None:
        """Evaluate all columns."""
        values = self.fresh(frame, self.keeper.seen)
        if values is None:
            frame.numbers[self.out] = self.keeper.value.reshape(-1, 1)
        else:
            frame.numbers[self.out] = self.keeper.push(frame.mono_ns, values)
