"""Pareto: a few causes make the most of the loss. Sums by cause, the greatest first, each with its share and the sum
so far (Juran, Quality Control Handbook, 1951).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

FORMULA: Final = "pareto / 1"
Parts = Mapping[str, Mapping[str, float]]  # of each cause, what it took by machine or operation


def pareto(causes: Parts) -> list[dict[str, Any]]:
    """Return the causes that took anything, the greatest first, then by code: `code, value, share, sum, parts`.

    Shares are of all, 0 to 1; the last `sum` is 1. `parts` are the greatest first, too. What was taken back may leave
    a cause at zero or below: it is left out.
    """
    sums = {code: sum(parts.values()) for code, parts in causes.items()}
    kept = sorted((code for code in sums if sums[code] > 0), key=lambda code: (-sums[code], code))
    total, so_far, told = sum(sums[code] for code in kept), 0.0, []
    for code in kept:
        so_far += sums[code]
        told.append(
            {
                "code": code,
                "value": round(sums[code], 3),
                "share": round(sums[code] / total, 4),
                "sum": round(so_far / total, 4),
                "parts": [{"of": of, "value": round(value, 3)} for of, value in _greatest(causes[code])],
            }
        )
    return told


def _greatest(parts: Mapping[str, float]) -> Sequence[tuple[str, float]]:
    return sorted(((of, value) for of, value in parts.items() if value), key=lambda part: (-part[1], part[0]))
