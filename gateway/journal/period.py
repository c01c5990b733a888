"""What the journal tells of machines in a period, and of which part of it it knows nothing."""

from collections.abc import Collection, Iterator
from typing import Final, Literal

import apsw
import numpy as np

from gateway.errors import StorageFailed
from gateway.figures.energy import Quarter
from gateway.figures.machine import Record
from gateway.figures.timeline import Span, clipped, merged
from gateway.journal import machine_pages
from gateway.journal.machine_rows import COUNT, ENERGY, STATE, MachineRows, joined
from gateway.journal.reader import JournalReader
from gateway.journal.rows import N_MASK, key
from sensors.batch import Float64s, Int64s

SLACK_NS: Final = 600_000_000_000  # rows stand in the order of their commit: nearly, not quite, that of their times
AT_ONCE: Final = 32  # pages: what they tell of one machine is taken together
LOOKED_BACK_NS: Final = 40 * 86_400 * 1_000_000_000  # for the state in which a machine was before the period
Table = Literal["events", "blocks"]


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
    for name, code in _states_before(reader, machines, span[0], first).items():
        found[name].before = code
    gaps, last_ns, broken = [], span[0], False
    some: list[MachineRows] = []
    for rows in machine_pages.told(reader, first):
        if rows is None:
            broken = True
            continue
        over = np.flatnonzero(rows.time_ns >= span[1] + SLACK_NS)
        rows = rows.head(int(over[0])) if len(over) else rows
        if len(rows.time_ns):
            if broken:
                gaps.append((last_ns, int(rows.time_ns[0])))
                broken = False
            last_ns = int(rows.time_ns[-1])
            some.append(rows)
        if len(some) == AT_ONCE:
            _take(found, some, span)
            some = []
        if len(over):
            break
    if broken:
        gaps.append((last_ns, span[1]))
    _take(found, some, span)
    for record in found.values():
        record.changes.sort(key=lambda one: one[0])
    return found, clipped(merged([*gaps, *_between_epochs(reader, span), *_rows_gone(reader)]), span)


def _take(found: dict[str, Record], some: list[MachineRows], span: Span) -> None:
    if not some:
        return
    rows = joined(some)
    order = np.argsort(rows.who, kind="stable")
    ends = np.searchsorted(rows.who[order], np.arange(len(rows.names) + 1)).tolist()
    for name, start, end in zip(rows.names, ends, ends[1:], strict=False):
        if name in found:
            mine = order[start:end]
            _take_machine(found[name], rows.time_ns[mine], rows.kinds[mine], rows.parts[:, mine], span)


def _take_machine(record: Record, time_ns: Int64s, kinds: Int64s, parts: Float64s, span: Span) -> None:
    within = (time_ns >= span[0]) & (time_ns < span[1])
    counted = (kinds == COUNT) & within
    record.counts.add(time_ns[counted], parts[:, counted])
    for at in np.flatnonzero((kinds == STATE) & (time_ns < span[1])).tolist():
        code = int(parts[0, at])
        if within[at]:
            record.changes.append((int(time_ns[at]), code))
        else:
            record.before = code
    for kw, from_ms, known_s, _ in parts[:, kinds == ENERGY].T.tolist():  # told behind its quarter hour
        if kw == kw and span[0] <= from_ms * 1e6 < span[1]:
            record.quarters.append(Quarter(int(from_ms) // 1000, kw, int(known_s // 60)))


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


def _states_before(reader: JournalReader, machines: Collection[str], time_ns: int, first: int) -> dict[str, int]:
    """Return the state that each machine had before a key, and a time; who has no news for long is left out."""
    found: dict[str, int] = {}
    floor = first_key(reader, time_ns - LOOKED_BACK_NS)
    for rows in machine_pages.states_before(reader, floor, first):
        states = np.flatnonzero((rows.kinds == STATE) & (rows.time_ns < time_ns))[::-1]
        for who, code in zip(rows.who[states].tolist(), rows.parts[0, states].tolist(), strict=True):
            if rows.names[who] in machines:
                found.setdefault(rows.names[who], int(code))
        if len(found) == len(machines):
            break
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
