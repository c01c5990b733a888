"""R- tickets: why the station, or its machine, stands still. The states themselves stay as they were measured."""

from difflib import get_close_matches
from typing import Final

from barcodes.ticket import ReasonTicket
from gateway.work import floor_texts as texts
from gateway.work.answer import Verdict
from gateway.work.dialogue import Here, Part, Undo
from gateway.work.entries import Entry


def _take(ticket: ReasonTicket, here: Here) -> Verdict:
    return tell(ticket.code, here.floor.machine_at(here.station.name), here)


def tell(code: str, machine: str | None, here: Here) -> Verdict:
    """Record a reason that is known, for a machine or for the station as a whole."""
    label = here.catalogue.reason(here.db, code)
    if label is None:
        near = get_close_matches(code, [one.code for one in here.work.reasons], n=1)
        return Verdict.of("unknown", texts.unknown_reason(code, near[0] if near else None), reason="reason")
    entry: Entry = {"do": "reason", "code": code, "worker": here.worker, "station": here.station.name}
    if machine is not None:
        entry["machine"] = machine
    return Verdict.of("accepted", texts.reason(label, machine), entry)


def _undo(entry: Entry, row: int, here: Here) -> Undo:
    return Undo(texts.undone_reason(here.catalogue.reason(here.db, entry["code"]), entry["code"]))


PART: Final = Part(tickets=(ReasonTicket,), take=_take, undone={"reason": _undo})
