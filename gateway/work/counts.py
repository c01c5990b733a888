"""How many of what the shop makes: pieces, pairs or sheets, as its configuration says (`work.unit`)."""

from collections.abc import Mapping
from typing import Final, NamedTuple

# In Korean; in English one and many.
_WORDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "piece": ("개", " piece", " pieces"),
    "pair": ("켤레", " pair", " pairs"),
    "sheet": ("장", " sheet", " sheets"),
}


def unit_words(unit: str) -> tuple[str, str]:
    """Return what is counted, in Korean and English: `켤레`, `pairs`."""
    ko, _, many = _WORDS[unit]
    return ko, many.strip()


class Count(NamedTuple):
    """A number and what is counted."""

    n: int
    unit: str  # as in the configuration

    @property
    def ko(self) -> str:
        """Return it in Korean: `20켤레`."""
        return f"{self.n}{_WORDS[self.unit][0]}"

    @property
    def en(self) -> str:
        """Return it in English: `1 pair`, `20 pairs`, and `20` of pieces, which a bare number means."""
        return str(self.n) if self.unit == "piece" else self.in_full

    @property
    def in_full(self) -> str:
        """Return it in English with its unit always: `20 pieces`."""
        _, one, many = _WORDS[self.unit]
        return f"{self.n}{one if self.n == 1 else many}"

    def of(self, n: int) -> "Count":
        """Return another number of the same."""
        return Count(n, self.unit)
