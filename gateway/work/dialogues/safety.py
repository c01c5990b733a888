"""The safety log by scan: emergency stop, guard, near miss. Nobody needs a badge to tell of danger."""

from collections.abc import Mapping
from typing import Any, Final

from barcodes.ticket import Command
from gateway.work import floor_texts as texts
from gateway.work.answer import Verdict
from gateway.work.dialogue import Here, Part, Undo
from gateway.work.entries import Entry

SEVERITIES: Final[Mapping[str, str]] = {"ESTOP": "critical", "GUARD": "warning", "NEARMISS": "info"}


def _take(ticket: Command, here: Here) -> Verdict:
    return tell(ticket.word, here.floor.machine_at(here.station.name) or here.station.name, here)


def tell(word: str, where: str, here: Here) -> Verdict:
    """Record what happened at a machine or a station."""
    worker = here.sessions[-1].worker if here.sessions else ""
    entry = incident(word.lower(), where, SEVERITIES[word], worker)
    text = texts.incident(word, where)
    return Verdict("accepted", text, "ok", (entry | {"station": here.station.name},), {}, (event(entry),))


def incident(what: str, where: str, severity: str, worker: str, **more: str) -> Entry:
    """Return an incident's entry."""
    return {"do": "incident", "what": what, "where": where, "severity": severity, "worker": worker, **more}


def event(entry: Entry) -> tuple[str, str, dict[str, Any]]:
    """Return the event `incident` that tells of an entry."""
    return "incident", entry["where"], {name: entry[name] for name in ("what", "where", "severity")}


def _undo(entry: Entry, row: int, here: Here) -> Undo:
    return Undo(texts.undone_incident(entry["what"]))


PART: Final = Part(words=tuple(SEVERITIES), take=_take, undone={"incident": _undo}, needs_badge=False)
