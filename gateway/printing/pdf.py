"""Labels on sheets of paper, as a PDF: bars are drawn, not pictured, and text can be searched."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from barcodes.labels.parts import Bars, Label, Part, Rule, Squares, Text
from barcodes.labels.texts import INK, fit
from gateway.printing import fonts

MM = 72 / 25.4  # points


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of labels, A4 unless told otherwise: margins are at the left and the top, gaps between labels."""

    label_width_mm: float
    label_height_mm: float
    width_mm: float = 210.0
    height_mm: float = 297.0
    margin_x_mm: float = 8.0
    margin_y_mm: float = 10.0
    gap_x_mm: float = 0.0
    gap_y_mm: float = 0.0

    @property
    def columns(self) -> int:
        """Return how many labels stand side by side; at least one."""
        room = self.width_mm - 2 * self.margin_x_mm + self.gap_x_mm
        return max(1, int(room / (self.label_width_mm + self.gap_x_mm) + 1e-6))

    @property
    def rows(self) -> int:
        """Return how many labels stand one below the other; at least one."""
        room = self.height_mm - 2 * self.margin_y_mm + self.gap_y_mm
        return max(1, int(room / (self.label_height_mm + self.gap_y_mm) + 1e-6))

    def places(self, first: int) -> Iterator[tuple[bool, float, float]]:
        """Yield for ever where the next label goes: whether on a new sheet, x and y in mm; `first` places are used."""
        place, a_sheet = first, self.columns * self.rows
        while True:
            row, column = divmod(place % a_sheet, self.columns)
            x = self.margin_x_mm + column * (self.label_width_mm + self.gap_x_mm)
            y = self.margin_y_mm + row * (self.label_height_mm + self.gap_y_mm)
            yield place == first or place % a_sheet == 0, x, y
            place += 1


def pdf(labels: Iterable[Label], sheet: Sheet, first: int = 0) -> bytes:
    """Return the document; the first `first` places of its first sheet are left out, as they are used."""
    fonts.register()
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(sheet.width_mm * MM, sheet.height_mm * MM), pageCompression=1, invariant=1)
    begun = False
    for label, (turn, x, y) in zip(labels, sheet.places(first), strict=False):
        if turn and begun:
            canvas.showPage()
        begun = True
        _draw(canvas, label, x, sheet.height_mm - y)
    canvas.save()
    return file.getvalue()


def _draw(canvas: Canvas, label: Label, left: float, top: float) -> None:
    """Draw a label whose left upper corner is there, mm from the sheet's left lower corner."""
    for part in label.parts:
        if isinstance(part, Text):
            _write(canvas, part, left, top)
        else:
            canvas.addLiteral(" ".join(_filled(left + x, top - y, *size) for x, y, *size in _boxes(part)) + " f")


def _filled(x: float, top: float, width: float, height: float) -> str:
    """Return the operator of a rectangle; a thousand labels have a hundred thousand of them."""
    return f"{x * MM:.3f} {(top - height) * MM:.3f} {width * MM:.3f} {height * MM:.3f} re"


def _boxes(part: Part) -> Iterator[tuple[float, float, float, float]]:
    """Yield the black rectangles of a part: (x, y, width, height), mm from the label's left upper corner."""
    match part:
        case Bars(x, y, module, length, runs, turned):
            for place, (start, run) in enumerate(zip(accumulate(runs, initial=0), runs, strict=False)):
                if place % 2 == 0:
                    at, wide = start * module, run * module
                    yield (x, y + at, length, wide) if turned else (x + at, y, wide, length)
        case Squares(x, y, module, rows):
            for down, row in enumerate(rows):
                start = 0
                for across in range(len(row) + 1):  # dark neighbours as one: no hair between them
                    if across == len(row) or not row[across]:
                        if across > start:
                            yield x + start * module, y + down * module, (across - start) * module, module
                        start = across + 1
        case Rule(x, y, width, height):
            yield x, y, width, height


def _write(canvas: Canvas, part: Text, left: float, top: float) -> None:
    name = fonts.BOLD if part.bold else fonts.REGULAR
    text, size = fit(
        part.text, part.height * INK * MM, part.width * MM, lambda text, size: stringWidth(text, name, size)
    )
    canvas.setFont(name, size)
    canvas.drawString((left + part.x) * MM, (top - part.y - part.height / 2) * MM - size * 0.35, text)
