"""From a sheet to records: each row read by its columns, every problem with its cell, and what was passed over."""

from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import Any, Final

from gateway.tables import days, header
from gateway.tables.grid import Cell, Grid, blank, cell_name
from gateway.tables.header import Header, squeezed
from gateway.tables.layout import Column
from gateway.tables.problem import Problem, Words, Wrong, shown
from gateway.tables.values import ALL, whole
from gateway.tables.workbook import ERRORS

TOTALS: Final = frozenset(
    ("합계", "총합계", "총계", "소계", "계", "누계", "합", "total", "sum", "subtotal", "grandtotal")
)
MOST_TOLD: Final = 200  # problems, and rows passed over: who has more begins with these
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """One row, or one size of a row. `cells` names where each field stands."""

    row: int
    values: Values
    cells: dict[str, str]


@dataclass(slots=True)
class Table:
    """What a sheet holds."""

    sheet: str
    kind: str
    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    skipped: list[Problem] = field(default_factory=list)  # rows and columns that were passed over, and why
    bad: list[Values] = field(default_factory=list)  # what could be read of rows that are wrong


def read(grid: Grid, kind: str | None = None) -> Table | Problem:
    """Return the records of a sheet; what is wrong with all of it when it has no header that we know."""
    found = header.find(grid, kind)
    if isinstance(found, Problem):
        return found
    table = Table(grid.sheet, found.layout.kind)
    for at, name in found.unused:
        text = {"ko": "쓰지 않는 열이에요.", "en": "This column is not used."}
        table.skipped.append(Problem(grid.sheet, cell_name(found.row, at + 1), name, text))
    if wanting := [at for at, unit in found.units.items() if not unit]:
        _unit(table, grid, found, wanting[0])
        return table
    for number, row in grid.numbered():
        if number > found.row:
            _row(table, grid, found, number, row)
    _twice(table, found)
    return table


def _unit(table: Table, grid: Grid, found: Header, at: int) -> None:
    column = found.columns[at]
    text = {
        "ko": f"단위가 없어요. 머리글을 「{column.ko}」나 「{column.ko.replace('초', '분')}」으로 적어 주세요.",
        "en": f"The unit is missing: write “{column.ko}” for seconds, or {column.ko.replace('초', '분')} for minutes.",
    }
    name = shown(grid.rows[found.row - 1][at])
    table.problems.append(Problem(grid.sheet, cell_name(found.row, at + 1), name, text))


def _row(table: Table, grid: Grid, found: Header, number: int, row: tuple[Cell, ...]) -> None:
    why = _passed_over(grid, found, row)
    if why:
        table.skipped.append(Problem(grid.sheet, str(number), None, why))
        return
    values, cells, wrong = _fields(grid, found, number, row)
    if found.sizes and not wrong:
        _sizes(table, grid, found, number, row, (values, cells))
    elif wrong:
        table.problems += wrong
        table.bad.append(values)
    else:
        table.records.append(Record(number, values, cells))


def _passed_over(grid: Grid, found: Header, row: tuple[Cell, ...]) -> Words | None:
    """Return why a row is none of the list's; None when it is."""
    first = next((cell for cell in row if isinstance(cell, str) and not blank(cell)), None)
    if first is not None and squeezed(first) in TOTALS:
        return {"ko": "합계 줄은 넣지 않아요.", "en": "A row of totals is not imported."}
    if row == grid.rows[found.row - 1]:
        return {"ko": "머리글이 되풀이된 줄이에요.", "en": "The header again."}
    if all(blank(row[at]) for at in (*found.columns, *found.sizes) if at < len(row)):
        return {"ko": "아는 열이 모두 빈 줄이에요.", "en": "All columns that are known are empty."}
    return None


