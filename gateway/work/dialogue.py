"""Dialogues: what each ticket means at a station, part by part. The contract of a part, for whoever adds one.

A part is a module of `gateway.work.dialogues` with a `PART`, listed there. It names what it takes:

- `tickets`, kinds of ticket, and `words`, commands: `take(ticket, here)` returns the verdict on one.
- `answers`: questions of its own by name. A verdict that holds the entry `here.ask(name, **about)` leaves the scanner
  waiting; its next ticket goes to `answers[name](ticket, here, about)` first, with what is known so far. That returns a
  verdict, or None for a ticket that does not belong here: then the question is dropped, the answer says so, and the
  ticket is judged as any other. A question is settled by the verdict that follows it, unless that asks again; one that
  is not answered within `work.ask_s` is dropped, and the next answer says so. It survives a restart of the daemon, and
  not a reboot. Badges come to `answers` too; readings that are no ticket of ours do not, and leave it as it is.
- `undone`: for each `do` of its entries that C-UNDO (or a void by the API) takes back, `undone[do](entry, row, here)`
  returns an `Undo`: the words for it, and why it cannot be, if so. A projection says by `last` which event
  at a station is the newest that can be taken back.
- `needs_badge`: False where the part takes tickets of a station that nobody is at.

A verdict holds entries (see `gateway.work.entries`), events of other kinds that are kept with it, and words in both
languages without any name of a person. Nothing is kept anywhere else: a part is functions of the ticket, of the
database inside the transaction, and of the configuration.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import apsw

from barcodes.ticket import Ours
from gateway.config.parts import Station, Text
from gateway.config.work import Work
from gateway.work.answer import Verdict, Words
from gateway.work.catalogue import Catalogue
from gateway.work.counts import Count
from gateway.work.entries import Entry
from gateway.work.floor import Floor
from gateway.work.projections.sessions import Session
from gateway.work.when import When, when

About = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Here:
    """Where and when a ticket is judged, and what may be looked at for it."""

    db: apsw.Connection
    catalogue: Catalogue
    floor: Floor
    work: Work
    zone: ZoneInfo
    gateway: str
    station: Station
    stations: Mapping[str, Station]
    scanner: str
    sessions: Sequence[Session]  # the badges that are here now, in the order of their coming; several by `workers`
    boot: str
    mono_ns: int
    time_ns: int  # UTC, as well as is known now

    @property
    def session(self) -> Session:
        """Return the badge that came last. IndexError without any: parts that need a badge are not asked then."""
        return self.sessions[-1]

    @property
    def worker(self) -> str:
        """Return whose badge that is."""
        return self.session.worker

    def count(self, n: int) -> Count:
        """Return so many of what is counted here."""
        return Count(n, self.work.unit)

    def ask(self, what: str, **about: Any) -> Entry:
        """Return the entry by which this scanner waits for another ticket."""
        return {"do": "ask", "scanner": self.scanner, "what": what, "about": about}

    def label(self, code: str) -> Text:
        """Return an operation's name; its code when it is not known."""
        operation = self.catalogue.operation(self.db, code)
        return operation.label if operation else Text(ko=code, en=code)

    def when(self, row: int) -> When:
        """Return when the event of a key was kept."""
        return when(self.db, row, self.gateway)

    def utc_ns(self, then: When) -> int:
        """Return the UTC of that: within this boot by today's knowledge of the clock, else as it was kept."""
        return self.time_ns - (self.mono_ns - then.mono_ns) if then.boot == self.boot else then.time_ns


class Undo(NamedTuple):
    """What is said when an entry is taken back, and why it cannot be."""

    words: Words
    refused: Words | None = None


Take = Callable[[Any, Here], Verdict]
Reply = Callable[[Ours, Here, About], Verdict | None]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the dialogues."""

    tickets: tuple[type[Ours], ...] = ()
    words: tuple[str, ...] = ()
    take: Take | None = None
    answers: Mapping[str, Reply] = field(default_factory=dict)
    undone: Mapping[str, Callable[[Entry, int, Here], Undo]] = field(default_factory=dict)
    needs_badge: bool = True
