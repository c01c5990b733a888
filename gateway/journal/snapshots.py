"""The engine's snapshots: the two newest, so that a damaged one costs a longer replay and no more."""

import zlib
from typing import Final

from gateway.journal.rows import Raw, key
from gateway.journal.store import Store

KEPT: Final = 2


def keep(store: Store, data: bytes, mono_ns: int) -> None:
    """Keep a snapshot that includes every row committed so far; inside the transaction."""
    # The oldest goes first: its pages take the new one, instead of a list of free pages that is written, too.
    store.db.execute("DELETE FROM snapshots WHERE id <= (SELECT max(id) FROM snapshots) - ?", (KEPT - 1,))
    store.db.execute(
        "INSERT INTO snapshots (event, block, start, mono_ns, data, crc) VALUES (?, ?, ?, ?, ?, ?)",
        (*_newest_rows(store), store.epoch.start, mono_ns, data, zlib.crc32(data)),
    )


def _newest_rows(store: Store) -> tuple[int, int]:
    """An epoch without a row yet stands before its first: key n = 0."""
    start, numbers = store.epoch.start, store.progress.numbers
    return key(start, numbers["e"]), key(start, numbers["s"])


def newest(store: Store) -> list[Raw]:
    """Return (event, block, start, mono_ns, data, crc), the newest first."""
    return list(store.db.execute("SELECT event, block, start, mono_ns, data, crc FROM snapshots ORDER BY id DESC"))
