"""Reading rows in the order of their keys, around whatever is damaged."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, NamedTuple

import apsw

from gateway.journal import blocks, rows
from gateway.journal.rows import Epoch, Raw, key

SELECTS: Final = {"e": rows.SELECT, "s": blocks.SELECT}
TABLES: Final = {"e": "events", "s": "blocks"}
COMMON: Final = frozenset({"count", "scan", "state"})  # not in the index events_rare
RARE: Final = "kind NOT IN ('count', 'scan', 'state')"  # word for word as in the index, or it is not used
COUNTS: Final = "began, acknowledged, refused, redriven, skipped, gone"  # of a cursor
MOST_TRIES: Final = 2000
LOOKED_AT: Final = 100_000  # events among which the newest of a common kind are looked for: commits wait meanwhile

Ends = Mapping[tuple[int, str], int]  # the last number of each stream of the epochs that are over, by start and stream


class Page(NamedTuple):
    """Some rows, how far was looked, and whether there may be more behind that."""

    raws: list[Raw]
    last: int
    more: bool


def fetch(db: apsw.Connection, ends: Ends, stream: str, after: int, before: int, limit: int) -> Page:
    """Return up to `limit` rows of keys between `after` and `before`, both left out."""
    select = f"{SELECTS[stream]} WHERE id > ? AND id < ? ORDER BY id LIMIT ?"
    try:
        raws = list(db.execute(select, (after, before, limit)))
    except apsw.CorruptError:
        return _singly(db, ends, stream, after, before, limit)
    return Page(raws, raws[-1][0] if raws else after, bool(raws))


def _singly(db: apsw.Connection, ends: Ends, stream: str, after: int, before: int, limit: int) -> Page:
    """Ask for each key alone: those of the damaged page fail, and their neighbours come."""
    raws: list[Raw] = []
    last, tries = after, 0
    for row_id in _keys(ends, stream, after, before):
        if len(raws) >= limit or tries >= MOST_TRIES:
            return Page(raws, last, True)
        last, tries = row_id, tries + 1
        try:
            raws += db.execute(f"{SELECTS[stream]} WHERE id = ?", (row_id,))
        except apsw.CorruptError:
            continue
    return Page(raws, last, False)


def _keys(ends: Ends, stream: str, after: int, before: int) -> Iterator[int]:
    """Every key that was ever given."""
    for (start, of), n in sorted(ends.items()):
        if of == stream:
            yield from range(max(key(start, 1), after + 1), min(key(start, n) + 1, before))


def fetch_recent(db: apsw.Connection, ends: Ends, before: int, kinds: Sequence[str] | None, limit: int) -> list[Raw]:
    """Return the newest events before a key, newest first; past a damaged page it looks at 2000 keys and no more.

    Common kinds have no index: they are found among the newest LOOKED_AT events only.
    """
    only = "" if kinds is None else f"AND kind IN ({', '.join('?' * len(kinds))})"
    if kinds is not None:
        only += f" AND {_since(before)}" if COMMON & set(kinds) else f" AND {RARE}"
    try:
        return list(
            db.execute(f"{rows.SELECT} WHERE id < ? {only} ORDER BY id DESC LIMIT ?", (before, *(kinds or ()), limit))
        )
    except apsw.CorruptError:
        keys = list(islice(_keys_back(ends, before), MOST_TRIES))
        named = None if kinds is None else {kind.encode() for kind in kinds}
        found = [raw for row_id in keys for raw in _one_event(db, row_id) if named is None or raw[1] in named]
        return found[:limit]


def _since(before: int) -> str:
    select = f"SELECT id FROM events WHERE id < {before} ORDER BY id DESC LIMIT 1 OFFSET {LOOKED_AT}"
    return f"id > coalesce(({select}), 0)"


def _one_event(db: apsw.Connection, row_id: int) -> list[Raw]:
    try:
        return list(db.execute(f"{rows.SELECT} WHERE id = ?", (row_id,)))
    except apsw.CorruptError:
        return []


def _keys_back(ends: Ends, before: int) -> Iterator[int]:
    for (start, of), n in sorted(ends.items(), reverse=True):
        if of == "e":
            yield from range(min(key(start, n), before - 1), key(start, 0), -1)


def read_epochs(db: apsw.Connection) -> dict[int, Epoch]:
    """Return the epochs by start. Each names thousands of rows, so it stands twice; the copy whose CRC fits counts."""
    found: dict[int, Epoch] = {}
    for table in ("epochs", "epochs_twin"):
        try:
            for start, token, boot, crc in db.execute(
                f"SELECT start, CAST(token AS BLOB), CAST(boot AS BLOB), crc FROM {table}"
            ):
                epoch = Epoch(start, bytes(token).decode("ascii", "replace"), bytes(boot).decode("ascii", "replace"))
                if rows.cells_crc(*epoch) == crc:
                    found.setdefault(start, epoch)
        except (apsw.CorruptError, TypeError):
            continue  # the twin has them
    return found


def read_ends(db: apsw.Connection) -> dict[tuple[int, str], int]:
    """Return the last numbers of the epochs that are over."""
    return {(start, stream): n for start, stream, n in db.execute("SELECT start, stream, n FROM ends")}


def given(ends: Ends, stream: str, after: int, until: int | None = None) -> int:
    """Return how many numbers were given behind a key, up to another: rows that went since count too."""
    total = 0
    for (start, of), last in ends.items():
        if of == stream:
            first = max(after, key(start, 0))
            total += max(0, min(key(start, last), key(start, last) if until is None else until) - first)
    return total


def passed(db: apsw.Connection) -> dict[tuple[int, str], int]:
    """Return the last number that a cursor passed, by start and stream: it was given, whatever is left of it."""
    found: dict[tuple[int, str], int] = {}
    for name, stream, row_id, *cells, crc in db.execute(f"SELECT name, stream, id, {COUNTS}, crc FROM cursors"):
        start, n = rows.split(row_id)
        if rows.cells_crc(name, stream, row_id, *cells) == crc:
            found[start, stream] = max(n, found.get((start, stream), 0))
    return found


def last_n(db: apsw.Connection, stream: str, start: int) -> int:
    """Return the last number of an epoch that has a row, 0 when it has none."""
    select = f"SELECT max(id) FROM {TABLES[stream]} WHERE id > ? AND id < ?"
    (last,) = next(db.execute(select, (key(start, 0), key(start + 1, 0))))
    return rows.split(last)[1] if last else 0
