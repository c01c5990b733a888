"""Thinning: near full, old samples that everybody has keep the last row of each minute of a block.

What the rows between them were like stays known: count, mean, minimum and maximum of every ten seconds and minute stand
in the windows, which are not thinned. (Keeping the rows of each column's extremes would keep nearly all of a block.)
"""

from dataclasses import fields
from typing import Final

import apsw
import numpy as np

from gateway.event import Event
from gateway.journal import blocks, cursors
from gateway.journal.rows import WAITING, Raw
from gateway.journal.store import Store

BLOCKS_A_STEP: Final = 50
BYTES_A_STEP: Final = 128 << 10
MINUTE_NS: Final = 60_000_000_000
DAY_NS: Final = 86_400_000_000_000
MARK: Final = "thinned_s"  # of the table meta: the key up to which blocks were looked at
ROWS: Final = "thinned_rows"  # how many went in this journal's life,
TOLD: Final = "thinned_told"  # and of them were told,
TOLD_AT: Final = "thinned_told_ns"  # when


def thin(store: Store) -> bool:
    """Look at one step's worth of blocks; returns whether there was any to look at."""
    last, raws = _old_blocks(store)
    if not last:
        return False
    thinned = [_thinned(raw) for raw in raws]
    gone = sum(rows for _, rows in thinned)
    try:
        _write(store, last, [raw for raw, _ in thinned] if gone else [], gone)
    except apsw.CorruptError:  # a damaged page refuses: these blocks stay as they are
        _write(store, last, [], 0)
    return True


def _old_blocks(store: Store) -> tuple[int, list[Raw]]:
    """Return how far was looked (0: nothing there), and the blocks that every publisher passed and that are old.

    Damaged ones are passed over: they must not get a CRC that fits.
    """
    if not store.clock.synced:
        return 0, []
    now_ns = store.clock.time_ns(store.clock.mono_ns())
    passed = cursors.slowest(store, "s")
    after, before = max(store.meta("floor_s"), store.meta(MARK)), None if passed is None else passed + 1
    page = store.fetch("s", after, before, BLOCKS_A_STEP)
    last, found, size_bytes = 0 if page.raws or not page.more else page.last, [], 0
    for raw in page.raws:
        if blocks.whole(raw):
            _, _, time_ns, state, data, _ = raw
            young = now_ns - DAY_NS <= time_ns <= now_ns  # the future is what a wrong clock stamped, some time ago
            if state == WAITING or young or size_bytes >= BYTES_A_STEP:
                break
            found.append(raw)
            size_bytes += len(data)
        last = raw[0]
    return last, found


def _thinned(raw: Raw) -> tuple[Raw, int]:
    """Return a block as it will stand, and how many of its rows go. Its own time is that of the last, which stays."""
    row_id, schema_id, time_ns, state, data, _ = raw
    form, rows, _ = blocks.HEAD.unpack_from(data)
    if form & blocks.THINNED or rows < 2:
        return raw, 0
    columns = blocks.decode(data)
    if not columns.quality.size:  # windows
        return raw, 0
    minutes = columns.time_ns // MINUTE_NS
    kept = np.flatnonzero(np.diff(minutes, append=minutes[-1] + 1))
    few = blocks.encode(blocks.Columns(*(getattr(columns, column.name)[kept] for column in fields(columns))))
    data = bytes([few[0] | blocks.THINNED]) + few[1:]
    crc = blocks.crc(row_id, schema_id, time_ns, state, data)
    return (row_id, schema_id, time_ns, state, data, crc), rows - len(kept)


def _write(store: Store, last: int, raws: list[Raw], gone: int) -> None:
    """The whole stretch is laid down anew: SQLite gives no page back whose rows only became shorter."""
    with store.transaction():
        store.db.executemany("DELETE FROM blocks WHERE id = ?", [(raw[0],) for raw in raws])
        store.db.executemany("INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?)", raws)
        store.set_meta(MARK, last)
        store.set_meta(ROWS, store.meta(ROWS) + gone)
        _tell(store)


def _tell(store: Store) -> None:
    """Once a day an incident says how many rows went since the last. It is no gap: everybody has had them."""
    rows, now_ns = store.meta(ROWS) - store.meta(TOLD), store.clock.time_ns(store.clock.mono_ns())
    if rows and not 0 <= now_ns - store.meta(TOLD_AT) < DAY_NS:
        body = {"what": "samples thinned", "where": "journal", "severity": "info", "rows": rows}
        store.append(Event("incident", "journal", store.clock.mono_ns(), body))
        store.set_meta(TOLD, store.meta(ROWS))
        store.set_meta(TOLD_AT, now_ns)
