"""The engine: batches in; events, windows and computed rows out. Time comes from the data and the ticks alone."""

from collections.abc import Sequence
from contextvars import Context
from dataclasses import dataclass, field
from operator import itemgetter

import numpy as np

from gateway.config.root import EdgeConfig
from gateway.engine.alarms import Alarm, Alarms
from gateway.engine.arrival import Arrival, Rows
from gateway.engine.columns import Float64s, Frame, Int64s
from gateway.engine.counters import Counted
from gateway.engine.graph import Graph
from gateway.engine.latches import Latches
from gateway.engine.machines import Change
from gateway.engine.memory import load, save
from gateway.engine.meters import Meters
from gateway.engine.plan import roots_of
from gateway.engine.program import Program
from gateway.engine.recall import gone, recall
from gateway.engine.roots import Roots
from gateway.engine.season import Season
from gateway.engine.shop import MachineState, Shop
from gateway.engine.snapshot import pack, unpack
from gateway.engine.state import State
from gateway.engine.task import Task, Tasks
from gateway.engine.turned import Flip
from gateway.engine.windows import DeviceWindows, Window
from gateway.event import Event, Row
from gateway.table import PointTable
from gateway.workday import Workday
from sensors.batch import Batch

_WHEN = itemgetter(0, 1, 2)


@dataclass(slots=True)
class Output:
    """What came of a batch or a tick, in order."""

    events: list[Event] = field(default_factory=list)
    windows: list[Window] = field(default_factory=list)
    derived: list[Batch] = field(default_factory=list)  # rows of the signals


