"""The way of a scan: ledger and journal in one transaction, and the answer after its commit."""

import logging
from collections.abc import Callable

from barcodes.scan import Scan
from drivers.base import Answers, Driver
from gateway.clock import Clock
from gateway.errors import StorageFailed
from gateway.event import Row
from gateway.journal.journal import Journal
from gateway.work.answer import Answer
from gateway.work.ledger import Ledger

log = logging.getLogger("gongbang")


class Desk:
    """Takes scans to the ledger, one after the other for each scanner, and answers them."""

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
