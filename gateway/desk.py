"""The way of a scan, and of what else changes the work: ledger and journal in one transaction, the answer after it."""

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

import apsw

from barcodes.scan import Scan
from drivers.base import Answers, Driver
from gateway.clock import Clock
from gateway.errors import StorageFailed
from gateway.event import Body, Event, Row
from gateway.journal.journal import Journal
from gateway.journal.writer import Transaction
from gateway.work import fold
from gateway.work.answer import Answer
from gateway.work.dialogue import Here
from gateway.work.entries import Entry, check
from gateway.work.held import held
from gateway.work.ledger import Ledger
from gateway.work.press import Kept, Press, before
from gateway.work.projections.sessions import Session

T = TypeVar("T")
log = logging.getLogger("gongbang")


class Desk:
    """Takes scans to the ledger, one after the other for each scanner, and answers them; and other entries likewise."""

    def __init__(
        self, journal: Journal, clock: Clock, ledger: Ledger, answered: Callable[[Scan, Answer], None]
    ) -> None:
        self.ledger = ledger
        self._journal, self._clock, self._answered = journal, clock, answered

    async def scan(self, scan: Scan, scanner: Driver) -> Row | None:
        """Keep a scan and answer it; when it could not be kept the answer says so, and nothing was counted."""
        now_ns = self._clock.time_ns(self._clock.mono_ns())
        try:
            answer = await self._journal.transact(lambda tx: self.ledger.decide(tx, scan, now_ns))
        except StorageFailed:
            log.exception("%s: a scan could not be kept", scan.scanner)
            answer = self.ledger.failed()
        self._answered(scan, answer)
        if isinstance(scanner, Answers):
            await scanner.answer(answer.tone)
        return answer.row

    async def press(self, press: Press) -> Kept:
        """Keep a key, or what a camera read, as a scan of its station's scanner, and answer it; once, however often it
        comes.

        It counts when it was read, as far as its browser knows. Raises StorageFailed when it could not be kept: the
        screen says so too.
        """
        before_ns, late = held(press.late_ns)
        mono_ns = self._clock.mono_ns() - before_ns
        now_ns = self._clock.time_ns(mono_ns)

        def work(tx: Transaction) -> tuple[Kept, tuple[Scan, Answer] | None]:
            if known := before(tx.db, press.id, self._journal.gateway):
                return known, None
            scan = Scan(self.ledger.scanner_at(tx.db, press.station), mono_ns, press.raw)
            answer = self.ledger.decide(tx, scan, now_ns, press.told | late)
            assert answer.row is not None  # `decide` keeps one, or raises
            return Kept(answer.row.id(self._journal.gateway), answer.row.body), (scan, answer)

        try:
            kept, told = await self._journal.transact(work)
        except StorageFailed:
            self._answered(Scan(press.station, mono_ns, press.raw), self.ledger.failed())
            raise
        if told:
            self._answered(*told)
        return kept

    def mono_ns(self) -> int:
        """Return the present mono time."""
        return self._clock.mono_ns()

    def here(self, db: apsw.Connection, scanner: str) -> Here:
        """Return where something is judged that no scanner read: nobody's badge stands for whoever asks."""
        now_ns = self._clock.mono_ns()
        here = self.ledger.here(db, scanner, now_ns, self._clock.time_ns(now_ns))
        return replace(here, sessions=[Session(here.station.name, "", self._clock.boot_id, now_ns, 0)])

    def at(self, db: apsw.Connection, station: str) -> Here:
        """Return where and when a key of a station is judged."""
        now_ns = self._clock.mono_ns()
        return self.ledger.here(db, self.ledger.scanner_at(db, station), now_ns, self._clock.time_ns(now_ns))

    async def read(self, work: Callable[[apsw.Connection, str], T]) -> T:
        """Return a short reading of the tables, which is given the gateway's id too. Raises StorageFailed."""
        return await self._journal.read(lambda db: work(db, self._journal.gateway))

    async def settle(self) -> None:
        """Give what waited for the clock the times that the journal has frozen, if it can be written: no scan may come
        to do so, and reports leave out what waits.
        """
        with suppress(StorageFailed):
            if await self._journal.read(fold.unsettled):
                await self._journal.transact(lambda tx: fold.settle(tx.db))

    async def record(
        self, source: str, by: str, entries: Callable[[Transaction], Sequence[Entry]], **body: str | int | None
    ) -> Row:
        """Keep an event `work` with the entries that `entries` returns; nothing of it when that raises.

        `entries` looks at the tables inside the transaction and raises NotRecorded for what cannot be; it may append
        events of other kinds there, and may run twice. `source` is api, import, print, period ...; `by` the account.
        Raises NotRecorded, StorageFailed.
        """

        def work(tx: Transaction) -> Row:
            fold.settle(tx.db)
            return record(tx, self._clock.mono_ns(), source, by, entries(tx), body)

        return await self._journal.transact(work)

    async def record_together(
        self,
        source: str,
        by: str,
        events: Callable[[Transaction], Iterable[Sequence[Entry]]],
        **body: str | int | None,
    ) -> list[Row]:
        """Keep several events in one transaction: entries that belong together and are too many for one event."""

        def work(tx: Transaction) -> list[Row]:
            fold.settle(tx.db)
            return [record(tx, self._clock.mono_ns(), source, by, entries, body) for entries in events(tx)]

        return await self._journal.transact(work)


def record(
    tx: Transaction, mono_ns: int, source: str, by: str, entries: Sequence[Entry], body: Body | None = None
) -> Row:
    """Append an event `work` in a transaction that is open. Raises NotRecorded for entries of no known shape."""
    check(entries, fold.SHAPES)
    row = tx.append(Event("work", source, mono_ns, {**(body or {}), "by": by, "entries": list(entries)}))
    fold.project(tx.db, row)
    return row
