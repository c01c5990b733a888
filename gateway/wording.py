"""Texts with values in them: `{value}`, `{unit}`, and numbers as `{press_1.temperature}`; a brace itself is doubled."""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Final

from sensors.quantities import Unit

VALUE, UNIT = "value", "unit"
UNKNOWN: Final = "—"
DIGITS: Final = 4  # significant ones
_PIECE = re.compile(r"(\{\{|\}\}|\{[^{}]*\})")


class Malformed(ValueError):
    """A brace that stands alone."""


@cache
def _pieces(text: str) -> tuple[str, ...]:
    """Return the text's pieces; each second one is a doubled brace or a placeholder."""
    return tuple(_PIECE.split(text))


def placeholders(text: str) -> Sequence[str]:
    """Return what stands in the braces of a text, in order. Malformed."""
    pieces = _pieces(text)
    if any("{" in plain or "}" in plain for plain in pieces[::2]):
        raise Malformed(text)
    return [piece[1:-1].strip() for piece in pieces[1::2] if piece not in ("{{", "}}")]


def expressions(texts: Iterable[str]) -> Sequence[str]:
    """Return the expressions in texts, each once."""
    found = dict.fromkeys(name for text in texts for name in placeholders(text))
    return [name for name in found if name not in (VALUE, UNIT)]


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return the text with its values; what is not among them is unknown."""
    if "{" not in text and "}" not in text:
        return text
    filled = [_filled(piece, values) if number % 2 else piece for number, piece in enumerate(_pieces(text))]
    return "".join(filled)


def changed(text: str, change: Callable[[str], str]) -> str:
    """Return the text with each placeholder, braces and all, replaced by what `change` makes of what is in it."""
    pieces = list(_pieces(text))
    pieces[1::2] = [piece if piece in ("{{", "}}") else change(piece[1:-1].strip()) for piece in pieces[1::2]]
    return "".join(pieces)


def _filled(piece: str, values: Mapping[str, str]) -> str:
    return piece[0] if piece in ("{{", "}}") else values.get(piece[1:-1].strip(), UNKNOWN)


def spelt(value: float | None) -> str:
    """Return a number with four significant digits, never with an exponent; None and NaN are unknown."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    decimals = DIGITS - 1 - math.floor(math.log10(abs(value))) if value else 0
    written = f"{value:.{min(max(decimals, 0), 9)}f}"
    written = written.rstrip("0").rstrip(".") if "." in written else written
    return "0" if written == "-0" else written


def spelt_with(unit: Unit, value: float | None) -> str:
    """Return a number with its unit, as people read it."""
    return UNKNOWN if value is None else f"{spelt(value)} {unit.shown}".rstrip()
