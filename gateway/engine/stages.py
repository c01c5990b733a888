"""Banks that keep something of the rows, as stages of a program."""

from collections.abc import Sequence
from ctypes import Structure, addressof
from typing import Any, Final

import numpy as np

from gateway.engine import kernel
from gateway.engine.between import Limits
from gateway.engine.cell import Cell
from gateway.engine.charting import Charting
from gateway.engine.columns import Float64s, Frame, Operand, Places, finite, is_tame
from gateway.engine.demand import Demand
from gateway.engine.flashing import Flashing
from gateway.engine.kernel import address
from gateway.engine.machines import Machines
from gateway.engine.panes import Panes
from gateway.engine.recent import Ewma, Recent
from gateway.engine.sliding import Window
from gateway.engine.step import Changed, Step, anyhow, watch
from gateway.engine.waves import Wave

_LONG: Final = 8  # numbers of a run from which on, in the mean, it is quicker to copy them together


class BeforeStage:
    """The states that machines had before these columns."""

    def __init__(self, machines: Machines, cells: Sequence[Cell], out: slice) -> None:
        self.machines, self.out = machines, out
        self.places: Places = np.array([cell.detail[0] for cell in cells], np.intp)

    def run(self, frame: Frame) -> None:
        """Evaluate the only column: such programs go row by row."""
        frame.truths[self.out] = self.machines.code[self.places].reshape(-1, 1)


class _OverTime:
    """What they share: rows come in (`operand`), or only time has passed (None).

    `rows`: those of a device; `readings`: all of what comes in is read as it is, so good in a row in which all is good.
    """

    def __init__(self, operand: Operand | None, out: slice, rows: bool, readings: bool) -> None:
        self.operand, self.out, self.rows, self.readings = operand, out, rows, readings

    def fresh(self, frame: Frame, last: Float64s | None) -> Float64s | None:
        """Return the new rows [n, T]. Without a device's row a computed input is a new reading only if it changed."""
        if self.operand is None:
            return None
        values = self.operand.numbers(frame)
        if self.rows:
            return values
        same = np.isnan(values).all() if last is None else np.array_equal(values[:, 0], last, equal_nan=True)
        return None if same else values

    def moves(
        self, kind: str, keeper: Structure, widest: int, timed: bool = False, parts: Sequence[int] = ()
    ) -> kernel.OverRows | None:
        """Return a device's row for the kernel, or of what is `timed` the passing of time; None without either.

        `parts`: where those begin that are not to be taken at one go.
        """
        operand = self.operand
        if not timed if operand is None else not self.rows or operand.column is not None:
            return None
        places = np.empty(0, np.intp) if operand is None else operand.places
        runs = _runs(places, parts)
        fields = kernel.OverRows(
            keeper=addressof(keeper), out=self.out.start, readings=self.readings, scratch=np.empty(widest),
            places=places, runs=runs, runs_n=len(runs) if len(runs) * _LONG <= len(places) else 0,
        )  # fmt: skip
        fields.kind = kind if operand is not None else f"{kind}_time"
        return fields


def _runs(places: Places, parts: Sequence[int]) -> Places:
    """Return the begin and the length of each run of places that follow each other in one of the parts, [r, 2]."""
    begins = np.union1d(np.flatnonzero(np.diff(places, prepend=places[:1] - 2) != 1), parts).astype(np.intp)
    begins = begins[begins < len(places)]
    return np.stack((places[begins], np.diff(begins, append=len(places))), axis=1).astype(np.intp)


def _stand_at(keeper: Window | Recent, out: Any) -> int:
    """Return the address at which results stand from now on, and let their keeper know it."""
    at = address(out)
    keeper.results[at] = out
    return at


class WindowStage(_OverTime):
    """A bank of window functions."""

    def __init__(self, window: Window | Panes, *moves: Any) -> None:
        super().__init__(*moves)
        self.window = window
        self.limits: Limits | None = None  # of its results, for blocks

    def run(self, frame: Frame) -> None:
        """Evaluate all columns."""
        window, out = self.window, frame.numbers[self.out].T
        if self.rows and self.operand is not None and isinstance(window, Window):
            self.operand.put_numbers(frame, window.room(frame.columns))
            window.came(frame.mono_ns, out, self.limits)
            return
        values = self.fresh(frame, window.seen)
        if values is None:
            for row, now in zip(out, frame.mono_ns.tolist(), strict=True):
                window.value(now, row)
        else:
            out[:] = window.push(frame.mono_ns, values).T
        finite(out)

    def stands(self, now_ns: int) -> bool:
        """Tell whether the last results hold: what it looks at stands as well, for no row has come."""
        return self.operand is None and self.window.stands(now_ns)

    def native(self, frame: Frame) -> kernel.Fields | None:
        """Return the same for the kernel."""
        window = self.window
        if isinstance(window, Panes) or not window.lay_out():
            return None
        _stand_at(window, frame.numbers[self.out, 0])
        return self.moves("window", window, 3 * window.columns, timed=True)

    def row(self, frame: Frame) -> Step:
        """Return what evaluates the only column of this frame."""
        window, out = self.window, frame.numbers[self.out, 0]
        if isinstance(window, Panes) or (self.operand is not None and not self.rows):
            return anyhow(self, frame, None)
        at = _stand_at(window, out)
        if self.operand is None:
            return self._time(window, out, at)
        values, readings = self.operand.number_row(frame), self.readings
        parts = window.prepared(values(), out)

        def step(now_ns: int) -> None:
            window.next(now_ns, values(), readings and frame.clean, out, parts)
            window.latest_at = at

        return step

    def _time(self, window: Window, out: Float64s, at: int) -> Step:
        """Return what evaluates the only column when only time has passed."""
        parts = window.prepared(None, out)

        def step(now_ns: int) -> None:
            window.pass_time(now_ns, out, parts)
            window.latest_at = at

        return step


