"""Opening the ledger on a journal: its tables are made, and made again from the events where they were missing."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Final

from gateway.event import Row
from gateway.journal.journal import Journal
from gateway.journal.writer import Transaction
from gateway.work import tables

PAGE: Final = 200
AT_ONCE: Final = 5000  # scans in memory and in one transaction, about 10 MB: a shop has millions


async def open_ledger(journal: Journal) -> int:
    """Call before the first scan. Returns how many scans the tables were made from; 0 when they were there.

    Until the last scan is in them the tables count as missing: a half-made paid table would pay again.
    """
    if not await journal.transact(lambda tx: tables.missing(tx.db)):
        return 0
    await journal.transact(lambda tx: tables.begin(tx.db))
    total = 0
    async for scans in _scans(journal):
        total += await journal.transact(partial(_add, scans, journal.gateway))
    await journal.transact(lambda tx: tables.finish(tx.db))
    return total


def _add(scans: list[Row], gateway: str, tx: Transaction) -> int:
    return tables.add(tx.db, scans, gateway)


async def _scans(journal: Journal) -> AsyncIterator[list[Row]]:
    """Yield every scan that the journal holds, some at a time, those that wait for the clock too."""
    scans: list[Row] = []
    after = None
    while page := await journal.events(after, PAGE, frozen_only=False):
        scans += [row for row in page if row.kind == "scan"]
        after = page[-1].position
        if len(scans) >= AT_ONCE:
            yield scans
            scans = []
    yield scans
