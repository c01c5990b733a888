"""Keyboard layouts: the key codes of Linux (input-event-codes.h) to the characters that a layout puts on them.

A scanner that is a keyboard sends key codes, by the layout that it is set to (most: US). Layouts are those of
xkeyboard-config. Rows are written as they lie on the keyboard, each twice: plain, and with shift.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

LayoutName = Literal["us", "kr", "uk", "de", "fr", "jp"]
Plane = Mapping[int, str]

ROWS: Final = (range(2, 14), range(16, 28), range(30, 41), range(44, 54))  # 1..=, q..], a..', z../
KEYPAD: Final[Plane] = dict(zip((71, 72, 73, 75, 76, 77, 79, 80, 81, 82), "7894561230", strict=True)) | dict(
    zip((55, 74, 78, 83, 98, 117, 121), "*-+./=,", strict=True)
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Characters by key code: plain, with shift, with the right Alt key (AltGr). The keypad is the same everywhere."""

    plain: Plane
    shifted: Plane
    alt_gr: Plane
    hangul: bool = False  # the Hangul key (122, and the right Alt key) changes to two-set Hangul and back


def _plane(rows: tuple[str, str, str, str], more: dict[int, str]) -> Plane:
    keys = {code: sign for codes, row in zip(ROWS, rows, strict=True) for code, sign in zip(codes, row, strict=True)}
    return keys | {57: " "} | more


_US = _plane(("1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./"), {41: "`", 43: "\\", 86: "\\"})
_US_SHIFT = _plane(("!@#$%^&*()_+", "QWERTYUIOP{}", 'ASDFGHJKL:"', "ZXCVBNM<>?"), {41: "~", 43: "|", 86: "|"})

LAYOUTS: Final[Mapping[LayoutName, Layout]] = {
    "us": Layout(_US, _US_SHIFT, {}),
    "kr": Layout(_US, _US_SHIFT, {}, hangul=True),
    "uk": Layout(
        {**_US, 43: "#", 86: "\\"},
        {**_US_SHIFT, 3: '"', 4: "£", 40: "@", 41: "¬", 43: "~", 86: "|"},
        {5: "€"},
    ),
    "de": Layout(
        _plane(("1234567890ß´", "qwertzuiopü+", "asdfghjklöä", "yxcvbnm,.-"), {41: "^", 43: "#", 86: "<"}),
        _plane(('!"§$%&/()=?`', "QWERTZUIOPÜ*", "ASDFGHJKLÖÄ", "YXCVBNM;:_"), {41: "°", 43: "'", 86: ">"}),
        {8: "{", 9: "[", 10: "]", 11: "}", 12: "\\", 16: "@", 18: "€", 27: "~", 86: "|"},
    ),
    "fr": Layout(
        _plane(("&é\"'(-è_çà)=", "azertyuiop^$", "qsdfghjklmù", "wxcvbn,;:!"), {41: "²", 43: "*", 86: "<"}),
        _plane(("1234567890°+", "AZERTYUIOP¨£", "QSDFGHJKLM%", "WXCVBN?./§"), {41: "~", 43: "µ", 86: ">"}),
        {3: "~", 4: "#", 5: "{", 6: "[", 7: "|", 8: "`", 9: "\\", 10: "^", 11: "@", 12: "]", 13: "}", 18: "€"},
    ),
    "jp": Layout(
        _plane(("1234567890-^", "qwertyuiop@[", "asdfghjkl;:", "zxcvbnm,./"), {43: "]", 89: "\\", 124: "\\"}),
        _plane(("!\"#$%&'()~=~", "QWERTYUIOP`{", "ASDFGHJKL+*", "ZXCVBNM<>?"), {43: "}", 89: "_", 124: "|"}),
        {},
    ),
}
