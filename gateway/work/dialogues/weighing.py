"""Weighing at hand-overs: the metal of a lot is issued, returned, recovered. First the pan, then the tickets.

The weight lies on the station's scale at rest; then the lot, for an issue the operation (P-, or a traveller that names
it), and ISSUE, RETURN or RECOVER. A weighing counts once. Weighed in carats it is stones: apart from the metal, and in
the piece when that comes back. Lots of no metal of ours are material that goes into work.
"""

from decimal import Decimal
from typing import Final

from barcodes.ticket import Command, LotTicket, OperationTicket, Ours, Traveller
from gateway.config.floor import Metal
from gateway.work import floor_texts as texts
from gateway.work import loss
from gateway.work import texts as common
from gateway.work.answer import Verdict, Words
from gateway.work.dialogue import About, Here, Part, Undo
from gateway.work.entries import Entry
from gateway.work.floor import Weighed
from gateway.work.loss import Balance, Key, Weighing
from gateway.work.projections import weighings

ACTIONS: Final = ("ISSUE", "RETURN", "RECOVER")


def metal_of(lot: str, metals: tuple[Metal, ...]) -> Metal | None:
    """Return the metal of a lot, by the longest code that its number begins with."""
    return max((one for one in metals if lot.startswith(one.code)), key=lambda one: len(one.code), default=None)


def _take(ticket: LotTicket | Command, here: Here) -> Verdict:
    if isinstance(ticket, Command):
        return Verdict("wrong_order", texts.LOT_FIRST, "refused")
    metal = metal_of(ticket.lot, here.work.metals)
    if metal is None:
        entry: Entry = {"do": "lot", "station": here.station.name, "lot": ticket.lot, "worker": here.worker}
        return Verdict.of("accepted", texts.material(ticket.lot), entry)
    return Verdict.of("command", texts.lot(ticket.lot, metal.label), here.ask("lot", lot=ticket.lot))


def _lot(ticket: Ours, here: Here, about: About) -> Verdict | None:
    match ticket:
        case LotTicket():
            return _take(ticket, here)
        case OperationTicket(code) | Traveller(_, str(code)):
            return _operation(code, here, about)
        case Command(word) if word in ACTIONS:
            return _weigh(word.lower(), here, about)
    return None


def _operation(code: str, here: Here, about: About) -> Verdict:
    if here.catalogue.operation(here.db, code) is None:
        near = here.catalogue.nearest_operation(here.db, code)
        return Verdict.of("unknown", common.unknown_operation(code, near), reason="operation")
    asked = here.ask("lot", **{**about, "operation": code})
    return Verdict.of("command", texts.lot_operation(about["lot"], here.label(code)), asked)


def _weigh(action: str, here: Here, about: About) -> Verdict:
    """Give the weight on the scale to the lot, unless it is not to be trusted: then the question stays."""
    again = here.ask("lot", **about)
    weighed = here.floor.weighed_at(here.station.name)
    held = weighings.of_lot(here.db, about["lot"])
    operation = about.get("operation") or (None if action == "issue" else loss.open_issue(held, here.worker))
    if operation is None:
        why = texts.OPERATION_OF_ISSUE if action == "issue" else texts.never_issued(about["lot"])
        return Verdict("wrong_order", why, "refused", (again,))
    if weighed is None:
        why = texts.PUT_IT_ON if here.floor.scales_at(here.station.name) else texts.NO_SCALE
        return Verdict("command", why, "refused", (again,))
    if refused := _untrusted(weighed, here):
        return Verdict("command", refused, "refused", (again,))
    return _handed(action, operation, weighed, held, here, about["lot"])


def _untrusted(weighed: Weighed, here: Here) -> Words | None:
    """Return why a weighing cannot be taken."""
    if not weighed.stable:
        return texts.UNSTABLE
    if here.mono_ns - weighed.mono_ns > here.work.weigh_hold_s * 1e9:
        return texts.PUT_IT_ON
    if weighings.used(here.db, weighed.measurement):
        return texts.USED_BEFORE
    return None if loss.grams(weighed.value, weighed.unit) else texts.no_weight(weighed.unit)


def _handed(action: str, operation: str, weighed: Weighed, held: list[Weighing], here: Here, lot: str) -> Verdict:
    key = Key(lot, operation, here.worker)
    balance = loss.balances(held).get(key, Balance())
    amount = loss.grams(weighed.value, weighed.unit) or Decimal(0)
    loose = Decimal(repr(weighed.value)) if weighed.unit == "ct" else None
    stones = loose
    if action == "return" and loose is None:
        stones = balance.stones_out_ct  # what was not brought back loose is set in the piece
    if loose is not None and action != "issue" and loose > balance.stones_out_ct:
        return Verdict("command", texts.too_many_stones(loose, balance.stones_out_ct), "refused")
    one = Weighing(here.time_ns, action, *key, amount, stones or Decimal(0), here.station.name)
    if one.metal < 0:
        return Verdict("command", texts.lighter_than_its_stones(stones or Decimal(0)), "refused")
    balance.add(one)
    entry: Entry = {"do": "weigh", "action": action, **key._asdict(), "grams": loss.text(amount)}
    entry |= {"station": here.station.name, "scale": weighed.scale, "measurement": weighed.measurement}
    if stones:
        entry["stones_ct"] = loss.text(stones)
    known = here.catalogue.operation(here.db, operation)
    allowed = known.loss_percent if known else None
    text = texts.weighed(one, balance, here.label(operation), allowed)
    return Verdict.of("accepted", text, entry, beyond=balance.beyond(allowed))


def _undo(entry: Entry, row: int, here: Here) -> Undo:
    return Undo(texts.undone_weighing(entry["action"], entry["lot"], entry["grams"]))


def _undo_lot(entry: Entry, row: int, here: Here) -> Undo:
    return Undo(texts.undone_lot(entry["lot"]))


PART: Final = Part(
    tickets=(LotTicket,),
    words=ACTIONS,
    take=_take,
    answers={"lot": _lot},
    undone={"weigh": _undo, "lot": _undo_lot},
)
