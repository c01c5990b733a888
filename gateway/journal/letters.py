"""Dead letters: rows that a publisher's other side refused for ever. Inside the writer's transaction.

A letter names its row, which stays in its stream. Asked for again, it is sent behind all others, under the same id.
"""

from typing import Final, NamedTuple

import apsw

from gateway.journal.store import Store

KEPT: Final = 10_000  # of each publisher's stream; older ones are named no longer


class Letter(NamedTuple):
    """A dead letter."""

    publisher: str
    stream: str
    row: int  # key
    time_ns: int  # when it was refused
    reason: str
    again: bool  # it is to be sent again


def keep(store: Store, publisher: str, stream: str, row_id: int, reason: str) -> None:
    """Name a row that was refused; one that is named gets its new reason, and is not sent again."""
    now_ns = store.clock.time_ns(store.clock.mono_ns())
    where = (publisher, stream, row_id)
    store.db.execute(
        "UPDATE dead_letters SET time_ns = ?, reason = ?, again = 0 WHERE publisher = ? AND stream = ? AND row = ?",
        (now_ns, reason, *where),
    )
    if store.db.changes():
        return
    store.db.execute(
        "INSERT INTO dead_letters (publisher, stream, row, time_ns, reason) VALUES (?, ?, ?, ?, ?)",
        (*where, now_ns, reason),
    )
    oldest = "SELECT id FROM dead_letters WHERE publisher = ? AND stream = ? ORDER BY row DESC LIMIT 1 OFFSET ?"
    for (last,) in list(store.db.execute(oldest, (publisher, stream, KEPT))):
        store.db.execute("DELETE FROM dead_letters WHERE id = ?", (last,))


def count(db: apsw.Connection, publisher: str, stream: str, after: int, until: int) -> int:
    """Return how many rows behind a key, up to another, are named."""
    select = "SELECT count(*) FROM dead_letters WHERE publisher = ? AND stream = ? AND row > ? AND row <= ?"
    return int(next(db.execute(select, (publisher, stream, after, until)))[0])


def listed(db: apsw.Connection, publisher: str | None = None, *, again: bool = False) -> list[Letter]:
    """Return the letters in the order of their rows: of one publisher, or of all; or only those to be sent again."""
    select = (
        "SELECT publisher, stream, row, time_ns, reason, again FROM dead_letters "
        "WHERE publisher = coalesce(?, publisher) AND again >= ? ORDER BY publisher, stream, row"
    )
    found = db.execute(select, (publisher, int(again)))
    return [Letter(name, stream, row, ns, why, bool(asked)) for name, stream, row, ns, why, asked in found]


def ask_again(db: apsw.Connection, publisher: str) -> int:
    """Have all letters of a publisher sent again; returns how many were not asked for yet."""
    db.execute("UPDATE dead_letters SET again = 1 WHERE publisher = ? AND again = 0", (publisher,))
    return db.changes()


def remove(store: Store, publisher: str, stream: str, row_id: int) -> bool:
    """Take a letter from the list; returns whether it was there."""
    where = (publisher, stream, row_id)
    store.db.execute("DELETE FROM dead_letters WHERE publisher = ? AND stream = ? AND row = ?", where)
    return bool(store.db.changes())
