"""A program: the cells that one cause changes (a device's row, a second, a hold's end), in banks, in order."""

from collections.abc import Callable, Sequence

import numpy as np

from gateway.engine.accruals import AccrualStage
from gateway.engine.against import Against, compared, in_order, is_against
from gateway.engine.between import limits_of
from gateway.engine.calendar import CALENDAR, Calendar
from gateway.engine.cell import Cell
from gateway.engine.columns import Float64s, Frame, Int64s, Operand, Places, Room
from gateway.engine.counters import CounterBank
from gateway.engine.exports import Exports
from gateway.engine.following import FollowingStage
from gateway.engine.graph import is_reading
from gateway.engine.holds import HoldBank
from gateway.engine.machines import Candidates, MachineBank, StateSeconds
from gateway.engine.native import NativeRow, takes
from gateway.engine.numpy_row import NumpyRow
from gateway.engine.outer import is_moved, outer
from gateway.engine.overlap import MOST_TOLD, Overlap, Told
from gateway.engine.paces import PaceStage
from gateway.engine.pointwise import COMPARISONS, NUMBERS, Pointwise
from gateway.engine.schedule import MACHINES, Bank, schedule
from gateway.engine.stages import BeforeStage, EwmaStage, RecentStage, RowStage, TimedStage, WindowStage
from gateway.engine.state import State
from gateway.engine.stays import StayBank
from gateway.engine.step import KEPT, RULES, SHARED, Changed, Outcome, Stage, Steps
from gateway.table import DeviceEntry

_TAKES_CONSTANTS = COMPARISONS.keys() | NUMBERS.keys() | {"choose"}
MOST_BYTES = 6_000_000  # of a frame
_FALSE = 0  # the first truth of each frame is false: what machines with fewer states are padded with


