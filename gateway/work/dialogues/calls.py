"""Calls: somebody needs help at a station; a question is given up."""

from typing import Final

from barcodes.ticket import Command
from gateway.work import said, texts
from gateway.work.answer import Verdict
from gateway.work.dialogue import Here, Part
from gateway.work.entries import Entry
from gateway.work.projections import places


def _take(ticket: Command, here: Here) -> Verdict:
    """HELP calls, once; CANCEL says that help came. (A question is dropped by CANCEL before it comes here.)"""
    call = next((call for call in places.calls(here.db) if call.station == here.station.name), None)
    if ticket.word == "HELP":
        return _help(call, here)
    if call is None:
        return Verdict("command", said.NOTHING_TO_CANCEL, "refused")
    entry: Entry = {"do": "helped", "station": here.station.name} | _who(here)
    return Verdict("command", said.HELPED, "ok", (entry,), {}, (helped(here.station.name),))


def _help(call: places.Call | None, here: Here) -> Verdict:
    if call:
        since = texts.who_and_when([], here.utc_ns(here.when(call.row)), here.time_ns, here.zone)
        return Verdict("command", said.help_called_before(since), "duplicate")
    entry: Entry = {"do": "help", "station": here.station.name} | _who(here)
    event = "help", here.station.name, {"action": "raise", "worker": _who(here).get("worker")}
    return Verdict("command", said.HELP_CALLED, "ok", (entry,), {}, (event,))


def helped(station: str) -> tuple[str, str, dict[str, str]]:
    """Return the event that somebody came to a station."""
    return "help", station, {"action": "clear"}


def _who(here: Here) -> dict[str, str]:
    return {"worker": here.worker} if here.sessions else {}


PART: Final = Part(words=("HELP", "CANCEL"), take=_take, needs_badge=False)
