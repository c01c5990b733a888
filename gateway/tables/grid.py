"""A grid: the cells of one sheet, whatever file they came from."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from gateway.tables.problem import Unreadable

MOST_BYTES: Final = 5 << 20  # of a file
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 100

Cell = str | int | float | bool | date | datetime | time | timedelta | None
Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet. Its first row is that of the file, so that cells have the names that the spreadsheet shows."""

    sheet: str  # its name; empty for a CSV file
    rows: tuple[Row, ...]
    plain: bool = False  # of text alone: nothing is known of merged cells
    days_from_1904: bool = False  # how the file counts days

    def numbered(self) -> Iterator[tuple[int, Row]]:
        """Yield the rows that hold anything, with their numbers from 1."""
        for number, row in enumerate(self.rows, 1):
            if not all(blank(cell) for cell in row):
                yield number, row


def blank(cell: Cell) -> bool:
    """Return whether a cell shows nothing."""
    return cell is None or (isinstance(cell, str) and not cell.strip("\ufeff\u200b \t\r\n\u00a0\u3000"))


def cell_name(row: int, column: int) -> str:
    """Return the name of a cell, both from 1: (7, 2) is B7."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"


def too_large() -> Unreadable:
    """Return the error of a sheet that is larger than a shop's lists are."""
    return Unreadable(
        f"표가 너무 커요. {MOST_ROWS:,}줄, {MOST_COLUMNS}열까지 읽어요. 빈 줄과 빈 열을 지우거나 파일을 나눠 주세요.",
        f"The table is too large: at most {MOST_ROWS:,} rows and {MOST_COLUMNS} columns. Delete the empty ones, or "
        "split the file.",
    )
