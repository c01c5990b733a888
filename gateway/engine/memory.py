"""What the engine remembers, as a document of plain columns: for a snapshot, and for the engine after a reload.

Everything goes by name or by the canonical text of its expression, never by an index: what kept both finds its state.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from gateway.engine import sums
from gateway.engine.alarms import Alarm
from gateway.engine.charting import Charting
from gateway.engine.columns import LONG_AGO, NEVER, Float64s
from gateway.engine.kept import load_banks, save_banks, short
from gateway.engine.recall import rule_key, set_machine, settle, show_totals
from gateway.engine.sliding import Window
from gateway.engine.state import BankKey, State
from gateway.engine.waves import Wave
from gateway.states import RUN

if TYPE_CHECKING:  # the engine uses this module
    from gateway.engine.engine import Engine

Document = dict[str, Any]
VERSION = 1

_ALARM = (
    "told", "since_mono_ns", "value", "message", "acknowledged_by", "acknowledged_mono_ns", "shelved_until_ns",
    "stamp_ns", "level", "because_of", "suppresses", "ended_ns", "raises",
)  # fmt: skip
_COUNTER = ("last", "total", "read_ns", "free_ns")  # the last two are times of this boot
_PACE = ("cycles", "micro_stops", "missed", "running", "piece_ns", "stopped_ns")
_RECENT = ("start_ns", "value", "first_ns", "last_ns", "other_ns", "seen")
_EWMA = ("value", "last_ns", "seen")
_WAVE = ("value",)
_FOLLOWING = ("leader", "follower", "matched", "now_ns", "led_ns")  # of another boot, not the times


def save(engine: "Engine") -> Document:
    """Return all that the engine remembers; its arrays are copies."""
    return {
        "version": VERSION,
        "last_tick_ns": engine.last_tick_ns,
        "points": _save_points(engine),
        "devices": _save_devices(engine),
        "values": _save_values(engine),
        "stamps": [[kind, name, at] for (kind, name), at in engine.shop.stamps.items()],
        "holds": dict(zip(map(short, engine.state.holds.keys), engine.state.holds.end_ns.tolist(), strict=True)),
        "machines": _save_machines(engine),
        "stays": dict(zip(map(short, engine.state.stays.keys), engine.state.stays.on.tolist(), strict=True)),
        "rules": _save_rules(engine),
        "counters": _save_counters(engine),
        "paces": {
            root.name: {name: getattr(pace, name) for name in _PACE}  # its cycles are never changed in place
            for root, pace in zip(engine.roots.machines, engine.state.paces.all, strict=True)
        },
        "energy": engine.meters.save(),
        "recents": _save_cells(engine.state.recents, _RECENT),
        "ewmas": _save_cells(engine.state.ewmas, _EWMA),
        "learned": _save_learned(engine.state),
        "waves": _save_cells(engine.state.waves, _WAVE),
        "panes": save_banks(engine.state.panes) | save_banks(engine.state.accruals),
        "timed": save_banks(engine.state.flashings) | save_banks(engine.state.demands),
        "meters": save_banks(engine.state.meters),
        "followings": _save_cells(engine.state.followings, _FOLLOWING),
        "windows": _save_rows(engine.state.windows),
        "wave_rows": _save_rows(engine.state.waves),
    }


def load(engine: "Engine", document: Document, same_boot: bool) -> None:
    """Take up what fits. In another boot monotonic times mean nothing: holds, windows and readings begin anew."""
    _load_machines(engine, document, same_boot)
    _load_stays(engine, document)
    _load_rules(engine, document, same_boot)
    _load_counters(engine, document, same_boot)
    _load_paces(engine, document, same_boot)
    engine.meters.restore(document.get("energy", {}), same_boot)
    load_banks(engine.state.meters, document.get("meters", {}), same_boot)
    _load_cells(engine.state.followings, document.get("followings", {}), _FOLLOWING if same_boot else _FOLLOWING[:3])
    for bank in _learning(engine.state):
        bank.restore(document.get("learned", {}), same_boot)
    if same_boot:
        engine.last_tick_ns = document["last_tick_ns"]
        engine.shop.stamps.update({(kind, name): at for kind, name, at in document["stamps"]})
        _load_points(engine, document)
        _load_devices(engine, document)
        _load_holds(engine, document)
        _load_cells(engine.state.recents, document["recents"], _RECENT)
        _load_cells(engine.state.ewmas, document["ewmas"], _EWMA)
        _load_cells(engine.state.waves, document.get("waves", {}), _WAVE)
        _load_rows(engine.state.windows, document["windows"])
        _load_rows(engine.state.waves, document.get("wave_rows", {}))
        load_banks(engine.state.panes, document.get("panes", {}), same_boot)
        load_banks(engine.state.accruals, document.get("panes", {}), same_boot)
        load_banks(engine.state.flashings, document.get("timed", {}), same_boot)
        load_banks(engine.state.demands, document.get("timed", {}), same_boot)
        _load_values(engine, document)
    settle(engine)


def _save_points(engine: "Engine") -> Document:
    shop = engine.shop
    return {
        "names": list(engine.table.names), "values": shop.values.copy(), "quality": shop.quality.astype(np.int64),
        "stamped_ns": shop.stamped_ns.copy(),
    }  # fmt: skip


def _load_points(engine: "Engine", document: Document) -> None:
    saved, shop = document["points"], engine.shop
    was = {name: place for place, name in enumerate(saved["names"])}
    here = [place for place, name in enumerate(engine.table.names) if name in was]
    there = [was[engine.table.names[place]] for place in here]
    shop.values[here] = _floats(saved["values"])[there]
    shop.quality[here] = np.asarray(saved["quality"], np.uint8)[there]
    shop.stamped_ns[here] = np.asarray(saved["stamped_ns"], np.int64)[there]


def _save_devices(engine: "Engine") -> Document:
    saved: Document = {}
    for progress in engine.windows:
        computed = progress.device == engine.shop.signals_at
        last_ns = engine.shop.last_signal_ns if computed else engine.arrival.last_ns[progress.device]
        saved[progress.entry.name] = {
            "last_ns": int(last_ns),
            "late": int(engine.arrival.late[progress.device]),
            "points": [point.name for point in progress.entry.points],
            "end_ns": progress.end_ns,
            "before": _save_sums(progress.present),
            "minute": _save_sums(progress.minute),
        }
    return saved


def _load_devices(engine: "Engine", document: Document) -> None:
    """Windows in progress are taken up only while the device has the same points."""
    for progress in engine.windows:
        saved = document["devices"].get(progress.entry.name)
        if saved is None:
            continue
        engine.arrival.last_ns[progress.device] = saved["last_ns"]
        engine.arrival.late[progress.device] = saved["late"]
        if progress.device == engine.shop.signals_at:
            engine.shop.last_signal_ns = saved["last_ns"]
        if saved["points"] == [point.name for point in progress.entry.points]:
            progress.end_ns = saved["end_ns"]
            progress.present = _load_sums(saved["before"])
            progress.minute = _load_sums(saved["minute"])


def _save_sums(of: Float64s | None) -> list[Any] | None:
    return None if of is None else list(of[: sums.KEPT].copy())


def _load_sums(saved: list[Any] | None) -> Float64s | None:
    if saved is None:
        return None
    columns = [_floats(column) for column in saved]
    return sums.with_mean(np.stack([*columns, np.empty_like(columns[0])]))


def _save_values(engine: "Engine") -> Document:
    state = engine.state
    return {
        short(cell.key): (state.truths if cell.truth else state.numbers)[cell.slot].item() for cell in engine.tasks.kept
    }


def _load_values(engine: "Engine", document: Document) -> None:
    for cell in engine.tasks.kept:
        value = document["values"].get(short(cell.key))
        if value is not None and cell.op not in ("before", "pace"):
            (engine.state.truths if cell.truth else engine.state.numbers)[cell.slot] = value


def _load_holds(engine: "Engine", document: Document) -> None:
    holds = engine.state.holds
    holds.end_ns[:] = [document["holds"].get(short(key), NEVER) for key in holds.keys]
    holds.refresh()


def _save_machines(engine: "Engine") -> Document:
    machines = engine.state.machines
    return {
        root.name: [short(cell.key), int(machines.code[number]), int(machines.since_ns[number])]
        for number, (root, cell) in enumerate(zip(engine.roots.machines, engine.graph.machines, strict=True))
    }


def _load_machines(engine: "Engine", document: Document, same_boot: bool) -> None:
    for number, (root, cell) in enumerate(zip(engine.roots.machines, engine.graph.machines, strict=True)):
        key, code, since_ns = document["machines"].get(root.name, (None, 0, NEVER))
        if key == short(cell.key):
            set_machine(engine, number, code, since_ns if same_boot else NEVER)


def _load_stays(engine: "Engine", document: Document) -> None:
    stays, saved = engine.state.stays, document.get("stays", {})
    stays.on[:] = [saved.get(short(key), -1) for key in stays.keys]


def _save_rules(engine: "Engine") -> Document:
    return {
        alarm.rule: {
            "key": short(rule_key(engine, number)), "active": int(engine.rules.active[number]),
            **{name: getattr(alarm, name) for name in _ALARM},
        }
        for number, alarm in enumerate(engine.rules.all)
    }  # fmt: skip


def _load_rules(engine: "Engine", document: Document, same_boot: bool) -> None:
    for number, alarm in enumerate(engine.rules.all):
        saved = document["rules"].get(alarm.rule)
        if saved is None or saved["key"] != short(rule_key(engine, number)):
            continue
        for name in _ALARM:
            if name in saved:  # older snapshots know less
                setattr(alarm, name, saved[name])
        if not same_boot:
            _forget_times(alarm)
        engine.rules.set_active(number, saved["active"] == 1)


def _forget_times(alarm: Alarm) -> None:
    """All that is known of a time of another boot is that it was before this one. A shelving ends with its boot."""
    alarm.since_mono_ns = alarm.acknowledged_mono_ns = alarm.stamp_ns = alarm.shelved_until_ns = 0
    alarm.ended_ns, alarm.raises = LONG_AGO, []


def _save_counters(engine: "Engine") -> Document:
    return {
        short(cell.key): [getattr(counters, name)[place].item() for name in _COUNTER]
        for counters in engine.state.counters.values()
        for place, cell in enumerate(counters.cells)
    }


def _load_counters(engine: "Engine", document: Document, same_boot: bool) -> None:
    for counters in engine.state.counters.values():
        for place, cell in enumerate(counters.cells):
            saved = document["counters"].get(short(cell.key), ())
            for name, value in zip(_COUNTER if same_boot else _COUNTER[:2], saved, strict=False):
                getattr(counters, name)[place] = np.nan if value is None else value
    show_totals(engine)


def _load_paces(engine: "Engine", document: Document, same_boot: bool) -> None:
    """The pace belongs to the machine's name; whether it runs, and since when, to its states' expressions too."""
    for number, (root, pace) in enumerate(zip(engine.roots.machines, engine.state.paces.all, strict=True)):
        saved = document.get("paces", {}).get(root.name, {})
        known = engine.state.machines.since_ns[number] != NEVER
        for name in _PACE if same_boot and known else _PACE[:3]:
            setattr(pace, name, saved.get(name, getattr(pace, name)))
        pace.running = bool(engine.state.machines.code[number] == RUN)
        engine.state.paces.show(number)
        engine.shop.show_pace(number)


def _save_cells(banks: dict[tuple[str, ...], Any], names: Iterable[str]) -> Document:
    return {
        short(cell.key): [getattr(bank, name)[place].item() for name in names]
        for bank in banks.values()
        for place, cell in enumerate(bank.cells)
    }


def _load_cells(banks: dict[tuple[str, ...], Any], saved: Document, names: tuple[str, ...]) -> None:
    for bank in banks.values():
        for place, cell in enumerate(bank.cells):
            for name, value in zip(names, saved.get(short(cell.key), ()), strict=False):
                getattr(bank, name)[place] = np.nan if value is None else value


def _learning(state: State) -> list[Charting]:
    return [*state.learned.values(), *state.seasonal.values()]


def _save_learned(state: State) -> Document:
    return {key: one for bank in _learning(state) for key, one in bank.save().items()}


def _save_rows(windows: Mapping[BankKey, Window] | Mapping[BankKey, Wave]) -> Document:
    return {
        short(" ".join(key)): {"cells": [names[0] for names in _columns(window)], **window.save()}
        for key, window in windows.items()
    }


def _load_rows(windows: Mapping[BankKey, Window] | Mapping[BankKey, Wave], document: Document) -> None:
    """Points that are new in a window have no readings in it yet."""
    for key, window in windows.items():
        saved = document.get(short(" ".join(key)))
        if saved is None:
            continue
        times, columns = np.asarray(saved["times"], np.int64), _columns(window)
        was = {name: place for place, name in enumerate(saved["cells"])}
        old = _floats(saved["rows"]).reshape(len(times), len(saved["cells"]))  # equal names: equal columns
        rows = np.full((len(times), len(columns)), np.nan)
        for place, names in enumerate(columns):
            if (column := next((was[name] for name in names if name in was), None)) is not None:
                rows[:, place] = old[:, column]
        window.restore(saved["now_ns"], times, rows)


def _columns(window: Window | Wave) -> list[list[str]]:
    """Return what each column of the rows is called: how it is saved, and how it may have been in older snapshots."""
    if isinstance(window, Wave):
        return [[short(cell.key)] for cell in window.cells]
    names = [[short(cell.key)] for cell in window.read]
    for part in window.parts:
        for column, cell in zip(names[part.read], window.cells[part.results], strict=True):
            column.append(short(cell.key))
    return names


def _floats(column: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return a column of numbers; JSON says null for NaN."""
    return np.array(column, np.float64)
