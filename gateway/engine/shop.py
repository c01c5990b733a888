"""The shop as it is now: the latest value of every point, machines' fields and signals among them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gateway.engine.arrival import Rows
from gateway.engine.columns import LONG_AGO, NEVER, Float64s, Frame, Int64s
from gateway.engine.counters import Counted
from gateway.engine.machines import Change
from gateway.engine.paces import FIELDS
from gateway.engine.program import Program
from gateway.engine.roots import Roots
from gateway.engine.state import State
from gateway.engine.task import Task
from gateway.event import Body, Event
from gateway.states import STATES, UNKNOWN
from gateway.table import MACHINE_FIELDS, MACHINES, PACE, SIGNALS, PointTable
from sensors.batch import Batch
from sensors.quality import BAD, GOOD, NEVER_SEEN, NOT_A_NUMBER

_COUNT, _STATE_S = MACHINE_FIELDS.index("count"), MACHINE_FIELDS.index("state_s")


@dataclass(frozen=True, slots=True)
class MachineState:
    """A machine as it is now. `since_mono_ns` is None before anything was seen, `count` without a counter.

    `pace` by gateway.engine.paces.FIELDS, NaN where it is not known.
    """

    name: str
    state: str
    since_mono_ns: int | None
    count: int | None
    pace: Mapping[str, float]


class Shop:
    """The latest values [P] by the point table, and the events that machines make."""

    def __init__(self, roots: Roots, table: PointTable, state: State) -> None:
        self.roots, self.table, self.state = roots, table, state
        self._values: Float64s = np.full(len(table), np.nan)
        self._quality: NDArray[np.uint8] = np.full(len(table), NEVER_SEEN, np.uint8)
        self._stamped_ns: Int64s = np.zeros(len(table), np.int64)
        # what the table has not yet, the newest of each kind, in order: few of its states are ever looked at
        self._unwritten: dict[object, tuple[Callable[..., None], tuple[Any, ...]]] = {}
        self.signals_at, self.machines_at = table.device_index(SIGNALS), table.device_index(MACHINES)
        part = slice(table.devices[self.machines_at].first, table.devices[self.machines_at].stop)
        of_machines = [one[part].reshape(-1, len(MACHINE_FIELDS)) for one in (self._values, self._quality)]
        self._seconds, self._seconds_quality = (one[:, _STATE_S] for one in of_machines)
        self._stamps = self._stamped_ns[part].reshape(-1, len(MACHINE_FIELDS))
        self.last_signal_ns = LONG_AGO
        self.stamps: dict[tuple[str, str], int] = {}  # of the last event of a kind and a machine
        self.totals = [0.0] * len(roots.machines)
        self._shown: set[int] = set()  # machines whose fields were written

    @property
    def values(self) -> Float64s:
        """Return the latest values [P]."""
        self._write()
        return self._values

    @property
    def quality(self) -> NDArray[np.uint8]:
        """Return their quality [P]."""
        self._write()
        return self._quality

    @property
    def stamped_ns(self) -> Int64s:
        """Return when they were read [P]; 0 for never."""
        self._write()
        return self._stamped_ns

    def _write(self) -> None:
        """Let the table have what came since it was looked at last."""
        for write, what in self._unwritten.values():
            write(*what)
        self._unwritten.clear()

    def _later(self, key: object, write: Callable[..., None], *what: Any) -> None:
        self._unwritten.pop(key, None)
        self._unwritten[key] = write, what

    def known(self, first: int, stop: int) -> Float64s:
        """Return the latest values of neighbouring points, NaN where they are bad."""
        values = self.values[first:stop]
        return np.where(self.quality[first:stop] >= BAD, np.nan, values)

    def latest(self, first: int, rows: Rows) -> None:
        """Take the last of new rows."""
        self._later(first, self._write_rows, first, rows)
        if len(rows.mono_ns) > 1:
            self._write()  # rather than keep all of them

    def _write_rows(self, first: int, rows: Rows) -> None:
        part = slice(first, first + rows.values.shape[1])
        self._values[part], self._quality[part] = rows.values[-1], rows.quality[-1]
        self._stamped_ns[part] = rows.mono_ns[-1]

    def _stamp(self, kind: str, name: str, mono_ns: int) -> int:
        """Return a time that is not before the last event of this kind and machine."""
        self.stamps[kind, name] = max(mono_ns, self.stamps.get((kind, name), mono_ns))
        return self.stamps[kind, name]

    def tell(self, one: Counted | Change | Event) -> Event:
        """Return the event of what happened, in the order in which it did."""
        match one:
            case Counted():
                return self.counted(one)
            case Change():
                return self.changed(one)
        return one

    def changed(self, change: Change) -> Event:
        """Return the event of a machine's new state."""
        name = self.roots.machines[change.machine].name
        self.state.paces.changed(change)
        self.show_pace(change.machine)
        body = {
            "machine": name, "state": STATES[change.after], "before": STATES[change.before],
            "after_s": change.after_ns / 1e9,
        }  # fmt: skip
        return Event("state", name, self._stamp("state", name, change.mono_ns), body)

    def counted(self, one: Counted) -> Event:
        """Return the event of counted pieces; `raw` is what the counter showed."""
        name = self.roots.machines[one.machine].name
        self.set_total(one.machine, one.total)
        step = self.state.paces.counted(one)
        self.show_pace(one.machine)
        body: Body = {
            "machine": name, "delta": _whole(one.delta), "total": _whole(one.total), "reset": one.reset,
            "raw": _whole(one.raw),
        }  # fmt: skip
        if step.cycle_s is not None:
            body["cycle_s"] = round(step.cycle_s, 3)
        if step.missed:
            body["missed"] = step.missed
        if one.bounced:
            body["bounced"] = _whole(one.bounced)
        return Event("count", name, self._stamp("count", name, one.mono_ns), body)

    def signals(self, task: Task, frame: Frame) -> Batch | None:
        """Return the signals' new rows, None where this task computes none or nothing changed with time alone."""
        if task.signal_values is None:
            return None
        entry = self.table.devices[self.signals_at]
        computed = task.signal_values.numbers(frame)[:, frame.rows]
        columns = len(frame.rows)
        if task.program.device is None:
            known = self.known(entry.first, entry.stop)[task.signals]
            if np.array_equal(computed[:, 0], known, equal_nan=True):
                return None
        values = np.repeat(self.known(entry.first, entry.stop).reshape(1, -1), columns, axis=0)
        values[:, task.signals] = computed.T
        steps = np.arange(columns)
        times = np.maximum.accumulate(frame.mono_ns[frame.rows] - steps)
        mono_ns = np.maximum(times, self.last_signal_ns + 1) + steps
        self.last_signal_ns = int(mono_ns[-1])
        quality = np.where(np.isfinite(values), np.uint8(GOOD), np.uint8(NOT_A_NUMBER))
        batch = Batch(self.signals_at, entry.first, mono_ns, values, quality)
        self.latest(entry.first, Rows(mono_ns, values, quality))
        return batch

    def show(self, program: Program, mono_ns: int) -> None:
        """Write the fields of the machines that a program has found changed, or first of all, into the table."""
        for bank in program.machines:
            for machine in {change.machine for change in bank.changes} | set(bank.places.tolist()) - self._shown:
                self.show_machine(machine, mono_ns)
        self.pass_over(program, mono_ns)

    def pass_over(self, program: Program, mono_ns: int) -> None:
        """Let machines that a program has looked at, and found as they were, have been seen now."""
        if program.machines:
            self._later(program, self._write_stamps, program, mono_ns)

    def _write_stamps(self, program: Program, mono_ns: int) -> None:
        for bank in program.machines:
            self._stamps[bank.places] = mono_ns

    def pass_time(self, mono_ns: int) -> None:
        """Let machines' seconds go on."""
        if len(since := self.state.machines.since_ns):
            self._later("seconds", self._write_seconds, mono_ns, since.copy())

    def _write_seconds(self, mono_ns: int, since: Int64s) -> None:
        np.divide(np.maximum(mono_ns - since, 0), 1e9, self._seconds)
        self._seconds_quality.fill(GOOD)
        self._stamps[:, _STATE_S] = mono_ns
        never = (since == NEVER).nonzero()[0]
        if len(never):
            self._seconds[never], self._seconds_quality[never] = np.nan, NEVER_SEEN

    def show_machine(self, machine: int, mono_ns: int) -> None:
        """Let the table have the fields of one machine."""
        self._shown.add(machine)
        self._later(("state", machine), self._write_machine, machine, self.state.machines.code.item(machine), mono_ns)

    def _write_machine(self, machine: int, code: int, mono_ns: int) -> None:
        first = self.table.devices[self.machines_at].first + machine * len(MACHINE_FIELDS)
        for place, name in enumerate(MACHINE_FIELDS[:_COUNT]):
            sure = code != UNKNOWN or name == "unknown"
            self._values[first + place] = float(STATES[code] == name) if sure else np.nan
            self._quality[first + place] = GOOD if sure else NOT_A_NUMBER
        self._stamped_ns[first : first + len(MACHINE_FIELDS)] = mono_ns

    def show_pace(self, machine: int) -> None:
        """Let the table have how a machine's pieces follow each other."""
        self._later(("pace", machine), self._write_pace, machine)

    def _write_pace(self, machine: int) -> None:
        first = self.table.devices[self.machines_at].first + machine * len(MACHINE_FIELDS)
        values = self.state.paces.values[machine]
        self._values[first + PACE : first + len(MACHINE_FIELDS)] = values
        self._quality[first + PACE : first + len(MACHINE_FIELDS)] = np.where(np.isnan(values), NEVER_SEEN, GOOD)

    def set_total(self, machine: int, total: float) -> None:
        """Write what a machine has counted into the table."""
        self.totals[machine] = total
        place = self.table.devices[self.machines_at].first + machine * len(MACHINE_FIELDS) + _COUNT
        self.values[place], self.quality[place] = total, GOOD

    def machines(self) -> list[MachineState]:
        """Return all machines."""
        return [self._machine(number) for number in range(len(self.roots.machines))]

    def _machine(self, number: int) -> MachineState:
        root, machines = self.roots.machines[number], self.state.machines
        since = int(machines.since_ns[number])
        return MachineState(
            root.name,
            STATES[int(machines.code[number])],
            None if since == NEVER else since,
            None if root.count is None else int(self.totals[number]),
            dict(zip(FIELDS, self.state.paces.values[number].tolist(), strict=True)),
        )


def _whole(value: float) -> int | float:
    return int(value) if value.is_integer() else value
