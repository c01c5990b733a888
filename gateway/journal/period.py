"""What the journal tells of machines in a period, and of which part of it it knows nothing."""

from collections.abc import Collection, Iterator
from typing import Any, Final, Literal

import apsw

from gateway.errors import StorageFailed
from gateway.figures.energy import Quarter
from gateway.figures.machine import Record
from gateway.figures.timeline import Span, clipped, merged
from gateway.journal import rows
from gateway.journal.reader import JournalReader
from gateway.journal.rows import N_MASK, Corrupted, key
from gateway.states import STATES

SLACK_NS: Final = 600_000_000_000  # rows stand in the order of their commit: nearly, not quite, that of their times
LOOKED_BACK_NS: Final = 40 * 86_400 * 1_000_000_000  # for the state in which a machine was before the period
Table = Literal["events", "blocks"]
WANTED: Final = "kind IN ('state', 'count', 'energy')"


def records(reader: JournalReader, machines: Collection[str], span: Span) -> tuple[dict[str, Record], list[Span]]:
    """Return each machine's record of a period (UTC ns), and the gaps: nobody kept anything then, or it is gone.

    Raises StorageFailed for a file that is damaged.
    """
    try:
        return _records(reader, machines, span)
    except apsw.CorruptError as error:
        raise StorageFailed(f"the journal is damaged: {error}") from error


def gaps(reader: JournalReader, span: Span) -> list[Span]:
    """Return when, within a span (UTC ns), nobody kept anything, or it is gone: what needs no look at every row."""
    return clipped(merged([*_between_epochs(reader, span), *_rows_gone(reader)]), span)


def _records(reader: JournalReader, machines: Collection[str], span: Span) -> tuple[dict[str, Record], list[Span]]:
    found = {name: Record() for name in machines}
    first = first_key(reader, span[0] - SLACK_NS)
    floor = first_key(reader, span[0] - LOOKED_BACK_NS)
    for name, code in _states_before(reader, machines, floor, first).items():
        found[name].before = code
    gaps, last_ns, broken = [], span[0], False
    for raw in reader.db.execute(f"{rows.SELECT} WHERE id >= ? AND {WANTED} ORDER BY id", (first,)):
        try:
            row = rows.decode(raw, reader.epochs)
        except Corrupted:
            broken = True
            continue
        if row.time_ns >= span[1] + SLACK_NS:
            break
        if broken:
            gaps.append((last_ns, row.time_ns))
            broken = False
        last_ns = row.time_ns
        if row.source in found and (row.time_ns < span[1] or row.kind == "energy"):  # told behind its quarter hour
            _take(found[row.source], row.kind, row.time_ns, row.body, span)
    if broken:
        gaps.append((last_ns, span[1]))
    for record in found.values():
        record.changes.sort(key=lambda one: one[0])
    return found, clipped(merged([*gaps, *_between_epochs(reader, span), *_rows_gone(reader)]), span)


def _take(record: Record, kind: str, time_ns: int, body: dict[str, Any], span: Span) -> None:
    if kind == "state":
        code = STATES.index(body["state"])
        if time_ns < span[0]:
            record.before = code
        else:
            record.changes.append((time_ns, code))
    elif kind == "energy":
        if body["kw"] is not None and span[0] <= body["from"] * 1_000_000 < span[1]:
            record.quarters.append(Quarter(body["from"] // 1000, body["kw"], int(body["known_s"] // 60)))
    elif time_ns >= span[0]:
        more = (body.get("cycle_s"), body.get("missed", 0), body.get("bounced", 0))
        record.counts.add(time_ns, float(body["delta"]), *more)


def first_key(reader: JournalReader, time_ns: int, table: Table = "events") -> int:
    """Return a key before which every row is older: found by halving, epoch by epoch from the newest."""
    for start in sorted(reader.epochs, reverse=True):
        low, high = key(start, 1), key(start, N_MASK)
        oldest = _time_at(reader, low, high, table)
        if oldest is None or oldest >= time_ns:
            continue
        (high,) = next(reader.db.execute(f"SELECT max(id) FROM {table} WHERE id <= ?", (high,)))
        while low < high:
            middle = (low + high) // 2
            found = _time_at(reader, middle, key(start, N_MASK), table)
            if found is None or found >= time_ns:
                high = middle
            else:
                low = middle + 1
        return low
    return 0


def _time_at(reader: JournalReader, first: int, last: int, table: Table = "events") -> int | None:
    """Return the time of the first row from a key on."""
    select = f"SELECT time_ns FROM {table} WHERE id BETWEEN ? AND ? ORDER BY id LIMIT 1"
    return next((int(time_ns) for (time_ns,) in reader.db.execute(select, (first, last))), None)


def _states_before(reader: JournalReader, machines: Collection[str], floor: int, first: int) -> dict[str, int]:
    """Return the state that each machine had before a key; one that has no news since the floor is left out."""
    found: dict[str, int] = {}
    select = f"{rows.SELECT} WHERE id < ? AND id >= ? AND kind = 'state' ORDER BY id DESC"
    for raw in reader.db.execute(select, (first, floor)):
        if len(found) == len(machines):
            break
        source = bytes(raw[2]).decode("utf-8", "replace")
        if source in machines and source not in found and rows.whole(raw):
            found[source] = STATES.index(rows.decode(raw, reader.epochs).body["state"])
    return found


def _between_epochs(reader: JournalReader, span: Span) -> Iterator[Span]:
    """Yield the times in which the daemon did not run: from the last row of an epoch to the first event of the next."""
    ended_ns = -(1 << 62)
    for start in sorted(reader.epochs):
        first, last = key(start, 1), key(start, N_MASK)
        began_ns = _time_at(reader, first, last)
        if began_ns is not None:
            yield ended_ns, began_ns
        ends = [
            time_ns
            for table in ("events", "blocks")
            for (time_ns,) in reader.db.execute(
                f"SELECT time_ns FROM {table} WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1", (first, last)
            )
        ]
        ended_ns = max([ended_ns, *ends])
        if ended_ns >= span[1]:
            return


def _rows_gone(reader: JournalReader) -> Iterator[Span]:
    """Yield the times of events that are gone: between the rows that stand around them."""
    for first, last in list(reader.db.execute("SELECT first, last FROM gaps WHERE stream = 'e'")):
        around = [
            next(reader.db.execute(f"SELECT time_ns FROM events WHERE id {which} LIMIT 1", (at,)), None)
            for which, at in (("< ? ORDER BY id DESC", first), ("> ? ORDER BY id", last))
        ]
        before, after = (None if one is None else int(one[0]) for one in around)
        yield (-(1 << 62) if before is None else before), ((1 << 62) if after is None else after)
