"""XLSX files: their sheets as grids, merged cells filled. For a process of its own: the file is foreign."""

import io
import re
import zipfile
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from gateway.tables.grid import MOST_COLUMNS, MOST_ROWS, Cell, Grid, too_large
from gateway.tables.problem import Unreadable

MOST_UNPACKED_BYTES: Final = 64 << 20
MOST_PARTS: Final = 1000
MOST_SHEETS: Final = 50
ERRORS: Final = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!")
_FORMULA: Final = re.compile(rb"<f[ >/]")


def grids(data: bytes) -> list[Grid]:
    """Return the visible sheets that hold anything. Raises Unreadable."""
    formulas = _examined(data)
    book = _opened(data)
    if len(book.worksheets) > MOST_SHEETS:
        raise too_large()
    kept = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    unworked = _unworked(data, kept) if formulas else {}
    old = book.epoch.year == 1904
    found = [_grid(sheet, unworked.get(sheet.title, {}), old) for sheet in kept]
    return [grid for grid in found if any(True for _ in grid.numbered())]


def _examined(data: bytes) -> bool:
    """Refuse what unpacks to more than it should; returns whether there are formulas in it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            parts = packed.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES:
                raise Unreadable(
                    "풀면 너무 커지는 파일이에요. 필요한 표만 새 파일에 복사해 주세요.",
                    "The file unpacks to too much: copy the table that is needed into a new file.",
                )
            if any(part.flag_bits & 1 for part in parts):
                raise _locked()
            if "xl/workbook.xml" not in packed.namelist():
                raise _not_a_workbook()
            sheets = [part for part in parts if part.filename.startswith("xl/worksheets/")]
            return any(_FORMULA.search(packed.read(part)) for part in sheets)
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError) as error:
        raise _damaged() from error


def _opened(data: bytes, values: bool = True) -> Any:
    from openpyxl import load_workbook  # in the process of its own alone

    try:
        return load_workbook(io.BytesIO(data), data_only=values)
    except Exception as error:  # whatever a damaged file makes it raise; we are in a process of our own
        raise _damaged() from error


def _unworked(data: bytes, kept: list[Any]) -> dict[str, dict[tuple[int, int], str]]:
    """Return the formulas whose values the file does not hold: it was written by a program that does not compute."""
    book = _opened(data, values=False)
    found: dict[str, dict[tuple[int, int], str]] = {}
    for sheet in kept:
        _bounded(sheet)
        for row in book[sheet.title].iter_rows():
            for cell in row:
                if cell.data_type == "f" and sheet.cell(cell.row, cell.column).value is None:
                    found.setdefault(sheet.title, {})[cell.row, cell.column] = f"#VALUE! {cell.value}"
    return found


def _bounded(sheet: Any) -> None:
    if sheet.max_row > MOST_ROWS or sheet.max_column > MOST_COLUMNS:
        raise too_large()


def _grid(sheet: Any, unworked: dict[tuple[int, int], str], days_from_1904: bool) -> Grid:
    _bounded(sheet)
    rows = [[_cell(value) for value in row] for row in sheet.iter_rows(values_only=True)]
    for (row, column), formula in unworked.items():
        rows[row - 1][column - 1] = formula
    for merged in sheet.merged_cells.ranges:
        value = rows[merged.min_row - 1][merged.min_col - 1]
        for row in range(merged.min_row - 1, min(merged.max_row, len(rows))):
            for column in range(merged.min_col - 1, min(merged.max_col, len(rows[row]))):
                rows[row][column] = value
    return Grid(sheet.title, tuple(tuple(row) for row in rows), days_from_1904=days_from_1904)


def _cell(value: Any) -> Cell:
    if value is None or isinstance(value, str | int | float | bool | date | datetime | time | timedelta):
        return value
    return str(value)


def _damaged() -> Unreadable:
    return Unreadable(
        "엑셀 파일이 깨졌어요. 엑셀에서 열어 다시 저장해 주세요.",
        "The workbook is damaged: open it in the spreadsheet program and save it again.",
    )


def _locked() -> Unreadable:
    return Unreadable(
        "암호가 걸린 파일이에요. 암호를 풀고 저장해 주세요.", "The file has a password: save it without one."
    )


def _not_a_workbook() -> Unreadable:
    return Unreadable(
        "엑셀 파일(xlsx)이 아니에요. 엑셀에서 「Excel 통합 문서(.xlsx)」로 저장해 주세요.",
        "This is not a workbook (xlsx): save it as “Excel Workbook (.xlsx)”.",
    )
