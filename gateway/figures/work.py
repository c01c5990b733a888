"""Figures of work: output and target, line efficiency, balance, bottleneck, WIP, DHU, first-pass yield, lead time.

Formulas as the sewing trade writes them (onlineclothingstudy.com, "12 useful formulas for industrial engineers"):
line efficiency = sum(pieces x SAM) / (operators x minutes); balance = sum(t) / (n x max t); DHU = defects / inspected
x 100; first-pass yield = right first time / started; WIP = what came in less what went out. Where nothing stands to
divide by, a figure has no value, which is not 0 and not 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateway.figures.ratio import Ratio, rounded

FORMULA: Final = "work / 2"  # the number behind the slash goes up when our reading of a formula changes


@dataclass(frozen=True, slots=True)
class Balance:
    """How evenly a line's operations are loaded; `bottleneck` is the operation that takes longest a piece."""

    ratio: Ratio
    bottleneck: str | None
    pieces_per_h: float | None  # what the bottleneck lets through

    def entry(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            **self.ratio.entry(),
            "bottleneck": self.bottleneck,
            "pieces_per_h": rounded(self.pieces_per_h, 2),
        }


def line_efficiency(
    pieces: Mapping[str, int], sam_s: Mapping[str, float | None], worked_s: float, coverage: float | None
) -> tuple[Ratio, list[str]]:
    """Return standard seconds earned by seconds worked, and the operations that have no standard time.

    Those earn nothing, so the figure is too low by them: they are named, and not guessed. Where no operation at all
    has one there is no figure.
    """
    unknown = sorted(operation for operation, made in pieces.items() if made and not sam_s.get(operation))
    earned = sum(made * (sam_s.get(operation) or 0.0) for operation, made in pieces.items())
    return Ratio(earned, worked_s if any(sam_s.values()) else 0.0, coverage), unknown


def balance(seconds: Mapping[str, float], operators: Mapping[str, int] | None = None) -> Balance:
    """Return the balance of operations that take `seconds` a piece each; with several operators one takes less."""
    shared = {operation: taken / max(1, (operators or {}).get(operation, 1)) for operation, taken in seconds.items()}
    if not shared:
        return Balance(Ratio(0.0, 0.0, None), None, None)
    slowest = max(shared, key=lambda operation: (shared[operation], operation))
    longest = shared[slowest]
    ratio = Ratio(sum(shared.values()), len(shared) * longest, None)
    return Balance(ratio, slowest, 3600 / longest if longest > 0 else None)


def dhu(defects: int, inspected: int, coverage: float | None = None) -> Ratio:
    """Return defects by inspected pieces; a hundred times this is the DHU."""
    return Ratio(defects, inspected, coverage)


def first_pass(started: int, repaired: int, scrapped: int, coverage: float | None = None) -> Ratio:
    """Return the share of pieces that went through without repair and were not scrapped."""
    return Ratio(max(0, started - repaired - scrapped), started, coverage)


def rolled(yields: Sequence[Ratio]) -> float | None:
    """Return the rolled throughput yield: that of one piece through all operations."""
    product = 1.0
    for one in yields:
        if one.value is None:
            return None
        product *= one.value
    return product if yields else None


def waiting(
    done: Mapping[str, int], scrapped: Mapping[str, int], loaded: int, after: Mapping[str, Sequence[str]]
) -> dict[str, int]:
    """Return the pieces that wait in front of each operation: what all operations before it passed on, less its own.

    `after` names the operations that must come first; the first of a route gets what was loaded. A negative number is
    what was done out of order or without its ticket before: it is shown as it stands.
    """
    passed = {operation: done.get(operation, 0) for operation in after}
    return {
        operation: min((passed.get(one, 0) for one in first), default=loaded)
        - passed[operation]
        - scrapped.get(operation, 0)
        for operation, first in after.items()
    }


def against_target(made: int, target: int | None) -> dict[str, Any]:
    """Return what was made against what is to be made, and what is left; None where nobody has told a target."""
    return {
        "made": made,
        "target": target,
        "ratio": None if not target else Ratio(made, target, None).entry(),
        "left": None if target is None else max(0, target - made),
    }


def lead_times(spans_s: Sequence[float]) -> dict[str, Any]:
    """Return mean, median and longest of the times from the first to the last operation, seconds."""
    ordered = sorted(spans_s)
    if not ordered:
        return {"count": 0, "mean_s": None, "median_s": None, "longest_s": None}
    middle = len(ordered) // 2
    median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    return {
        "count": len(ordered),
        "mean_s": round(sum(ordered) / len(ordered), 1),
        "median_s": round(median, 1),
        "longest_s": round(ordered[-1], 1),
    }
