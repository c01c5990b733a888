"""A document on paper: a PDF with Korean text, A4, each page of the document on a sheet of its own."""

import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageBreak, PageTemplate, Paragraph, Spacer
from reportlab.platypus import Table as Grid

from gateway.printing import fonts
from gateway.reports.document import Cell, Document, Page, Table

MARGIN: Final = 16 * mm
WIDTH: Final = A4[0] - 2 * MARGIN
PADDING: Final = 13  # of a cell, both sides
LINE: Final = colors.HexColor("#9aa0a6")
HEAD: Final = colors.HexColor("#eef0f2")
WARNING: Final = colors.HexColor("#b3261e")


def pdf(document: Document) -> bytes:
    """Return the PDF: the same bytes for the same document."""
    fonts.register()
    file = io.BytesIO()
    paper = BaseDocTemplate(file, pagesize=A4, title=document.name, author="", invariant=1, pageCompression=1)
    frame = Frame(MARGIN, MARGIN + 6 * mm, WIDTH, A4[1] - 2 * MARGIN - 6 * mm, 0, 0, 0, 0)

    def foot(canvas: Any, _: Any) -> None:
        canvas.setFont(fonts.REGULAR, 7.5)
        canvas.setFillColor(colors.HexColor("#5f6368"))
        canvas.drawString(MARGIN, MARGIN, document.foot)
        canvas.drawRightString(A4[0] - MARGIN, MARGIN, str(canvas.getPageNumber()))

    paper.addPageTemplates([PageTemplate("page", [frame], onPage=foot)])
    story: list[Flowable] = []
    for page in document.pages:
        story += [*([PageBreak()] if story else []), *_page(page)]
    paper.build(story)
    return file.getvalue()


def _style(name: str, size: float, bold: bool = False, **more: Any) -> ParagraphStyle:
    """Return a style; Korean wraps at blanks, and within a word that is longer than its line."""
    face = fonts.BOLD if bold else fonts.REGULAR
    return ParagraphStyle(name, fontName=face, fontSize=size, leading=size * 1.35, **more)


TITLE: Final = _style("title", 16, bold=True, spaceAfter=4 * mm)
HEADING: Final = _style("heading", 10.5, bold=True, spaceBefore=4 * mm, spaceAfter=1.5 * mm)
TEXT: Final = _style("text", 8.5)
RIGHT: Final = _style("right", 8.5, alignment=TA_RIGHT)
BOLD: Final = _style("bold", 8.5, bold=True)
BOLD_RIGHT: Final = _style("bold right", 8.5, bold=True, alignment=TA_RIGHT)
NOTE: Final = _style("note", 7.5, textColor=colors.HexColor("#5f6368"), spaceBefore=1.5 * mm)
LOUD: Final = _style("warning", 9, bold=True, textColor=WARNING)


def _page(page: Page) -> list[Flowable]:
    story: list[Flowable] = [_text(page.title, TITLE)]
    if page.warnings:
        story += [_framed(page.warnings), Spacer(0, 3 * mm)]
    if page.facts:
        story.append(_facts(page.facts))
    for table in page.tables:
        story.append(_text(table.title, HEADING) if table.title else Spacer(0, 4 * mm))
        story.append(_table(table))
    return story + [_text(note, NOTE) for note in page.notes]


def _text(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(text), style)


def _framed(warnings: Sequence[str]) -> Grid:
    frame = Grid([[[_text(f"! {one}", LOUD) for one in warnings]]], [WIDTH])
    frame.setStyle([("BOX", (0, 0), (-1, -1), 1, WARNING)])
    return frame


def _facts(facts: Sequence[tuple[str, str]]) -> Grid:
    """Return two columns of what and value, beside each other."""
    cells = [[_text(what, TEXT), _text(value, BOLD)] for what, value in facts]
    if len(cells) % 2:
        cells.append([_text("", TEXT)] * 2)
    rows = [one + other for one, other in zip(cells[::2], cells[1::2], strict=True)]
    grid = Grid(rows, [WIDTH * share for share in (0.2, 0.3, 0.26, 0.24)])
    grid.setStyle([("LINEBELOW", (0, 0), (-1, -1), 0.25, LINE), ("VALIGN", (0, 0), (-1, -1), "TOP")])
    return grid


def _table(table: Table) -> Grid:
    rows = [[_text(header, BOLD) for header in table.headers]]
    rows += [[_cell(cell) for cell in row] for row in table.rows]
    if table.total is not None:
        rows.append([_cell(cell, bold=True) for cell in table.total])
    grid = Grid(rows, _widths(table), repeatRows=1)
    grid.setStyle(
        [
            ("GRID", (0, 0), (-1, -1), 0.25, LINE),
            ("BACKGROUND", (0, 0), (-1, 0), HEAD),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        ]
    )
    return grid


def _cell(cell: Cell, bold: bool = False) -> Paragraph:
    number = isinstance(cell, int | Decimal)
    style = (BOLD_RIGHT if bold else RIGHT) if number else (BOLD if bold else TEXT)
    return _text(written(cell), style)


def written(cell: Cell) -> str:
    """Return a cell as people read it: 1,250."""
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        return f"{cell:,f}".rstrip("0").rstrip(".") if cell % 1 else f"{cell:,.0f}"
    return f"{cell:,}" if isinstance(cell, int) else cell


def _widths(table: Table) -> list[float]:
    """Share the width by the longest text of each column; Hangul is twice as wide."""
    rows = [table.headers, *table.rows, *([table.total] if table.total else [])]
    longest = [
        min(26, max(4, *(sum(2 if sign > "\u1100" else 1 for sign in written(row[at])) for row in rows)))
        for at in range(len(table.headers))
    ]
    room = (WIDTH - PADDING * len(longest)) / sum(longest)
    return [PADDING + room * one for one in longest]
