"""All that the engine remembers between two rows, and that a program works on."""

from collections.abc import Callable, Sequence

import numpy as np

from gateway.engine.accruals import Meter, accrual_of
from gateway.engine.cell import Cell
from gateway.engine.columns import Float64s, Int8s, Room
from gateway.engine.counters import Counters
from gateway.engine.demand import Demand
from gateway.engine.flashing import Flashing
from gateway.engine.following import Following
from gateway.engine.graph import EVER, EXACT, RECENTLY, WINDOWS, Graph
from gateway.engine.holds import Holds
from gateway.engine.learned import Learned
from gateway.engine.machines import Machines
from gateway.engine.paces import Paces
from gateway.engine.ranks import panes_of
from gateway.engine.recent import Ewma, Recent
from gateway.engine.season import Season
from gateway.engine.seasonal import Seasonal
from gateway.engine.sliding import Window
from gateway.engine.stays import Stays
from gateway.engine.waves import WAVES, Wave
from gateway.language.tree import ACCRUED

BankKey = tuple[str, ...]
Unkept = dict[object, Callable[[], None]]  # by program


class State:
    """The last value of every cell, and the banks that keep more than that."""

    def __init__(self, graph: Graph, season: Season) -> None:
        cells = graph.cells.all
        self.season = season
        self.last_numbers: Float64s = np.full(graph.cells.numbers, np.nan)  # without what programs found since
        self.last_truths: Int8s = np.zeros(graph.cells.truths, np.int8)
        self.truths_turn = 0  # how often somebody may have written them
        self.unkept_numbers: Unkept = {}  # write what programs found since somebody looked, who ran last behind
        self.unkept_truths: Unkept = {}
        self.room = Room()
        self.machines = Machines(len(graph.machines))
        self.holds = Holds([cell for cell in cells if cell.op == "held"])
        self.paces = Paces([root.micro_ns for root in graph.roots.machines])
        self.stays = Stays([cell for cell in cells if cell.op == "stay"])
        self.cells: dict[BankKey, list[Cell]] = {}
        for cell in cells:
            if cell.bank:
                self.cells.setdefault(cell.bank, []).append(cell)
        self.windows = {key: Window(bank) for key, bank in self._banks({EXACT})}
        self.panes = {key: panes_of(bank) for key, bank in self._banks(WINDOWS)}
        accruals = self._banks(ACCRUED)
        self.accruals = {key: accrual_of(bank) for key, bank in accruals if key[1] != EVER}
        self.meters = {key: Meter(bank) for key, bank in accruals if key[1] == EVER}
        self.followings = {key: Following(bank) for key, bank in self._banks({"within"})}
        self.learned = {key: Learned(bank) for key, bank in self._banks({"learned"})}
        self.seasonal = {key: Seasonal(bank, season) for key, bank in self._banks({"season"})}
        self.waves = {key: Wave(bank) for key, bank in self._banks(WAVES)}
        self.recents = {key: Recent(bank) for key, bank in self._banks({RECENTLY})}
        self.flashings = {key: Flashing(bank) for key, bank in self._banks({"flashing"})}
        self.demands = {key: Demand(bank, season) for key, bank in self._banks({"demand"})}
        self.ewmas = {key: Ewma(bank) for key, bank in self._banks({"ewma"})}
        self.counters = {key: Counters(bank) for key, bank in self._banks({"total", "unwrap"})}

    @property
    def numbers(self) -> Float64s:
        """Return the last values of numbers, by slot."""
        _keep(self.unkept_numbers)
        return self.last_numbers

    @property
    def truths(self) -> Int8s:
        """Return the last values of truths, by slot, for reading and writing."""
        self.truths_turn += 1
        self.keep()
        return self.last_truths

    def keep(self) -> None:
        """Have what programs found since somebody looked, before the kernel reads and writes."""
        _keep(self.unkept_numbers)
        self.truths_turn += bool(self.unkept_truths)
        _keep(self.unkept_truths)

    def truths_since(self, turn: int) -> Int8s | None:
        """Return the last values of truths, for reading; None when nobody wrote them since `truths_turn` was this."""
        self.keep()
        return None if turn == self.truths_turn else self.last_truths

    def _banks(self, functions: Sequence[str] | frozenset[str] | set[str]) -> list[tuple[BankKey, list[Cell]]]:
        return [(key, bank) for key, bank in self.cells.items() if key[0] in functions]


def _keep(unkept: Unkept) -> None:
    for keep in unkept.values():
        keep()
    unkept.clear()
