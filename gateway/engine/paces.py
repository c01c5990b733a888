"""How a machine's pieces follow each other: cycle times, micro-stops, pieces that its counter seems to have missed.

A cycle is the time from piece to piece while the machine ran throughout. Where cycles are steady and one lasted a whole
number of times as long, the pieces between are an estimate: marked in the event, never added to what was counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import NamedTuple

import numpy as np

from gateway.engine.cell import Cell
from gateway.engine.columns import Float64s, Frame
from gateway.engine.counters import Counted
from gateway.engine.machines import Change
from gateway.states import RUN, STOPPED

FIELDS = ("cycle_s", "cycle_mean_s", "cycle_best_s", "micro_stops", "missed")
REMEMBERED = 32  # cycles, for the mean and the best
LEAST_CYCLES = 8  # before one is called usual
STEADY = 0.2  # of the usual cycle: farther away is another pace
MOST_MISSED = 4  # in one cycle: a longer one is a stop that the state does not show


class Step(NamedTuple):
    """What one count tells of the pace: seconds a piece, None after a stop; pieces that seem to be missing."""

    cycle_s: float | None
    missed: int


@dataclass(slots=True)
class Pace:
    """The pace of one machine."""

    micro_ns: int  # a stop is short up to here
    running: bool = False
    piece_ns: int | None = None  # the last piece; None where the machine has not run since
    stopped_ns: int | None = None  # when it left running for a stop
    cycles: list[float] = field(default_factory=list)
    micro_stops: int = 0
    missed: int = 0

    def counted(self, mono_ns: int, delta: float) -> Step:
        """Take pieces; more than one at once share their time."""
        before, self.piece_ns = self.piece_ns, mono_ns if self.running else None
        if before is None or not self.running or delta <= 0 or mono_ns <= before:
            return Step(None, 0)
        cycle_s = (mono_ns - before) / delta / 1e9
        missed = self._missed(cycle_s) if delta == 1 else 0
        if missed:
            self.missed += missed
            return Step(None, missed)
        self.cycles = [*self.cycles[1 - REMEMBERED :], cycle_s]
        return Step(cycle_s, 0)

    def _missed(self, cycle_s: float) -> int:
        """Return how many pieces seem to be missing in a cycle, of a machine whose cycles have been alike."""
        if len(self.cycles) < LEAST_CYCLES:
            return 0
        usual = median(self.cycles)
        times = round(cycle_s / usual)
        alike = all(abs(one - usual) <= STEADY * usual for one in self.cycles)
        fits = abs(cycle_s - times * usual) <= STEADY * usual
        return times - 1 if alike and fits and 2 <= times <= MOST_MISSED + 1 else 0

    def changed(self, mono_ns: int, after: int) -> None:
        """Take a new state: what is measured across it is no cycle."""
        self.piece_ns = None
        if after == RUN:
            short = self.stopped_ns is not None and mono_ns - self.stopped_ns < self.micro_ns
            self.micro_stops += short
            self.stopped_ns = None
        elif after not in STOPPED:
            self.stopped_ns = None
        elif self.running:
            self.stopped_ns = mono_ns
        self.running = after == RUN

    def values(self) -> tuple[float, ...]:
        """Return what FIELDS name; NaN where nothing is known yet."""
        if not self.cycles:
            return np.nan, np.nan, np.nan, float(self.micro_stops), float(self.missed)
        return self.cycles[-1], fmean(self.cycles), min(self.cycles), float(self.micro_stops), float(self.missed)


class Paces:
    """The paces of all machines; `values` [machines, FIELDS] are for reading."""

    def __init__(self, micro_ns: Sequence[int]) -> None:
        self.all = [Pace(one) for one in micro_ns]
        self.values: Float64s = np.empty((len(self.all), len(FIELDS)))
        for machine in range(len(self.all)):
            self.show(machine)

    def counted(self, one: Counted) -> Step:
        """Take what a machine counted."""
        step = self.all[one.machine].counted(one.mono_ns, one.delta)
        self.show(one.machine)
        return step

    def changed(self, change: Change) -> None:
        """Take a machine's new state."""
        self.all[change.machine].changed(change.mono_ns, change.after)
        self.show(change.machine)

    def show(self, machine: int) -> None:
        """Let everybody read what is known now."""
        self.values[machine] = self.all[machine].values()


class PaceStage:
    """The pace of machines as it was before these columns: such programs go row by row."""

    def __init__(self, paces: Paces, cells: Sequence[Cell], out: slice) -> None:
        self.paces, self.out = paces, out
        self.places = tuple(np.array([cell.detail[part] for cell in cells], np.intp) for part in (0, 1))

    def run(self, frame: Frame) -> None:
        """Evaluate the only column."""
        frame.numbers[self.out] = self.paces.values[self.places].reshape(-1, 1)
