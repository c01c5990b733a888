"""The minimum wage against piece pay.

By the enforcement decree of Korea's Minimum Wage Act (최저임금법 시행령), article 5 (2), a piece wage of a period is
divided by the hours worked in it, and that is compared with the minimum of an hour. So what is due is the sum over
days of hours x the minimum of that day. Allowances that stand beside (the paid weekly holiday, overtime) are not in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any, Final

from gateway.pay.hours import Hours

FORMULA: Final = "minimum wage / 1"
Minimums = Sequence[tuple[str, int]]  # (first local date, won an hour), in order


@dataclass(frozen=True, slots=True)
class Check:
    """One worker's pay of a period against the minimum; all in won."""

    won: int
    due: int | None  # None: for some day no minimum is configured
    hours: Hours

    @property
    def shortfall(self) -> int | None:
        """Return what the pay lacks; None while the minimum, or any hour, is not known."""
        if self.due is None or not self.hours.total_s:
            return None
        return max(0, self.due - self.won)

    def entry(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {**self.hours.entry(), "formula": FORMULA, "due_won": self.due, "shortfall_won": self.shortfall}


def check(won: int, hours: Hours, minimums: Minimums) -> Check:
    """Return the check; what is due is rounded up to a whole won."""
    due = _due(hours.worked_s, minimums)
    return Check(won, None if due is None else int(due.quantize(Decimal(1), ROUND_CEILING)), hours)


def _due(worked_s: Mapping[str, float], minimums: Minimums) -> Decimal | None:
    due = Decimal(0)
    for day, seconds in worked_s.items():
        won = next((won for since, won in reversed(minimums) if since <= day), None)
        if won is None:
            return None
        due += Decimal(round(seconds)) * won / 3600
    return due
