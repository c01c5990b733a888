"""The engine's snapshots: the two newest, so that a damaged one costs a longer replay and no more."""

import zlib
from typing import Final

from gateway.journal.rows import Raw, key
from gateway.journal.store import Store

KEPT: Final = 2
NEWEST_FIRST: Final = "ORDER BY start DESC, mono_ns DESC, event DESC, block DESC"


def keep(store: Store, data: bytes, mono_ns: int) -> None:
    """Keep a snapshot that includes every row committed so far; inside the transaction."""
    known = [row_id for (row_id,) in store.db.execute(f"SELECT id FROM snapshots {NEWEST_FIRST}")]
    place = (
        known[KEPT - 1] if len(known) >= KEPT else None
    )  # the oldest one's: what else is in the table stays as it is
    store.db.execute(
        "INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?, ?, ?, ?)",
        (place, *_newest_rows(store), store.epoch.start, mono_ns, data, zlib.crc32(data)),
    )


def _newest_rows(store: Store) -> tuple[int, int]:
    """An epoch without a row yet stands before its first: key n = 0."""
    start, numbers = store.epoch.start, store.progress.numbers
    return key(start, numbers["e"]), key(start, numbers["s"])


def newest(store: Store) -> list[Raw]:
    """Return (event, block, start, mono_ns, data, crc), the newest first."""
    return list(store.db.execute(f"SELECT event, block, start, mono_ns, data, crc FROM snapshots {NEWEST_FIRST}"))
