"""GS1 element strings: what the data of a GS1-128, DataMatrix, QR or DataBar symbol say, field by field.

Source: GS1 General Specifications, 7.8 (processing of data) and 7.9.1 (check digits); the fields themselves are in
`gs1_table`. A field that is not of predefined length ends at FNC1, which scanners send as 0x1D, or with the data. A
separator behind a field of predefined length is allowed, and skipped. Columns count from 1, separators too.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from barcodes.gs1_table import CHARACTERS, DIGITS, FIELDS, PREDEFINED, Part

SEPARATOR: Final = "\x1d"


class Gs1Error(ValueError):
    """Data that break GS1's rules; the text says where and how. `ai` is None where no AI can be told."""

    def __init__(self, ai: str | None, column: int, why: str) -> None:
        super().__init__(f"{f'({ai}) ' if ai else ''}column {column}: {why}")
        self.ai, self.column = ai, column


def parse(data: bytes) -> dict[str, str]:
    """Return the fields of a symbol by AI, in their order; Gs1Error for anything that is not whole and right."""
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError as error:
        raise Gs1Error(None, error.start + 1, f"byte 0x{data[error.start]:02X} is not ASCII") from None
    fields: dict[str, str] = {}
    at = 0
    while at < len(text):
        if text[at] == SEPARATOR:
            at += 1
            continue
        ai, value, end = _field(text, at)
        if fields.setdefault(ai, value) != value:
            raise Gs1Error(ai, at + 1, f"is there twice: {fields[ai]} and {value}")
        at = end
    if not fields:
        raise Gs1Error(None, 1, "there are no fields")
    return fields


def number(ai: str, value: str) -> Decimal:
    """Return a measure or an amount (AIs 310n to 369n, 390n to 395n); n digits of it stand behind the point.

    Of 391n and 393n the first three digits are a currency, which is left out.
    """
    return Decimal(value[3:] if ai[:3] in ("391", "393") else value).scaleb(-int(ai[3]))


def check_digit(digits: str) -> int:
    """Return the check digit behind these digits (GTIN, SSCC, GLN ...): weights 3, 1, 3 ... from the right."""
    return -sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits))) % 10


def _field(text: str, at: int) -> tuple[str, str, int]:
    """Return the AI and the value of the field at `at`, and where the next one begins."""
    ai = text[at : at + DIGITS.get(text[at : at + 2], 4)]
    if ai not in FIELDS:
        raise Gs1Error(None, at + 1, f"{ai!r} is no application identifier")
    start = at + len(ai)
    if (whole := PREDEFINED.get(ai[:2])) is not None:
        end = min(at + whole, len(text))
    else:
        end = text.find(SEPARATOR, start)
        end = len(text) if end < 0 else end
    value = text[start:end]
    _judge(ai, value, start + 1)
    return ai, value, end


def _judge(ai: str, value: str, column: int) -> None:
    """Hold a value against the parts of its AI; Gs1Error says which character, or what is missing."""
    parts = FIELDS[ai]
    least, most = sum(part.least for part in parts), sum(part.most for part in parts)
    at = 0
    for part in parts:
        piece = value[at : at + part.most]
        wrong = next((n for n, sign in enumerate(piece) if sign not in CHARACTERS[part.characters]), None)
        if wrong is not None:
            what = "a digit" if part.characters == "n" else "a character of GS1's set"
            raise Gs1Error(ai, column + at + wrong, f"{piece[wrong]!r} is not {what}; it needs {_form(parts)}")
        if len(piece) < part.least or (piece and _is_fixed(part) and len(piece) < part.most):
            raise Gs1Error(ai, column, f"needs {_form(parts)}, has {len(value)}: {value!r}")
        if piece and part.rule and (why := _RULES[part.rule](piece)):
            raise Gs1Error(ai, column + at, f"{piece} {why}")
        at += len(piece)
    if at < len(value):
        raise Gs1Error(ai, column + at, f"is longer than {_form(parts)}" if least != most else f"needs {_form(parts)}")


def _is_fixed(part: Part) -> bool:
    """Return whether a part that may be left out has one length when it is there."""
    return part.least == 0 and part.rule in ("date", "clock", "minus")


def _form(parts: tuple[Part, ...]) -> str:
    least, most = sum(part.least for part in parts), sum(part.most for part in parts)
    what = "digits" if all(part.characters == "n" for part in parts) else "characters"
    return f"{most} {what}" if least == most else f"{least} to {most} {what}"


# Rules: each returns what is wrong with a part, "" when nothing is.


def _check(piece: str) -> str:
    right = check_digit(piece[:-1])
    return "" if int(piece[-1]) == right else f"ends in {piece[-1]}: the check digit is {right}"


_LAST_DAY: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _is_date(piece: str, least_day: int = 1) -> bool:
    """Return whether YYMMDD is in the calendar; of the two digits of a year, each fourth one is a leap year."""
    year, month, day = (int(piece[at : at + 2]) for at in (0, 2, 4))
    if not 1 <= month <= 12 or not least_day <= day <= _LAST_DAY[month - 1]:
        return False
    return (month, day) != (2, 29) or year % 4 == 0


def _clock(piece: str) -> str:
    right = int(piece[:2]) < 24 and all(int(piece[at : at + 2]) < 60 for at in range(2, len(piece), 2))
    return "" if right else "is no time (hhmm)"


def _dated(form: str, clock: bool) -> Callable[[str], str]:
    def rule(piece: str) -> str:
        right = _is_date(piece[:6]) and not (clock and _clock(piece[6:]))
        return "" if right else f"is no date ({form})"

    return rule


def _born(piece: str) -> str:
    right = int(piece[:4]) >= 1800 and _is_date(piece[2:8]) and not (piece[8:] and _clock(piece[8:]))
    return "" if right else "is no date (YYYYMMDD, maybe hhmm)"


_RULES: Final[Mapping[str, Callable[[str], str]]] = {
    "check": _check,
    "day": lambda piece: "" if _is_date(piece, least_day=0) else "is no date (YYMMDD; 00: the month's last day)",
    "date": _dated("YYMMDD", clock=False),
    "minute": _dated("YYMMDDhhmm", clock=True),
    "hour": _dated("YYMMDDhh", clock=True),
    "clock": _clock,
    "born": _born,
    "sexagesimal": lambda piece: "" if re.fullmatch("([0-5][0-9]){1,2}", piece) else "is no time (mm, maybe ss)",
    "threes": lambda piece: "" if len(piece) % 3 == 0 else "is no list of country codes of three digits",
    "letters": lambda piece: "" if piece.isalpha() and piece.isupper() else "is no country of two letters",
    "truth": lambda piece: "" if piece in "01" else "is neither 0 nor 1",
    "minus": lambda piece: "" if piece == "-" else "is no minus",
}
