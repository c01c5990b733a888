"""Defects and what becomes of them: repaired or scrapped. What is repaired is not paid twice."""

from typing import Any, Final

from barcodes.ticket import BundleTicket, Command, Coupon, DefectTicket, Ours, QuantityTicket
from gateway.work import said, said_of_defects, stock
from gateway.work.answer import Verdict, Words
from gateway.work.dialogue import About, Here, Part, Undo
from gateway.work.entries import Entry

NO_DEFECT: Final = "SCRAP"  # the code of a defect that nobody told of before the piece was scrapped


def _take(ticket: DefectTicket | Command, here: Here) -> Verdict:
    if isinstance(ticket, DefectTicket):
        label = here.catalogue.defect(here.db, ticket.code)
        asked = here.ask("defect", code=ticket.code, quantity=1)
        return Verdict.of("command", said_of_defects.which_is_defective(label or ticket.code, here.count(1)), asked)
    what = ticket.word.lower()
    return Verdict.of("command", said.which(what), here.ask(what))


def _defect(ticket: Ours, here: Here, about: About) -> Verdict | None:
    """A defect, how many pieces have it (one, if nothing else is scanned), then the coupon of where it came about."""
    match ticket:
        case QuantityTicket(quantity):
            label = here.catalogue.defect(here.db, about["code"])
            asked = here.ask("defect", code=about["code"], quantity=quantity)
            words = said_of_defects.which_is_defective(label or about["code"], here.count(quantity))
            return Verdict.of("command", words, asked)
        case Coupon() | BundleTicket():
            place = place_of(ticket, here)
            return place if isinstance(place, Verdict) else tell_defect(here, *place, about["code"], about["quantity"])
    return None


def place_of(ticket: Coupon | BundleTicket, here: Here) -> tuple[str, str] | Verdict:
    """Return the bundle and the operation that is meant, which must be done; a bundle alone means its latest."""
    if isinstance(ticket, Coupon):
        if stock.paid_row(here.db, ticket.bundle, ticket.operation) is None:
            return Verdict("wrong_order", said_of_defects.not_done_yet(here.label(ticket.operation)), "refused")
        return ticket.bundle, ticket.operation
    operation = stock.operation_last(here.db, ticket.bundle)
    if operation is None:
        return Verdict("wrong_order", said_of_defects.nothing_done(ticket.bundle), "refused")
    return ticket.bundle, operation


def tell_defect(here: Here, bundle: str, operation: str, code: str, quantity: int) -> Verdict:
    """Tell of pieces with a defect, to the account of whoever did the operation, where that was one."""
    has = stock.left(here.db, here.catalogue, bundle) - stock.open_defects(here.db, bundle, operation)
    if quantity > has:
        return Verdict("command", said.too_many(quantity, here.count(max(0, has)), bundle), "refused")
    entries = _defects(here, bundle, operation, code, quantity)
    quality = {"station": here.station.name, "inspected": stock.left(here.db, here.catalogue, bundle)}
    quality |= {"defective": quantity, "defects": {code: quantity}, "bundle": bundle, "operation": operation}
    label = here.catalogue.defect(here.db, code) or code
    text = said_of_defects.defect(bundle, here.label(operation), label, here.count(quantity))
    return Verdict("command", text, "ok", tuple(entries), {}, (("quality", here.station.name, quality),))


def _defects(here: Here, bundle: str, operation: str, code: str, quantity: int) -> list[Entry]:
    row = stock.paid_row(here.db, bundle, operation)
    makers = stock.workers_of(here.db, row) if row else []
    entry = _entry("defect", here, bundle, operation, quantity) | {"code": code}
    return [
        *stock.told(here.db, here.catalogue, bundle, stock.left(here.db, here.catalogue, bundle)),
        entry | ({"cause_worker": makers[0]} if len(makers) == 1 else {}),
    ]


def _repair(ticket: Ours, here: Here, about: About) -> Verdict | None:
    """How many, if not all, and which."""
    match ticket:
        case QuantityTicket(quantity):
            return Verdict.of(
                "command", said.which("repair", here.count(quantity)), here.ask("repair", quantity=quantity)
            )
        case Coupon() | BundleTicket():
            place = _with_defects(ticket, here)
            if place is None:
                return Verdict("command", said_of_defects.no_defects(ticket.bundle), "refused")
            return tell_repair(here, *place, about.get("quantity"))
    return None


