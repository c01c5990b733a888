"""GS1 element strings: what the data of a GS1-128, DataMatrix, QR or DataBar symbol say, field by field.

Source: GS1 General Specifications, 3 "Application identifier definitions" and 7.8.6 (element strings of predefined
length, by the first two digits of the AI); 7.9.1 for the check digit. A field of any other AI ends at FNC1, which
scanners send as 0x1D, or with the data. A separator behind a field of predefined length is allowed, and skipped.
"""

import re
from collections.abc import Mapping
from typing import Final

SEPARATOR: Final = "\x1d"
# Digits of an AI by its first two; and the length of AI and data together where that is predefined.
_AI_DIGITS: Final[Mapping[str, int]] = (
    dict.fromkeys(["00", "01", "02", "03", "10", *(str(n) for n in range(11, 23)), "30", "37"], 2)
    | dict.fromkeys(["23", "24", "25", "40", "41", "42", "71"], 3)
    | dict.fromkeys(["31", "32", "33", "34", "35", "36", "39", "43", "70", "72", "80", "81", "82"], 4)
    | dict.fromkeys([str(n) for n in range(90, 100)], 2)
)
_PREDEFINED: Final[Mapping[str, int]] = (
    {"00": 20, "01": 16, "02": 16, "03": 16, "20": 4, "41": 16}
    | dict.fromkeys([str(n) for n in range(11, 20)], 8)
    | dict.fromkeys([str(n) for n in range(31, 37)], 10)
)
MOST: Final = 90  # characters of one field (AI 91 to 99)
CHECKED: Final = frozenset({"00", "01", "02", "03", *(str(n) for n in range(410, 418))})  # the last digit is a check
DATES: Final = frozenset({"11", "12", "13", "15", "16", "17"})
_DATE = re.compile(r"\d\d(0[1-9]|1[0-2])(0\d|[12]\d|3[01])")  # day 00: the month's last


class Gs1Error(ValueError):
    """Data that break GS1's rules; the text says where and how."""


def parse(data: bytes) -> dict[str, str]:
    """Return the fields of a symbol by AI, in their order; Gs1Error for anything that is not whole and right."""
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError as error:
        raise Gs1Error(f"byte {error.start} is not ASCII") from None
    fields: dict[str, str] = {}
    at = 0
    while at < len(text):
        if text[at] == SEPARATOR:
            at += 1
            continue
        ai, value, at = _field(text, at)
        if fields.setdefault(ai, value) != value:
            raise Gs1Error(f"({ai}) is there twice: {fields[ai]} and {value}")
    if not fields:
        raise Gs1Error("there are no fields")
    return fields


def number(ai: str, value: str) -> float:
    """Return a measure of an AI from 3100 to 3699: its last digit says how many digits stand behind the point."""
    return float(value) / float(10 ** int(ai[3]))


def check_digit(digits: str) -> int:
    """Return the check digit behind these digits (GTIN, SSCC, GLN): weights 3, 1, 3 ... from the right."""
    return -sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits))) % 10


def _field(text: str, at: int) -> tuple[str, str, int]:
    """Return the AI and the value of the field at `at`, and where the next one begins."""
    first = text[at : at + 2]
    ai = text[at : at + _AI_DIGITS.get(first, 0)]
    if not ai or len(ai) != _AI_DIGITS[first] or not (ai.isascii() and ai.isdigit()):
        raise Gs1Error(f"no application identifier at character {at}: {text[at : at + 4]!r}")
    start, length = at + len(ai), _PREDEFINED.get(first)
    if length is not None:
        value, end = text[start : at + length], at + length
        if len(value) != length - len(ai) or not value.isdigit():
            raise Gs1Error(f"({ai}) needs {length - len(ai)} digits, not {value!r}")
    else:
        end = text.find(SEPARATOR, start) if SEPARATOR in text[start:] else len(text)
        value = text[start:end]
        if not 1 <= len(value) <= MOST or not value.isprintable():
            raise Gs1Error(f"({ai}) needs 1 to {MOST} characters that can be printed, not {value[:20]!r}")
    _judge(ai, value)
    return ai, value, end


def _judge(ai: str, value: str) -> None:
    if ai in CHECKED and int(value[-1]) != (right := check_digit(value[:-1])):
        raise Gs1Error(f"({ai}) {value}: the check digit is {right}, not {value[-1]}")
    if ai in DATES and not _DATE.fullmatch(value):
        raise Gs1Error(f"({ai}) {value} is no date (YYMMDD)")
