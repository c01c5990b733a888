"""Pages: what some thousand events on end tell of machines, packed, so that reports need not read them one by one.

A page is made of events whose time is frozen, by the writer, when it has nothing to do; it says the keys for which it
stands, and is never changed. What stands in no page (the newest, damaged ones, those whose page is damaged) is read
event by event.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from gateway.journal import rows
from gateway.journal.machine_rows import WANTED, Gathering, MachineRows
from gateway.journal.reader import JournalReader
from gateway.journal.rows import Corrupted, Raw

ROWS: Final = 4096  # of a page
_PAGES: Final = "SELECT last, first, data, crc FROM machine_pages WHERE last >= ? ORDER BY last"
_PAGES_BACK: Final = "SELECT last, first, data, crc FROM machine_pages WHERE first < ? AND last >= ? ORDER BY last DESC"
Keys = tuple[int, int]  # the first, and the last


def told(reader: JournalReader, first: int) -> Iterator[MachineRows | None]:
    """Yield what events from a key on tell of machines, in their order; None where some are damaged."""
    for (since, until), page in _pages(reader, _PAGES, (first,)):
        yield from _events(reader, first, since - 1)
        yield page
        first = until + 1
    yield from _events(reader, first, reader.last_key())


def states_before(reader: JournalReader, floor: int, first: int) -> Iterator[MachineRows]:
    """Yield the states before a key, the newest first, as far as a floor; pages are whole, and may reach beyond."""
    for (since, until), page in _pages(reader, _PAGES_BACK, (first, floor)):
        yield from _states_back(reader, until + 1, first - 1)
        yield page
        first = since
    yield from _states_back(reader, floor, first - 1)


def _pages(reader: JournalReader, select: str, keys: tuple[int, ...]) -> Iterator[tuple[Keys, MachineRows]]:
    """Yield the pages that are whole."""
    if not list(reader.db.execute("SELECT 1 FROM sqlite_master WHERE name = 'machine_pages'")):
        return
    for last, first, data, crc in reader.db.execute(select, keys):
        try:
            if crc == page_crc(first, last, data):
                yield (first, last), MachineRows.unpack(data)
        except (Corrupted, TypeError):
            continue


def page_crc(first: int, last: int, data: bytes) -> int:
    """Return the CRC32 over a page and the keys for which it stands. Raises TypeError for what is no page."""
    return rows.crc(first, b"machine", b"page", last, 0, 0, data)


def _events(reader: JournalReader, first: int, last: int) -> Iterator[MachineRows | None]:
    gathering = Gathering()
    for raw in _raws(reader, first, last, "ORDER BY id"):
        try:
            gathering.add(raw, reader.epochs)
        except Corrupted:
            if len(gathering):
                yield gathering.rows()
                gathering = Gathering()
            yield None
        if len(gathering) == ROWS:
            yield gathering.rows()
            gathering = Gathering()
    if len(gathering):
        yield gathering.rows()


def _states_back(reader: JournalReader, first: int, last: int) -> Iterator[MachineRows]:
    for raw in _raws(reader, first, last, "AND kind = 'state' ORDER BY id DESC"):
        gathering = Gathering()
        with suppress(Corrupted):
            gathering.add(raw, reader.epochs)
            yield gathering.rows()


def _raws(reader: JournalReader, first: int, last: int, how: str) -> Iterator[Raw]:
    yield from reader.db.execute(f"{rows.SELECT} WHERE id BETWEEN ? AND ? AND {WANTED} {how}", (first, last))
