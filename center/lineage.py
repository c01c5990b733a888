"""Lineage: which of a shop's epochs are one journal. The center has the rows of every card that the shop ever had.

In one journal the start counter only grows. A card that was restored goes on behind the last event of its copy, which
its first event names: what the old card sent behind that is a journal of its own. A card that began anew is another.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import apsw
import orjson

from gateway.event import Position
from gateway.publish.replica import PLACE

RARE: Final = "kind NOT IN ('count', 'scan', 'state')"  # word for word as in the index

Epoch = tuple[int, str]  # start, token


class Part(NamedTuple):
    """The events of an epoch that belong to a journal: those up to `n`."""

    start: int
    token: str
    n: int

    @property
    def epoch(self) -> Epoch:
        """Return its epoch."""
        return self.start, self.token


Lineage = Sequence[Part]  # the oldest part first


def journals(db: apsw.Connection, shop: int) -> list[Lineage]:
    """Return the journals of a shop, the one that came last first."""
    last = _last_numbers(db, shop)
    behind = _restored(db, shop)
    whole: set[Epoch] = set()
    found = []
    for head in reversed(last):
        if head not in whole:
            found.append(_behind(head, last, behind))
            whole.update(part.epoch for part in found[-1] if part.n == last[part.epoch])
    return found


def until(lineage: Lineage, place: Position) -> Lineage:
    """Return a journal up to a place; empty when that is none of it."""
    older = [part for part in lineage if part.start < place.start]
    return [*older, Part(*place)] if any(part.epoch == place[:2] for part in lineage) else []


def place_of(text: object) -> Position | None:
    """Return the place that `<epoch>:<n>` names, None for anything else."""
    found = PLACE.fullmatch(str(text))
    return Position(int(found[1]), found[2], int(found[3])) if found else None


def _behind(head: Epoch, last: Mapping[Epoch, int], restored: Mapping[Epoch, Position]) -> Lineage:
    """Return the journal that ends with an epoch; `last` is in the order in which the epochs came."""
    came = list(last)
    parts = [Part(*head, last[head])]
    for epoch in reversed(came[: came.index(head)]):
        copied = restored.get(parts[-1].epoch)
        if copied is None and epoch[0] < parts[-1].start:
            parts.append(Part(*epoch, last[epoch]))
        elif copied is not None and epoch == copied[:2]:
            parts.append(Part(*copied))
    return parts[::-1]


def _last_numbers(db: apsw.Connection, shop: int) -> dict[Epoch, int]:
    select = (
        "SELECT start, token, (SELECT max(n) FROM events e WHERE e.shop = p.shop AND e.start = p.start "
        "AND e.token = p.token) FROM epochs p WHERE shop = ? AND stream = 'e' ORDER BY era"
    )
    return {(start, token): n for start, token, n in db.execute(select, (shop,)) if n}


def _restored(db: apsw.Connection, shop: int) -> dict[Epoch, Position]:
    """Return, by the epoch in which a restore was noted, the last event of the copy."""
    select = f"SELECT start, token, body FROM events WHERE shop = ? AND kind = 'command' AND {RARE}"
    found = {}
    for start, token, text in db.execute(select, (shop,)):
        body = orjson.loads(text)
        if body.get("what") == "restore" and (place := place_of(body.get("last"))):
            found[start, token] = place
    return found
