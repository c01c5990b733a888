"""Dead letters: rows that a publisher's other side refused for ever. Inside the writer's transaction.

A letter names its row, which stays in its stream. Asked for again, it is sent behind all others, under the same id.
"""

from typing import Final, NamedTuple

import apsw

from gateway.event import Event
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


def forget(store: Store, publisher: str, stream: str, after: int) -> None:
    """Name no row behind a key: all of them are sent, and refused or taken, once more."""
    store.db.execute(
        "DELETE FROM dead_letters WHERE publisher = ? AND stream = ? AND row > ?", (publisher, stream, after)
    )


def count(db: apsw.Connection, publisher: str, stream: str, after: int, until: int) -> int:
    """Return how many rows behind a key, up to another, are named."""
    select = "SELECT count(*) FROM dead_letters WHERE publisher = ? AND stream = ? AND row > ? AND row <= ?"
    return int(next(db.execute(select, (publisher, stream, after, until)))[0])


def listed(db: apsw.Connection, publisher: str | None = None) -> list[Letter]:
    """Return the letters in the order of their rows: of one publisher, or of all."""
    select = (
        "SELECT publisher, stream, row, time_ns, reason, again FROM dead_letters "
        "WHERE publisher = coalesce(?, publisher) ORDER BY publisher, stream, row"
    )
    found = db.execute(select, (publisher,))
    return [Letter(name, stream, row, ns, why, bool(again)) for name, stream, row, ns, why, again in found]


def redrive(store: Store, publisher: str, by: str) -> int:
    """Have all letters of a publisher sent again, and leave an event; returns how many were not asked for yet."""
    rows = ask_again(store.db, publisher)
    if rows:
        body = {"what": "redrive", "publisher": publisher, "rows": rows, "by": by}
        store.append(Event("command", "journal", store.clock.mono_ns(), body))
    return rows


def ask_again(db: apsw.Connection, publisher: str) -> int:
    """Mark the letters that a publisher's cursors have passed to be sent again; returns how many were not yet."""
    passed = "SELECT id FROM cursors WHERE name = publisher AND cursors.stream = dead_letters.stream"
    db.execute(
        f"UPDATE dead_letters SET again = 1 WHERE publisher = ? AND again = 0 AND row <= ({passed})", (publisher,)
    )
    return db.changes()


def to_send(db: apsw.Connection, publisher: str, stream: str, limit: int) -> list[int]:
    """Return the keys of rows that are to be sent again."""
    select = "SELECT row FROM dead_letters WHERE publisher = ? AND stream = ? AND again = 1 ORDER BY row LIMIT ?"
    return [row_id for (row_id,) in db.execute(select, (publisher, stream, limit))]


def remove(db: apsw.Connection, publisher: str, stream: str, row_id: int) -> bool:
    """Take a letter from the list; returns whether it was there."""
    where = (publisher, stream, row_id)
    db.execute("DELETE FROM dead_letters WHERE publisher = ? AND stream = ? AND row = ?", where)
    return bool(db.changes())
