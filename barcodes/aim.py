"""AIM symbology identifiers: the three characters that a scanner can put before each code, such as `]C0`.

Source: ISO/IEC 15424, Data carrier identifiers (including symbology identifiers). GS1 General Specifications, 7.8.1,
for those of GS1. Whether they are sent is a setting of the scanner; most come with it switched off.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

SEPARATOR: Final = b"\x1d"  # FNC1 between GS1 fields, as scanners send it; it is data and stays in place

FAMILIES: Final[Mapping[str, str]] = {
    "A": "code39",
    "C": "code128",
    "E": "ean13",
    "F": "codabar",
    "G": "code93",
    "H": "code11",
    "I": "itf",
    "L": "pdf417",
    "M": "msi",
    "Q": "qr",
    "R": "itf",
    "S": "itf",
    "U": "maxicode",
    "X": "other",
    "d": "datamatrix",
    "e": "databar",
    "z": "aztec",
}
EXACT: Final[Mapping[str, str]] = {  # identifiers that mean more than their family
    "C1": "gs1-128",
    "E4": "ean8",
    "Q3": "gs1-qr",
    "d2": "gs1-datamatrix",
    "e0": "gs1-databar",
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
