"""Office: pay, figures and reports, worked out beside the loop, and closings, which the desk records.

What reads sums takes a thread and a connection of its own, some ten milliseconds; what reads every line, or makes a
document, takes a process of its own.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from gateway import apart
from gateway.clock import Clock
from gateway.config.floor import Equipment, Tool
from gateway.config.parts import Station
from gateway.config.plant import Machine
from gateway.config.root import EdgeConfig
from gateway.desk import Desk
from gateway.errors import StorageFailed
from gateway.event import Row
from gateway.figures.timeline import Span
from gateway.journal.period import gaps
from gateway.journal.reader import JournalReader
from gateway.journal.writer import Transaction
from gateway.pay import book, closing
from gateway.pay.daily import days_of
from gateway.pay.period import next_first
from gateway.pay.terms import Terms
from gateway.reports import causes, standing
from gateway.reports.asking import asked
from gateway.reports.figures import figures
from gateway.reports.plan import Plan, names
from gateway.work.entries import Entry, NotRecorded
from gateway.work.ledger_catalogue import LedgerCatalogue
from gateway.work.projections.periods import Closed, closed
from gateway.work.reading import ledger_of

Answer = dict[str, Any]
T = TypeVar("T")
TRIES: Final = 3  # of a closing that was worked out while the shop went on


class Office:
    """Answers from the journal's file. Raises StorageFailed when it cannot be read."""

    def __init__(self, journal: Path, gateway: str, clock: Clock, desk: Desk) -> None:
        self._journal, self._gateway, self._clock, self._desk = journal, gateway, clock, desk
        self._one, self._looking = asyncio.Semaphore(1), asyncio.Semaphore(1)  # process, and thread, at a time

    async def pay(self, config: EdgeConfig, first: date, last: date) -> Answer:
        """Return the pay of some local dates, with the names of workers and operations."""
        terms, now_ns = Terms.of(config), self._now_ns()

        def read(reader: JournalReader) -> Answer:
            plan = Plan.now(terms, config.work, reader.db, now_ns)
            told = {"names": names(reader.db, config.work), "operations": plan.labels()}
            return book.read(reader.db, terms, first, last, now_ns).entry() | told

        return await self._read(read)

    async def pay_by_day(self, config: EdgeConfig, first: date, last: date, worker: str) -> Answer:
        """Return one worker's pay of some local dates, day by day."""
        terms = Terms.of(config)
        return await self._read(lambda reader: days_of(reader.db, terms, first, last, worker))

    async def periods(self) -> Answer:
        """Return the closed periods, and when the next one begins."""

        def read(reader: JournalReader) -> Answer:
            found = tuple(closed(reader.db))
            opens = next_first(found)
            return {"periods": [_closed(one) for one in found], "next_from": opens and opens.isoformat()}

        return await self._read(read)

    async def figures(self, config: EdgeConfig, span: Span, workers: bool) -> Answer:
        """Return the figures of work of a span, UTC ns."""
        now_ns = self._now_ns()

        def read(reader: JournalReader) -> Answer:
            plan = Plan.now(Terms.of(config), config.work, reader.db, now_ns)
            found = figures(reader.db, plan, span, now_ns, gaps(reader, span), workers)
            return found | {"names": names(reader.db, config.work)} if workers else found

        return await self._read(read)

    async def standing(self, config: EdgeConfig) -> Answer:
        """Return where each order stands, and what waits where."""
        now_ns = self._now_ns()

        def read(reader: JournalReader) -> Answer:
            terms, catalogue = Terms.of(config), _catalogue(config, now_ns)
            plan = Plan.of(terms, catalogue, reader.db)
            return standing.standing(reader.db, plan, config, catalogue.today(), now_ns)

        return await self._read(read)

    async def bundles(self, config: EdgeConfig, workers: bool, order: str | None, operation: str | None) -> Answer:
        """Return the open bundles; who has one only with `workers`."""
        catalogue = _catalogue(config, self._now_ns())
        return await self._read(lambda reader: standing.bundles(reader.db, catalogue, workers, order, operation))

    async def causes(self, config: EdgeConfig, span: Span, station: str | None) -> Answer:
        """Return pieces with a defect by code and operation, of a station or all, UTC ns, and the names of codes."""
        catalogue = _catalogue(config, self._now_ns())

        def read(reader: JournalReader) -> Answer:
            told = causes.labels(reader.db, catalogue)
            return {"pieces": causes.defects(reader.db, span, station), **told}

        return await self._read(read)

    async def contradictions(self, config: EdgeConfig, span: Span) -> Answer:
        """Return where scans at a station and its machine's counts and states contradict each other, UTC ns."""
        question = {**Terms.of(config).question(), "span": span, "machines": _machines(config)}
        found: Answer = await self.ask("gateway.reports.contradictions", question)
        return found

    async def stays(self, config: EdgeConfig, bundle: str) -> Answer:
        """Return what machines counted and did while a bundle was at their stations."""
        question = {"bundle": bundle, "machines": _machines(config), "gateway": self._gateway}
        found: Answer = await self.ask("gateway.reports.stays", question)
        return found

    async def report(self, config: EdgeConfig, kind: str, first: date, last: date, **more: Any) -> Answer:
        """Return a report as a file: its name, media type and bytes (base64); see `gateway.reports.making`."""
        made: Answer = await self.ask("gateway.reports.making", asked(config, kind, first, last, **more))
        return made

    async def floor(self, config: EdgeConfig, kind: str, found: Answer, first: date, last: date, **more: Any) -> Answer:
        """Return what the API told of the shop floor as a file; see `gateway.reports.floor`."""
        language = more.get("language") or config.workshop.language
        things: tuple[Machine | Station | Equipment | Tool, ...] = (
            *config.machines,
            *config.stations,
            *config.work.equipment,
            *config.work.tools,
        )
        labels = {one.name: getattr(one.label, language) for one in things if one.label}
        question = asked(config, kind, first, last, found=found, labels=labels, **more)
        made: Answer = await self.ask("gateway.reports.floor", question)
        return made

    async def evidence(self, config: EdgeConfig, first: date, last: date, **more: Any) -> Answer:
        """Have the pack of evidence written `into` a file; return its `name`, or `refused` with why it cannot be.

        Without a file return the figures of both times.
        """
        question = asked(config, "evidence", first, last, **more)
        told: Answer = await self.ask("gateway.reports.evidence.pack", question)
        return told

    async def baseline(self, entry: Entry, by: str) -> Answer:
        """Keep a baseline that was told by hand. Raises NotRecorded."""
        row = await self._desk.record("api", by, lambda tx: [entry])
        return {"id": row.id(self._gateway)}

    async def close(self, config: EdgeConfig, first: date, last: date, by: str) -> Answer:
        """Close a period. Raises NotRecorded with the reason why it cannot be."""
        question = {**Terms.of(config).question(), "from": first.isoformat(), "to": last.isoformat()}
        for _ in range(TRIES):
            proposal = await self.ask("gateway.pay.proposal", question)
            if why := proposal.get("refused"):
                raise NotRecorded(why["ko"], why["en"])
            row = await self._record(proposal, by)
            if row is not None:
                entry = proposal["entry"]
                return {"id": row.id(self._gateway), "number": proposal["number"], "lines": proposal["lines"], **entry}
        raise NotRecorded(
            "마감하는 동안 그 기간의 기록이 계속 들어왔어요. 잠시 뒤에 다시 해 주세요.",
            "Lines of that time kept coming while it was closed: try again in a moment.",
        )

    async def _record(self, proposal: closing.Proposal, by: str) -> Row | None:
        """Record a closing, unless what it was worked out from has changed."""

        def entries(tx: Transaction) -> list[Entry]:
            if not closing.still_true(tx.db, proposal):
                raise _Changed
            return [proposal["entry"]]

        try:
            return await self._desk.record("period", by, entries)
        except _Changed:
            return None

    async def ask(self, module: str, question: Mapping[str, Any]) -> Any:
        """Return what a process of its own answers; it is told the journal and the time."""
        told = {**question, "journal": str(self._journal), "now_ns": self._now_ns()}
        async with self._one:
            try:
                return await apart.ask(module, told)
            except apart.Failed as failed:
                raise StorageFailed(f"it could not be worked out: {failed}") from failed

    async def _read(self, work: Callable[[JournalReader], T]) -> T:
        async with self._looking:
            return await asyncio.to_thread(self._with_reader, work)

    def _with_reader(self, work: Callable[[JournalReader], T]) -> T:
        try:
            with ledger_of(self._journal) as reader:
                return work(reader)
        except FileNotFoundError as gone:
            raise StorageFailed(str(gone)) from gone

    def _now_ns(self) -> int:
        return self._clock.time_ns(self._clock.mono_ns())


class _Changed(Exception):
    """What a proposal was worked out from is not so any more."""


def _machines(config: EdgeConfig) -> list[Answer]:
    """Return the machines that stand at stations, as JSON."""
    stand = (one for one in config.machines if one.station is not None)
    return [{"name": one.name, "station": one.station, "counts": one.count is not None} for one in stand]


def _catalogue(config: EdgeConfig, now_ns: int) -> LedgerCatalogue:
    return LedgerCatalogue(config.work, ZoneInfo(config.workshop.timezone), lambda: now_ns)


def _closed(one: Closed) -> Answer:
    return {"number": one.n, "from": one.first, "to": one.last, "hash": one.hash, **one.sums}
