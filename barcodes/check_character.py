"""The check character of ISO/IEC 7064, hybrid system MOD 37,36, over digits and capital letters.

Source: ISO/IEC 7064:2003, Check character systems, clause 9 (hybrid systems). It finds every single wrong character,
and of swapped neighbours all but 36 in 22,680 (only characters that follow one another, such as H and I, and each
pair at one of 36 running values; `0` follows `Z`). The tests count both.
"""

from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SIZE: Final = len(ALPHABET)
_VALUE: Final = {character: value for value, character in enumerate(ALPHABET)}


def _running(text: str) -> int:
    """Return the running value (1..36) after `text`."""
    value = _SIZE
    for character in text:
        value = ((value + _VALUE[character]) % _SIZE or _SIZE) * 2 % (_SIZE + 1)
    return value


def check_character(text: str) -> str:
    """Return the character that makes `text` valid when it is put behind it; KeyError outside the alphabet."""
    return ALPHABET[(1 - _running(text)) % _SIZE]


def is_valid(text: str) -> bool:
    """Return whether the last character of `text` is the check character of those before it."""
    return len(text) > 1 and set(text) <= _VALUE.keys() and check_character(text[:-1]) == text[-1]
