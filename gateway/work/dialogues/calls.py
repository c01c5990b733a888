"""Calls: somebody is needed at a station, and for what; a question is given up."""

from typing import Final

from barcodes.ticket import Command
from gateway.work import said, texts
from gateway.work.answer import Verdict
from gateway.work.dialogue import Here, Part
from gateway.work.entries import Entry
from gateway.work.projections import places

CALLS: Final = ("HELP", "MATERIAL", "MACHINE", "QUALITY")  # HELP does not say what for


def _take(ticket: Command, here: Here) -> Verdict:
    """A call is made once; HELPED, or CANCEL where nothing is asked, says that help came."""
    call = next((call for call in places.calls(here.db) if call.station == here.station.name), None)
    if ticket.word in CALLS:
        return _call("" if ticket.word == "HELP" else ticket.word.lower(), call, here)
    if call is None:
        return Verdict("command", said.NO_CALL if ticket.word == "HELPED" else said.NOTHING_TO_CANCEL, "refused")
    entry: Entry = {"do": "helped", "station": here.station.name} | _who(here)
    return Verdict("command", said.HELPED, "ok", (entry,), {}, (helped(here.station.name),))


def _call(what: str, call: places.Call | None, here: Here) -> Verdict:
    """Call; whoever waits already may say what for, and waits since then all the same."""
    if call and what in ("", call.what):
        since = texts.who_and_when([], here.utc_ns(here.when(call.row)), here.time_ns, here.zone)
        return Verdict("command", said.help_called_before(since), "duplicate")
    about = {"what": what} if what else {}
    entry: Entry = {"do": "help", "station": here.station.name, **about} | _who(here)
    event = "help", here.station.name, {"action": "raise", "worker": _who(here).get("worker"), **about}
    return Verdict("command", said.help_called(what), "ok", (entry,), {}, (event,))


def helped(station: str) -> tuple[str, str, dict[str, str]]:
    """Return the event that somebody came to a station."""
    return "help", station, {"action": "clear"}


def _who(here: Here) -> dict[str, str]:
    return {"worker": here.worker} if here.sessions else {}


PART: Final = Part(words=(*CALLS, "HELPED", "CANCEL"), take=_take, needs_badge=False)