class RecentStage(_OverTime):
    """A bank of stuck, missing or changed."""

    def __init__(self, recent: Recent, *moves: Any) -> None:
        super().__init__(*moves)
        self.recent = recent
        self._at: int | None = None  # where the results of a single column stand

    def run(self, frame: Frame) -> None:
        """Evaluate all columns."""
        recent = self.recent
        frame.truths[self.out] = recent.run(frame.mono_ns, self.fresh(frame, recent.seen))
        if self._at is None or frame.columns > 1:
            return
        now_ns = frame.mono_ns.item()
        if self.operand is None:
            recent.passed(now_ns)
        recent.tell(now_ns, self._at)

    def stands(self, now_ns: int) -> bool:
        """Tell whether the last results hold."""
        return self.operand is None and self.recent.stands(now_ns)

    def native(self, frame: Frame) -> kernel.Fields | None:
        """Return the same for the kernel."""
        recent = self.recent
        parts = recent.missing.start, recent.stuck.start
        if fields := self.moves("recent", recent, recent.n, timed=True, parts=parts):
            self._at = _stand_at(recent, frame.truths[self.out, 0])
        return fields

    def row(self, frame: Frame) -> Step:
        """Return what evaluates the only column of this frame."""
        if self.operand is not None and not self.rows:
            return anyhow(self, frame, self.out)
        out, recent = frame.truths[self.out, 0], self.recent
        self._at = at = _stand_at(recent, out)
        if self.operand is None:
            return self._time(frame, at)
        values = self.operand.number_row(frame)
        changed, readings, turn = watch(frame, self.out), self.readings, -1

        def step(now_ns: int) -> Changed | None:
            nonlocal turn
            row = values()
            if not ((readings and frame.clean) or is_tame(row)) or not recent.next(now_ns, row):
                turn = -1
                self.run(frame)
                return changed()
            recent.tell(now_ns, at)
            if recent.turn == turn:
                return None
            turn = recent.turn
            out[:] = recent.told(recent.flags)
            return changed()

        return step

    def _time(self, frame: Frame, at: int) -> Step:
        """Return what evaluates the only column when only time has passed."""
        out, recent, changed = frame.truths[self.out, 0], self.recent, watch(frame, self.out)

        def step(now_ns: int) -> Changed | None:
            if recent.latest_at is not None and recent.stands(now_ns):
                out[:] = recent.results[recent.latest_at]
                recent.tell(now_ns, at)
            else:
                self.run(frame)
            return changed()

        return step


class EwmaStage(_OverTime):
    """A bank of exponentially weighted means; time alone does not change them."""

    def __init__(self, ewma: Ewma, *moves: Any) -> None:
        super().__init__(*moves)
        self.ewma = ewma

    def run(self, frame: Frame) -> None:
        """Evaluate all columns."""
        values = self.fresh(frame, self.ewma.seen)
        if values is None:
            frame.numbers[self.out] = self.ewma.value.reshape(-1, 1)
        else:
            frame.numbers[self.out] = self.ewma.run(frame.mono_ns, values)
            finite(frame.numbers[self.out])

    def native(self, frame: Frame) -> kernel.Fields | None:
        """Return the same for the kernel."""
        return self.moves("ewma", self.ewma, self.ewma.n)

    def row(self, frame: Frame) -> Step:
        """Return what evaluates the only column of this frame."""
        if self.operand is None or not self.rows:
            return anyhow(self, frame, None)
        values, out, ewma = self.operand.number_row(frame), frame.numbers[self.out, 0], self.ewma
        readings = self.readings

        def step(now_ns: int) -> None:
            row = values()
            if ((readings and frame.clean) or is_tame(row)) and ewma.next(now_ns, row, out):
                np.copyto(ewma.seen, row)
            else:
                self.run(frame)

        return step


class TimedStage(_OverTime):
    """A bank that rows move on, and that tells of something else as time passes."""

    def __init__(self, keeper: Flashing | Demand, *moves: Any) -> None:
        super().__init__(*moves)
        self.keeper = keeper

    def run(self, frame: Frame) -> None:
        """Evaluate all columns."""
        found = self.keeper.run(frame.mono_ns, self.fresh(frame, self.keeper.seen))
        (frame.truths if isinstance(self.keeper, Flashing) else frame.numbers)[self.out] = found


class RowStage(_OverTime):
    """A bank that rows alone move on: a waveform's figures, what was learned."""

    def __init__(self, keeper: Wave | Charting, *moves: Any) -> None:
        super().__init__(*moves)
        self.keeper = keeper

    def run(self, frame: Frame) -> None:
        """Evaluate all columns."""
        if self.operand is None or not self.rows:
            frame.numbers[self.out] = self.keeper.value.reshape(-1, 1)
        else:
            frame.numbers[self.out] = self.keeper.push(frame.mono_ns, self.operand.numbers(frame))
