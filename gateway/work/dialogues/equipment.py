"""E- tickets: a session of shared equipment begins or ends, a tool was changed, a machine is meant by what follows."""

from decimal import ROUND_HALF_UP, Decimal
from difflib import get_close_matches
from typing import Any, Final

from barcodes.ticket import Command, EquipmentTicket, Ours, ReasonTicket, Traveller
from gateway.config.floor import Equipment, Tool
from gateway.work import floor_texts as texts
from gateway.work import texts as common
from gateway.work import usage
from gateway.work.answer import Verdict
from gateway.work.dialogue import About, Here, Part, Undo
from gateway.work.dialogues import downtime, jobs, safety
from gateway.work.entries import Entry
from gateway.work.projections.usage import LOG
from gateway.work.shared import all_shared
from gateway.work.usage import Use

_TENTH: Final = Decimal("0.1")


def _take(ticket: EquipmentTicket, here: Here) -> Verdict:
    known = all_shared(here.db, here.work)
    if not here.sessions and ticket.name not in here.floor.machines:  # whose machine is meant needs no badge
        return Verdict.of("badge_first", common.BADGE_FIRST)
    if shared := known.get(ticket.name):
        return _session(shared, here)
    if tool := next((one for one in here.work.tools if one.name == ticket.name), None):
        return _changed(tool, here)
    if ticket.name in here.floor.machines:
        return Verdict.of("command", texts.machine(ticket.name), here.ask("machine", machine=ticket.name))
    names = [*known, *(one.name for one in here.work.tools), *here.floor.machines]
    near = get_close_matches(ticket.name, names, n=1)
    return Verdict.of("unknown", texts.unknown_equipment(ticket.name, near[0] if near else None), reason="equipment")


def _machine(ticket: Ours, here: Here, about: About) -> Verdict | None:
    """What follows a machine's ticket is about that machine."""
    match ticket:
        case EquipmentTicket():
            return _take(ticket, here)
        case Command(word) if word in safety.SEVERITIES:
            return safety.tell(word, about["machine"], here)
        case ReasonTicket() | Traveller() if not here.sessions:
            return Verdict("badge_first", common.BADGE_FIRST, "refused", (here.ask("machine", **about),))
        case ReasonTicket(code):
            return downtime.tell(code, about["machine"], here)
        case Traveller(order, operation):
            return jobs.traveller({"order": order, "operation": operation, "machine": about["machine"]}, here)
    return None


def _session(shared: Equipment, here: Here) -> Verdict:
    """The first scan begins, the next one of the same worker ends; another's goes on until he ends it."""
    use = usage.going(LOG.read(here.db, "equipment = ?", (shared.name,), newest=20))
    if use is None:
        return _begin(shared, here)
    if use.worker != here.worker:
        asked = here.ask("takeover", equipment=shared.name)
        return Verdict("command", texts.in_use(shared, use.worker), "refused", (asked,), {"held_by": use.worker})
    return _end(shared, use, here)


def _takeover(ticket: Ours, here: Here, about: About) -> Verdict | None:
    """STOP ends what another has forgotten to end."""
    shared = all_shared(here.db, here.work).get(about["equipment"])
    use = usage.going(LOG.read(here.db, "equipment = ?", (about["equipment"],), newest=20))
    if not (isinstance(ticket, Command) and ticket.word == "STOP" and shared and use and here.sessions):
        return None
    return _end(shared, use, here)


def _begin(shared: Equipment, here: Here) -> Verdict:
    entry, told = begun(shared, here.worker, here)
    entry["station"] = here.station.name
    return Verdict("accepted", texts.session_begun(shared), "ok", (entry,), {}, (("session", shared.name, told),))


def _end(shared: Equipment, use: Use, here: Here) -> Verdict:
    entry, told = ended(shared, use, use.worker, here)
    entry["station"] = here.station.name
    text = texts.session_ended(shared, *_spent(shared, use, here))
    return Verdict("accepted", text, "ok", (entry,), {}, (("session", shared.name, told),))


def begun(shared: Equipment, worker: str, here: Here) -> tuple[Entry, dict[str, Any]]:
    """Return the entry and the body of the event by which a session begins."""
    meter = here.floor.meter_kwh(shared)
    entry: Entry = {"do": "session", "equipment": shared.name, "action": "start", "worker": worker}
    told = {"equipment": shared.name, "worker": worker, "action": "start", "minutes": None, "kwh": None}
    return entry | ({} if meter is None else {"meter_kwh": f"{meter:f}"}), told


def ended(shared: Equipment, use: Use, worker: str, here: Here) -> tuple[Entry, dict[str, Any]]:
    """Return those by which it ends; `worker` is the badge whose it was."""
    minutes, kwh = _spent(shared, use, here)
    entry: Entry = {"do": "session", "equipment": shared.name, "action": "end", "worker": worker}
    told = {"equipment": shared.name, "worker": worker, "action": "end", "minutes": float(minutes)}
    told["kwh"] = None if kwh is None else float(kwh)
    return entry | {"minutes": f"{minutes:f}"} | ({} if kwh is None else {"kwh": f"{kwh:f}"}), told


def _spent(shared: Equipment, use: Use, here: Here) -> tuple[Decimal, Decimal | None]:
    """Return minutes, and kWh by the meter at both ends."""
    lasted_ns = max(0, here.time_ns - here.utc_ns(here.when(use.row)))
    minutes = (Decimal(lasted_ns) / 60_000_000_000).quantize(_TENTH, ROUND_HALF_UP)
    return minutes, use.kwh_at(here.floor.meter_kwh(shared))


def _changed(tool: Tool, here: Here) -> Verdict:
    entry: Entry = {"do": "tool", "tool": tool.name, "machine": tool.machine, "worker": here.worker}
    entry["station"] = here.station.name
    total = here.floor.instruments.counted(tool.machine)
    return Verdict.of("accepted", texts.tool_changed(tool), entry | ({} if total is None else {"total": total}))


def _undo_session(entry: Entry, row: int, here: Here) -> Undo:
    newest = LOG.read(here.db, "equipment = ?", (entry["equipment"],), newest=1)
    words = texts.undone_session(entry["equipment"], entry["action"])
    return Undo(words, None if newest and newest[0]["row"] == row else texts.UNDO_SESSION)


def _undo_tool(entry: Entry, row: int, here: Here) -> Undo:
    return Undo(texts.undone_tool(entry["tool"]))


PART: Final = Part(
    tickets=(EquipmentTicket,),
    take=_take,
    answers={"machine": _machine, "takeover": _takeover},
    undone={"session": _undo_session, "tool": _undo_tool},
    needs_badge=False,
)
