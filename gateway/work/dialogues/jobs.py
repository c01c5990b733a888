"""Jobs by traveller: set up, started, stopped; what was supplied, made and scrapped.

The traveller comes first, then what is meant: START, SETUP, STOP, ISSUE and a quantity (supplied), a quantity (made), a
defect or SCRAP and a quantity. STOP, and START after a setup, need no traveller where a job is on at the station.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from barcodes.ticket import (
    Command,
    DefectTicket,
    EquipmentTicket,
    OperationTicket,
    Ours,
    QuantityTicket,
    Traveller,
)
from gateway.work import floor_texts as texts
from gateway.work import jobs
from gateway.work import texts as common
from gateway.work.answer import Verdict
from gateway.work.dialogue import About, Here, Part, Undo
from gateway.work.dialogues.coupons import shares
from gateway.work.dialogues.defects import NO_DEFECT
from gateway.work.entries import Entry
from gateway.work.jobs import Job
from gateway.work.pieces import counted_since
from gateway.work.projections.jobs import JOBS

_LOOKED_BACK: Final = 200  # entries of a station: a job that goes on is among them


def on(here: Here) -> Job | None:
    """Return the job that is on at this station."""
    return jobs.open_job(JOBS.read(here.db, "station = ?", (here.station.name,), newest=_LOOKED_BACK))


def _take(ticket: Traveller | Command, here: Here) -> Verdict:
    if isinstance(ticket, Traveller):
        return traveller({"order": ticket.order, "operation": ticket.operation}, here)
    job = on(here)
    if ticket.word == "STOP" and job:
        return _act("stop", {"order": job.order, "operation": job.operation, "machine": job.machine}, here)
    if ticket.word == "START" and job and not job.running:
        return _act("start", {"order": job.order, "operation": job.operation, "machine": job.machine}, here)
    return Verdict("wrong_order", texts.TRAVELLER_FIRST, "refused")


def traveller(about: dict[str, Any], here: Here) -> Verdict:
    """Know what is worked on, and ask what is to be done with it."""
    code = about["operation"]
    if code is not None and here.catalogue.operation(here.db, code) is None:
        near = here.catalogue.nearest_operation(here.db, code)
        return Verdict.of("unknown", common.unknown_operation(code, near), reason="operation")
    label = None if code is None else here.label(code)
    return Verdict.of("command", texts.traveller(about["order"], label), here.ask("job", **about))


def _job(ticket: Ours, here: Here, about: About) -> Verdict | None:
    known = dict(about)
    match ticket:
        case Traveller(order, operation):
            return traveller(known | {"order": order, "operation": operation}, here)
        case OperationTicket(code):
            return traveller(known | {"operation": code}, here)
        case EquipmentTicket(name) if name in here.floor.machines:
            return traveller(known | {"machine": name}, here)
        case Command(("START" | "SETUP" | "STOP") as word):
            return _act(word.lower(), known, here)
        case Command("ISSUE"):
            return Verdict.of("command", texts.HOW_MANY_SUPPLIED, here.ask("job_quantity", **known, action="supply"))
        case Command("SCRAP"):
            return Verdict.of("command", texts.HOW_MANY_SCRAPPED, here.ask("job_quantity", **known, action="scrap"))
        case DefectTicket(code):
            label = here.catalogue.defect(here.db, code)
            asked = here.ask("job_quantity", **known, action="scrap", code=code)
            return Verdict.of("command", texts.how_many_defective(label, code), asked)
        case QuantityTicket(quantity):
            return _made(quantity, known, here)
    return None


def _quantity(ticket: Ours, here: Here, about: About) -> Verdict | None:
    if not isinstance(ticket, QuantityTicket):
        return None
    if about["action"] == "supply":
        text = texts.supplied(about["order"], here.count(ticket.quantity))
        return Verdict.of("accepted", text, _entry("supply", about, here, quantity=ticket.quantity))
    if about["operation"] is None:
        return Verdict("wrong_order", texts.OPERATION_FIRST, "refused", (here.ask("job", order=about["order"]),))
    code = about.get("code")
    entry = _entry("output", about, here, scrap=ticket.quantity, **({"code": code} if code else {}))
    defects = {code or NO_DEFECT: ticket.quantity}
    quality = {"station": here.station.name, "inspected": ticket.quantity, "defective": ticket.quantity}
    quality |= {"defects": defects, "order": about["order"], "operation": about["operation"]}
    line: Entry = {"operation": about["operation"], "quantity": ticket.quantity, "order": about["order"]}
    line |= {"worker": here.worker, "station": here.station.name, "code": code or NO_DEFECT}
    text = texts.job_scrapped(about["order"], here.count(ticket.quantity))
    entries = entry, {"do": "defect", **line}, {"do": "scrap", **line}  # sums of either say the same
    return Verdict("accepted", text, "ok", entries, {}, (("quality", here.station.name, quality),))


def _act(action: str, about: dict[str, Any], here: Here) -> Verdict:
    """Set up, start or stop a job; what else is on at the station stops with that."""
    if about["operation"] is None:
        return Verdict("wrong_order", texts.OPERATION_FIRST, "refused", (here.ask("job", **about),))
    job, entries = on(here), []
    same = job is not None and (job.order, job.operation) == (about["order"], about["operation"])
    if job and same and (action == "setup" or (action == "start" and job.running)):
        return Verdict("duplicate", texts.goes_on(job.order, here.label(about["operation"])), "duplicate")
    if action == "stop" and not same:
        return Verdict("command", texts.not_on(about["order"]), "refused")
    if job and not same:
        stopped = {"order": job.order, "operation": job.operation, "machine": job.machine}
        entries.append(_entry("stop", stopped, here))
    entries.append(_entry(action, about, here))
    text = texts.job(action, about["order"], here.label(about["operation"]), job.order if job and not same else None)
    return Verdict.of("accepted", text, *entries)


def _made(quantity: int, about: dict[str, Any], here: Here) -> Verdict:
    """Good pieces, for the job and for whoever is here."""
    if about["operation"] is None:
        return Verdict("wrong_order", texts.OPERATION_FIRST, "refused", (here.ask("job", **about),))
    done: Entry = {"do": "done", "operation": about["operation"], "quantity": quantity, "order": about["order"]}
    done |= {"worker": here.worker, "station": here.station.name}
    if len(here.sessions) > 1:
        done["shares"] = shares([session.worker for session in here.sessions], quantity)
    order = here.catalogue.order(here.db, about["order"])
    if order and order.get("style"):
        done["style"] = order["style"]
    text = texts.made(about["order"], here.label(about["operation"]), here.count(quantity))
    return Verdict.of("accepted", text, _entry("output", about, here, quantity=quantity), done)


def _entry(action: str, about: About, here: Here, **more: Any) -> Entry:
    """Return a job's entry with what its machine counted since the last one of the same job."""
    entry: Entry = {"do": "job", "action": action, "order": about["order"], "worker": here.worker}
    entry |= {"station": here.station.name}
    rows = JOBS.read(here.db, "station = ?", (here.station.name,), newest=_LOOKED_BACK)
    job = jobs.open_job(rows)
    if job and (job.order, job.operation) != (about["order"], about["operation"]):
        job = None
    machine = about.get("machine") or (job and job.machine) or here.floor.machine_at(here.station.name)
    of = {"operation": about["operation"], "machine": machine}
    entry |= {name: value for name, value in of.items() if value is not None}
    return entry | more | (_pieces(machine, job, rows, here) if machine and job else {})


