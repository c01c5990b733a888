"""Freezing: rows that wait for the clock get their UTC, once and for ever, in the order of their stream."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import apsw
import numpy as np

from gateway.journal import blocks, rows
from gateway.journal.pages import TABLES
from gateway.journal.rows import SYNCED, UNSYNCED, Raw, split
from gateway.journal.store import Store
from gateway.journal.times import bound
from sensors.batch import Int64s

EVENTS_A_STEP: Final = 200
BLOCKS_A_STEP: Final = 20


def increasing(time_ns: Int64s, last_ns: int | None) -> Int64s:
    """Return the times [T], each at least 1 ns after the one before it, and the first after `last_ns`."""
    if len(time_ns) == 1 and (last_ns is None or time_ns[0] > last_ns):  # a poll
        return time_ns
    steps = np.arange(len(time_ns), dtype=np.int64)
    moved = time_ns - steps
    if last_ns is not None:
        moved[0] = max(moved[0], last_ns + 1)
    return np.maximum.accumulate(moved) + steps


@dataclass(frozen=True, slots=True)
class Due:
    """A row that may be frozen now, and how. Without a state it is damaged: it is passed over, its CRC still tells."""

    stream: str
    raw: Raw
    state: int | None
    source: tuple[str, str] = ("", "")
    columns: blocks.Columns | None = None


def freeze(store: Store) -> int:
    """Freeze one step's worth of what may be frozen now; returns how many rows.

    What waits on a damaged page would wait for ever, and all behind it: then the file is to be rescued.
    """
    try:
        return _freeze_due(store)
    except apsw.CorruptError:
        store.refuse()
        raise


def _freeze_due(store: Store) -> int:
    """It reads before its transaction: SQLite refuses every write of a transaction that has met a damaged page."""
    due = list(_due_events(store)) + list(_due_blocks(store))
    if not due:
        return 0
    with store.transaction():
        for one in due:
            _freeze(store, one)
        store.progress.changed += len(due)
        for stream in {one.stream for one in due}:
            store.find_waiting(stream)
    return len(due)


def _due_events(store: Store) -> Iterator[Due]:
    if store.progress.waiting["e"] is None:
        return
    for raw in store.waiting("e", EVENTS_A_STEP):
        if not rows.whole(raw):
            yield Due("e", raw, None)
        elif (state := _state(store, raw[0], raw[3])) is not None:
            yield Due("e", raw, state, (raw[1].decode(), raw[2].decode()))
        else:
            return


def _due_blocks(store: Store) -> Iterator[Due]:
    if store.progress.waiting["s"] is None:
        return
    for raw in store.waiting("s", BLOCKS_A_STEP):
        source = store.block_source(raw[1]) if blocks.whole(raw) else None
        if source is None:
            yield Due("s", raw, None)
            continue
        columns = blocks.decode(raw[4])
        state = _state(store, raw[0], int(columns.mono_ns[-1]))
        if state is None:
            return
        yield Due("s", raw, state, source, columns)


def _state(store: Store, row_id: int, mono_ns: int) -> int | None:
    """Return how the row may be frozen now; None while it must wait. A row of an earlier boot can never be mended."""
    epoch = store.epochs.get(split(row_id)[0])
    if epoch is None or epoch.boot != store.clock.boot_id:
        return UNSYNCED
    if store.clock.synced:
        return SYNCED
    return UNSYNCED if store.clock.mono_ns() - mono_ns >= store.hold_ns else None


def _freeze(store: Store, due: Due) -> None:
    if due.state is None:
        store.db.execute(f"UPDATE {TABLES[due.stream]} SET clock = ? WHERE id = ?", (UNSYNCED, due.raw[0]))
    elif due.columns is None:
        _freeze_event(store, due.raw, due.source, due.state)
    else:
        _freeze_block(store, due.raw, due.columns, due.source, due.state)


def _freeze_event(store: Store, raw: Raw, source: tuple[str, str], state: int) -> None:
    row_id, kind, of, mono_ns, time_ns, _, body, _ = raw
    if state == SYNCED:
        time_ns = store.clock.time_ns(mono_ns)
    time_ns = store.progress.after(source, time_ns, state == SYNCED)
    crc = rows.crc(row_id, kind, of, mono_ns, time_ns, state, body)
    store.db.execute("UPDATE events SET time_ns = ?, clock = ?, crc = ? WHERE id = ?", (time_ns, state, crc, row_id))


def _freeze_block(store: Store, raw: Raw, columns: blocks.Columns, source: tuple[str, str], state: int) -> None:
    """All rows of a block are moved by the same: they keep their distances."""
    row_id, schema_id, _, _, _, _ = raw
    time_ns = columns.time_ns
    if state == SYNCED:
        time_ns = columns.mono_ns + store.clock.time_ns(0)
    time_ns = increasing(time_ns, bound(store.progress.last_ns(source), int(time_ns[0]), state == SYNCED))
    last_ns = int(time_ns[-1])
    store.progress.remember(source, last_ns)
    data = blocks.encode(replace(columns, time_ns=time_ns))
    crc = blocks.crc(row_id, schema_id, last_ns, state, data)
    store.db.execute(
        "UPDATE blocks SET time_ns = ?, clock = ?, data = ?, crc = ? WHERE id = ?", (last_ns, state, data, crc, row_id)
    )
