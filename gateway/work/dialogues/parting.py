"""Bundles that change: split into parts that add up, or short of pieces that are not there."""

from typing import Any, Final

from barcodes.ticket import BundleTicket, Command, Coupon, Ours, QuantityTicket, ReasonTicket
from gateway.work import said, stock
from gateway.work.answer import Verdict, Words
from gateway.work.dialogue import About, Here, Part, Undo
from gateway.work.entries import Entry
from gateway.work.projections import begun, bundles, prints

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"  # behind a serial of 8 or 9 characters, of the 12 that fit a ticket


def _take(ticket: Command | BundleTicket, here: Here) -> Verdict:
    match ticket:
        case Command("SPLIT"):
            return Verdict.of("command", said.which("split"), here.ask("split"))
        case Command("SHORT"):
            return Verdict.of("command", said.which("short"), here.ask("short"))
        case BundleTicket(bundle):
            return _story(bundle, here)
    raise ValueError(ticket)


def _story(bundle: str, here: Here) -> Verdict:
    """A bundle's ticket alone asks where it stands."""
    if parts := bundles.parts(here.db, bundle):
        return Verdict.of("command", said.was_split(bundle, [part.bundle for part in parts]))
    if here.catalogue.bundle(here.db, bundle) is None and stock.done_last(here.db, bundle) is None:
        return Verdict.of("unknown", said.unknown_bundle(bundle), reason="bundle")
    waiting = [here.label(code) for code in stock.waiting(here.db, here.catalogue, bundle)]
    return Verdict.of("command", said.stands(bundle, here.count(stock.left(here.db, here.catalogue, bundle)), waiting))


def _whole(ticket: Coupon | BundleTicket, here: Here) -> int | Verdict:
    """Return how many pieces a bundle has, or why it cannot be changed."""
    if parts := bundles.parts(here.db, ticket.bundle):
        return Verdict("wrong_order", said.was_split(ticket.bundle, [part.bundle for part in parts]), "refused")
    told = ticket.quantity if isinstance(ticket, Coupon) else stock.done_last(here.db, ticket.bundle)
    has = stock.available(here.db, here.catalogue, ticket.bundle, told)
    if has is None:
        return Verdict("unknown", said.unknown_bundle(ticket.bundle), "refused")
    return has


def _split(ticket: Ours, here: Here, about: About) -> Verdict | None:
    """The bundle, then the quantity of each part, then SPLIT once more."""
    match ticket:
        case Coupon() | BundleTicket() if "bundle" not in about:
            has = _whole(ticket, here)
            if isinstance(has, Verdict):
                return has
            asked = here.ask("split", bundle=ticket.bundle, pieces=has, parts=[])
            return Verdict.of("command", said.split_into(ticket.bundle, here.count(has), []), asked)
        case QuantityTicket(quantity) if "bundle" in about:
            return _part(quantity, here, about)
        case Command("SPLIT") if "bundle" in about:
            return split(here, about["bundle"], about["pieces"], about["parts"])
    return None


def _part(quantity: int, here: Here, about: About) -> Verdict:
    """One more part; too many pieces leave the question as it was."""
    parts = [*about["parts"], quantity]
    if sum(parts) > about["pieces"]:
        left = about["pieces"] - sum(about["parts"])
        return Verdict(
            "command",
            said.too_many(quantity, here.count(left), about["bundle"]),
            "refused",
            (here.ask("split", **about),),
        )
    asked = here.ask("split", bundle=about["bundle"], pieces=about["pieces"], parts=parts)
    return Verdict.of("command", said.split_into(about["bundle"], here.count(about["pieces"]), parts), asked)


def split(here: Here, bundle: str, pieces: int, parts: list[int]) -> Verdict:
    """Split a bundle of so many pieces; the parts must add up, and nobody has it in hand."""
    if len(parts) < 2 or sum(parts) != pieces:
        again = here.ask("split", bundle=bundle, pieces=pieces, parts=parts)
        return Verdict("command", said.parts_do_not_add_up(here.count(pieces), parts), "refused", (again,))
    if changed := _changed(here, bundle, pieces):
        return changed
    if held := begun.in_hand(here.db, bundle):
        return Verdict("wrong_order", said.in_hand(bundle, held[0].worker), "refused")
    if stock.defective_operations(here.db, bundle):
        return Verdict("wrong_order", said.REPAIR_FIRST, "refused")
    serials = _serials(here, len(parts))
    if serials is None:
        return Verdict("command", said.NO_SERIALS, "refused")
    whole, names = serials
    into = [{"bundle": name, "quantity": part} for name, part in zip(names, parts, strict=True)]
    entry: dict[str, Any] = {"do": "split", "bundle": bundle, "into": into}
    entry |= {"station": here.station.name, "worker": here.worker}
    told = stock.told(here.db, here.catalogue, bundle, pieces)
    words = said.split_done(bundle, [(name, here.count(part)) for name, part in zip(names, parts, strict=True)])
    return Verdict.of("command", words, *told, {"do": "issue", "serials": [whole]}, entry)


