"""What runs when something happens: a program, the rules and signals that it changes."""

from collections.abc import Sequence

import numpy as np

from gateway.engine.alarms import Alarms
from gateway.engine.cell import Cell
from gateway.engine.columns import Places
from gateway.engine.graph import BY_ROWS, Graph, RuleCells
from gateway.engine.latches import Latches
from gateway.engine.native import takes
from gateway.engine.program import Program
from gateway.engine.roots import RuleRoot
from gateway.engine.state import State
from gateway.table import DeviceEntry

_SOURCES = ("before", "pace", "point")
_BANKS = frozenset({"total", "unwrap"})


class Task:
    """A program with its latches; `signals`: which signals it computes, and where they stand."""

    def __init__(
        self, cells: Sequence[Cell], graph: Graph, alarms: Alarms, state: State, device: DeviceEntry | None, quiet: bool
    ) -> None:
        chosen: set[Cell | None] = set() if quiet else set(cells)
        rules = [
            (number, root, rule)
            for number, (root, rule) in enumerate(zip(alarms.roots, graph.rules, strict=True))
            if rule.when in chosen or rule.until in chosen
        ]
        read = [cell for _, _, rule in rules for cell in rule.read]
        self.program = Program(cells, read, state, device)
        self.latches = _latches(alarms, self.program, rules)
        truths = [cell for _, _, rule in rules for cell in (rule.when, rule.until) if cell is not None]
        self.program.wake_rules(truths)
        numbers = [number for number, cell in enumerate(graph.signals) if cell in chosen]
        self.signals: Places = np.array(numbers, np.intp)
        self.row_by_row = self.program.row_by_row or any(graph.signals[number].held for number in numbers)
        # whether rows that say nothing need not be looked at one by one, and there is a kernel that goes through them
        self.quiet_rows = takes(self.program.steps) and not (self.row_by_row or self.program.counters or numbers)
        self.signal_values = self.program.operand([graph.signals[number] for number in numbers]) if numbers else None


def _latches(alarms: Alarms, program: Program, rules: Sequence[tuple[int, RuleRoot, RuleCells]]) -> Latches | None:
    return Latches(alarms.active, alarms.room, program, rules) if rules else None


class Tasks:
    """All tasks: a device's row, a hold's end among a device's (or all) expressions, a whole second, and two more.

    What is known before any row (`missing`, or something and false) is known from the `first` evaluation on.
    After a restart or a reload `settle` computes, without any event, what follows from the latest readings alone.
    """

    def __init__(self, graph: Graph, alarms: Alarms, state: State, devices: Sequence[DeviceEntry]) -> None:
        cells = graph.cells.all
        self._made = graph, alarms, state
        self.rows: dict[int, Task | None] = {}
        self.ends: dict[int, Task | None] = {}
        for number, entry in enumerate(devices):
            own = [cell for cell in cells if number in cell.devices]
            self.rows[number] = self._task(own, entry)
            self.ends[number] = self._task([cell for cell in own if cell.held])
        self.all_ends = self._task([cell for cell in cells if cell.held])
        self.second = self._task([cell for cell in cells if cell.timed])
        self.first = self._task([cell for cell in cells if not _follows_rows(cell)])
        self.settle = self._task(
            [
                cell
                for cell in cells
                if not cell.timed and cell.op not in ("machine", "believed") and not _follows_rows(cell)
            ],
            quiet=True,
        )
        self._connect()

    def _task(self, cells: Sequence[Cell], device: DeviceEntry | None = None, quiet: bool = False) -> Task | None:
        graph, alarms, state = self._made
        return Task(cells, graph, alarms, state, device, quiet) if cells else None

    def _connect(self) -> None:
        """Let each program keep the values that another one reads. The rare ones find the readings in the table."""
        often = [task for task in (*self.rows.values(), *self.ends.values(), self.all_ends, self.second) if task]
        rare = [task for task in (self.first, self.settle) if task]
        self.kept = {cell for task in often for cell in task.program.outer}
        self.kept.update(cell for task in rare for cell in task.program.outer if cell.op != "point")
        programs = [task.program for task in often]
        self.programs = [*programs, *(task.program for task in rare)]
        for program in self.programs:
            program.export(self.kept)
        for program in programs:  # when a rare one runs no other relies on what it found last
            program.overlap([one for one in programs if one is not program])
        for program in self.programs:
            program.end()
        for program in programs:  # rather than when a row waits for it
            program.prepare()

    def retire_first(self) -> None:
        """Let go what is evaluated once, when it was."""
        if self.first is not None:
            self.programs.remove(self.first.program)
            self.first = None

    def forget_rows(self) -> None:
        """Let no program rely on what it found last: the state was changed from outside."""
        for program in self.programs:
            program.told.stale = True


def _follows_rows(cell: Cell) -> bool:
    """Tell whether a cell moves with rows alone, or is computed wherever it is read."""
    if cell.op in _SOURCES or not cell.bank:
        return cell.op in _SOURCES
    return cell.bank[0] in _BANKS or (cell.bank[0] in BY_ROWS and not cell.timed)
