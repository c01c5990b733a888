"""Gaps: rows that are gone, each told once as an event that everybody sees."""

from gateway.event import Event, Row
from gateway.journal.rows import key, split
from gateway.journal.store import Store

Gap = tuple[int, int, str]  # first key, last key, cause: damaged, missing, lost, space, storage


def holes(at: int, found: list[int]) -> list[Gap]:
    """Return the numbers that are missing between `at` and the keys found, epoch by epoch."""
    missing = []
    for row_id in found:
        start, _ = split(row_id)
        expected = at + 1 if split(at)[0] == start else key(start, 1)
        if row_id > expected:
            missing.append((expected, row_id - 1, "missing"))
        at = row_id
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
