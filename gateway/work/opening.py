"""Opening the ledger on a journal: its tables are made, and made again from the events where they were missing."""

from gateway.event import Row
from gateway.journal.journal import Journal
from gateway.work import tables

PAGE = 200


async def open_ledger(journal: Journal) -> int:
    """Call before the first scan. Returns how many scans the tables were made from; 0 when they were there.

    Tables and contents appear in one transaction: a half-made paid table would pay again.
    """
    if not await journal.transact(lambda tx: tables.missing(tx.db)):
        return 0
    scans = await _scans(journal)
    await journal.transact(lambda tx: tables.rebuild(tx.db, scans, journal.gateway))
    return len(scans)


async def _scans(journal: Journal) -> list[Row]:
    """Return every scan that the journal holds, those that wait for the clock too."""
    scans: list[Row] = []
    after = None
    while page := await journal.events(after, PAGE, frozen_only=False):
        scans += [row for row in page if row.kind == "scan"]
        after = page[-1].position
    return scans
