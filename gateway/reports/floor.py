"""Reports of the shop floor as files, in a process of its own: what the API tells, with names and local times.

Question: that of `gateway.reports.asking`, with `found` (the API's answer) and `labels` (of machines, stations and
equipment, by name). Answer: as `gateway.reports.making`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import apsw

from gateway.apart import reply
from gateway.config.work import Work
from gateway.pay.terms import Terms
from gateway.reports.document import Cell, Document, Page, Table
from gateway.reports.making import filed
from gateway.reports.plan import names as people_of
from gateway.reports.words import WORDS, Words
from gateway.work.ledger_catalogue import LedgerCatalogue
from gateway.work.reading import ledger_of

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tell:
    """How values are told: in a language, in the shop's zone, by the names of things."""

    words: Words
    zone: tzinfo
    names: Mapping[str, str]  # of machines, stations, operations, reasons
    people: Mapping[str, str]  # by badges without leading zeros

    def text(self, value: Any) -> Cell:
        """Return a text, a number, or yes and no."""
        return self.words("yes" if value else "no") if isinstance(value, bool) else value

    def name(self, value: str) -> Cell:
        """Return what a machine, a station, an operation or a reason is called."""
        return self.names.get(value, value)

    def worker(self, value: str) -> Cell:
        """Return a badge with the name of whoever has it."""
        return " ".join(one for one in (value, self.people.get(value.lstrip("0"), "")) if one)

    def workers(self, value: Sequence[str]) -> Cell:
        """Return several of them."""
        return ", ".join(str(self.worker(one)) for one in value)

    def texts(self, value: Sequence[str]) -> Cell:
        """Return several texts."""
        return ", ".join(value)

    def time(self, value: int | None) -> Cell:
        """Return UTC ms as the local time."""
        return None if value is None else f"{datetime.fromtimestamp(value // 1000, self.zone):%Y-%m-%d %H:%M:%S}"

    def minutes(self, value: float | None) -> Cell:
        """Return seconds in minutes."""
        return None if value is None else (Decimal(str(value)) / 60).quantize(Decimal("0.1"))

    def decimal(self, value: str | float | None) -> Cell:
        """Return a number that came as a text."""
        return None if value is None else Decimal(str(value))

    def percent(self, value: float) -> Cell:
        """Return a share in percent."""
        return (Decimal(str(value)) * 100).quantize(Decimal("0.1"))

    def what(self, value: str) -> Cell:
        """Return what happened, or how bad it was, in words."""
        return self.words(value) if value in WORDS else value


Column = tuple[str, str, Callable[[Tell, Any], Cell]]  # the entry's field, the word above it, how it is told
WORKER: Final[Column] = ("worker", "worker", Tell.worker)

SETUP: Final[Sequence[Column]] = (
    ("order", "order", Tell.text), ("operation", "operation", Tell.name), ("station", "station", Tell.name),
    ("machine", "machine", Tell.name), ("workers", "worker", Tell.workers), ("setup", "setup_at", Tell.time),
    ("start", "start_at", Tell.time), ("stop", "stop_at", Tell.time), ("setup_s", "setup_min", Tell.minutes),
    ("cycle_s", "cycle_s", Tell.decimal), ("quantity", "pieces", Tell.text), ("scrap", "scrap", Tell.text),
    ("counted", "counted", Tell.text), ("gross", "gross", Tell.text), ("counted_in_setup", "make_ready", Tell.text),
    ("waste", "waste", Tell.text), ("supplied", "supplied", Tell.text), ("spare", "spare", Tell.text),
)  # fmt: skip
LOSS: Final[Sequence[Column]] = (
    ("lot", "lot", Tell.text), ("operation", "operation", Tell.name), WORKER, ("issued_g", "issued_g", Tell.decimal),
    ("returned_g", "returned_g", Tell.decimal), ("recovered_g", "recovered_g", Tell.decimal),
    ("held_g", "held_g", Tell.decimal), ("loss_g", "loss_g", Tell.decimal), ("loss_don", "loss_don", Tell.decimal),
    ("loss_percent", "loss_percent", Tell.decimal), ("allowed_percent", "allowed_percent", Tell.decimal),
    ("beyond", "beyond", Tell.text), ("loss_fine_g", "loss_fine_g", Tell.decimal),
    ("stones_out_ct", "stones_out_ct", Tell.decimal),
)  # fmt: skip
STOPS: Final[Sequence[Column]] = (
    ("machine", "machine", Tell.name), ("code", "reason", Tell.name), ("stops", "stops", Tell.text),
    ("s", "minutes", Tell.minutes),
)  # fmt: skip
REASONS: Final[Sequence[Column]] = (
    ("ts", "time", Tell.time), ("machine", "machine", Tell.name), ("station", "station", Tell.name),
    ("code", "reason", Tell.name), WORKER,
)  # fmt: skip
SESSIONS: Final[Sequence[Column]] = (
    ("equipment", "machine", Tell.name), WORKER, ("action", "what", Tell.what), ("from", "start_at", Tell.time),
    ("to", "stop_at", Tell.time), ("minutes", "minutes", Tell.decimal), ("kwh", "kwh", Tell.decimal),
    ("booking", "booking", Tell.text),
)  # fmt: skip
USED: Final[Sequence[Column]] = (
    ("equipment", "machine", Tell.name), ("sessions", "sessions", Tell.text), ("no_shows", "no_show", Tell.text),
    ("minutes", "minutes", Tell.decimal), ("kwh", "kwh", Tell.decimal), ("in_use_since", "in_use_since", Tell.time),
)  # fmt: skip
SAFETY: Final[Sequence[Column]] = (
    ("ts", "time", Tell.time), ("what", "what", Tell.what), ("where", "where", Tell.name),
    ("severity", "severity", Tell.what), ("note", "note", Tell.text), ("rule", "rule", Tell.text), WORKER,
)  # fmt: skip
CONTRADICTIONS: Final[Sequence[Column]] = (
    ("day", "date", Tell.text), ("machine", "machine", Tell.name), ("station", "station", Tell.name),
    ("scanned", "scanned", Tell.text), ("counted", "counted", Tell.text), ("coverage", "coverage", Tell.percent),
    ("differs", "differ", Tell.text), ("scanned_while_still", "while_still", Tell.text),
)  # fmt: skip
STAYS: Final[Sequence[Column]] = (
    ("machine", "machine", Tell.name), ("station", "station", Tell.name), ("workers", "worker", Tell.workers),
    ("bundles", "bundle", Tell.texts), ("order", "order", Tell.text), ("operation", "operation", Tell.name),
    ("from", "start_at", Tell.time), ("to", "stop_at", Tell.time), ("scanned", "scanned", Tell.text),
    ("counted", "counted", Tell.text), ("run_s", "run_min", Tell.minutes), ("stopped_s", "stopped_min", Tell.minutes),
    ("differs", "differ", Tell.text), ("still", "never_ran", Tell.text),
)  # fmt: skip
UNCLEAR: Final[Sequence[Column]] = (("why", "not_compared", Tell.what), ("stays", "stays", Tell.text))


