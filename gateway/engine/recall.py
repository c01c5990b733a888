"""Puts remembered state back where it belongs, and applies the events that were kept after a snapshot."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gateway.engine.columns import NEVER
from gateway.engine.counters import Counted
from gateway.engine.machines import Change
from gateway.event import Event, Row
from gateway.states import STATES
from sensors.quality import BAD

if TYPE_CHECKING:  # the engine uses this module
    from gateway.engine.engine import Engine


def set_machine(engine: "Engine", number: int, code: int, since_ns: int) -> None:
    """Set a machine's state; since NEVER means: since it is evaluated next."""
    machines = engine.state.machines
    machines.code[number], machines.since_ns[number] = code, since_ns
    engine.state.truths[engine.graph.machines[number].slot] = code
    engine.shop.show_machine(number, max(0, engine.last_tick_ns))


def set_total(engine: "Engine", number: int, total: float, raw: float) -> None:
    """Set what a machine has counted, and what its counter showed then."""
    cell = engine.graph.totals[number]
    if cell is not None:
        counters = engine.state.counters[cell.bank]
        place = counters.cells.index(cell)
        counters.total[place], counters.last[place] = total, raw
        show_totals(engine)


def show_totals(engine: "Engine") -> None:
    """Let everybody see what the machines have counted."""
    for number, cell in enumerate(engine.graph.totals):
        if cell is None:
            continue
        counters = engine.state.counters[cell.bank]
        place = counters.cells.index(cell)
        if not np.isnan(counters.last[place]):
            total = float(counters.total[place])
            engine.state.numbers[cell.slot] = total
            engine.shop.set_total(number, total)


def settle(engine: "Engine") -> None:
    """Compute, without events, what follows from the latest readings alone. The first row finds nothing undone."""
    engine.begin = None
    engine.tasks.retire_first()
    for cell in engine.graph.cells.all:
        if cell.op == "point":
            index = int(cell.detail[0])
            known = engine.shop.quality[index] < BAD
            engine.state.numbers[cell.slot] = engine.shop.values[index] if known else np.nan
    task = engine.tasks.settle
    if task is not None:
        with np.errstate(all="ignore"):  # what is no number becomes NaN: unknown
            task.program.run_row(max(0, engine.last_tick_ns))
    engine.tasks.forget_rows()


def recall(engine: "Engine", events: Sequence[Event | Row], same_boot: bool) -> None:
    """Apply events that the journal has and the snapshot has not; a machine or rule that is no more is passed over."""
    numbers = {root.name: number for number, root in enumerate(engine.roots.machines)}
    for event in events:
        body, mono_ns = event.body, event.mono_ns if same_boot else 0
        machine = numbers.get(body.get("machine", ""))
        if event.kind == "energy":
            engine.meters.kept(body)
        elif event.kind == "alarm":
            engine.rules.kept(body, mono_ns)
        elif event.kind == "reset" and body["signal"] in engine.signal_number:
            engine.set_to_zero(engine.signal_number[body["signal"]])
        elif event.kind == "state" and machine is not None:
            after = STATES.index(body["state"])
            set_machine(engine, machine, after, mono_ns if same_boot else NEVER)
            engine.state.paces.changed(Change(mono_ns, machine, STATES.index(body["before"]), after, 0))
        elif event.kind == "count" and machine is not None:
            total, raw, delta = (float(body[name]) for name in ("total", "raw", "delta"))
            set_total(engine, machine, total, raw)
            engine.state.paces.counted(Counted(mono_ns, machine, delta, total, bool(body["reset"]), raw))
    for number, pace in enumerate(engine.state.paces.all):
        if not same_boot:
            pace.piece_ns = pace.stopped_ns = None
        engine.shop.show_pace(number)
    settle(engine)


def gone(old: "Engine", new: "Engine") -> list[Event]:
    """Return the clears of alarms whose rule is not in the new engine, or means something else there."""
    found: list[Event] = []
    for number, alarm in enumerate(old.rules.all):
        there = new.rules.number.get(alarm.rule)
        if alarm.told and (there is None or rule_key(old, number) != rule_key(new, there)):
            found.append(old.rules.gone(alarm.rule, max(old.last_tick_ns, max(old.arrival.last_ns))))
    return found


def rule_key(engine: "Engine", number: int) -> str:
    """Return what a rule's state belongs to: its expressions."""
    cells = engine.graph.rules[number]
    return f"{cells.when.key} until {cells.until.key if cells.until else None}"
