"""The work ledger: decides what a scan means, inside the journal's transaction, and answers it.

A station has the badges that were scanned at it: one, or several that work together. A badge stays for `badge_hold_s`,
and not beyond the boot: after a power cut the worker scans it again. What each ticket means then stands in the parts of
`gateway.work.dialogues`.

The same label read again by the same scanner within `same_label_s` (of its latest reading) is one reading: it is
answered as the first time. Its event is kept all the same, as a `duplicate` that names the first one in `repeats`, so
that nobody who adds up accepted scans counts it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import apsw

from barcodes import aim, gs1
from barcodes.scan import Scan
from barcodes.text import decode
from barcodes.ticket import Command, Ours, Ticket, Unknown, encode, fields
from gateway.config.parts import Station
from gateway.config.root import EdgeConfig
from gateway.event import Body, Event, Row
from gateway.work import fold, said, texts
from gateway.work.answer import Answer, Kind, Verdict, Words
from gateway.work.catalogue import Catalogue, ConfiguredCatalogue
from gateway.work.codes import Codes
from gateway.work.dialogue import Here
from gateway.work.dialogues import ANSWERS, part_for
from gateway.work.entries import Entry
from gateway.work.floor import Floor, Instruments
from gateway.work.held import BY_ARRIVAL, FASTER_NS
from gateway.work.press import SCANNERS, read_last
from gateway.work.projections import asked, places, sessions
from gateway.work.projections.asked import Asked
from gateway.work.projections.sessions import Session
from gateway.work.raw import raw_body, raw_of


class Transaction(Protocol):
    """What the ledger needs of the journal's transaction."""

    @property
    def db(self) -> apsw.Connection: ...
    def append(self, event: Event) -> Row: ...
    def newest(self, kind: str, source: str) -> Row | None: ...


