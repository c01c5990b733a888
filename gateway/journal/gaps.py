"""Gaps: rows that are gone, each told once as an event that everybody sees."""

from gateway.event import Event, Row
from gateway.journal.pages import Ends
from gateway.journal.rows import key, split
from gateway.journal.store import Store

Gap = tuple[int, int, str]  # first key, last key, cause: damaged, missing, lost, space, storage


def holes(stream: str, at: int, found: list[int], ends: Ends) -> list[Gap]:
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


def known(store: Store, stream: str, first: int, last: int) -> bool:
    """Return whether it was told already that these rows are gone, or they went when their time was over."""
    if last <= store.meta(f"floor_{stream}"):
        return True
    told = "SELECT 1 FROM gaps WHERE stream = ? AND first <= ? AND last >= ?"
    return any(store.db.execute(told, (stream, first, last)))


def tell_unnumbered(store: Store, rows: int) -> Row:
    """Append a `gap` event for samples that never reached the file, and so have no numbers; inside the transaction."""
    body = {"stream": "s", "from": None, "to": None, "cause": "storage", "rows": rows}
    return store.append(Event("gap", "journal", store.clock.mono_ns(), body))


def tell(store: Store, stream: str, first: int, last: int, cause: str, **more: object) -> Row | None:
    """Append a `gap` event unless it was told already; inside the transaction. Names go out, not keys."""
    if known(store, stream, first, last):
        return None
    store.db.execute("INSERT INTO gaps VALUES (?, ?, ?, ?)", (stream, first, last, cause))
    body = {"stream": stream, "from": store.name(first), "to": store.name(last), "cause": cause, **more}
    return store.append(Event("gap", "journal", store.clock.mono_ns(), body))