def _unclear(found: Entry) -> Iterable[Entry]:
    older = found["stays_wrong"] - len(found["stays"])
    left_out = {**found["stays_unclear"], "older": older}
    return ({"why": f"unclear_{why}", "stays": n} for why, n in left_out.items() if n)


def _stops(found: Entry) -> Iterable[Entry]:
    return (
        {"machine": one["machine"], "code": code or None, **of}
        for one in found["machines"]
        for code, of in one["downtime"].items()
    )


# each report's tables: the word above one, its columns, its entries; the first is what CSV holds
TABLES: Final[Mapping[str, Sequence[tuple[str, Sequence[Column], Callable[[Entry], Iterable[Entry]]]]]] = {
    "setup": (("setup", SETUP, lambda found: found["jobs"]),),
    "loss": (("loss", LOSS, lambda found: found["balances"]),),
    "downtime": (("downtime", STOPS, _stops), ("reasons", REASONS, lambda found: found["told"])),
    "equipment": (
        ("sessions", SESSIONS, lambda found: found["sessions"]),
        ("equipment", USED, lambda found: found["equipment"]),
    ),
    "safety": (("safety", SAFETY, lambda found: found["incidents"]),),
    "contradictions": (
        ("contradictions", CONTRADICTIONS, lambda found: found["contradictions"]),
        ("stays", STAYS, lambda found: found["stays"]),
        ("not_compared", UNCLEAR, _unclear),
    ),
}


def answer(asked: dict[str, Any]) -> dict[str, str]:
    """Return a file's name, its media type and its bytes (base64)."""
    terms, work = Terms.told(asked), Work(**asked["work"])
    with ledger_of(Path(asked["journal"])) as reader:
        codes = _names(reader.db, work, terms.day.zone, asked["now_ns"], asked["language"])
        people = people_of(reader.db, work)
    tell = Tell(Words(asked["language"], work.unit), terms.day.zone, {**codes, **asked["labels"]}, people)
    return filed(
        document(asked["kind"], asked["found"], (asked["from"], asked["to"]), terms.workshop.name, tell),
        asked["format"],
    )


def document(kind: str, found: Entry, days: tuple[str, str], shop: str, tell: Tell) -> Document:
    """Return a report as a document; who did it stands in it where the answer tells that."""
    when = days[0] if days[0] == days[1] else f"{days[0]} ~ {days[1]}"
    tables = [_table(tell, title, columns, list(of(found))) for title, columns, of in TABLES[kind]]
    page = Page(tell.words(kind), ((tell.words("period"), when),), tables)
    return Document(f"{kind}-{days[0]}-{days[1]}", f"{shop} · {when}", (page,), tables[0], found)


def _table(tell: Tell, title: str, columns: Sequence[Column], entries: list[Entry]) -> Table:
    there = [column for column in columns if not entries or column[0] in entries[0]]
    rows = [[None if one[name] is None else told(tell, one[name]) for name, _, told in there] for one in entries]
    return Table(tell.words(title), [tell.words(word) for _, word, _ in there], rows)


def _names(db: apsw.Connection, work: Work, zone: ZoneInfo, now_ns: int, language: str) -> dict[str, str]:
    """Return what operations and reasons are called, by codes."""
    catalogue = LedgerCatalogue(work, zone, lambda: now_ns)
    operations = {one.code: getattr(one.label, language) for one in catalogue.operations(db)}
    reasons = {code: getattr(label, language) for code, label in catalogue.codes(db, "reason_code").items()}
    return {**operations, **reasons}


if __name__ == "__main__":
    reply(answer)
