"""Piece pay: signed pieces times the rate of their day, by worker.

A correction takes the rate that the line it corrects was paid with: that of the day of that line, as it was known when
the period was closed in which it was paid. Amounts are exact (Decimal); a worker's sum of a period is rounded once, to
whole won, halves away from zero. Pieces without a rate are no zero: they are listed, and the sum says what it lacks.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any, Final, NamedTuple

from gateway.pay.rates import Rate

FORMULA: Final = "piece pay / 1"


class Pieces(NamedTuple):
    """Signed pieces of one worker at one operation. `day`: the local date whose rate counts, ISO."""

    worker: str
    style: str
    operation: str
    day: str
    quantity: int
    late: int = 0  # number of the closed period within which they were made; 0: they came in time
    corrects: int = 0  # number of the closed period whose pieces they take back or put right; 0: of this one


class Item(NamedTuple):
    """What stands in one row of a wage slip: pieces that are paid alike."""

    style: str
    operation: str
    late: int
    corrects: int
    won: Decimal | None  # for a piece; None: nobody has told a rate
    since: str | None  # from which day on that rate counts


@dataclass(slots=True)
class Slip:
    """One worker's pay of a period. `worker`: the badge without leading zeros."""

    worker: str
    items: dict[Item, int] = field(default_factory=dict)  # pieces

    @property
    def pieces(self) -> int:
        """Return all pieces, those without a rate too."""
        return sum(self.items.values())

    @property
    def amount(self) -> Decimal:
        """Return the exact sum of what has a rate, in won."""
        return sum((item.won * pieces for item, pieces in self.items.items() if item.won is not None), Decimal(0))

    @property
    def won(self) -> int:
        """Return the sum in whole won."""
        return whole(self.amount)

    @property
    def unrated(self) -> int:
        """Return how many pieces have no rate."""
        return sum(abs(pieces) for item, pieces in self.items.items() if item.won is None)

    def entry(self) -> dict[str, Any]:
        """Return it for JSON; amounts as text, for they are exact."""
        return {
            "worker": self.worker,
            "won": self.won,
            "amount": text(self.amount),
            "pieces": self.pieces,
            "unrated": self.unrated,
            "items": [_item(item, pieces) for item, pieces in sorted(self.items.items(), key=_order) if pieces],
        }


def slips(made: Iterable[Pieces], rate: Callable[[Pieces], Rate | None]) -> list[Slip]:
    """Return each worker's slip, in the order of the badges."""
    found: dict[str, Slip] = {}
    for one in made:
        known = rate(one)
        item = Item(
            one.style, one.operation, one.late, one.corrects, known and known.won, known.since if known else None
        )
        worker = badge(one.worker)
        items = found.setdefault(worker, Slip(worker)).items
        items[item] = items.get(item, 0) + one.quantity
    return sorted(found.values(), key=lambda slip: by_number(slip.worker))


def whole(amount: Decimal) -> int:
    """Return whole won, halves away from zero."""
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def text(amount: Decimal) -> str:
    """Return an exact amount as people write it: 1250, 37.5."""
    return f"{amount.normalize():f}" if amount else "0"


@lru_cache(1024)
def badge(worker: str) -> str:
    """Return a badge without leading zeros: 0101 and 101 are one worker."""
    return str(int(worker)) if worker.isdecimal() else worker


def by_number(worker: str) -> tuple[int, str]:
    """Return by what badges are put in order: 7 before 101."""
    return (int(worker) if worker.isdecimal() else 1 << 62, worker)


def _order(entry: tuple[Item, int]) -> tuple[str, str, int, int, str]:
    item = entry[0]
    return item.style, item.operation, item.corrects, item.late, item.since or ""


def _item(item: Item, pieces: int) -> dict[str, Any]:
    return {
        "style": item.style or None,
        "operation": item.operation,
        "pieces": pieces,
        "rate_won": None if item.won is None else text(item.won),
        "rate_from": item.since,
        "amount": None if item.won is None else text(item.won * pieces),
        "late": item.late or None,
        "corrects": item.corrects or None,
    }