class Engine:
    """Rules, machines, signals and windows of one configuration.

    Each row is evaluated at its own time, with other devices' points as they are now. Cutting or joining neighbouring
    rows of one device changes nothing. `values`, `quality`, `stamped_ns` [P] are the latest, for reading only.
    """

    def __init__(self, config: EdgeConfig, table: PointTable, roots: Roots | None = None) -> None:
        self.table = table
        self.graph = Graph(roots_of(config, table) if roots is None else roots, table)
        self.roots = self.graph.roots
        self.season = Season(Workday.of(config.workshop, config.shifts))
        self.state = State(self.graph, self.season)
        self.rules = Alarms(self.roots.rules)
        self.shop = Shop(self.roots, table, self.state)
        self.arrival = Arrival(len(table.devices))
        self.tasks = Tasks(self.graph, self.rules, self.state, table.devices[:-2])
        self.windows = [DeviceWindows(number, entry) for number, entry in enumerate(table.devices[:-1])]
        self._timed = [one for one in self.windows if one.entry.points]
        self.signal_number = {root.name: number for number, root in enumerate(self.roots.signals)}
        self.meters = Meters(self.roots.machines)
        self.last_tick_ns = -1
        self.not_kept = 0  # windows that the last snapshot left out: they begin anew after a restart
        self.begin: Task | None = self.tasks.first  # evaluated once, before the first row or second
        self._quietly = Context()  # what is no number becomes NaN, unknown, and NumPy need not say so
        self._quietly.run(np.seterr, all="ignore")

    @property
    def values(self) -> Float64s:
        """Return the latest value of each point, in its own unit, [P]."""
        return self.shop.values

    @property
    def quality(self) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        """Return the quality of the latest values, [P]."""
        return self.shop.quality

    @property
    def stamped_ns(self) -> Int64s:
        """Return when the latest values were read, [P]; 0 for never."""
        return self.shop.stamped_ns

    @property
    def late(self) -> int:
        """Return how many rows came too late and were not evaluated."""
        return int(self.arrival.late.sum())

    @property
    def machines(self) -> list[MachineState]:
        """Return the machines as they are now."""
        return self.shop.machines()

    @property
    def alarms(self) -> list[Alarm]:
        """Return the alarms that were raised and not cleared."""
        return [alarm for alarm in self.rules.all if alarm.told]

    def feed(self, batch: Batch) -> Output:
        """Evaluate the rows of a batch in order."""
        return self._quietly.run(self._feed, batch)

    def _feed(self, batch: Batch) -> Output:
        output = Output()
        rows = self.arrival.accept(batch)
        if not len(rows.mono_ns):
            return output
        if self.begin is not None:
            self._begin(int(rows.mono_ns[0]), output)
        if windows := self.windows[batch.device].add(rows.mono_ns, self._own_points(batch, rows.values)):
            output.windows.extend(windows)
        task = self.tasks.rows[batch.device]
        if task is not None:
            self._rows(batch, task, rows, output)
        self.shop.latest(batch.first, rows)
        if self.meters.all:
            self.meters.take(batch.first, rows.mono_ns, rows.values, self.season.offset_ns)
        return output

    def _rows(self, batch: Batch, task: Task, rows: Rows, output: Output) -> None:
        values, mono_ns = self._all_points(batch, rows.values), rows.mono_ns
        columns, ends = len(mono_ns), self.tasks.ends[batch.device]
        clean = rows.clean and values is rows.values
        if columns == 1 or (task.quiet_rows and values is rows.values):
            self._one_by_one(task, ends, mono_ns, values, clean, output)
            return
        step = 1 if task.row_by_row else task.program.block
        for start in range(0, columns, step):
            self._end_holds(ends, int(mono_ns[start]), output)
            frame = task.program.run(mono_ns[start : start + step], values[start : start + step].T, clean)
            self._take(task, frame, output)

    def _one_by_one(
        self, task: Task, ends: Task | None, mono_ns: Int64s, values: Float64s, clean: bool, output: Output
    ) -> None:
        """Evaluate rows one after the other, for which the kernel needs no more time than NumPy for a block."""
        program, holds, start = task.program, self.state.holds, 0
        while start < len(mono_ns):
            now_ns = mono_ns.item(start)
            if holds.earliest_ns < now_ns:
                self._end_holds(ends, now_ns, output)
            count = program.run_rows(mono_ns, values, start, clean)
            self._take(task, program.frame, output, mono_ns[start:] if start else mono_ns)
            start += count

    def _all_points(self, batch: Batch, values: Float64s) -> Float64s:
        """Return the readings [T, K] of all points of the device; points not in the batch stay as they are."""
        entry = self.table.devices[batch.device]
        if values.shape[1] == len(entry.points):
            return values
        return _among(values, batch.first - entry.first, self.shop.known(entry.first, entry.stop))

    def _own_points(self, batch: Batch, values: Float64s) -> Float64s:
        """Return the same for the device's windows: what is not in the batch was not read."""
        entry = self.table.devices[batch.device]
        if values.shape[1] == len(entry.points):
            return values
        return _among(values, batch.first - entry.first, np.full(len(entry.points), np.nan))

    def tick(self, mono_ns: int) -> Output:
        """Let time pass until a whole second: holds, windows and silences end, without a row."""
        return self._quietly.run(self._tick, mono_ns)

    def _tick(self, mono_ns: int) -> Output:
        output = Output()
        if mono_ns <= self.last_tick_ns:
            return output
        self.last_tick_ns = mono_ns
        self._begin(mono_ns, output)
        self._end_holds(self.tasks.all_ends, mono_ns, output)
        second = self.tasks.second
        if second is not None and second.program.stands(mono_ns):
            self.shop.pass_over(second.program, mono_ns)
        elif second is not None:
            self._take(second, second.program.run_row(mono_ns), output)
        output.events += self.rules.tick(mono_ns)
        if self.meters.all:
            output.events += self.meters.tell(mono_ns)
        for windows in self._timed:
            if mono_ns >= windows.end_ns:
                output.windows.extend(windows.advance(mono_ns))
        self.shop.pass_time(mono_ns)
        return output

    def _begin(self, mono_ns: int, output: Output) -> None:
        if self.begin is not None:
            task, self.begin = self.begin, None
            self._take(task, task.program.run_row(mono_ns), output)
            self.tasks.retire_first()

    def _end_holds(self, task: Task | None, before_ns: int, output: Output) -> None:
        """Evaluate at each time before `before_ns` at which a hold ends, in order; all else is as it was last."""
        holds = self.state.holds
        if task is None or holds.earliest_ns >= before_ns:
            return
        while (end_ns := holds.next_end_ns(task.program.hold_places)) < before_ns:
            frame = task.program.run_row(end_ns)
            self._take(task, frame, output)
        holds.refresh()

    def _take(self, task: Task, frame: Frame, output: Output, times: Int64s | None = None) -> None:
        """Tell what happened in a frame, in the order in which it happened: counts, states, alarms of one time.

        `times` [T]: of the rows that the kernel evaluated one after the other, where these are more than the frame's.
        """
        program = task.program
        found: list[tuple[int, int, int, Counted | Change | Event]] = []
        mono_ns = int(frame.mono_ns[-1])
        if program.quiet and not program.counters and task.signal_values is None:
            self.shop.pass_over(program, mono_ns)
            return
        for counters in program.counters:
            for one in counters.counted():
                if one.machine >= 0:
                    found.append((one.mono_ns, 0, one.machine, one))
        for machines in program.machines:
            for change in machines.changes:
                found.append((change.mono_ns, 1, change.machine, change))
        flips = [] if task.latches is None else self.rules.in_turn(_flips(task.latches, program, frame, times))
        if found:
            found += [(flip[0], 2, turn, one) for turn, flip in enumerate(flips) for one in self.rules.flip([flip])]
            found.sort(key=_WHEN)
            output.events += [self.shop.tell(one) for *_, one in found]
        else:
            output.events += self.rules.flip(flips)
        signals = None if task.signal_values is None else self.shop.signals(task, frame)
        if signals is not None:
            output.windows.extend(self.windows[signals.device].add(signals.mono_ns, signals.values))
            output.derived.append(signals)
            self.meters.take(signals.first, signals.mono_ns, signals.values, self.season.offset_ns)
        self.shop.show(program, mono_ns)

    def snapshot(self) -> bytes:
        """Return all that the engine remembers, compressed; `not_kept` is how many windows are too long for that."""
        packed, self.not_kept = pack(self._quietly.run(save, self))
        return packed

    def restore(self, snapshot: bytes, events_since: Sequence[Event | Row], same_boot: bool) -> None:
        """Go on from a snapshot and the events that were kept after it, which are not made again.

        In the same boot it is as if there had been no stop. In another, holds and windows begin anew; latches,
        machines' states and counters stay. ValueError for bytes that are no snapshot.
        """
        self._quietly.run(load, self, unpack(snapshot), same_boot)
        self._quietly.run(recall, self, events_since, same_boot)

    def adopt(self, old: "Engine") -> list[Event]:
        """Take over, at a reload, what kept its name and its expression; return the clears of rules that went."""
        self.season.offset_ns = old.season.offset_ns
        self._quietly.run(lambda: load(self, save(old), same_boot=True))
        for key, bank in self.state.learned.items():
            bank.draw_on(old.state.learned.get(key))
        return gone(old, self)

    def acknowledge(self, rule: str, by: str, mono_ns: int) -> list[Event]:
        """Note that somebody has seen an active alarm; KeyError for a rule that is not.

        What the rule resets begins anew with it: the service that it asked for was done.
        """
        events = self.rules.acknowledge(rule, by, mono_ns)
        if not events:
            return events
        resets = self.roots.rules[self.rules.number[rule]].rule.resets
        return [*events, *(event for name in resets for event in self.reset(name, by, mono_ns))]

    def reset(self, signal: str, by: str, mono_ns: int) -> list[Event]:
        """Set to zero what accrues in a signal; nothing when nothing does. KeyError for a signal that is not."""
        number = self.signal_number[signal]
        if not self.graph.meters[number]:
            return []
        value = float(self.values[self.table.index(f"signals.{signal}")])
        self.set_to_zero(number)
        body = {"signal": signal, "value": value if np.isfinite(value) else None, "by": by}
        return [Event("reset", signal, mono_ns, body | {"unit": self.roots.signals[number].unit.symbol})]

    def set_to_zero(self, number: int) -> None:
        """Let a signal's meters begin anew; its value follows with the next row or second."""
        for cell in self.graph.meters[number]:
            self.state.meters[cell.bank].set_to_zero(cell)

    def shelve(self, rule: str, by: str, until_mono_ns: int, mono_ns: int) -> list[Event]:
        """Keep a rule silent until a time; KeyError for a rule that is not."""
        return self.rules.shelve(rule, by, until_mono_ns, mono_ns)


def _among(values: Float64s, place: int, others: Float64s) -> Float64s:
    """Return rows of a device's points [K], of which some from a place on are new in each row."""
    rows = np.repeat(others.reshape(1, -1), len(values), axis=0)
    rows[:, place : place + values.shape[1]] = values
    return rows


def _flips(latches: Latches, program: Program, frame: Frame, times: Int64s | None) -> list[Flip]:
    if program.turned:
        return latches.turned(program.turned, frame.mono_ns if times is None else times, frame)
    return [] if program.changed == [] else latches.flips(frame, program.changed)
