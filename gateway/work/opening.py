"""Opening the ledger on a journal: its tables are made, and made again from the events where they were missing."""

import logging
from functools import partial
from typing import Final

from gateway.journal.journal import Journal
from gateway.journal.writer import Transaction
from gateway.work import fold
from gateway.work.making import AT_ONCE, Making

log = logging.getLogger(__name__)
IN_TRANSACTION: Final = 20_000  # events


async def open_ledger(journal: Journal) -> int:
    """Call before the first scan. Returns how many events the tables were made from; 0 when they were there.

    Until the last event is in them the tables count as missing: a half-made paid table would pay again.
    """
    if not await journal.transact(lambda tx: fold.missing(tx.db)):
        return 0
    await journal.transact(lambda tx: fold.begin(tx.db))
    total = damaged = 0
    after: int | None = 0
    while after is not None:
        after, events, left_out = await journal.transact(partial(_page, after))
        total, damaged = total + events, damaged + left_out
    await journal.transact(lambda tx: fold.finish(tx.db))
    if damaged:
        log.error("the ledger was made again without %d events that are damaged", damaged)
    return total


def _page(after: int, tx: Transaction) -> tuple[int | None, int, int]:
    """Fold some events behind a key; return the key to go on from, how many held entries, how many were damaged."""
    boots = dict(tx.db.execute("SELECT start, boot FROM epochs"))
    making, damaged = Making(tx.db), 0
    for _ in range(IN_TRANSACTION // AT_ONCE):
        page = tx.events(after, AT_ONCE)
        damaged += making.add(page.raws, boots)
        after = page.last
        if not page.more:
            break
    making.end()
    return (page.last if page.more else None), making.events, damaged