def _fields(
    grid: Grid, found: Header, number: int, row: tuple[Cell, ...]
) -> tuple[Values, dict[str, str], list[Problem]]:
    values: Values = {}
    cells: dict[str, str] = {}
    wrong: list[Problem] = []
    places = [(column, (row[at] if at < len(row) else None), number, at) for at, column in found.columns.items()]
    places += [(found.layout.column(name), *place) for name, place in found.above.items()]
    for column, cell, at_row, at in places:
        name = cell_name(at_row, at + 1)
        cells[column.field] = name
        try:
            value = _value(column, cell, grid.days_from_1904)
        except Wrong as error:
            wrong.append(Problem(grid.sheet, name, shown(_seen(cell)), error.text))
            continue
        if value is not None:
            values[column.field] = whole(value * found.units[at]) if at in found.units else value
        elif column.needed or column.filled:
            wrong.append(Problem(grid.sheet, name, None, _empty(column, grid.plain)))
    return values, cells, wrong


def _value(column: Column, cell: Cell, days_from_1904: bool) -> Any:
    """Return what a cell means, None when it is empty. Raises Wrong."""
    if blank(cell):
        return None
    if isinstance(cell, str) and cell.strip().startswith(ERRORS):
        raise Wrong(
            "엑셀이 셈하지 못한 값이에요. 식을 고치거나 값을 적어 주세요.",
            "The spreadsheet could not work this out: mend the formula, or write the value.",
        )
    if days_from_1904 and column.read in (days.day, days.moment) and isinstance(cell, int | float):
        cell = cell + days.DAYS_1904
    found = column.read(cell)
    return None if found in ("", ()) else found


def _empty(column: Column, plain: bool) -> Words:
    if column.filled:
        return {
            "ko": "비어 있어요. 모든 스타일이면 「모두」라고 적어 주세요.",
            "en": f"Empty: write “{ALL}” where all styles are meant.",
        }
    ko = " 병합한 칸이었다면 엑셀 파일(xlsx)로 올려 주세요." if plain else ""
    en = " If its cells were merged, give us the workbook (xlsx)." if plain else ""
    return {"ko": f"비어 있어요. 「{column.ko}」을(를) 적어 주세요.{ko}", "en": f"Empty: “{column.ko}” is needed.{en}"}


def _seen(cell: Cell) -> str:
    return f"{cell:.15g}" if isinstance(cell, float) else str(cell)


def _sizes(
    table: Table, grid: Grid, found: Header, number: int, row: tuple[Cell, ...], common: tuple[Values, dict[str, str]]
) -> None:
    """Read the quantities that stand across: one record for each size that has any."""
    values, cells = common
    column = found.layout.column("quantity")
    for at, size in found.sizes.items():
        cell, name = row[at] if at < len(row) else None, cell_name(number, at + 1)
        if cell in (0, "0", "-"):
            continue
        try:
            quantity = _value(column, cell, False)
        except Wrong as error:
            table.problems.append(Problem(grid.sheet, name, shown(_seen(cell)), error.text))
            table.bad.append(values)
            continue
        if quantity is not None:
            place = cells | {"quantity": name, "size": name}
            table.records.append(Record(number, values | {"size": size, "quantity": quantity}, place))


def _twice(table: Table, found: Header) -> None:
    """Of rows with the same key, those that say the same are passed over, the others are wrong."""
    first: dict[tuple[str, ...], Record] = {}
    kept = []
    for record in table.records:
        key = tuple(str(record.values.get(name, "")) for name in found.layout.key)
        before = first.setdefault(key, record)
        if before is record:
            kept.append(record)
        elif before.values == record.values and found.layout.kind != "orders":
            text = {"ko": f"{before.row}번째 줄과 같은 줄이에요.", "en": f"The same as row {before.row}."}
            table.skipped.append(Problem(table.sheet, str(record.row), None, text))
        else:
            named = next((name for name in found.layout.key if name in record.cells), "")
            text = {
                "ko": f"{before.row}번째 줄에 이미 있어요. 둘 가운데 하나만 남겨 주세요.",
                "en": f"It stands in row {before.row} already: keep one of the two.",
            }
            value = shown(record.values.get(named, "")) if named else None
            table.problems.append(Problem(table.sheet, record.cells.get(named, str(record.row)), value, text))
            table.bad.append(record.values)
    table.records = kept


def written(value: Any) -> Any:
    """Return a value as JSON says it: days and times in ISO form, exact numbers as texts."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date | time):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
