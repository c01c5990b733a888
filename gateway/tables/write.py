"""Tables out: CSV and XLSX that no spreadsheet takes for formulas, row by row, in as little memory as a row takes.

A text that a spreadsheet would compute stands in CSV behind an apostrophe, which our reading takes off again; in XLSX
it is a text by its type. Numbers stay numbers, codes such as 0101 stay texts.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from gateway.tables.grid import cell_name

FORMULA: Final = re.compile("[\ufeff\u200b ]*[=+\\-@\t\r\n＝＋－＠]")
ENCODINGS: Final = ("utf-8", "cp949")
MOST_TOLD: Final = 20
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(slots=True)
class Sheet:
    """What to write: a name, the headers, and rows of as many cells."""

    name: str
    headers: Sequence[str]
    rows: Iterable[Sequence[Any]]


@dataclass(slots=True)
class Told:
    """What could not be written in the encoding asked for: how many cells, and the first of them."""

    cells: int = 0
    first: list[tuple[str, str]] = field(default_factory=list)  # (cell, text)


def csv_lines(sheet: Sheet, encoding: str = "utf-8", told: Told | None = None) -> Iterator[bytes]:
    """Yield the lines of a CSV file; what CP949 cannot say becomes `?`, and is told."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\r\n")
    for number, row in enumerate(_all(sheet), 1):
        cells = [plain(cell) for cell in row]
        if told is not None and encoding == "cp949":
            _look(told, number, cells)
        writer.writerow(cells)
        yield line.getvalue().encode("utf-8-sig" if number == 1 and encoding == "utf-8" else encoding, "replace")
        line.seek(0)
        line.truncate()


def _all(sheet: Sheet) -> Iterator[Sequence[Any]]:
    yield sheet.headers
    yield from sheet.rows


def _look(told: Told, number: int, cells: Sequence[Any]) -> None:
    for at, cell in enumerate(cells, 1):
        if isinstance(cell, str):
            try:
                cell.encode("cp949")
            except UnicodeEncodeError:
                told.cells += 1
                if len(told.first) < MOST_TOLD:
                    told.first.append((cell_name(number, at), cell))


def plain(value: Any) -> Any:
    """Return what stands in a cell of CSV: numbers as they are, texts never as formulas."""
    if value is None or (isinstance(value, int | float | Decimal) and not isinstance(value, bool)):
        return "" if value is None else f"{value:f}" if isinstance(value, Decimal) else value
    written = printable(value)
    return f"'{written}" if FORMULA.match(written) or written.startswith("'") else written


def unquoted(cell: str) -> str:
    """Return a text without the apostrophe that `plain` put before it; another's stays."""
    return cell[1:] if cell.startswith("'") and (cell[1:2] == "'" or FORMULA.match(cell, 1)) else cell


def printable(value: Any) -> str:
    """Return a value as a text; characters that no file of tables may hold stand as \\u0007."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, bool):
        return "예" if value else "아니오"
    written = value.isoformat() if isinstance(value, date) else str(value)
    return _UNPRINTABLE.sub(lambda sign: f"\\u{ord(sign[0]):04x}", written)


def xlsx(path: Path, sheets: Iterable[Sheet]) -> None:
    """Write a workbook; the rows go through a file of their own, not through memory."""
    from openpyxl import Workbook  # in the process of its own alone
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    for sheet in sheets:
        written = book.create_sheet(sheet.name)
        written.freeze_panes = "A2"
        for at, header in enumerate(sheet.headers, 1):
            written.column_dimensions[cell_name(1, at)[:-1]].width = max(10, 2 * len(header) + 4)
        written.append([_cell(written, header, Font(bold=True)) for header in sheet.headers])
        for row in sheet.rows:
            written.append([_cell(written, value) for value in row])
    book.save(path)
    book.close()


def _cell(sheet: Any, value: Any, font: Any = None) -> Any:
    from openpyxl.cell import WriteOnlyCell

    if isinstance(value, int | float | Decimal | date | None) and not isinstance(value, bool):
        return value
    cell = WriteOnlyCell(sheet)
    cell.value = written = printable(value)
    cell.data_type = "s"  # whatever it begins with
    cell.number_format = "@"
    cell.quotePrefix = bool(FORMULA.match(written))
    if font is not None:
        cell.font = font
    return cell