def _changed(here: Here, bundle: str, pieces: int) -> Verdict | None:
    """Return why a bundle cannot be changed any more as it was asked: another scanner was faster."""
    if parts := bundles.parts(here.db, bundle):
        return Verdict("wrong_order", said.was_split(bundle, [part.bundle for part in parts]), "refused")
    has = stock.left(here.db, here.catalogue, bundle)
    if here.catalogue.bundle(here.db, bundle) is not None and has != pieces:
        return Verdict("command", said.has_changed(bundle, here.count(has)), "refused")
    return None


def _serials(here: Here, count: int) -> tuple[str, list[str]] | None:
    """Return a serial that was never issued, and names of it for the parts; None for more than there are letters.

    The whole's own number and a letter would come again where a restored card does not know of the split.
    """
    if count > len(LETTERS):
        return None
    (serial,) = prints.issue(here.db, prints.epoch(here.db), 1)
    return serial, [serial + letter for letter in LETTERS[:count]]


def _short(ticket: Ours, here: Here, about: About) -> Verdict | None:
    """The bundle, how many pieces it really has, and maybe a reason before the last of both, in any order."""
    now: dict[str, Any] = dict(about)
    match ticket:
        case ReasonTicket(code):
            now["reason"] = code
        case QuantityTicket(quantity):
            now["quantity"] = quantity
        case Coupon() | BundleTicket():
            has = _whole(ticket, here)
            if isinstance(has, Verdict):
                return has
            now |= {"bundle": ticket.bundle, "pieces": has}
        case _:
            return None
    if "bundle" in now and "quantity" in now:
        return short(here, now["bundle"], now["pieces"], now["quantity"], now.get("reason", "counted"))
    if "bundle" in now:
        text = said.short_of(now["bundle"], here.count(now["pieces"]))
    else:
        text = said.which("short", here.count(now["quantity"]) if "quantity" in now else None)
    return Verdict.of("command", text, here.ask("short", **now))


def short(here: Here, bundle: str, pieces: int, quantity: int, reason: str) -> Verdict:
    """Say how many pieces a bundle has: fewer than it should. What was scrapped stays counted apart."""
    if changed := _changed(here, bundle, pieces):
        return changed
    if quantity >= pieces:
        return Verdict("command", said.not_short(bundle, quantity, here.count(pieces)), "refused")
    words = said.short_done(bundle, quantity, here.count(pieces))
    return Verdict.of("command", words, *short_entries(here, bundle, pieces, quantity, reason))


def short_entries(here: Here, bundle: str, pieces: int, quantity: int, reason: str) -> list[Entry]:
    """Return the entries by which a bundle of so many pieces has fewer: its size before any of it was scrapped."""
    entry: Entry = {"do": "short", "bundle": bundle, "reason": reason, "station": here.station.name}
    entry |= {"quantity": quantity + stock.scrapped(here.db, bundle), "worker": here.worker}
    return [*stock.told(here.db, here.catalogue, bundle, pieces), entry]


def _undo_split(entry: Entry, row: int, here: Here) -> Undo:
    parts = [part["bundle"] for part in entry["into"]]
    words: Words = said.undone_split(entry["bundle"], parts)
    return Undo(words, said.UNDO_COUNTED if any(stock.touched(here.db, part, row) for part in parts) else None)


def _undo_short(entry: Entry, row: int, here: Here) -> Undo:
    words = said.undone_short(entry["bundle"])
    since = stock.done_since(here.db, entry["bundle"], row) or stock.split_since(here.db, entry["bundle"], row)
    return Undo(words, said.UNDO_COUNTED if since else None)


PART: Final = Part(
    tickets=(BundleTicket,),
    words=("SPLIT", "SHORT"),
    take=_take,
    answers={"split": _split, "short": _short},
    undone={"split": _undo_split, "short": _undo_short},
)
