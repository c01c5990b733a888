"""What a label is made of, in millimetres from its left upper corner; and a label as dots."""

from dataclasses import dataclass
from typing import Final, Literal

DOTS_PER_MM: Final = {203: 8.0, 300: 300 / 25.4, 600: 600 / 25.4}  # a "203 dpi" head has 8 dots to the millimetre
Dpi = Literal[203, 300, 600]
INVERTED: Final = bytes(range(255, -1, -1))  # for bytes.translate: black becomes white


class NoRoom(ValueError):
    """What is wanted does not fit on the label; says in both languages what would."""

    def __init__(self, ko: str, en: str) -> None:
        super().__init__(f"{ko} / {en}")
        self.text = {"ko": ko, "en": en}


@dataclass(frozen=True, slots=True)
class Media:
    """The label that is in the printer. Gap: from one label to the next; 0 is continuous paper."""

    width_mm: float
    height_mm: float
    dpi: Dpi = 203
    gap_mm: float = 2.0

    @property
    def dot_mm(self) -> float:
        """Return the size of a dot."""
        return 1 / DOTS_PER_MM[self.dpi]


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text in a box: as large as the box allows, smaller where it is long, at last cut with an ellipsis."""

    x: float
    y: float
    width: float
    height: float
    text: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars and spaces in turn, `runs` modules wide each; turned, they run down the label."""

    x: float
    y: float
    module: float
    length: float  # of each bar
    runs: tuple[int, ...]
    turned: bool = False


@dataclass(frozen=True, slots=True)
class Squares:
    """A matrix of modules: rows of 0 and 1, 1 is dark."""

    x: float
    y: float
    module: float
    rows: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A filled rectangle: a line."""

    x: float
    y: float
    width: float
    height: float


Part = Text | Bars | Squares | Rule


@dataclass(frozen=True, slots=True)
class Label:
    """A label ready to be drawn."""

    width_mm: float
    height_mm: float
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Bitmap:
    """Dots, row by row from the top, eight in a byte, the leftmost highest; 1 is black. Rows end with white dots."""

    width: int
    height: int
    data: bytes

    @property
    def stride(self) -> int:
        """Return the bytes of a row."""
        return (self.width + 7) // 8
