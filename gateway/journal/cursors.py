"""How far each publisher has come, and what became of the rows that it passed. Inside the writer's transaction."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass, replace
from typing import Any, NamedTuple

import apsw

from gateway.journal import gaps, letters
from gateway.journal.pages import COUNTS, given
from gateway.journal.rows import cells_crc
from gateway.journal.store import Store

Who = tuple[str, str]  # publisher, stream


@dataclass(frozen=True, slots=True)
class Cursor:
    """A cursor, and counts of what it passed since it was first kept (or counted at all): `began`."""

    at: int = 0  # key
    began: int = 0  # key
    acknowledged: int = 0  # the other side has them
    refused: int = 0  # became dead letters
    redriven: int = 0  # of the refused: taken when they were sent again
    skipped: int = 0  # not wanted there
    gone: int = 0  # before it could read them


class Step(NamedTuple):
    """Where a publisher stands, and what it ever acknowledged (None: what nothing else is said of) or skipped."""

    at: int
    acknowledged: int | None = None
    skipped: int = 0


SELECT = f"SELECT name, stream, crc, id, {COUNTS} FROM cursors"


def load(db: apsw.Connection) -> list[tuple[Who, Cursor]]:
    """Return all cursors. A damaged one stands at the beginning: all is sent again, under the same ids."""
    return [((name, stream), _read(name, stream, crc, *cells)) for name, stream, crc, *cells in db.execute(SELECT)]


def _read(name: str, stream: str, crc: int, at: int, *counts: int) -> Cursor:
    if crc == cells_crc(name, stream, at, *counts):
        return Cursor(at, *counts)
    if crc == cells_crc(name, stream, at) and not any(counts):  # of a file in which nothing was counted yet
        return Cursor(at, began=at)
    return Cursor()


def keep(store: Store, who: Who, step: Step) -> None:
    """Move a cursor forward and count what it passes."""
    old = _one(store.db, who)
    if old is None or step.at > old.at:
        _put(store.db, who, _passed(store, who, old or Cursor(), step))


def begin_at(db: apsw.Connection, who: Who, at: int) -> None:
    """Have a publisher begin behind a row, with nothing counted before it."""
    _put(db, who, Cursor(at, began=at))


def _passed(store: Store, who: Who, old: Cursor, step: Step) -> Cursor:
    name, stream = who
    skipped = step.skipped - old.skipped
    refused = letters.count(store.db, name, stream, old.at, step.at)
    gone = gaps.gone(store, stream, old.at, step.at)
    rest = given(store.known_ends(), stream, old.at, step.at) - skipped - refused
    if step.acknowledged is None:
        acknowledged = rest - gone
    else:
        acknowledged = step.acknowledged - old.acknowledged
        gone = min(gone, max(0, rest - acknowledged))  # what went after it was sent did not go before
    return replace(
        old,
        at=step.at,
        acknowledged=old.acknowledged + acknowledged,
        refused=old.refused + refused,
        skipped=step.skipped,
        gone=old.gone + gone,
    )


def settle_again(store: Store, who: Who, row_id: int, taken: bool) -> None:
    """Take a dead letter that was sent again from the list, and count it if the other side has it now."""
    old = _one(store.db, who)
    if letters.remove(store.db, *who, row_id) and taken and old is not None:
        _put(store.db, who, replace(old, redriven=old.redriven + 1))


def _one(db: apsw.Connection, who: Who) -> Cursor | None:
    for name, stream, crc, *cells in db.execute(f"{SELECT} WHERE name = ? AND stream = ?", who):
        return _read(name, stream, crc, *cells)
    return None


def _put(db: apsw.Connection, who: Who, cursor: Cursor) -> None:
    at, *counts = astuple(cursor)
    values: tuple[Any, ...] = (*who, at, cells_crc(*who, at, *counts), *counts)
    db.execute(f"INSERT OR REPLACE INTO cursors VALUES ({', '.join('?' * len(values))})", values)


def keep_only(store: Store, names: Iterable[str]) -> None:
    """Drop the cursors of all other publishers, and their dead letters: one that comes back begins anew."""
    kept = list(names)
    for table, column in (("cursors", "name"), ("dead_letters", "publisher")):
        store.db.execute(f"DELETE FROM {table} WHERE {column} NOT IN ({', '.join('?' * len(kept))})", kept)


def drop(store: Store, name: str, stream: str) -> None:
    """Drop one cursor, likewise."""
    store.db.execute("DELETE FROM cursors WHERE name = ? AND stream = ?", (name, stream))
    letters.forget(store, name, stream, 0)


def slowest(store: Store, stream: str) -> int | None:
    """Return the key that every publisher of the stream has passed; None when nobody reads it."""
    (row_id,) = next(store.db.execute("SELECT min(id) FROM cursors WHERE stream = ?", (stream,)))
    return None if row_id is None else int(row_id)
