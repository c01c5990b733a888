"""Corrections: what somebody changes of the work without a scanner, judged as a scan is and kept with the reason."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import apsw

from gateway.desk import Desk
from gateway.event import Event, Row, position_of
from gateway.journal.rows import key
from gateway.journal.writer import Transaction
from gateway.work import fold, stock
from gateway.work.answer import Verdict
from gateway.work.dialogue import Here
from gateway.work.dialogues import calls, defects, parting, undoing
from gateway.work.entries import Entry, NotRecorded
from gateway.work.projections import begun, places
from gateway.work.story import story

OFFICE: Final = "office"  # the scanner and station of what is done without one
Judge = Callable[[Here], Verdict]


class Corrections:
    """Corrects at the desk. All raise NotRecorded with the reason for what cannot be, and StorageFailed."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def void(self, event: str, reason: str, by: str) -> Row:
        """Take back whatever an event did, of a closed period too; not when more builds on it."""
        try:
            place = position_of(event)
        except ValueError:
            raise NotRecorded(f"사건 번호가 아니에요: {event!r}", f"{event!r} is not the id of an event") from None
        row = key(place.start, place.n)

        def entries(tx: Transaction) -> Sequence[Entry]:
            here = self._desk.here(tx.db, OFFICE)
            if here.when(row).event != event or not undoing.kept(here, row):
                raise NotRecorded("그런 기록이 없어요.", "There is no such record.")
            if fold.taken_back(tx.db, row):
                raise NotRecorded("이미 취소한 기록이에요.", "It was taken back already.")
            if (refused := undoing.look(here, row)[1]) is not None:
                raise NotRecorded(**refused)
            return [{"do": "void", "of": event, "reason": reason, "by": by}]

        return await self._desk.record("api", by, entries, reason=reason, corrects=event)

    async def split(self, bundle: str, parts: list[int], reason: str, by: str) -> Row:
        """Split a bundle into parts of these sizes, which add up."""
        return await self._judged(lambda here: parting.split(here, bundle, _pieces(here, bundle), parts), reason, by)

    async def short(self, bundle: str, quantity: int, reason: str, by: str) -> Row:
        """Say that a bundle has fewer pieces than it should."""

        def judge(here: Here) -> Verdict:
            return parting.short(here, bundle, _pieces(here, bundle), quantity, reason)

        return await self._judged(judge, reason, by)

    async def defect(self, bundle: str, operation: str, code: str, quantity: int, reason: str, by: str) -> Row:
        """Tell of pieces with a defect."""

        def judge(here: Here) -> Verdict:
            _must_be_done(here, bundle, operation)
            return defects.tell_defect(here, bundle, operation, code, quantity)

        return await self._judged(judge, reason, by)

    async def repair(self, bundle: str, operation: str, quantity: int | None, reason: str, by: str) -> Row:
        """Tell of repaired pieces, all that have a defect if no quantity is given."""
        return await self._judged(lambda here: defects.tell_repair(here, bundle, operation, quantity), reason, by)

    async def scrap(self, bundle: str, operation: str, quantity: int | None, reason: str, by: str) -> Row:
        """Take pieces out of a bundle for good."""

        def judge(here: Here) -> Verdict:
            _must_be_done(here, bundle, operation)
            return defects.tell_scrap(here, bundle, operation, quantity)

        return await self._judged(judge, reason, by)

    async def move(self, bundle: str, to: int, reason: str, by: str) -> Row:
        """Give what is in hand of a bundle to another worker, by the badge's number."""

        def entries(tx: Transaction) -> Sequence[Entry]:
            held = begun.in_hand(tx.db, bundle)
            known = self._desk.ledger.catalogue.worker(tx.db, to)
            if not held:
                raise NotRecorded(f"묶음 {bundle}을 하고 있는 사람이 없어요.", f"Nobody has bundle {bundle} in hand.")
            if known is None:
                raise NotRecorded(f"{to}번은 작업자 목록에 없어요.", f"No worker has badge {to}.")
            return [
                {"do": "handover", "from": worker, "to": known.badge, "bundles": [bundle], "station": OFFICE}
                for worker in sorted({one.worker for one in held})
            ]

        return await self._desk.record("api", by, entries, reason=reason)

    async def helped(self, station: str, by: str) -> Row:
        """Say that somebody came to a station that called for help."""

        def entries(tx: Transaction) -> Sequence[Entry]:
            if station not in [call.station for call in places.calls(tx.db)]:
                raise NotRecorded("이 자리는 호출하지 않았어요.", "Nobody called from there.")
            self._append(tx, [calls.helped(station)])
            return [{"do": "helped", "station": station}]

        return await self._desk.record("api", by, entries)

    async def story(self, bundle: str) -> dict[str, Any] | None:
        """Return what happened to a bundle and where it is."""
        catalogue = self._desk.ledger.catalogue
        return await self._desk.read(lambda db, gateway: story(db, catalogue, gateway, bundle))

    async def wip(self) -> dict[str, int]:
        """Return how many pieces wait before each operation, or are in it."""
        return await self._desk.read(lambda db, _: stock.wip(db, self._desk.ledger.catalogue))

    async def _judged(self, judge: Judge, reason: str, by: str) -> Row:
        def entries(tx: Transaction) -> Sequence[Entry]:
            verdict = judge(self._desk.here(tx.db, OFFICE))
            if verdict.tone != "ok":
                raise NotRecorded(**verdict.text)
            self._append(tx, verdict.events)
            return verdict.entries

        return await self._desk.record("api", by, entries, reason=reason)

    def _append(self, tx: Transaction, events: Sequence[tuple[str, str, dict[str, Any]]]) -> None:
        for kind, source, body in events:
            tx.append(Event(kind, source, self._desk.mono_ns(), body))


def _pieces(here: Here, bundle: str) -> int:
    """Return how many pieces a bundle has; NotRecorded for one of which nothing is known."""
    db: apsw.Connection = here.db
    if here.catalogue.bundle(db, bundle) is None and stock.done_last(db, bundle) is None:
        raise NotRecorded(f"모르는 묶음이에요: {bundle}", f"Nothing is known of bundle {bundle}.")
    return stock.left(db, here.catalogue, bundle)


def _must_be_done(here: Here, bundle: str, operation: str) -> None:
    """Only what is done has a defect."""
    if stock.paid_row(here.db, bundle, operation) is None:
        raise NotRecorded(f"아직 하지 않은 공정이에요: {operation}", f"{operation} is not done yet.")
