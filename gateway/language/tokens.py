"""Cuts an expression's text into tokens; a number takes its unit along."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, Literal

from gateway.language.durations import NS
from gateway.language.errors import ExpressionError, wrong
from sensors.quantities import LONGEST_FIRST

Kind = Literal["number", "word", "point", "sign", "end"]

KEYWORDS: Final = frozenset({"for", "or", "and", "not", "if", "else", "true", "false", "hop", "every"})
_SIGNS: Final = ("<=", ">=", "==", "!=", "<", ">", "+", "-", "*", "/", "%", "(", ")", ",")
_BLANK: Final = re.compile(r"\s*")
_NUMBER: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_BROKEN_NUMBER: Final = re.compile(r"[0-9.][0-9._,']*")
_WORD: Final = re.compile(r"[^\W\d]\w*(?:\.\w+)*")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
_UNIT_LIKE: Final = re.compile(r"(?:[^\W\d]|[°℃℉％])[^\s()<>=!,+*.&|-]*+(?![(.])")
_PER: Final = re.compile(r"/(ms|s|min|h|d)(?![\w(.])")
_OPERAND: Final = re.compile(r"\s*(?:[0-9(]|(?!(?:and|or|if|else|for)\b)[^\W\d])")

# What people write for what is meant: other languages' operators and units, and the keyboard's full-width signs.
_MEANT: Final[Mapping[str, str]] = {
    "&&": "and", "&": "and", "||": "or", "|": "or", "!": "not", "=": "==", "<>": "!=", "=>": ">=", "=<": "<=",
    "≥": ">=", "≤": "<=", "≠": "!=", "×": "*", "÷": "/", "＞": ">", "＜": "<", "＝": "==", "（": "(", "）": ")",
    "，": ",", "−": "-", "–": "-", "**": "a.x * a.x", "//": "/",
}  # fmt: skip
_MEANT_WORD: Final[Mapping[str, str]] = {"elif": "else", "then": "if", "is": "==", "hold": "for", "during": "for"}
_MEANT_UNIT: Final[Mapping[str, str]] = {
    "℃": "degC", "°c": "degC", "c": "degC", "℉": "degF", "°f": "degF", "f": "degF", "도": "degC", "°": "degC",
    "sec": "s", "secs": "s", "second": "s", "seconds": "s", "초": "s", "분": "min", "minute": "min", "minutes": "min",
    "mins": "min", "hr": "h", "hour": "h", "hours": "h", "시간": "h", "day": "d", "days": "d", "일": "d",
    "watt": "W", "개": "pcs", "ea": "pcs", "켤레": "pairs", "장": "sheets", "퍼센트": "%", "％": "%", "rh": "%RH",
    "ω": "ohm", "µm": "um", "μm": "um", "돈": "don", "g-force": "gn", "liter": "L", "lpm": "L/min", "m²": "m2",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """One token. A number's `text` is the number alone; its unit stands beside it."""

    kind: Kind
    text: str
    position: int
    unit: str | None = None
    per: str | None = None  # the time of `2 degC/min`
    stop: int = 0  # the position behind it


def tokenise(text: str) -> list[Token]:
    """Cut a text into tokens, the last of kind `end`. Raises ExpressionError at the first thing that is none."""
    tokens: list[Token] = []
    position = _skip(text, 0)
    while position < len(text):
        token = _token(text, position)
        tokens.append(token)
        position = _skip(text, token.stop)
    tokens.append(Token("end", "", len(text.rstrip()), stop=len(text)))
    return tokens


def _skip(text: str, position: int) -> int:
    blank = _BLANK.match(text, position)
    return blank.end() if blank else position


def _token(text: str, position: int) -> Token:
    if text[position] in "0123456789":
        return _number(text, position)
    if word := _WORD.match(text, position):
        return _word(word[0], position)
    if text[position : position + 2] in _MEANT:
        raise _strange(text, position)
    for sign in _SIGNS:
        if text.startswith(sign, position):
            return Token("sign", sign, position, stop=position + len(sign))
    raise _strange(text, position)


def _strange(text: str, position: int) -> ExpressionError:
    if text[position] == ".":
        broken = _BROKEN_NUMBER.match(text, position)
        if broken and any(character.isdigit() for character in broken[0]):
            return wrong(position, "number", text=broken[0])
        return wrong(position, "bare_dot")
    for length in (2, 1):
        found = text[position : position + length]
        if found in _MEANT:
            return wrong(position, "strange", "write", text=found, right=_MEANT[found])
    return wrong(position, "strange", text=text[position])


def _word(word: str, position: int) -> Token:
    stop = position + len(word)
    if all(_NAME.fullmatch(part) for part in word.split(".")):
        if word in _MEANT_WORD:
            raise wrong(position, "strange", "write", text=word, right=_MEANT_WORD[word])
        return Token("point" if "." in word else "word", word, position, stop=stop)
    if word.lower() in KEYWORDS:
        raise wrong(position, "strange", "write", text=word, right=word.lower())
    if all(_NAME.fullmatch(part) for part in word.lower().split(".")):
        raise wrong(position, "name", "write", text=word, right=word.lower())
    raise wrong(position, "name", text=word)


def _number(text: str, position: int) -> Token:
    match = _NUMBER.match(text, position)
    broken = _BROKEN_NUMBER.match(text, position)
    if match is None or text[match.end() : match.end() + 1] in ("_", "'", "."):
        raise wrong(position, "number", text=broken[0] if broken else text[position])
    number = match[0]
    if not math.isfinite(float(number)):
        raise wrong(position, "too_large", text=number)
    symbol, stop = _unit(text, match.end())
    per = _PER.match(text, stop)
    if per is None:
        return Token("number", number, position, symbol, stop=stop)
    return Token("number", number, position, symbol, per[1], per.end())


def _unit(text: str, position: int) -> tuple[str | None, int]:
    """Return the unit behind a number (None for none) and where it ends."""
    start = _skip(text, position)
    for symbol in LONGEST_FIRST:
        if text.startswith(symbol, start) and _whole(text, start + len(symbol), symbol):
            modulo = symbol == "%" and _OPERAND.match(text, start + 1)
            return (None, position) if modulo else (symbol, start + len(symbol))
    like = _UNIT_LIKE.match(text, start)
    if like is None or like[0] in KEYWORDS:
        return None, position
    raise _no_unit(like[0], start)


def _whole(text: str, stop: int, symbol: str) -> bool:
    """Tell whether a symbol ends where it seems to: `m` does not in `mx`."""
    following = text[stop : stop + 1]
    return not (symbol[-1].isalnum() and (following.isalnum() or following == "_"))


def _no_unit(word: str, position: int) -> ExpressionError:
    meant = _MEANT_UNIT.get(word.lower())
    folded = {symbol.lower(): symbol for symbol in LONGEST_FIRST}
    near = [meant] if meant else [folded[found] for found in get_close_matches(word.lower(), folded, n=1)]
    if near:
        return wrong(position, "unit", "near_unit", text=word, near=near[0])
    return wrong(position, "unit", text=word)


def is_duration(token: Token) -> bool:
    """Tell whether a token is a number with a unit of time."""
    return token.kind == "number" and token.unit in NS and token.per is None
