"""AIM symbology identifiers: the three characters that a scanner can put before each code, such as `]C0`.

Source: ISO/IEC 15424, Data carrier identifiers (including symbology identifiers). GS1 General Specifications, 7.8.1,
for those of GS1. Whether they are sent is a setting of the scanner; most come with it switched off. A modifier that
says how a check digit or the full ASCII of Code 39 was treated does not change what the data are: the family is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

SEPARATOR: Final = b"\x1d"  # FNC1 between GS1 fields, as scanners send it; it is data and stays in place

FAMILIES: Final[Mapping[str, str]] = {
    "A": "code39",
    "B": "telepen",
    "C": "code128",
    "D": "code_one",
    "E": "ean13",
    "F": "codabar",
    "G": "code93",
    "H": "code11",
    "I": "itf",
    "J": "dotcode",
    "K": "code16k",
    "L": "pdf417",
    "M": "msi",
    "N": "anker",
    "O": "codablock",
    "P": "plessey",
    "Q": "qr",
    "R": "itf",
    "S": "itf",
    "T": "code49",
    "U": "maxicode",
    "X": "other",
    "Z": "keys",  # no symbol: what was typed on the scanner's own keys
    "c": "channel_code",
    "d": "datamatrix",
    "e": "databar",
    "g": "grid_matrix",
    "h": "han_xin",
    "o": "ocr",
    "p": "posicode",
    "s": "supercode",
    "z": "aztec",
}
EXACT: Final[Mapping[str, str]] = {  # identifiers that mean more than their family
    "C1": "gs1-128",
    "E1": "addon2",  # the two, or five, digits beside an EAN or UPC, sent alone
    "E2": "addon5",
    "E3": "ean13-addon",
    "E4": "ean8",
    "J1": "gs1-dotcode",
    "Q3": "gs1-qr",
    "Q4": "gs1-qr",  # with an extended channel
    "d2": "gs1-datamatrix",
    "d5": "gs1-datamatrix",  # likewise
    "e0": "gs1-databar",
    "e1": "gs1-composite",
    "z1": "gs1-aztec",
}


@dataclass(frozen=True, slots=True)
class Code:
    """What one symbol holds. `data` is without the identifier; a GS1 separator (0x1D) inside it is kept."""

    symbology: str | None  # None when the scanner sent no identifier
    data: bytes

    @property
    def gs1(self) -> bool:
        """Return whether the scanner says that the data follow GS1's rules."""
        return self.symbology is not None and self.symbology.startswith("gs1-")


def split(raw: bytes) -> Code:
    """Take the AIM identifier off `raw`; data that begin otherwise, or with an unknown identifier, stay whole.

    An identifier is `]`, the letter of a symbology, and one modifier (0-9, A-Z, a-z).
    """
    head = raw[:3].decode("latin-1")
    if len(head) == 3 and head[0] == "]" and head[1] in FAMILIES and head[2].isascii() and head[2].isalnum():
        return Code(EXACT.get(head[1:], FAMILIES[head[1]]), raw[3:])
    return Code(None, raw)
