"""When a weight is stable, and when it is a weighing of its own. Pure: times come with the values."""

import math
from typing import Final, Literal

Weighings = Literal["settled", "each", "none"]
NEVER: Final = math.inf


class Settling:
    """Judges the weights of one scale in the order in which they came.

    `settled`: a stable weight of more than `least` is a weighing if the pan was more than `least` away from the last
    one since; so a cup that trembles is weighed once, and the same cup put down again is weighed again. `each`: every
    stable weight is one, for scales whose key sends a line. A scale that does not tell stability is stable once its
    value has stood for `still_ns`.
    """

    def __init__(self, weighings: Weighings, least: float, still_ns: int) -> None:
        self._weighings, self._least, self._still_ns = weighings, least, still_ns
        self._last = NEVER  # the last weighing
        self._away = True  # the pan was elsewhere since
        self._stood: tuple[float, int] = (math.nan, 0)  # a value, and since when

    def overloaded(self) -> None:
        """More than the scale can bear."""
        self._away, self._stood = True, (math.nan, 0)

    def judge(self, value: float, told_stable: bool | None, mono_ns: int) -> tuple[bool, bool]:
        """Return whether the weight is stable, and whether it is a weighing."""
        if value != self._stood[0]:
            self._stood = value, mono_ns
        stable = mono_ns - self._stood[1] >= self._still_ns if told_stable is None else told_stable
        self._away = self._away or abs(value - self._last) > self._least
        if not stable or self._weighings == "none" or abs(value) <= self._least:
            return stable, False
        if self._weighings == "settled" and not self._away:
            return stable, False
        self._last, self._away = value, False
        return stable, True