class Program:
    """`cells` come inputs first. `device`: whose rows come in, None where there are none. `roots`: read from outside.

    What is read but not computed here stands in every column with its last value.
    """

    def __init__(self, cells: Sequence[Cell], roots: Sequence[Cell], state: State, device: DeviceEntry | None) -> None:
        self.state, self.device = state, device
        self._at: dict[Cell, int] = {}
        self._read: set[int] = set()  # numbers that others than comparisons with constants read
        self._numbers, self.truths = len(device.points) if device else 0, 1
        computed = self._computed(cells, roots)
        self._place_points(computed)
        self.outer = outer(computed, roots)
        self._gather = [self._outer(truth) for truth in (False, True)]
        self.machines: list[MachineBank] = []
        self.counters: list[CounterBank] = []
        banks = schedule([cell for cell in computed if cell not in self._at])
        self._banks = [self._placed(self._in_order(bank)) for bank in banks]
        self.steps = Steps(self._banks, self._at, self.truths)
        self._row: NativeRow | NumpyRow | None = None
        self._stand: list[Callable[[int], bool]] = []
        self.latches_at: int | None = None  # for the kernel
        self.hold_places: Places = np.array(
            [state.holds.number[cell.key] for cell in computed if cell.op == "held"], np.intp
        )
        # what happens at a hold's end must not be taken for a reading, and a state before is that of the last row
        self.row_by_row = any(
            cell.op in ("before", "pace") or (cell.bank and any(one.held for one in cell.inputs)) for cell in computed
        )
        self.block = max(16, MOST_BYTES // (8 * self._numbers + self.truths))  # rows that are evaluated together
        self.frame = self._new_frame(1)
        self.frame.readings = len(device.points) if device else 0
        self.export(set())
        self._overlaps: list[Overlap] = []
        self.told = Told()  # truths that another program found otherwise since the last row
        self.quiet = False  # whether nothing that rules and machines look at changed with the last row
        self.changed: Changed | None = None  # the truths that did; None: perhaps all
        self.turned = 0  # latches that the kernel turned for it

    def _computed(self, cells: Sequence[Cell], roots: Sequence[Cell]) -> list[Cell]:
        """Return the cells and the constants and former states that they read."""
        chosen = dict.fromkeys(cells)
        sources = [
            one
            for cell in cells
            for one in cell.inputs
            if one.op in ("flag", "before", "pace") or (one.op == "constant" and cell.op not in _TAKES_CONSTANTS)
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
        first = self.truths if cells[0].truth else self._numbers
        self._at.update((cell, first + place) for place, cell in enumerate(cells))
        if cells[0].truth:
            self.truths += len(cells)
        else:
            self._numbers += len(cells)
        return slice(first, first + len(cells))

    def __contains__(self, cell: Cell | None) -> bool:
        """Tell whether this program computes the cell."""
        return cell in self._at and cell not in self.outer

    def overlap(self, others: Sequence["Program"]) -> None:
        """Know which programs compute some of the same truths, and where these stand."""
        own = {cell: place for cell, place in self._at.items() if cell.truth and cell not in self.outer}
        self._overlaps = []
        for other in others:
            shared = [cell for cell in own if cell in other._at and cell not in other.outer]
            if shared:
                pairs = [(own[cell], other._at[cell]) for cell in shared]
                self._overlaps.append(Overlap(self.truths, pairs, other.told, other.frame.truths[:, 0]))
                self.steps.wake(SHARED, shared)

    def end(self) -> None:
        """Let go what is needed only to connect programs: where each cell stands, and who reads it."""
        comparisons = [stage for stage, _, _ in self._banks if isinstance(stage, Against)]
        limits = limits_of(comparisons, self._numbers, {*self._read, *self._exports.numbers[0].tolist()})
        for stage, _, out in self._banks:
            if isinstance(stage, WindowStage):
                stage.limits = limits.part(out)
        self._read.clear()
        self._at.clear()
        self.outer.clear()
        self.steps.end()

    def operand(self, cells: Sequence[Cell]) -> Operand:
        """Return where these cells stand in the frame."""
        if all(cell.op == "constant" for cell in cells) and not all(cell in self._at for cell in cells):
            return Operand([], np.array([float(cell.detail[0]) for cell in cells]))
        self._read.update(self._at[cell] for cell in cells if not cell.truth)
        return Operand([self._at[cell] for cell in cells])

    def _in_order(self, bank: Bank) -> Bank:
        """Return the cells in the order that their stage wants."""
        if is_against(bank[0]):
            return in_order(bank, self._at)
        keeper = self.state.windows.get(bank[0].bank) or self.state.recents.get(bank[0].bank)
        return keeper.cells if keeper else bank

    def _placed(self, bank: Bank) -> tuple[Stage, Bank, slice]:
        stage, first = self._stage(bank), self._at[bank[0]]
        return stage, bank, slice(first, first + len(bank))

    def _stage(self, bank: Bank) -> Stage:
        first, state = bank[0], self.state
        if first.op in MACHINES:
            return self._machine_stage(bank)
        if is_against(first):
            return Against(bank, Operand([self._at[compared(cell)] for cell in bank]), self._claim(bank))
        if first.bank:
            return self._moved_stage(bank) or self._kept_stage(bank, self._operands(bank), self._claim(bank))
        operands, known = self._operands(bank), self._claim(bank)
        if first.op == "held":
            return HoldBank(state.holds, bank, operands, known)
        if first.op == "stay":
            return StayBank(state.stays, bank, operands, known)
        if first.op in CALENDAR:
            return Calendar(state.season, first.op, known)
        if first.op == "before":
            return BeforeStage(state.machines, bank, known)
        if first.op == "pace":
            return PaceStage(state.paces, bank, known)
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

    def _operands(self, bank: Bank) -> list[Operand]:
        return [self.operand([cell.inputs[place] for cell in bank]) for place in range(len(bank[0].inputs))]

    def _moved_stage(self, bank: Bank) -> Stage | None:
        """Return the stage of a bank that new rows of its one input move on, None for another bank."""
        key, state = bank[0].bank, self.state
        if not is_moved(bank[0]):
            return None
        window = state.windows.get(key)
        read = window.read if window else [cell.inputs[0] for cell in bank]
        moving = self.operand(read) if read[0] in self else None
        how = moving, self._claim(bank), self.device is not None, all(is_reading(cell.inputs[0]) for cell in bank)
        if kept := window or state.panes.get(key):
            return WindowStage(kept, *how)
        if keeper := state.waves.get(key) or state.learned.get(key) or state.seasonal.get(key):
            return RowStage(keeper, *how)
        if timed := state.flashings.get(key) or state.demands.get(key):
            return TimedStage(timed, *how)
        if key in state.recents:
            return RecentStage(state.recents[key], *how)
        return EwmaStage(state.ewmas[key], *how)

    def _kept_stage(self, bank: Bank, operands: list[Operand], out: slice) -> Stage:
        key, state = bank[0].bank, self.state
        if accrual := state.accruals.get(key) or state.meters.get(key):
            return AccrualStage(accrual, operands, out)
        if key in state.followings:
            return FollowingStage(state.followings[key], operands, out)
        self.counters.append(CounterBank(state.counters[key], bank, operands, out))
        return self.counters[-1]

    def export(self, wanted: set[Cell]) -> None:
        """From now on keep the last values of these cells, which other programs read."""
        places: list[tuple[Places, Places]] = []
        for truth in (False, True):
            cells = [cell for cell in self._at if cell in wanted and cell.truth == truth and cell not in self.outer]
            slots = np.array([cell.slot for cell in cells], np.intp)
            places.append((np.array([self._at[cell] for cell in cells], np.intp), slots))
            if truth:
                self.steps.wake(KEPT, cells)
        self._exports = Exports(self.state, self.frame, *places)

    def _new_frame(self, columns: int, room: Room | None = None) -> Frame:
        frame = Frame(self._numbers, self.truths, columns, room)
        frame.truths[_FALSE] = frame.high[_FALSE] = -1
        return frame

    def run(self, mono_ns: Int64s, raw: Float64s | None, clean: bool = False) -> Frame:
        """Evaluate at times [T] with raw readings [K, T], `clean`: all are good, and keep the state after the last."""
        if len(mono_ns) == 1:
            return self.run_row(int(mono_ns[0]), None if raw is None else raw.T, clean)
        frame = self._new_frame(len(mono_ns), self.state.room)
        frame.mono_ns, frame.clean = mono_ns, clean
        if raw is not None:
            frame.numbers[: len(raw)] = raw
            frame.bound_numbers(slice(0, len(raw)))
        (numbers, number_slots), (truths, truth_slots) = self._gather
        if len(number_slots):
            frame.numbers[numbers] = self.state.numbers[number_slots].reshape(-1, 1)
            frame.bound_numbers(numbers)
        if len(truth_slots):
            frame.truths[truths] = self.state.truths[truth_slots].reshape(-1, 1)
            frame.bound_truths(truths)
        for stage, bank, out in self._banks:
            stage.run(frame)
            if not bank[0].truth:
                frame.bound_numbers(out)
            elif not getattr(stage, "bounds", False):
                frame.bound_truths(out)
        self._exports.after_rows(frame)
        self.quiet, self.changed, self.turned, self.told.stale = False, None, 0, True
        for overlap in self._overlaps:
            overlap.other.stale = True
        return frame

    def stands(self, now_ns: int) -> bool:
        """Tell whether all is as it was found last, with rows or without: until then time alone changes nothing."""
        if self.told.stale or len(self.told) > MOST_TOLD or self.state.holds.earliest_ns <= now_ns:
            return False
        return all(stands(now_ns) for stands in self._stand)

    def run_row(self, now_ns: int, readings: Float64s | None = None, clean: bool = False) -> Frame:
        """Evaluate at one time, with a row of readings [1, K]; of the stages only those that something changed for."""
        if readings is None:
            row = self._begin_row()
            self._end_rows(row.time_passes(now_ns))
        else:
            self.run_rows(np.array([now_ns]), readings, 0, clean)
        return self.frame

    def run_rows(self, mono_ns: Int64s, readings: Float64s, first: int, clean: bool) -> int:
        """Evaluate rows of readings [T, K] from one on one after the other, as many as the kernel does at once.

        Return how many. `clean`: all are good.
        """
        row = self._begin_row()
        done = row.rows(mono_ns, readings, first, clean)
        self._end_rows(done)
        return done.rows

    def _begin_row(self) -> NativeRow | NumpyRow:
        for bank in self.machines:
            bank.changes = []
        return self._row or self.prepare()

    def _end_rows(self, done: Outcome) -> None:
        """Know what came of rows."""
        self.turned, self.changed = done.turned, done.changed
        changes = any(bank.changes for bank in self.machines)
        self.quiet = done.changed == [] and not (done.turned or changes)

    def prepare(self) -> NativeRow | NumpyRow:
        """Prepare single rows."""
        how = self._gather, self._exports, self.told, self._overlaps
        if takes(self.steps):
            self._row = NativeRow(self.steps, self.frame, self.state, self.latches_at, *how)
        else:
            self._row = NumpyRow(self.steps, self.frame, self.state, *how)
        self._stand = self._row.stand
        return self._row

    def wake_rules(self, truths: Sequence[Cell]) -> None:
        """Be loud when one of these truths, which rules look at, or a machine changes."""
        machines = [cell for stage, bank, _ in self._banks if isinstance(stage, MachineBank) for cell in bank]
        self.steps.wake(RULES, [*truths, *machines])
