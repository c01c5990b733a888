"""The ledger in a copy: what its tables hold, and whether the events make the same tables again."""

import hashlib
from typing import Any, Final

import apsw
import orjson

from gateway.journal.pages import fetch
from gateway.journal.reader import JournalReader
from gateway.work import fold
from gateway.work.coupons import Reader
from gateway.work.making import Making

AT_ONCE: Final = 5000  # events in memory
UNKNOWN: Final = "work_unknown"  # counts what this version does not know: another one may have counted before

Sums = dict[str, dict[str, Any]]  # by table: `rows`, and `sum`, which does not depend on their order


def sums(db: apsw.Connection) -> Sums:
    """Return the sums of all tables that are not the journal's own: those of the ledger, and the people's."""
    select = "SELECT name FROM sqlite_master WHERE type = 'table' AND (name LIKE 'work_%' OR name = 'people')"
    return {name: _sum(db, name) for (name,) in sorted(db.execute(select))}


def _sum(db: apsw.Connection, table: str) -> dict[str, Any]:
    count = total = 0
    for row in db.execute(f'SELECT * FROM "{table}"'):
        cells = orjson.dumps([cell.hex() if isinstance(cell, bytes) else cell for cell in row])
        total += int.from_bytes(hashlib.blake2b(cells, digest_size=8).digest(), "big")
        count += 1
    return {"rows": count, "sum": f"{total & (1 << 64) - 1:016x}"}


def differing(reader: JournalReader) -> list[str]:
    """Return the tables of the ledger that its events do not make again. The tables are made anew: on a copy only."""
    if fold.missing(reader.db):  # the next start makes them, whatever they are now
        return []
    with reader.db:
        fold.settle(reader.db)
        kept = sums(reader.db)
    rebuild(reader)
    made = sums(reader.db)
    return [name for name in fold.TABLES if name != UNKNOWN and made[name] != kept[name]]


def rebuild(reader: JournalReader) -> None:
    """Make the tables of the ledger anew from the events: on a copy only, in some memory."""
    with reader.db:
        fold.begin(reader.db)
    boots = {epoch.start: epoch.boot for epoch in reader.epochs.values()}
    ends, behind, after, more, reads = reader.known_ends(), reader.last_key(), 0, True, Reader()
    while more:
        page = fetch(reader.db, ends, "e", after, behind, AT_ONCE)
        with reader.db:
            making = Making(reader.db)
            making.add(reads.take(page).runs, boots)  # what is damaged the daemon leaves out as well
            making.end()
        after, more = page.last, page.more
    with reader.db:
        fold.finish(reader.db)
