"""A program: the cells that one cause changes (a device's row, a second, a hold's end), in banks, in order."""

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np

from gateway.engine.cell import Cell
from gateway.engine.columns import Float64s, Frame, Int64s, Operand, Places
from gateway.engine.counters import CounterBank
from gateway.engine.graph import WINDOWS
from gateway.engine.holds import HoldBank
from gateway.engine.machines import Candidates, MachineBank, StateSeconds
from gateway.engine.pointwise import COMPARISONS, NUMBERS, Pointwise
from gateway.engine.schedule import MACHINES, Bank, schedule
from gateway.engine.stages import BeforeStage, EwmaStage, RecentStage, RowStage, WindowStage
from gateway.engine.state import State
from gateway.engine.stays import StayBank
from gateway.table import DeviceEntry

_TAKES_CONSTANTS = COMPARISONS.keys() | NUMBERS.keys() | {"choose"}
MOST_BYTES = 1_000_000  # of a frame: it should stay near the processor
_FALSE = 0  # the first truth of each frame is false: what machines with fewer states are padded with


class Stage(Protocol):
    """One bank in a program."""

    def run(self, frame: Frame) -> None:
        """Evaluate all columns and keep the state after the last."""


class Program:
    """`cells` come inputs first. `device`: whose rows come in, None where there are none. `roots`: read from outside.

    What is read but not computed here stands in every column with its last value.
    """

    def __init__(self, cells: Sequence[Cell], roots: Sequence[Cell], state: State, device: DeviceEntry | None) -> None:
        self.state, self.device = state, device
        self._at: dict[Cell, int] = {}
        self._numbers, self._truths = len(device.points) if device else 0, 1
        computed = self._computed(cells, roots)
        self._place_points(computed)
        self.outer = _outer(computed, roots)
        self._gather = [self._outer(truth) for truth in (False, True)]
        self.machines: list[MachineBank] = []
        self.counters: list[CounterBank] = []
        self.stages = [self._stage(bank) for bank in schedule([cell for cell in computed if cell not in self._at])]
        self.hold_places: Places = np.array(
            [state.holds.number[cell.key] for cell in computed if cell.op == "held"], np.intp
        )
        # what happens at a hold's end must not be taken for a reading, and a state before is that of the last row
        self.row_by_row = any(cell.op == "before" or (cell.bank and cell.inputs[0].held) for cell in computed)
        self.block = max(16, MOST_BYTES // (8 * self._numbers + self._truths))  # rows that are evaluated together
        self._frame = self._new_frame(1)
        self._scatter: list[tuple[Places, Places]] = []

    def _computed(self, cells: Sequence[Cell], roots: Sequence[Cell]) -> list[Cell]:
        """Return the cells and the constants and former states that they read."""
        chosen = dict.fromkeys(cells)
        sources = [
            one
            for cell in cells
            for one in cell.inputs
            if one.op in ("flag", "before") or (one.op == "constant" and cell.op not in _TAKES_CONSTANTS)
        ]
        sources.extend(root for root in roots if root.op in ("flag", "constant"))
        return [*dict.fromkeys(one for one in sources if one not in chosen), *cells]

    def _place_points(self, cells: Sequence[Cell]) -> None:
        for cell in cells:
            if cell.op == "point" and self.device is not None:
                self._at[cell] = int(cell.detail[0]) - self.device.first

    def _outer(self, truth: bool) -> tuple[slice, Places]:
        cells = [cell for cell in self.outer if cell.truth == truth]
        return self._claim(cells), np.array([cell.slot for cell in cells], np.intp)

    def _claim(self, cells: Sequence[Cell]) -> slice:
        """Give cells of one kind neighbouring rows of the frame."""
        if not cells:
            return slice(0, 0)
        first = self._truths if cells[0].truth else self._numbers
        self._at.update((cell, first + place) for place, cell in enumerate(cells))
        if cells[0].truth:
            self._truths += len(cells)
        else:
            self._numbers += len(cells)
        return slice(first, first + len(cells))

    def __contains__(self, cell: Cell | None) -> bool:
        """Tell whether this program computes the cell."""
        return cell in self._at and cell not in self.outer

    def operand(self, cells: Sequence[Cell]) -> Operand:
        """Return where these cells stand in the frame."""
        if all(cell.op == "constant" for cell in cells) and not all(cell in self._at for cell in cells):
            return Operand([], np.array([float(cell.detail[0]) for cell in cells]))
        return Operand([self._at[cell] for cell in cells])

    def _stage(self, bank: Bank) -> Stage:
        first, state = bank[0], self.state
        if first.op in MACHINES:
            return self._machine_stage(bank)
        operands = [self.operand([cell.inputs[place] for cell in bank]) for place in range(len(first.inputs))]
        known = self._claim(bank)
        if first.bank:
            return self._kept_stage(bank, operands, known)
        if first.op == "held":
            return HoldBank(state.holds, bank, operands, known)
        if first.op == "stay":
            return StayBank(state.stays, bank, operands, known)
        if first.op == "before":
            return BeforeStage(state.machines, bank, known)
        if first.op == "state_s":
            return StateSeconds(state.machines, bank, self.machines, known)
        return Pointwise(bank, operands, known)

    def _machine_stage(self, bank: Bank) -> Stage:
        deepest = max(len(cell.inputs) for cell in bank)
        operands = [
            Operand([self._at[cell.inputs[depth]] if depth < len(cell.inputs) else _FALSE for cell in bank])
            for depth in range(deepest)
        ]
        if bank[0].op == "candidate":
            return Candidates(bank, operands, self._claim(bank))
        self.machines.append(MachineBank(self.state.machines, bank, operands, self._claim(bank)))
        return self.machines[-1]

    def _kept_stage(self, bank: Bank, operands: list[Operand], out: slice) -> Stage:
        key, state, rows = bank[0].bank, self.state, self.device is not None
        moving = None if bank[0].inputs[0] in self.outer else operands[0]
        if key[0] in WINDOWS:
            return WindowStage(state.windows[key], moving, out, rows)
        if keeper := state.waves.get(key) or state.learned.get(key) or state.seasonal.get(key):
            return RowStage(keeper, moving, out, rows)
        if key in state.recents:
            return RecentStage(state.recents[key], moving, out, rows)
        if key in state.ewmas:
            return EwmaStage(state.ewmas[key], moving, out, rows)
        self.counters.append(CounterBank(state.counters[key], bank, operands, out))
        return self.counters[-1]

    def export(self, wanted: set[Cell]) -> None:
        """From now on keep the last values of these cells, which other programs read."""
        self._scatter = []
        for truth in (False, True):
            cells = [cell for cell in self._at if cell in wanted and cell.truth == truth and cell not in self.outer]
            places = np.array([self._at[cell] for cell in cells], np.intp)
            self._scatter.append((places, np.array([cell.slot for cell in cells], np.intp)))

    def _new_frame(self, columns: int) -> Frame:
        frame = Frame(self._numbers, self._truths, columns)
        frame.truths[_FALSE] = -1
        return frame

    def run(self, mono_ns: Int64s, raw: Float64s | None) -> Frame:
        """Evaluate at times [T] with raw readings [K, T], and keep the state after the last."""
        frame = self._frame if len(mono_ns) == 1 else self._new_frame(len(mono_ns))
        frame.mono_ns = mono_ns
        if raw is not None:
            frame.numbers[: len(raw)] = raw
        (numbers, number_slots), (truths, truth_slots) = self._gather
        if len(number_slots):
            frame.numbers[numbers] = self.state.numbers[number_slots].reshape(-1, 1)
        if len(truth_slots):
            frame.truths[truths] = self.state.truths[truth_slots].reshape(-1, 1)
        with np.errstate(all="ignore"):  # what is no number becomes NaN: unknown
            for stage in self.stages:
                stage.run(frame)
        self._keep(frame)
        return frame

    def _keep(self, frame: Frame) -> None:
        (numbers, number_slots), (truths, truth_slots) = self._scatter
        if len(number_slots):
            self.state.numbers[number_slots] = frame.numbers[numbers, -1]
        if len(truth_slots):
            self.state.truths[truth_slots] = frame.truths[truths, -1]


def _outer(cells: Sequence[Cell], roots: Iterable[Cell]) -> dict[Cell, None]:
    """Return what the cells read and do not compute, and the roots that are not computed here."""
    inside = set(cells)
    read = [one for cell in cells for one in cell.inputs if one.op != "constant"]
    return dict.fromkeys(one for one in (*read, *roots) if one not in inside)
