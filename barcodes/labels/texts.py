"""A text on paper: without what cannot be printed, as large as its box allows, cut where it is too long."""

import unicodedata
from collections.abc import Callable
from typing import Final

INK: Final = 0.82  # of a line's height: the size of its letters
SMALLEST: Final = 0.6  # of that size; below it a text is cut
ELLIPSIS: Final = "…"


def clean(text: str) -> str:
    """Return a text of one line: control and format characters, which mean something to screens only, become blanks."""
    shown = (" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in unicodedata.normalize("NFC", text))
    return " ".join("".join(shown).split())


def ems(text: str) -> float:
    """Return about how wide a text is, by its height: a syllable is as wide as it is high, a Latin letter half that."""
    return sum(1.0 if unicodedata.east_asian_width(sign) in "WF" else 0.58 for sign in clean(text))


def fit(text: str, size: float, width: float, measure: Callable[[str, float], float]) -> tuple[str, float]:
    """Return the text, maybe cut, and the size at which `measure(text, size)` is no wider than `width`."""
    text = clean(text)
    wide = measure(text, size)
    if wide <= width:
        return text, size
    for smaller in (size * width / wide, size * width / wide * 0.95, size * SMALLEST):
        if smaller >= size * SMALLEST and measure(text, smaller) <= width:
            return text, smaller
    low, high = 0, len(text)  # the most signs that fit, by halves: a text may be as long as anybody likes
    while low < high:
        middle = (low + high + 1) // 2
        fits = measure(text[:middle] + ELLIPSIS, smaller) <= width
        low, high = (middle, high) if fits else (low, middle - 1)
    return text[:low] + ELLIPSIS, smaller
