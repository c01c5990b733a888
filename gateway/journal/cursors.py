"""How far each publisher has come, and what it could not deliver. Inside the writer's transaction."""

from collections.abc import Iterable
from typing import Final

from gateway.journal.rows import cells_crc
from gateway.journal.store import Store

LETTERS_KEPT: Final = 10_000


def load(store: Store) -> list[tuple[tuple[str, str], int]]:
    """Return ((publisher, stream), key) of all cursors; of a damaged one 0: all is sent again, under the same ids."""
    return [
        ((name, stream), row_id if cells_crc(name, stream, row_id) == crc else 0)
        for name, stream, row_id, crc in store.db.execute("SELECT name, stream, id, crc FROM cursors")
    ]


def keep(store: Store, name: str, stream: str, row_id: int) -> None:
    """Set a cursor."""
    crc = cells_crc(name, stream, row_id)
    store.db.execute("INSERT OR REPLACE INTO cursors VALUES (?, ?, ?, ?)", (name, stream, row_id, crc))


def keep_only(store: Store, names: Iterable[str]) -> None:
    """Drop the cursors of all other publishers."""
    kept = list(names)
    store.db.execute(f"DELETE FROM cursors WHERE name NOT IN ({', '.join('?' * len(kept))})", kept)


def drop(store: Store, name: str, stream: str) -> None:
    """Drop one cursor."""
    store.db.execute("DELETE FROM cursors WHERE name = ? AND stream = ?", (name, stream))


def slowest(store: Store, stream: str) -> int | None:
    """Return the key that every publisher of the stream has passed; None when nobody reads it."""
    (row_id,) = next(store.db.execute("SELECT min(id) FROM cursors WHERE stream = ?", (stream,)))
    return None if row_id is None else int(row_id)


def keep_dead_letter(store: Store, publisher: str, stream: str, row_id: int, reason: str) -> None:
    """Name a row that a publisher's other side refused for ever, unless it is named."""
    named = "SELECT 1 FROM dead_letters WHERE publisher = ? AND stream = ? AND row = ?"
    if any(store.db.execute(named, (publisher, stream, row_id))):
        return
    now_ns = store.clock.time_ns(store.clock.mono_ns())
    store.db.execute(
        "INSERT INTO dead_letters (publisher, stream, row, time_ns, reason) VALUES (?, ?, ?, ?, ?)",
        (publisher, stream, row_id, now_ns, reason),
    )
    store.db.execute("DELETE FROM dead_letters WHERE id <= (SELECT max(id) FROM dead_letters) - ?", (LETTERS_KEPT,))
