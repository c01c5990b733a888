"""Metal loss of hand-overs (해리): issued - (returned + recovered), in Decimal grams, stones apart. Pure.

1 돈 = 3.75 g and 1 ct = 0.2 g, exactly (Korean Measures Act; international carat). Fine metal is the weight times the
fineness in parts a thousand. Someone who has not returned anything since the last issue still holds the metal: that is
no loss yet.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, NamedTuple

GRAMS_A_CARAT: Final = Decimal("0.2")
GRAMS_A_DON: Final = Decimal("3.75")
_GRAMS: Final[Mapping[str, Decimal]] = {
    "g": Decimal(1),
    "kg": Decimal(1000),
    "mg": Decimal("0.001"),
    "don": GRAMS_A_DON,
    "ct": GRAMS_A_CARAT,
}
_SHOWN_DON: Final = Decimal("0.001")
_SHOWN_PERCENT: Final = Decimal("0.01")


class Weighing(NamedTuple):
    """One hand-over. `grams` is what the pan held, stones among it."""

    time_ns: int  # UTC
    action: str  # issue, return, recover
    lot: str
    operation: str
    worker: str
    grams: Decimal
    stones_ct: Decimal
    station: str | None

    @property
    def metal(self) -> Decimal:
        """Return the metal alone, g."""
        return self.grams - self.stones_ct * GRAMS_A_CARAT


class Key(NamedTuple):
    """Who holds what: the metal of a lot, for one operation, with one worker."""

    lot: str
    operation: str
    worker: str


@dataclass(slots=True)
class Balance:
    """The hand-overs of one key: metal in g, stones in ct."""

    issued: Decimal = Decimal(0)
    returned: Decimal = Decimal(0)
    recovered: Decimal = Decimal(0)
    stones_issued_ct: Decimal = Decimal(0)
    stones_returned_ct: Decimal = Decimal(0)
    held: bool = field(default=False)  # nothing was returned since the last issue

    def add(self, one: Weighing) -> None:
        """Take in the next hand-over, in the order of time."""
        match one.action:
            case "issue":
                self.issued += one.metal
                self.stones_issued_ct += one.stones_ct
                self.held = True
            case "return":
                self.returned += one.metal
                self.stones_returned_ct += one.stones_ct
                self.held = self.held and not one.metal  # loose stones alone are not the piece
            case "recover":
                self.recovered += one.metal

    @property
    def out(self) -> Decimal:
        """Return what is not back: with the worker while it is held, else lost."""
        return self.issued - self.returned - self.recovered

    @property
    def stones_out_ct(self) -> Decimal:
        """Return the stones that are not back."""
        return self.stones_issued_ct - self.stones_returned_ct

    @property
    def percent(self) -> Decimal | None:
        """Return the loss in percent of what was issued; None while it is held, or where nothing was issued."""
        return None if self.held or not self.issued else self.out / self.issued * 100

    def beyond(self, allowed_percent: float | None) -> bool:
        """Return whether more is lost than is allowed."""
        percent = self.percent
        return percent is not None and allowed_percent is not None and percent > Decimal(str(allowed_percent))


def balances(weighings: Iterable[Weighing]) -> dict[Key, Balance]:
    """Return the balance of each lot, operation and worker."""
    found: dict[Key, Balance] = {}
    for one in sorted(weighings, key=lambda one: one.time_ns):
        found.setdefault(Key(one.lot, one.operation, one.worker), Balance()).add(one)
    return found


def open_issue(weighings: Iterable[Weighing], worker: str) -> str | None:
    """Return the operation for which metal was issued to this worker last, None when none was."""
    issues = [one for one in weighings if (one.action, one.worker) == ("issue", worker)]
    return max(issues, key=lambda one: one.time_ns).operation if issues else None


def grams(value: float, unit: str) -> Decimal | None:
    """Return a scale's value in grams, exactly as it was written; None for a unit that is no weight."""
    factor = _GRAMS.get(unit)
    return None if factor is None else (Decimal(repr(value)) * factor).normalize() + 0


def text(amount: Decimal) -> str:
    """Return a weight as it is written: no exponent, no trailing zeros."""
    return f"{amount.normalize():f}" if amount else "0"


def don(amount: Decimal) -> str:
    """Return grams in 돈, to a thousandth, for people: 3.75 g do not divide all weights evenly."""
    return f"{(amount / GRAMS_A_DON).quantize(_SHOWN_DON):f}"


def entry(key: Key, balance: Balance, fineness_permille: int | None, allowed_percent: float | None) -> dict[str, Any]:
    """Return a balance for JSON: weights as text, `loss_g` None while the metal is with the worker."""
    percent = balance.percent
    lost = None if balance.held else balance.out
    fine = None if fineness_permille is None or lost is None else lost * fineness_permille / 1000
    return {
        **key._asdict(),
        "issued_g": text(balance.issued),
        "returned_g": text(balance.returned),
        "recovered_g": text(balance.recovered),
        "held_g": text(balance.out) if balance.held else "0",
        "loss_g": lost if lost is None else text(lost),
        "loss_don": None if lost is None else don(lost),
        "loss_percent": None if percent is None else text(percent.quantize(_SHOWN_PERCENT)),
        "loss_fine_g": None if fine is None else text(fine),
        "fineness_permille": fineness_permille,
        "allowed_percent": allowed_percent,
        "beyond": balance.beyond(allowed_percent),
        "stones_issued_ct": text(balance.stones_issued_ct),
        "stones_returned_ct": text(balance.stones_returned_ct),
        "stones_out_ct": text(balance.stones_out_ct),
    }
