"""From what stands in a cell to what its column means. Each function raises Wrong, which says how to mend it."""

import re
import unicodedata
from datetime import date, time, timedelta
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Final

from gateway.tables.grid import Cell
from gateway.tables.problem import Wrong

MOST_TEXT: Final = 100  # characters
MOST_WON: Final = 100_000_000
MOST_PIECES: Final = 1_000_000
INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u2060\u00ad"))
_FULL_WIDTH = {0xFEE0 + sign: sign for sign in range(0x21, 0x7F)} | {0x3000: 0x20}
_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_NUMBER = re.compile(r"[+-]?([0-9]{1,3}(,[0-9]{3})+|[0-9]+)(\.[0-9]+)?")
_MARKS = re.compile(r"^[₩￦$]|원$|krw$|개$|장$|벌$|매$|족$|pcs\.?$|ea$|초$|s$|sec\.?$", re.IGNORECASE)
_SPLIT = re.compile(r"[,;/>→、·|\s]+")


def text(cell: Cell, most: int = MOST_TEXT) -> str:
    """Return a text on one line: NFC, every run of blanks one blank, without invisible signs."""
    if isinstance(cell, bool | time | timedelta):
        raise Wrong("글이 아니에요. 글로 적어 주세요.", "This is not a text: write it as one.")
    if isinstance(cell, date):
        raise Wrong(
            "엑셀이 날짜로 바꾼 값이에요. 칸의 서식을 「텍스트」로 하고 다시 적어 주세요.",
            "The spreadsheet made a date of it: format the cell as text and write it again.",
        )
    found = unicodedata.normalize("NFC", plain(cell)).translate(INVISIBLE)
    found = " ".join(found.split())
    if sign := _STEERING.search(found):
        raise Wrong(
            f"보이지 않는 글자(U+{ord(sign[0]):04X})가 들어 있어요. 칸을 지우고 손으로 다시 적어 주세요.",
            f"It holds an invisible character (U+{ord(sign[0]):04X}): empty the cell and type it again.",
        )
    if len(found) > most:
        raise Wrong(
            f"{most}자까지 적을 수 있는데 {len(found)}자예요.", f"At most {most} characters; this has {len(found)}."
        )
    return found


def folded(written: str) -> str:
    """Return a text with full-width letters, digits and signs made plain; ² stays what it is."""
    return unicodedata.normalize("NFC", written).translate(_FULL_WIDTH)


def style_or_all(cell: Cell) -> str:
    """Return a style, or `*` where all styles are meant."""
    found = text(cell, 40)
    return ALL if found.replace(" ", "").lower() in _ALL_STYLES else found


def code(cell: Cell, most: int) -> str:
    """Return a code of digits and capitals; small letters become capitals, full-width ones plain."""
    found = folded(text(cell)).upper()
    if re.fullmatch(rf"[0-9A-Z]{{1,{most}}}", found):
        return found
    near = re.sub(r"[^0-9A-Z]", "", found)[:most]
    hint = (f" 예: {near}", f", such as {near}") if near else ("", "")
    raise Wrong(
        f"숫자와 영문 대문자 1~{most}자로 적어 주세요.{hint[0]}", f"Write 1 to {most} digits and capitals{hint[1]}."
    )


def badge(cell: Cell) -> int:
    """Return the number of a badge."""
    found = folded(text(cell)).upper()
    if match := re.fullmatch(r"(?:W-)?([0-9]{1,6})(?:-[0-9A-Z])?", found):
        return int(match[1])
    raise Wrong("명찰은 숫자 1~6자리예요. 예: 0101", "A badge is 1 to 6 digits, such as 0101.")