def tell_repair(here: Here, bundle: str, operation: str, quantity: int | None = None) -> Verdict:
    """Tell of repaired pieces, all that have a defect if no quantity is given; none is paid twice."""
    has = stock.open_defects(here.db, bundle, operation)
    pieces = has if quantity is None else quantity
    if not 0 < pieces <= has:
        return Verdict("command", said_of_defects.fewer_defects(pieces, here.count(has), bundle), "refused")
    row = stock.paid_row(here.db, bundle, operation)
    makers = stock.workers_of(here.db, row) if row else []
    earns = {"maker": makers[0] if len(makers) == 1 else "", "repairer": here.worker, "nobody": ""}
    entry = _entry("repair", here, bundle, operation, pieces) | {"for_worker": earns[here.work.repair_pays]}
    words = said_of_defects.repaired(bundle, here.label(operation), here.count(pieces))
    return Verdict.of("command", words, entry)


def _scrap(ticket: Ours, here: Here, about: About) -> Verdict | None:
    match ticket:
        case QuantityTicket(quantity):
            return Verdict.of(
                "command", said.which("scrap", here.count(quantity)), here.ask("scrap", quantity=quantity)
            )
        case Coupon() | BundleTicket():
            place = _with_defects(ticket, here) or place_of(ticket, here)
            if isinstance(place, Verdict):
                return place
            return tell_scrap(here, *place, about.get("quantity"))
    return None


def tell_scrap(here: Here, bundle: str, operation: str, quantity: int | None = None) -> Verdict:
    """Take pieces out of a bundle for good: those with a defect, or so many."""
    known, has = stock.open_defects(here.db, bundle, operation), stock.left(here.db, here.catalogue, bundle)
    pieces = known if quantity is None else quantity
    if pieces == 0:
        return Verdict("command", said.HOW_MANY_FIRST, "refused")
    if pieces > has:
        return Verdict("command", said.too_many(pieces, here.count(has), bundle), "refused")
    entries = stock.told(here.db, here.catalogue, bundle, has)
    if pieces > known:  # all scrap had a defect: sums of either say the same
        entries = _defects(here, bundle, operation, NO_DEFECT, pieces - known)
    entry = _entry("scrap", here, bundle, operation, pieces)
    words = said_of_defects.scrapped(bundle, here.count(pieces), here.count(has - pieces))
    return Verdict.of("command", words, *entries, entry)


def _with_defects(ticket: Coupon | BundleTicket, here: Here) -> tuple[str, str] | None:
    """Return the bundle and the operation with open defects: the coupon's own, or the only one."""
    if isinstance(ticket, Coupon):
        open_here = stock.open_defects(here.db, ticket.bundle, ticket.operation) > 0
        return (ticket.bundle, ticket.operation) if open_here else None
    found = stock.defective_operations(here.db, ticket.bundle)
    return (ticket.bundle, found[0]) if len(found) == 1 else None


def _entry(do: str, here: Here, bundle: str, operation: str, quantity: int) -> Entry:
    known = here.catalogue.bundle(here.db, bundle)
    of: dict[str, Any] = {"order": known.order_code, "style": known.style} if known else {}
    entry: Entry = {"do": do, "bundle": bundle, "operation": operation, "quantity": quantity, "worker": here.worker}
    return entry | {"station": here.station.name} | {name: value for name, value in of.items() if value is not None}


def _undo(words: Words, entry: Entry, row: int, here: Here) -> Undo:
    """A defect that was repaired or scrapped since stays."""
    left = stock.open_defects(here.db, entry["bundle"], entry["operation"], row)
    return Undo(words, said.UNDO_DEFECTS if left < 0 else None)


def _undo_defect(entry: Entry, row: int, here: Here) -> Undo:
    return _undo(said_of_defects.undone_defect(entry["bundle"], here.count(entry["quantity"])), entry, row, here)


def _undo_repair(entry: Entry, row: int, here: Here) -> Undo:
    return Undo(said_of_defects.undone_repair(entry["bundle"], here.count(entry["quantity"])))


def _undo_scrap(entry: Entry, row: int, here: Here) -> Undo:
    """The pieces are back: only as long as nobody counted without them."""
    words = said_of_defects.undone_scrap(entry["bundle"], here.count(entry["quantity"]))
    since = stock.done_since(here.db, entry["bundle"], row) or stock.split_since(here.db, entry["bundle"], row)
    return Undo(words, said.UNDO_COUNTED if since else None)


PART: Final = Part(
    tickets=(DefectTicket,),
    words=("REPAIR", "SCRAP"),
    take=_take,
    answers={"defect": _defect, "repair": _repair, "scrap": _scrap},
    undone={"defect": _undo_defect, "repair": _undo_repair, "scrap": _undo_scrap},
)