def _pieces(machine: str, job: Job, rows: Sequence[Mapping[str, Any]], here: Here) -> dict[str, int]:
    found = counted_since(here.db, machine, rows[-1]["row"])
    if found is None:
        return {}
    last_ms = (here.time_ns - here.utc_ns(here.when(found.last))) // 1_000_000
    told = {"counted": found.counted, "last_before_ms": max(0, last_ms)}
    if job.running and job.first_ns is None:
        start = next(row["row"] for row in rows if row["row"] >= job.row and row["action"] == "start")
        first_ns = here.utc_ns(here.when(found.first)) - here.utc_ns(here.when(start))
        told |= {"first_after_ms": max(0, first_ns // 1_000_000), "first_pieces": found.first_pieces}
    return told


def _undo(entry: Entry, row: int, here: Here) -> Undo:
    """The newest entry of a job at its station alone can be taken back: later ones count from it."""
    newest = JOBS.read(here.db, "station = ?", (entry["station"],), newest=1)
    words = texts.undone_job(entry["action"], entry["order"])
    return Undo(words, None if newest and newest[0]["row"] == row else texts.UNDO_JOB)


PART: Final = Part(
    tickets=(Traveller,),
    words=("START", "SETUP", "STOP"),
    take=_take,
    answers={"job": _job, "job_quantity": _quantity},
    undone={"job": _undo},
)
