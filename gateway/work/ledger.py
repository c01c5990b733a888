"""The work ledger: decides what a scan means, inside the journal's transaction, and answers it.

A station is logged out, or has a badge. The badge stays for `badge_hold_s`, and not beyond the boot: after a power cut
the worker scans it again. With a badge, a coupon is accepted if it is not paid yet and the operations before it are. An
undo takes back the coupon accepted last at the station since the badge was scanned, once, by an event that names it.

The same label read again by the same scanner within `same_label_s` (of its latest reading) is one reading: it is
answered as the first time. Its event is kept all the same, as a `duplicate` that names the first one in `repeats`, so
that nobody who adds up accepted scans counts it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import apsw

from barcodes import aim, gs1
from barcodes.scan import Scan
from barcodes.text import decode
from barcodes.ticket import Badge, Command, Coupon, Ticket, Unknown, encode, fields, parse
from gateway.config.parts import Text
from gateway.config.root import EdgeConfig
from gateway.event import Body, Event, Row
from gateway.work import fold, texts
from gateway.work.answer import Answer, Kind, Verdict
from gateway.work.catalogue import Catalogue, ConfiguredCatalogue
from gateway.work.projections import lines, paid, sessions
from gateway.work.projections.sessions import Session
from gateway.work.raw import raw_body, raw_of
from gateway.work.when import When, when


class Transaction(Protocol):
    """What the ledger needs of the journal's transaction."""

    @property
    def db(self) -> apsw.Connection: ...
    def append(self, event: Event) -> Row: ...
    def newest(self, kind: str, source: str) -> Row | None: ...


@dataclass(frozen=True, slots=True)
class Moment:
    """When and where a reading is judged."""

    station: str
    boot: str
    mono_ns: int
    time_ns: int  # UTC, as well as is known now

    def utc_ns(self, then: When) -> int:
        """Return when something was kept: within this boot by today's knowledge of the clock, else as it was kept."""
        return self.time_ns - (self.mono_ns - then.mono_ns) if then.boot == self.boot else then.time_ns


