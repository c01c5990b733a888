"""Opening the ledger on a journal: its tables are made, and made again from the events where they were missing."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from gateway import apart
from gateway.journal.journal import Journal
from gateway.journal.writer import Transaction
from gateway.work import ahead, fold
from gateway.work.coupons import Reader, Taken
from gateway.work.making import Making

log = logging.getLogger(__name__)
PAGES: Final = 10  # in a transaction
ALONE: Final = 2  # transactions, behind which a second process is worth its start


class Made(NamedTuple):
    """How far the tables are made."""

    last: int = 0  # the key to go on from
    more: bool = True  # whether there may be more behind it
    events: int = 0  # that held entries
    damaged: int = 0


async def open_ledger(journal: Journal) -> int:
    """Call before the first scan. Returns how many events the tables were made from; 0 when they were there.

    Until the last event is in them the tables count as missing: a half-made paid table would pay again.
    """
    if not await journal.transact(lambda tx: fold.missing(tx.db)):
        return 0
    await journal.transact(lambda tx: fold.begin(tx.db))
    made, turn = Made(), 0
    while made.more:
        if turn == ALONE:
            made = await _ahead(journal, made)
        made, turn = await journal.transact(partial(_alone, made)), turn + 1
    await journal.transact(lambda tx: fold.finish(tx.db))
    if made.damaged:
        log.error("the ledger was made again without %d events that are damaged", made.damaged)
    return made.events


async def _ahead(journal: Journal, made: Made) -> Made:
    """Fold what a process of its own reads. Whatever becomes of it: what is folded is, and the rest is read alone."""
    file = await journal.read(lambda db: db.filename)
    try:
        async with aclosing(ahead.batches(Path(file), made.last, PAGES)) as batches:
            async for batch in batches:
                made = await journal.transact(partial(_batch, made, batch))
    except (apart.Failed, OSError) as error:
        log.warning("the ledger is made again without reading ahead: %s", error)
    return made


def _batch(made: Made, batch: list[bytes], tx: Transaction) -> Made:
    return _fold(made, map(ahead.unpacked, batch), tx)


def _alone(made: Made, tx: Transaction) -> Made:
    return _fold(made, _pages(made.last, tx), tx)


def _pages(after: int, tx: Transaction) -> Iterator[Taken]:
    reader = Reader()
    for _ in range(PAGES):
        taken = reader.take(tx.events(after, ahead.AT_ONCE))
        yield taken
        if not taken.more:
            return
        after = taken.last


def _fold(made: Made, pages: Iterable[Taken], tx: Transaction) -> Made:
    """Fold some events behind those that are."""
    boots = dict(tx.db.execute("SELECT start, boot FROM epochs"))
    making = Making(tx.db)
    for page in pages:
        making.add(page.runs, boots)
        made = made._replace(last=page.last, more=page.more, damaged=made.damaged + page.damaged)
    making.end()
    return made._replace(events=made.events + making.events)
