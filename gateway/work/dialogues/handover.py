"""Handing over: what one worker has in hand goes on in another's."""

from typing import Final

from barcodes.ticket import Badge, BundleTicket, Command, Coupon, Ours
from gateway.work import said, texts
from gateway.work.answer import Verdict
from gateway.work.dialogue import About, Here, Part, Undo
from gateway.work.entries import Entry
from gateway.work.projections import begun


def _take(ticket: Command, here: Here) -> Verdict:
    return Verdict.of("command", said.which("handover"), here.ask("handover", bundles=[]))


def _answer(ticket: Ours, here: Here, about: About) -> Verdict | None:
    """The bundles, then the badge of whoever takes them."""
    match ticket:
        case Coupon() | BundleTicket():
            return _one_more(ticket.bundle, here, about["bundles"])
        case Badge(number) if about["bundles"]:
            return _to(number, here, about["bundles"])
    return None


def _one_more(bundle: str, here: Here, given: list[str]) -> Verdict:
    again = [*given, bundle] if bundle not in given else given
    if not any(one.worker == here.worker for one in begun.in_hand(here.db, bundle)):
        asked = here.ask("handover", bundles=given)
        return Verdict("command", said.not_in_hand(bundle, here.worker), "refused", (asked,))
    return Verdict.of("command", said.to_whom(again), here.ask("handover", bundles=again))


def _to(number: int, here: Here, given: list[str]) -> Verdict:
    """The other has them; the badge at the station stays who it was."""
    known = here.catalogue.worker(here.db, number)
    if known is None or known.badge == here.worker:
        text = texts.unknown_badge(number) if known is None else said.TO_SOMEBODY_ELSE
        return Verdict("unknown", text, "refused", (here.ask("handover", bundles=given),))
    entry: Entry = {"do": "handover", "from": here.worker, "to": known.badge, "bundles": given}
    entry |= {"station": here.station.name}
    return Verdict.of("command", said.handed_over(given, here.worker, known.badge), entry)


def _undo(entry: Entry, row: int, here: Here) -> Undo:
    return Undo(said.undone_handover(entry["bundles"], entry["from"]))


PART: Final = Part(words=("HANDOVER",), take=_take, answers={"handover": _answer}, undone={"handover": _undo})
