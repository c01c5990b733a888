"""Coupons: an operation of a bundle is begun and done, once; with another quantity where pieces are missing."""

from typing import Any, Final

from barcodes.ticket import Command, Coupon, Ours, QuantityTicket
from gateway.config.work import Operation
from gateway.work import said, stock, texts
from gateway.work.answer import Verdict
from gateway.work.dialogue import About, Here, Part, Undo
from gateway.work.dialogues.parting import short_entries
from gateway.work.entries import Entry
from gateway.work.projections import begun, bundles
from gateway.work.projections.bundles import Bundle


def _take(ticket: Coupon | QuantityTicket | Command, here: Here) -> Verdict:
    match ticket:
        case Coupon():
            return _coupon(ticket, here, None, None)
        case QuantityTicket(quantity):
            return Verdict.of("command", said.quantity(here.count(quantity)), here.ask("quantity", quantity=quantity))
        case Command("IN"):
            return Verdict.of("command", said.SCAN_TO_BEGIN, here.ask("way", way="in"))
    return Verdict.of("command", said.SCAN_TO_END, here.ask("way", way="out"))


def _with_quantity(ticket: Ours, here: Here, about: About) -> Verdict | None:
    """A quantity is for the coupon behind it; another one replaces it."""
    match ticket:
        case Coupon():
            return _coupon(ticket, here, about["quantity"], "out")
        case QuantityTicket():
            return _take(ticket, here)
    return None


def _by_way(ticket: Ours, here: Here, about: About) -> Verdict | None:
    match ticket:
        case Coupon():
            return _coupon(ticket, here, about.get("quantity"), about["way"])
        case QuantityTicket(quantity) if about["way"] == "out":
            asked = here.ask("way", way="out", quantity=quantity)
            return Verdict.of("command", said.quantity(here.count(quantity)), asked)
    return None


def _coupon(coupon: Coupon, here: Here, counted: int | None, way: str | None) -> Verdict:
    """Accept a coupon that is not paid yet and whose turn it is; begin it where the station scans IN and OUT."""
    operation = here.catalogue.operation(here.db, coupon.operation)
    if operation is None:
        near = here.catalogue.nearest_operation(here.db, coupon.operation)
        return Verdict.of("unknown", texts.unknown_operation(coupon.operation, near), reason="operation")
    bundle = here.catalogue.bundle(here.db, coupon.bundle)
    if refused := _refused(coupon, operation, bundle, here):
        return refused
    held = next(iter(begun.in_hand(here.db, coupon.bundle, coupon.operation)), None)
    if way == "in" or (way is None and here.station.way == "in_out" and held is None):
        return _begin(coupon, operation, held, here)
    if held and held.worker not in [session.worker for session in here.sessions]:
        text = said.in_other_hands(coupon, operation.label, held.worker)
        return Verdict("wrong_order", text, "refused", (), {"held_by": held.worker})
    return _done(coupon, operation, bundle, counted, here)


def _refused(coupon: Coupon, operation: Operation, bundle: Bundle | None, here: Here) -> Verdict | None:
    """Return why a coupon cannot be worked on: paid before, split, or before its turn."""
    if row := stock.paid_row(here.db, coupon.bundle, coupon.operation):
        then = here.when(row)
        by = texts.who_and_when(stock.workers_of(here.db, row), here.utc_ns(then), here.time_ns, here.zone)
        return Verdict.of("duplicate", texts.duplicate(by), paid_by=then.event)
    if parts := bundles.parts(here.db, coupon.bundle):
        text = said.was_split(coupon.bundle, [part.bundle for part in parts])
        return Verdict.of("wrong_order", text, parts=[part.bundle for part in parts])
    for code in here.catalogue.before(here.db, operation, bundle and bundle.style):
        if stock.paid_row(here.db, coupon.bundle, code) is None:
            return Verdict.of("wrong_order", texts.wrong_order(here.label(code)), first=code)
    return None


def _begin(coupon: Coupon, operation: Operation, held: begun.Begun | None, here: Here) -> Verdict:
    if held:
        text = said.begun_before(coupon, operation.label, held.worker)
        return Verdict("duplicate", text, "duplicate", (), {"held_by": held.worker})
    entry: Entry = {"do": "begin", "bundle": coupon.bundle, "operation": coupon.operation}
    entry |= {"worker": here.worker, "station": here.station.name}
    return Verdict.of("command", said.begun(coupon, operation.label), entry)


def _done(coupon: Coupon, operation: Operation, bundle: Bundle | None, counted: int | None, here: Here) -> Verdict:
    """Pay what there is: the coupon's pieces, fewer where the bundle has fewer, or as many as were counted."""
    has = stock.available(here.db, here.catalogue, coupon.bundle, coupon.quantity)
    pieces = coupon.quantity if has is None else has
    if counted is not None and counted > pieces:
        return Verdict("command", said.too_many(counted, here.count(pieces), coupon.bundle), "refused")
    if pieces == 0:
        return Verdict("command", said.nothing_left(coupon.bundle), "refused")
    entries: list[Entry] = []
    if counted is not None and counted < pieces:
        entries = short_entries(here, coupon.bundle, pieces, counted, "counted")
        pieces = counted
    entry: dict[str, Any] = {"do": "done", "bundle": coupon.bundle, "operation": coupon.operation, "quantity": pieces}
    entry |= {"worker": here.worker, "station": here.station.name, **_more(bundle)}
    if len(here.sessions) > 1:
        entry["shares"] = shares([session.worker for session in here.sessions], pieces)
    style = bundle and bundle.style
    later = here.catalogue.after(here.db, coupon.operation, style)
    if not any(stock.on_route(here.db, here.catalogue, style, one.code) for one in later):
        entry["last"] = True
    text = texts.accepted(coupon, operation.label, here.count(pieces), entry.get("shares"))
    return Verdict.of("accepted", text, *entries, entry)


def _more(bundle: Bundle | None) -> dict[str, str]:
    of = {"order": bundle.order_code, "style": bundle.style} if bundle else {}
    return {name: value for name, value in of.items() if value is not None}


def shares(workers: list[str], pieces: int) -> dict[str, int]:
    """Return equal shares of a bundle; what is left over goes one each to those who came first."""
    each, over = divmod(pieces, len(workers))
    found = {worker: each + (i < over) for i, worker in enumerate(workers)}
    return {worker: share for worker, share in found.items() if share}


def _undo_done(entry: Entry, row: int, here: Here) -> Undo:
    """What was done cannot be undone when later work builds on it, or it has defects."""
    label = here.label(entry["operation"])
    words = texts.undone(entry.get("bundle") or "", label, here.count(entry["quantity"]))
    if entry.get("bundle") is None:
        return Undo(words)
    if bundles.parts(here.db, entry["bundle"]):
        return Undo(words, said.UNDO_SPLIT)
    if stock.open_defects(here.db, entry["bundle"], entry["operation"]) > 0:
        return Undo(words, said.UNDO_DEFECTS)
    for later in here.catalogue.after(here.db, entry["operation"], entry.get("style")):
        if stock.paid_in_parts(here.db, entry["bundle"], later.code):
            return Undo(words, texts.undo_too_late(later.label))
    return Undo(words)


def _undo_begin(entry: Entry, row: int, here: Here) -> Undo:
    return Undo(said.not_begun(entry["bundle"], here.label(entry["operation"])))


PART: Final = Part(
    tickets=(Coupon, QuantityTicket),
    words=("IN", "OUT"),
    take=_take,
    answers={"quantity": _with_quantity, "way": _by_way},
    undone={"done": _undo_done, "begin": _undo_begin},
)