class Ledger:
    """Judges scans by the configuration of one workshop. It holds no state: that is in the journal's database."""

    def __init__(
        self,
        config: EdgeConfig,
        gateway: str,
        boot: str,
        catalogue: Catalogue | None = None,
        instruments: Instruments | None = None,
    ) -> None:
        """Take the gateway's id for the identity of events, and the boot within which mono times compare."""
        self._gateway, self._boot, self._work = gateway, boot, config.work
        self._zone = ZoneInfo(config.workshop.timezone)
        self._same_label_ns, self._ask_ns = (int(s * 1e9) for s in (config.work.same_label_s, config.work.ask_s))
        self.catalogue = catalogue or ConfiguredCatalogue(config.work)
        self._codes = Codes(config.work.codes)
        self.floor = Floor.of(config, instruments)
        self._scanners = stations(config)
        self._readers = [one.name for one in config.drivers if getattr(one, "type", "") in SCANNERS and one.enabled]
        cameras = (one for one in config.drivers if getattr(one, "type", "") == "camera")
        self._cameras = {one.name for one in cameras}  # each sees several codes at once
        self._stations = {station.name: station for station in config.stations}

    def scanner_at(self, db: apsw.Connection, station: str) -> str:
        """Return the scanner of a station, of several the one that read last; the station's name where it has none."""
        here = [name for name in self._readers if self._station(db, name).name == station]
        return read_last(db, here) or next(iter(here), station)

    def ticket(self, raw: bytes) -> Ticket:
        """Return what a scanner's bytes say in this workshop."""
        return self._codes.ticket(aim.split(raw).data)

    def decide(self, tx: Transaction, scan: Scan, now_ns: int, more: Body | None = None) -> Answer:
        """Judge one scan, keep its event with `more`, and update the projections, all in the transaction given.

        `now_ns` is UTC. The answer may be shown after the commit, never before.
        """
        fold.settle(tx.db)
        here = self.here(tx.db, scan.scanner, scan.mono_ns, now_ns)
        code = aim.split(scan.raw)
        ticket = self._codes.ticket(code.data)
        last = tx.newest("scan", scan.scanner)
        last = last if last and last.boot == self._boot else None
        first = last if last and self._same_reading(last, scan) else None
        verdict = self._again(first) if first else self._judge(ticket, here)
        body: Body = {
            **raw_body(scan.raw),
            "text": decode(code.data),
            "symbology": code.symbology,
            **_fields(code),
            "station": here.station.name,
            "worker": here.worker if here.sessions else None,
            "answer": "duplicate" if first else verdict.kind,
            "answer_text": verdict.text,
            "tone": verdict.tone,
            "ticket": None if isinstance(ticket, Unknown) else fields(ticket),
            "entries": list(verdict.entries),
            **verdict.body,
            **(self._in_memory(last, scan) if more is None else more),
        }
        row = tx.append(Event("scan", scan.scanner, scan.mono_ns, body))
        fold.project(tx.db, row)
        told = tuple(tx.append(Event(kind, source, scan.mono_ns, of)) for kind, source, of in verdict.events)
        return Answer(verdict.kind, verdict.text, verdict.tone, row, told, self._language(here, row.body["worker"]))

    def here(self, db: apsw.Connection, scanner: str, mono_ns: int, now_ns: int) -> Here:
        """Return where a scanner is now, and who is there."""
        station = self._station(db, scanner)
        return Here(
            db=db,
            catalogue=self.catalogue,
            floor=self.floor,
            work=self._work,
            zone=self._zone,
            gateway=self._gateway,
            station=station,
            stations=self._stations,
            scanner=scanner,
            sessions=self._sessions(db, station, mono_ns),
            boot=self._boot,
            mono_ns=mono_ns,
            time_ns=now_ns,
        )

    def _language(self, here: Here, worker: str | None) -> str | None:
        """Return the language of whoever scanned; a badge's own answer is in his already."""
        known = self.catalogue.worker(here.db, int(worker)) if worker else None
        return known.language if known else None

    @staticmethod
    def failed() -> Answer:
        """Return the answer when the journal could not commit: nothing was counted, and the worker must know."""
        return Answer("failed", texts.FAILED, "refused", None)

    def _station(self, db: apsw.Connection, scanner: str) -> Station:
        """Return the station that a scanner was moved to, else its own; one that is not configured is a plain one."""
        moved = places.station_of(db, scanner)
        name = moved if moved in self._stations else self._scanners.get(scanner, scanner)
        return self._stations.get(name) or Station.model_construct(name=name)

    def _sessions(self, db: apsw.Connection, station: Station, mono_ns: int) -> Sequence[Session]:
        """Return the badges that are at the station now."""
        hold_ns = self._hold_s(station) * 1e9
        found = [
            session
            for session in sessions.at_station(db, station.name)
            if session.boot == self._boot and 0 <= mono_ns - session.mono_ns <= hold_ns
        ]
        return found if station.workers == "together" else found[-1:]

    def _hold_s(self, station: Station) -> float:
        return self._work.badge_hold_s if station.badge_hold_s is None else station.badge_hold_s

    def _same_reading(self, last: Row, scan: Scan) -> bool:
        """Return whether a scan merely repeats the last one of its scanner; that may be a repetition itself."""
        return raw_of(last.body) == scan.raw and abs(scan.mono_ns - last.mono_ns) <= self._same_label_ns

    def _in_memory(self, last: Row | None, scan: Scan) -> Body:
        """Return what the event says of a code that came too fast behind another to have been scanned just now."""
        if last is None or "press" in last.body or scan.scanner in self._cameras or raw_of(last.body) == scan.raw:
            return {}
        return BY_ARRIVAL if scan.mono_ns - last.mono_ns < FASTER_NS else {}

    def _again(self, first: Row) -> Verdict:
        """Answer a repetition as the first reading."""
        kind: Kind = first.body["first_answer" if "first_answer" in first.body else "answer"]
        body: Body = {"repeats": first.body.get("repeats", first.id(self._gateway)), "first_answer": kind}
        return Verdict(kind, first.body["answer_text"], first.body["tone"], (), body)

    def _judge(self, ticket: Ticket, here: Here) -> Verdict:
        """Return the verdict on a reading that is not a repetition: as the answer to what was asked, or alone."""
        if isinstance(ticket, Unknown):
            return Verdict.of("unknown", texts.unknown(ticket), reason=ticket.reason)
        question = asked.asked(here.db, here.scanner)
        if question is None:
            return self._alone(ticket, here)
        if question.boot != self._boot or here.mono_ns - question.mono_ns > self._ask_ns:
            verdict = self._alone(ticket, here)
            return _settled(verdict, here, said.forgotten(question.what, self._work.ask_s, verdict.text))
        if (answered := _answered(ticket, here, question)) is not None:
            return _settled(answered, here, answered.text)
        verdict = self._alone(ticket, here)
        return _settled(verdict, here, said.forgotten(question.what, None, verdict.text))

    def _alone(self, ticket: Ours, here: Here) -> Verdict:
        """Return the verdict on a ticket that answers nothing."""
        part = part_for(ticket)
        if part is None or part.take is None:
            return Verdict.of("unknown", texts.no_use_here(encode(ticket)), reason="ticket")
        if part.needs_badge and not here.sessions:
            return Verdict.of("badge_first", self._badge_first(here))
        return part.take(ticket, here)

    def _badge_first(self, here: Here) -> Words:
        """Ask for the badge; one that was here too long is told so."""
        gone = [one for one in sessions.at_station(here.db, here.station.name) if one.boot == self._boot]
        hours = self._hold_s(here.station) / 3600
        return said.badge_ran_out(gone[-1].worker, round(hours, 2)) if gone else texts.BADGE_FIRST


def _answered(ticket: Ours, here: Here, question: Asked) -> Verdict | None:
    """Return the verdict on the answer to a question; None when it is none."""
    if ticket == Command("CANCEL"):
        return Verdict.of("command", said.CANCELLED)
    part, reply = ANSWERS.get(question.what, (None, None))
    if part is None or reply is None or (part.needs_badge and not here.sessions):
        return None
    return reply(ticket, here, question.about)


def _settled(verdict: Verdict, here: Here, text: Words) -> Verdict:
    """Return a verdict that settles what was asked, unless it asks again."""
    if any(entry["do"] == "ask" for entry in verdict.entries):
        return replace(verdict, text=text)
    entry: Entry = {"do": "answered", "scanner": here.scanner}
    return replace(verdict, text=text, entries=(entry, *verdict.entries))


def stations(config: EdgeConfig) -> Mapping[str, str]:
    """Return each scanner's station; a scanner without one is its own."""
    return {driver.name: getattr(driver, "station", None) or driver.name for driver in config.drivers}


def _fields(code: aim.Code) -> dict[str, Any]:
    """Return the fields of a code that the scanner says is GS1's, or what is wrong with it; nothing for others."""
    if not code.gs1:
        return {}
    try:
        return {"gs1": gs1.parse(code.data)}
    except gs1.Gs1Error as error:
        return {"gs1_error": str(error)}
