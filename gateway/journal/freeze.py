"""Freezing: rows that wait for the clock get their UTC, once and for ever, in the order of their stream."""

from dataclasses import replace
from typing import Final

import numpy as np

from gateway.journal import blocks, rows
from gateway.journal.rows import SYNCED, UNSYNCED, Raw, split
from gateway.journal.store import Store
from sensors.batch import Int64s

EVENTS_A_STEP: Final = 200
BLOCKS_A_STEP: Final = 20


def increasing(time_ns: Int64s, last_ns: int | None) -> Int64s:
    """Return the times [T], each at least 1 ns after the one before it, and the first after `last_ns`."""
    steps = np.arange(len(time_ns), dtype=np.int64)
    moved = time_ns - steps
    if last_ns is not None:
        moved[0] = max(moved[0], last_ns + 1)
    return np.maximum.accumulate(moved) + steps


def freeze(store: Store) -> int:
    """Freeze one step's worth of what may be frozen now; inside the transaction. Returns how many rows."""
    return _freeze_events(store) + _freeze_blocks(store)


def _freeze_events(store: Store) -> int:
    if store.progress.waiting["e"] is None:
        return 0
    done = 0
    for raw in store.waiting("e", EVENTS_A_STEP):
        if not rows.whole(raw):  # its time means nothing; its CRC still tells whoever reads it
            store.db.execute("UPDATE events SET clock = ? WHERE id = ?", (UNSYNCED, raw[0]))
        else:
            state = _state(store, raw[0], raw[3])
            if state is None:
                break
            _freeze_event(store, raw, state)
        done += 1
    return _done(store, "e", done)


def _freeze_event(store: Store, raw: Raw, state: int) -> None:
    row_id, kind, source, mono_ns, time_ns, _, body, _ = raw
    if state == SYNCED:
        time_ns = store.clock.time_ns(mono_ns)
    time_ns = store.progress.after((kind.decode(), source.decode()), time_ns)
    crc = rows.crc(row_id, kind, source, mono_ns, time_ns, state, body)
    store.db.execute("UPDATE events SET time_ns = ?, clock = ?, crc = ? WHERE id = ?", (time_ns, state, crc, row_id))


def _freeze_blocks(store: Store) -> int:
    if store.progress.waiting["s"] is None:
        return 0
    done = 0
    for raw in store.waiting("s", BLOCKS_A_STEP):
        try:
            blocks.check(raw)
            columns = blocks.decode(raw[4])
            source = store.block_source(raw[1])
        except rows.Corrupted:
            source = None
        if source is None:
            store.db.execute("UPDATE blocks SET clock = ? WHERE id = ?", (UNSYNCED, raw[0]))
        else:
            state = _state(store, raw[0], int(columns.mono_ns[-1]))
            if state is None:
                break
            _freeze_block(store, raw, columns, source, state)
        done += 1
    return _done(store, "s", done)


def _freeze_block(store: Store, raw: Raw, columns: blocks.Columns, source: tuple[str, str], state: int) -> None:
    """All rows of a block are moved by the same: they keep their distances."""
    row_id, schema_id, _, _, _, _ = raw
    time_ns = columns.time_ns
    if state == SYNCED:
        time_ns = columns.mono_ns + store.clock.time_ns(0)
    time_ns = increasing(time_ns, store.progress.last_ns(source))
    last_ns = int(time_ns[-1])
    store.progress.remember(source, last_ns)
    data = blocks.encode(replace(columns, time_ns=time_ns))
    crc = blocks.crc(row_id, schema_id, last_ns, state, data)
    store.db.execute(
        "UPDATE blocks SET time_ns = ?, clock = ?, data = ?, crc = ? WHERE id = ?", (last_ns, state, data, crc, row_id)
    )


def _state(store: Store, row_id: int, mono_ns: int) -> int | None:
    """Return how the row may be frozen now; None while it must wait. A row of an earlier boot can never be mended."""
    epoch = store.epochs.get(split(row_id)[0])
    if epoch is None or epoch.boot != store.clock.boot_id:
        return UNSYNCED
    if store.clock.synced:
        return SYNCED
    return UNSYNCED if store.clock.mono_ns() - mono_ns >= store.hold_ns else None


def _done(store: Store, stream: str, done: int) -> int:
    if done:
        store.progress.changed += done
        store.find_waiting(stream)
    return done
