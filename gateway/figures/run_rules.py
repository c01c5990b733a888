"""Patterns that a process left alone does not draw on its control chart: the rules of Western Electric and of Nelson.

Sources: Western Electric, Statistical Quality Control Handbook (1956), as in the NIST/SEMATECH e-Handbook, 6.3.2;
Lloyd S. Nelson, "The Shewhart Control Chart: Tests for Special Causes", Journal of Quality Technology 16 (1984).
A rule is broken at the point that completes its pattern, and that point must be part of it.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from sensors.batch import Float64s

Bools = NDArray[np.bool_]
RuleSet = Literal["western_electric", "nelson"]

MEMORY: Final = 14  # points before the present one that a rule looks at, at most


def _beyond(z: Float64s, sigmas: float, needed: int, among: int) -> Bools:
    """Tell where a point, and `needed` of the last `among` with it, are beyond so many sigmas on one side."""
    above, below = z > sigmas, z < -sigmas
    found: Bools = (above & (_count(above, among) >= needed)) | (below & (_count(below, among) >= needed))
    return found


def _count(true: Bools, among: int) -> NDArray[np.intp]:
    """Return for each point [T, n] how many of the last `among`, itself included, are true."""
    total = np.cumsum(true, axis=0, dtype=np.intp)
    total[among:] -= total[:-among].copy()
    return total


def _trend(z: Float64s, points: int) -> Bools:
    """Tell where so many points in a row only rose, or only fell."""
    rise = np.diff(z, axis=0, prepend=np.nan)
    steps = points - 1
    return _all(rise > 0, steps) | _all(rise < 0, steps)


def _alternating(z: Float64s, points: int) -> Bools:
    """Tell where so many points in a row went up and down by turns."""
    rise = np.sign(np.diff(z, axis=0, prepend=np.nan))
    turns = rise[1:] * rise[:-1] < 0
    turned = np.concatenate((np.zeros((1, z.shape[1]), np.bool_), turns))[: len(z)]
    return _all(turned, points - 2)


def _all(true: Bools, points: int) -> Bools:
    whole: Bools = _count(true, points) == points
    return whole


_Rule = Callable[[Float64s], Bools]
RULES: Final[Mapping[RuleSet, tuple[_Rule, ...]]] = MappingProxyType(
    {
        "western_electric": (
            lambda z: np.abs(z) > 3.0,
            lambda z: _beyond(z, 2.0, 2, 3),
            lambda z: _beyond(z, 1.0, 4, 5),
            lambda z: _beyond(z, 0.0, 8, 8),
        ),
        "nelson": (
            lambda z: np.abs(z) > 3.0,
            lambda z: _beyond(z, 0.0, 9, 9),
            lambda z: _trend(z, 6),
            lambda z: _alternating(z, 14),
            lambda z: _beyond(z, 2.0, 2, 3),
            lambda z: _beyond(z, 1.0, 4, 5),
            lambda z: _all(np.abs(z) < 1.0, 15),
            lambda z: _all(np.abs(z) > 1.0, 8),
        ),
    }
)

# What each rule's pattern is, in the order of RULES.
SAID: Final[Mapping[RuleSet, tuple[Mapping[str, str], ...]]] = MappingProxyType(
    {
        "western_electric": (
            {"ko": "관리한계(3시그마)를 벗어났어요", "en": "beyond the control limits (3 sigma)"},
            {"ko": "3점 중 2점이 2시그마 밖이에요", "en": "2 of 3 points beyond 2 sigma"},
            {"ko": "5점 중 4점이 1시그마 밖이에요", "en": "4 of 5 points beyond 1 sigma"},
            {"ko": "8점 연속 한쪽에 있어요", "en": "8 points in a row on one side"},
        ),
        "nelson": (
            {"ko": "관리한계(3시그마)를 벗어났어요", "en": "beyond the control limits (3 sigma)"},
            {"ko": "9점 연속 한쪽에 있어요", "en": "9 points in a row on one side"},
            {"ko": "6점 연속 오르거나 내렸어요", "en": "6 points in a row rising or falling"},
            {"ko": "14점 연속 오르락내리락했어요", "en": "14 points in a row up and down by turns"},
            {"ko": "3점 중 2점이 2시그마 밖이에요", "en": "2 of 3 points beyond 2 sigma"},
            {"ko": "5점 중 4점이 1시그마 밖이에요", "en": "4 of 5 points beyond 1 sigma"},
            {"ko": "15점 연속 가운데(1시그마 안)에 있어요", "en": "15 points in a row within 1 sigma"},
            {"ko": "8점 연속 1시그마 밖에 있어요", "en": "8 points in a row outside 1 sigma"},
        ),
    }
)


def broken(z: Float64s, rules: RuleSet) -> Bools:
    """Tell which rules each point breaks, [rules, T, n], of points [T, n] in order: distances from the centre in sigma.

    NaN is a point that is not there: it breaks no rule and interrupts every pattern.
    """
    with np.errstate(invalid="ignore"):
        return np.stack([rule(z) for rule in RULES[rules]])


def first_broken(z: Float64s, rules: RuleSet) -> NDArray[np.int8]:
    """Return the number of the first rule that each point [T, n] breaks, from 1 on; 0 for none."""
    found = broken(z, rules)
    return np.where(found.any(axis=0), found.argmax(axis=0) + 1, 0).astype(np.int8)
