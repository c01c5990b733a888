"""Gaps: rows that are gone, each told once as an event that everybody sees.

The table names exactly the numbers that are gone, none of them twice: so its sums are those of the losses.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import apsw

from gateway.event import Event, Row
from gateway.journal.pages import Ends, given
from gateway.journal.rows import key, read_meta, split
from gateway.journal.store import Store

Gap = tuple[int, int, str]  # first key, last key, cause: damaged, missing, lost, space, disk full
Range = tuple[int, int]  # first key, last key, of one epoch
# The ranges of stream ?1 that have a key between ?2 and ?3: they do not overlap, so the search begins at the nearest.
OVERLAPPING: Final = (
    "stream = ?1 AND last >= ?2 AND first BETWEEN "
    "coalesce((SELECT max(first) FROM gaps WHERE stream = ?1 AND first <= ?2), ?2) AND ?3"
)


def holes(stream: str, at: int, found: Iterable[int], ends: Ends) -> list[Gap]:
    """Return the numbers that are missing between `at` and the keys found, epoch by epoch."""
    missing = []
    for row_id in found:
        if split(at)[0] != split(row_id)[0]:
            missing += _to_the_end(stream, at, split(row_id)[0], ends)
            at = key(split(row_id)[0], 0)
        if row_id > at + 1:
            missing.append((at + 1, row_id - 1, "missing"))
        at = row_id
    return missing


def _to_the_end(stream: str, at: int, until: int, ends: Ends) -> list[Gap]:
    """What is missing behind `at` in its own epoch and in all of those before `until`."""
    missing = []
    for start in range(split(at)[0], until):
        first, last = max(at + 1, key(start, 1)), key(start, ends.get((start, stream), 0))
        if first <= last:
            missing.append((first, last, "missing"))
    return missing


def runs(ids: Iterable[int]) -> Iterator[Range]:
    """Yield the ranges of neighbouring keys, which come in order."""
    first = last = None
    for row_id in ids:
        if first is None or last is None or row_id != last + 1:
            if first is not None and last is not None:
                yield first, last
            first = row_id
        last = row_id
    if first is not None and last is not None:
        yield first, last


def overlapping(db: apsw.Connection, stream: str, first: int, last: int) -> Iterator[Range]:
    """Yield what is told gone of a range of keys, in order, cut to it."""
    select = f"SELECT max(first, ?2), min(last, ?3) FROM gaps WHERE {OVERLAPPING} ORDER BY first"
    yield from db.execute(select, (stream, first, last))


def untold(db: apsw.Connection, stream: str, first: int, last: int, floor_s: int) -> list[Range]:
    """Return what of a range is not told gone; samples up to the floor went when their time was over."""
    first = max(first, floor_s + 1) if stream == "s" else first
    parts = []
    for start, end in overlapping(db, stream, first, last):
        if start > first:
            parts.append((first, start - 1))
        first = end + 1
    return [*parts, (first, last)] if first <= last else parts


def told(db: apsw.Connection, stream: str, after: int, until: int) -> int:
    """Return how many numbers behind a key, up to another, are told gone."""
    select = f"SELECT coalesce(sum(min(last, ?3) - max(first, ?2) + 1), 0) FROM gaps WHERE {OVERLAPPING}"
    return int(next(db.execute(select, (stream, after + 1, until)))[0])


def gone(store: Store, stream: str, after: int, until: int) -> int:
    """Return how many numbers behind a key, up to another, cannot be read: told gone, or their time was over."""
    return told(store.db, stream, after, until) + over(store.db, store.known_ends(), stream, after, until)


def over(db: apsw.Connection, ends: Ends, stream: str, after: int, until: int) -> int:
    """Return how many of these went because their time was over: samples up to the floor of which nothing is told."""
    until = min(until, read_meta(db, "floor_s")) if stream == "s" else after
    return given(ends, stream, after, until) - told(db, stream, after, until) if until > after else 0


def tell_unnumbered(store: Store, rows: int) -> Row:
    """Append a `gap` event for samples that never reached the file, and so have no numbers; inside the transaction."""
    body = {"stream": "s", "from": None, "to": None, "cause": "storage", "rows": rows}
    return store.append(Event("gap", "journal", store.clock.mono_ns(), body))


def tell(store: Store, stream: str, first: int, last: int, cause: str) -> int:
    """Append a `gap` event for each part of the range that was not told already; inside the transaction.

    Returns how many. Names go out, not keys.
    """
    parts = untold(store.db, stream, first, last, store.meta("floor_s"))
    for part in parts:
        _note(store.db, stream, part, cause)
        _append(store, stream, part, cause)
    return len(parts)


def tell_evicted(store: Store, stream: str, ids: Sequence[int], cause: str, **more: object) -> None:
    """Append one `gap` event for rows that go before their time; likewise."""
    parts = [part for run in runs(ids) for part in untold(store.db, stream, *run, store.meta("floor_s"))]
    for part in parts:
        _note(store.db, stream, part, cause)
    if parts:
        rows = sum(last - first + 1 for first, last in parts)
        _append(store, stream, (parts[0][0], parts[-1][1]), cause, rows=rows, **more)


def _append(store: Store, stream: str, part: Range, cause: str, **more: object) -> None:
    body = {"stream": stream, "from": store.name(part[0]), "to": store.name(part[1]), "cause": cause, **more}
    store.append(Event("gap", "journal", store.clock.mono_ns(), body))


def _note(db: apsw.Connection, stream: str, part: Range, cause: str) -> None:
    """Add a range, joined to the one before it where they are one."""
    first, last = part
    before = "SELECT first, last, cause FROM gaps WHERE stream = ? AND first < ? ORDER BY first DESC LIMIT 1"
    for start, end, why in list(db.execute(before, (stream, first))):
        if (end, why) == (first - 1, cause):
            db.execute("UPDATE gaps SET last = ? WHERE stream = ? AND first = ?", (last, stream, start))
            return
    db.execute("INSERT INTO gaps VALUES (?, ?, ?, ?)", (stream, first, last, cause))
