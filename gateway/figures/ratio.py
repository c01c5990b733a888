"""A figure that can be checked: what was divided by what, and how much of the time the data covers."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Ratio:
    """`coverage`: the share (0 to 1) of the planned time that is known; None where no time was planned."""

    numerator: float
    denominator: float
    coverage: float | None

    @property
    def value(self) -> float | None:
        """Return the quotient; None where there is nothing to divide by: no time is not a perfect time."""
        return self.numerator / self.denominator if self.denominator > 0 else None

    def entry(self) -> dict[str, Any]:
        """Return it for JSON."""
        named = {"numerator": round(self.numerator, 3), "denominator": round(self.denominator, 3)}
        return {"value": rounded(self.value), **named, "coverage": rounded(self.coverage)}


def rounded(value: float | None, decimals: int = 4) -> float | None:
    """Return a figure rounded; None stays None."""
    return None if value is None else round(value, decimals)