class Ledger:
    """Judges scans by the configuration of one workshop. It holds no state: that is in the journal's database."""

    def __init__(self, config: EdgeConfig, gateway: str, boot: str, catalogue: Catalogue | None = None) -> None:
        """Take the gateway's id for the identity of events, and the boot within which mono times compare."""
        self._gateway, self._boot = gateway, boot
        self._zone = ZoneInfo(config.workshop.timezone)
        self._badge_hold_ns = int(config.work.badge_hold_s * 1e9)
        self._same_label_ns = int(config.work.same_label_s * 1e9)
        self._catalogue = catalogue or ConfiguredCatalogue(config.work)
        self._stations = stations(config)

    def decide(self, tx: Transaction, scan: Scan, now_ns: int) -> Answer:
        """Judge one scan, keep its event, and update the projections, all in the transaction given.

        `now_ns` is UTC. The answer may be shown after the commit, never before.
        """
        fold.settle(tx.db)
        moment = Moment(self._stations.get(scan.scanner, scan.scanner), self._boot, scan.mono_ns, now_ns)
        code = aim.split(scan.raw)
        ticket = parse(code.data)
        session = self._session(tx.db, moment)
        first = self._first_reading(tx, scan)
        verdict = self._again(first) if first else self._judge(tx.db, ticket, session, moment)
        body: Body = {
            **raw_body(scan.raw),
            "text": decode(code.data),
            "symbology": code.symbology,
            **_fields(code),
            "station": moment.station,
            "worker": session.worker if session else None,
            "answer": "duplicate" if first else verdict.kind,
            "answer_text": verdict.text,
            "tone": verdict.tone,
            "ticket": _ticket_body(ticket),
            "entries": list(verdict.entries),
            **verdict.body,
        }
        row = tx.append(Event("scan", scan.scanner, scan.mono_ns, body))
        fold.project(tx.db, row)
        return Answer(verdict.kind, verdict.text, verdict.tone, row)

    @staticmethod
    def failed() -> Answer:
        """Return the answer when the journal could not commit: nothing was counted, and the worker must know."""
        return Answer("failed", texts.FAILED, "refused", None)

    def _first_reading(self, tx: Transaction, scan: Scan) -> Row | None:
        """Return the reading that this one merely repeats; it may be a repetition itself."""
        last = tx.newest("scan", scan.scanner)
        if last is None or raw_of(last.body) != scan.raw or last.boot != self._boot:
            return None
        return last if scan.mono_ns - last.mono_ns <= self._same_label_ns else None

    def _again(self, first: Row) -> Verdict:
        """Answer a repetition as the first reading."""
        kind: Kind = first.body["first_answer" if "first_answer" in first.body else "answer"]
        body: Body = {"repeats": first.body.get("repeats", first.id(self._gateway)), "first_answer": kind}
        return Verdict(kind, first.body["answer_text"], first.body["tone"], (), body)

    def _session(self, db: apsw.Connection, moment: Moment) -> Session | None:
        """Return the badge that is at the station now."""
        for session in sessions.at_station(db, moment.station):
            if session.boot == self._boot and moment.mono_ns - session.mono_ns <= self._badge_hold_ns:
                return session
        return None

    def _judge(self, db: apsw.Connection, ticket: Ticket, session: Session | None, moment: Moment) -> Verdict:
        """Return the verdict on a reading that is not a repetition."""
        match ticket:
            case Unknown():
                return Verdict.of("unknown", texts.unknown(ticket), reason=ticket.reason)
            case Badge(number):
                return self._badge(db, number, moment)
            case Command("LOGOUT"):
                return Verdict.of("command", texts.LOGGED_OUT, {"do": "leave", "station": moment.station})
            case _ if session is None:
                return Verdict.of("badge_first", texts.BADGE_FIRST)
            case Command("UNDO"):
                return self._undo(db, session)
            case Coupon():
                return self._coupon(db, ticket, session, moment)
        return Verdict.of("unknown", texts.no_use_here(encode(ticket)), reason="ticket")

    def _badge(self, db: apsw.Connection, number: int, moment: Moment) -> Verdict:
        """Let a known worker in."""
        known = self._catalogue.worker(db, number)
        if known is None:
            return Verdict.of("unknown", texts.unknown_badge(number), reason="badge")
        here = {"station": moment.station}
        entries = {"do": "leave", **here}, {"do": "badge", **here, "worker": known.badge}
        return Verdict.of("badge", texts.badge(known.badge), *entries, worker=known.badge)

    def _coupon(self, db: apsw.Connection, coupon: Coupon, session: Session, moment: Moment) -> Verdict:
        """Accept a coupon that is not paid yet and whose turn it is."""
        operation = self._catalogue.operation(db, coupon.operation)
        if operation is None:
            near = self._catalogue.nearest_operation(db, coupon.operation)
            return Verdict.of("unknown", texts.unknown_operation(coupon.operation, near), reason="operation")
        if row := paid.paid_row(db, coupon.bundle, coupon.operation):
            then = when(db, row, self._gateway)
            text = texts.duplicate(moment.utc_ns(then), moment.time_ns, self._zone)
            return Verdict.of("duplicate", text, paid_by=then.event)
        bundle = self._catalogue.bundle(db, coupon.bundle)
        before = self._catalogue.before(db, operation, bundle and bundle.style)
        for code in before:
            if paid.paid_row(db, coupon.bundle, code) is None:
                return Verdict.of("wrong_order", texts.wrong_order(self._label(db, code)), first=code)
        entry: dict[str, Any] = {"do": "done", "bundle": coupon.bundle, "operation": coupon.operation}
        entry |= {"quantity": coupon.quantity, "worker": session.worker, "station": moment.station}
        if bundle:
            of = {"order": bundle.order_code, "style": bundle.style}
            entry |= {name: value for name, value in of.items() if value is not None}
        return Verdict.of("accepted", texts.accepted(coupon, operation.label), entry)

    def _label(self, db: apsw.Connection, code: str) -> Text:
        """Return an operation's name; its code when it is no longer known."""
        operation = self._catalogue.operation(db, code)
        return operation.label if operation else Text(ko=code, en=code)

    def _undo(self, db: apsw.Connection, session: Session) -> Verdict:
        """Take back the coupon accepted last in this session, unless later work already builds on it."""
        row = fold.last_at(db, session.station, session.row)
        line = next((one for one in lines.of_row(db, row) if one.bundle), None) if row else None
        if row is None or line is None or line.bundle is None:
            return Verdict("command", texts.NOTHING_TO_UNDO, "refused")
        for later in self._catalogue.after(db, line.operation, line.style):
            if paid.paid_row(db, line.bundle, later.code):
                return Verdict("command", texts.undo_too_late(later.label), "refused")
        then = when(db, row, self._gateway)
        text = texts.undone(Coupon(line.bundle, line.operation, line.quantity), self._label(db, line.operation))
        return Verdict.of("command", text, fold.undo(then.event, session.station), corrects=then.event)


def stations(config: EdgeConfig) -> Mapping[str, str]:
    """Return each scanner's station; a scanner without one is its own."""
    return {driver.name: getattr(driver, "station", None) or driver.name for driver in config.drivers}


def _fields(code: aim.Code) -> Body:
    """Return the fields of a code that the scanner says is GS1's, or what is wrong with it; nothing for others."""
    if not code.gs1:
        return {}
    try:
        return {"gs1": gs1.parse(code.data)}
    except gs1.Gs1Error as error:
        return {"gs1_error": str(error)}


def _ticket_body(ticket: Ticket) -> dict[str, Any] | None:
    """Return the ticket as JSON, None for a code that is not ours."""
    return None if isinstance(ticket, Unknown) else fields(ticket)