def number(cell: Cell) -> Decimal:
    """Return a number: commas between thousands, full-width digits and marks of won or pieces are understood."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return exact(cell)
    if not isinstance(cell, str):
        raise Wrong("숫자가 아니에요.", "This is not a number.")
    found = folded(cell).translate(INVISIBLE).replace(" ", "")
    found = found.replace("₩", "").replace("−", "-")
    bare = _MARKS.sub("", _MARKS.sub("", found))
    if not _NUMBER.fullmatch(bare):
        near = re.search(r"\d+(\.\d+)?", re.sub(r"^(\d+),(\d\d?)$", r"\1.\2", bare).replace(",", ""))
        hint = (f" 「{near[0]}」인가요?", f" Is it {near[0]}?") if near else ("", "")
        raise Wrong(f"숫자가 아니에요.{hint[0]}", f"This is not a number.{hint[1]}")
    return Decimal(bare.replace(",", ""))


def pieces(cell: Cell, most: int = MOST_PIECES) -> int:
    """Return a whole number from 1."""
    found = number(cell)
    if found != found.to_integral_value() or not 1 <= found <= most:
        raise Wrong(f"1부터 {most:,}까지의 정수로 적어 주세요.", f"Write a whole number from 1 to {most:,}.")
    return int(found)


def won(cell: Cell) -> Decimal:
    """Return money in won, with at most two decimals (전)."""
    found = number(cell)
    if not 0 <= found <= MOST_WON or found != round(found, 2):
        raise Wrong(
            f"0부터 {MOST_WON:,}까지의 금액을 원으로 적어 주세요(소수 둘째 자리까지).",
            f"Write an amount in won from 0 to {MOST_WON:,}, with at most two decimals.",
        )
    return whole(found)


def seconds(cell: Cell) -> Decimal:
    """Return a standard time in seconds, above 0."""
    found = number(cell)
    if not 0 < found <= 86400 or found != round(found, 3):
        raise Wrong("0보다 큰 시간을 초로 적어 주세요. 예: 45.5", "Write seconds above 0, such as 45.5.")
    return whole(found)


def words(cell: Cell) -> tuple[str, ...]:
    """Return several codes from one cell, however they are kept apart."""
    found = folded(text(cell, 500))
    return tuple(dict.fromkeys(part for part in _SPLIT.split(found) if part))


ALL: Final = "*"
_ALL_STYLES: Final = frozenset(("모두", "전체", "공통", "모든스타일", "전스타일", "all", ALL))
_YES: Final = frozenset(["예", "네", "y", "yes", "o", "○", "1", "true", "v", "✓", "계획", "참"])
_NO: Final = frozenset(["아니오", "아니요", "n", "no", "x", "×", "0", "false", "-", "거짓"])
LANGUAGES: Final = {
    "ko": "한국어 한글 한국 korean kor",
    "en": "영어 영문 english eng",
    "vi": "베트남어 베트남 vietnamese",
    "zh": "중국어 중국 chinese",
    "mn": "몽골어 몽골 mongolian",
    "th": "태국어 태국 thai",
    "ru": "러시아어 러시아 russian",
    "uz": "우즈베크어 우즈베키스탄 uzbek",
    "ne": "네팔어 네팔 nepali",
    "km": "크메르어 캄보디아 khmer",
}


def yes(cell: Cell) -> bool:
    """Return a truth value."""
    found = "" if cell is None else str(cell).strip().lower()
    if found in _YES or found in _NO:
        return found in _YES
    raise Wrong("「예」나 「아니오」로 적어 주세요.", "Write yes or no.")


def language(cell: Cell) -> str:
    """Return a language's code (ISO 639-1)."""
    found = text(cell).lower()
    for known, names in LANGUAGES.items():
        if found == known or found in names.split():
            return known
    near = get_close_matches(found, [name for names in LANGUAGES.values() for name in names.split()], 1)
    hint = (f" 「{near[0]}」인가요?", f" Is it {near[0]}?") if near else ("", "")
    raise Wrong(
        f"모르는 언어예요.{hint[0]} 쓸 수 있는 것: {', '.join(LANGUAGES)}",
        f"This language is not known.{hint[1]} There are: {', '.join(LANGUAGES)}.",
    )


def slug(cell: Cell) -> str:
    """Return a name as the configuration spells it: CMM-1 is cmm_1."""
    found = re.sub(r"[ -]", "_", folded(text(cell)).lower())
    if re.fullmatch(r"[a-z][a-z0-9_]{0,62}", found):
        return found
    near = re.sub(r"[^a-z0-9_]", "", found).lstrip("0123456789_")
    near = near if len(near) > 1 else "cmm_1"
    raise Wrong(
        f"영문자로 시작하는 영문자, 숫자, 밑줄로 적어 주세요. 예: {near}",
        f"Write letters, digits and underscores, a letter first, such as {near}.",
    )


def plain(cell: Cell) -> str:
    """Return a cell as a text; a whole number without the point that a spreadsheet gives it."""
    if isinstance(cell, float):
        return f"{exact(cell):f}"
    return "" if cell is None else str(cell)


def exact(cell: float) -> Decimal:
    """Return the decimal that a spreadsheet's binary number stands for: it keeps 15 digits."""
    try:
        found = Decimal(f"{cell:.15g}") if isinstance(cell, float) else Decimal(cell)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise Wrong("숫자가 아니에요.", "This is not a number.")
    return whole(found)


def whole(found: Decimal) -> Decimal:
    """Return a number without the zeros behind its point."""
    return Decimal(int(found)) if found == found.to_integral_value() else found.normalize()
