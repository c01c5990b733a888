"""Overall equipment effectiveness after ISO 22400-2:2014, and what it is made of.

Availability = APT / PBT, effectiveness = PRI x PQ / APT, quality = GQ / PQ, OEE is the product of the three.
PBT (planned busy time) is the planned time that data covers: what is not known is neither good nor bad, and the
coverage says how much that is. APT (actual production time): the machine ran. PRI: seconds a piece at best. PQ: pieces
made in that time; GQ: the good ones among them.
"""

from dataclasses import dataclass
from typing import Any, Final

from gateway.figures.ratio import Ratio, rounded

FORMULA: Final = "ISO 22400-2:2014 / 1"  # the number behind the slash goes up when our reading of it changes


@dataclass(frozen=True, slots=True)
class Oee:
    """The three factors; effectiveness is None without a standard time, quality while nobody tells what is good."""

    availability: Ratio
    effectiveness: Ratio | None
    quality: Ratio | None

    @property
    def value(self) -> float | None:
        """Return the product; None while one of the three is not known, which is not the same as 100 %."""
        return _product(self.availability, self.effectiveness, self.quality)

    @property
    def without_quality(self) -> float | None:
        """Return availability x effectiveness: as far as it is known before quality is."""
        return _product(self.availability, self.effectiveness)

    @property
    def not_known(self) -> list[str]:
        """Return the names of the factors that have no value."""
        factors = (self.availability, self.effectiveness, self.quality)
        names = ("availability", "effectiveness", "quality")
        return [name for name, one in zip(names, factors, strict=True) if one is None or one.value is None]

    def entry(self) -> dict[str, Any]:
        """Return it for JSON. An effectiveness above 1 stands as it is and is flagged: the standard time is wrong."""
        too_high = self.effectiveness is not None and (self.effectiveness.value or 0.0) > 1.0
        return {
            "formula": FORMULA,
            "oee": rounded(self.value),
            "without_quality": rounded(self.without_quality),
            "not_known": self.not_known,
            "availability": self.availability.entry(),
            "effectiveness": self.effectiveness and self.effectiveness.entry() | {"above_one": too_high},
            "quality": self.quality and self.quality.entry(),
        }


def oee(
    planned_s: float, covered_s: float, run_s: float, produced: float, ideal_cycle_s: float | None, good: float | None
) -> Oee:
    """Return the OEE of a period; times are within the planned time, pieces and run time where it is covered, too.

    `good` is None while nobody has told which pieces are good.
    """
    coverage = covered_s / planned_s if planned_s > 0 else None
    return Oee(
        Ratio(run_s, covered_s, coverage),
        None if ideal_cycle_s is None else Ratio(ideal_cycle_s * produced, run_s, coverage),
        None if good is None else Ratio(good, produced, coverage),
    )


def _product(*factors: Ratio | None) -> float | None:
    product = 1.0
    for factor in factors:
        if factor is None or factor.value is None:
            return None
        product *= factor.value
    return product
