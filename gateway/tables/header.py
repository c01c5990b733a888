"""The header of a sheet: which row it is, which list it belongs to, and what stands above it.

A header cell is compared without blanks, brackets and case: `공 임 (원)*` is 공임. Of two that mean the same column
the surer name wins. What stands above as `납기: 2026.12.20` counts for every row, unless a column says it too.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import Final

from gateway.tables.grid import Cell, Grid, blank
from gateway.tables.layout import LAYOUTS, Column, Layout
from gateway.tables.problem import Problem, shown

LONGEST: Final = 40  # characters of a header
LOOKED_AT: Final = 40  # rows that hold anything, from the top
_BRACKETS: Final = re.compile(r"[(\[{（［〔【<](.*?)[)\]}）］〕】>]")
_NOISE: Final = re.compile(r"[\s*:：·_./\-#№'\"]+")
_SIZE: Final = re.compile(r"(?:[2-6]?X{0,3}[SL]|M|F|FREE|프리|\d{2,3})(?:호|MM|사이즈)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Header:
    """What the columns of a sheet mean. Columns count from 0, rows from 1."""

    layout: Layout
    row: int
    columns: dict[int, Column]
    sizes: dict[int, str] = field(default_factory=dict)  # columns that hold the quantity of a size
    above: dict[str, tuple[Cell, int, int]] = field(default_factory=dict)  # field: value, row, column
    unused: tuple[tuple[int, str], ...] = ()  # columns with a header that nobody asked for
    units: dict[int, int] = field(default_factory=dict)

    @property
    def missing(self) -> list[Column]:
        """Return the needed columns that are nowhere."""
        here = {column.field for column in self.columns.values()} | set(self.above)
        if self.sizes:
            here.add("quantity")
        return [column for column in self.layout.columns if column.needed and column.field not in here]

    @property
    def score(self) -> tuple[int, int]:
        """Return how well the layout fits: columns that it knows, then fewer that it does not."""
        return len(self.columns) + bool(self.sizes), -len(self.unused)


def squeezed(cell: Cell) -> str:
    """Return a header as it is compared."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", str(cell or ""))).lower()


def spellings(cell: Cell) -> list[str]:
    """Return the header as it stands, without its brackets, and what stands in them; none of a long text."""
    return _spellings(cell) if isinstance(cell, str) and len(cell) <= LONGEST else []


@lru_cache(4096)
def _spellings(cell: str) -> list[str]:
    whole = unicodedata.normalize("NFKC", cell)
    inner = [squeezed(part) for part in _BRACKETS.findall(whole)]
    found = (squeezed(re.sub(r"[()\[\]{}〔〕【】<>]", "", whole)), squeezed(_BRACKETS.sub("", whole)), *inner)
    return list(dict.fromkeys(name for name in found if name))


def find(grid: Grid, kind: str | None = None) -> Header | Problem:
    """Return the header of a sheet: of the list asked for, else of the one that fits best."""
    layouts = [LAYOUTS[kind]] if kind else list(LAYOUTS.values())
    rows = [row for _, row in zip(range(LOOKED_AT), grid.numbered(), strict=False)]
    tried = [_header(grid, layout, number, row) for number, row in rows for layout in layouts]
    whole = [header for header in tried if not header.missing]
    if whole:
        best = max(header.score for header in whole)
        may = [one for one in tried if best[0] < one.score[0] + min(len(one.missing), len(one.unused))]
        if misspelt := next((one for one in may if best[0] < one.score[0] + len(_near(one))), None):
            return _nothing(grid, misspelt)
        first = [header for header in whole if header.score == best]
        kinds = dict.fromkeys(header.layout.kind for header in first)
        return first[0] if len(kinds) == 1 else _named(grid, first) or _ambiguous(grid, first)
    return _nothing(grid, max(tried, key=lambda header: (header.score[0], -len(header.missing)), default=None))


def _header(grid: Grid, layout: Layout, number: int, row: tuple[Cell, ...]) -> Header:
    """Read one row as the header of one list."""
    ranked: dict[str, tuple[int, int]] = {}  # field: (rank of its name, column)
    texts = {at: cell for at, cell in enumerate(row) if not blank(cell)}
    for at, cell in texts.items():
        for column in layout.columns:
            rank = _rank(column, cell)
            if rank is not None and (column.field not in ranked or rank < ranked[column.field][0]):
                ranked[column.field] = rank, at
    columns: dict[int, Column] = {}
    for field_, (_, at) in sorted(ranked.items(), key=lambda one: one[1]):
        columns.setdefault(at, layout.column(field_))
    fields = {column.field for column in columns.values()}
    across = layout.sizes_across and not fields & {"quantity", "size"}
    sizes = {at: size for at, cell in texts.items() if across and at not in columns and (size := _size(cell))}
    unused = tuple((at, shown(cell)) for at, cell in texts.items() if at not in columns and at not in sizes)
    above = _above(grid, layout, number, fields) if columns else {}
    return Header(layout, number, columns, sizes, above, unused, _units(row, columns))


def _rank(column: Column, cell: Cell) -> int | None:
    """Return how sure a header means a column, 0 the surest; None when it does not."""
    names = _names(column.names)
    return min((names[spelling] for spelling in spellings(cell) if spelling in names), default=None)


@cache
def _names(written: tuple[str, ...]) -> dict[str, int]:
    """Return the names of a column as they are compared, with their ranks."""
    found: dict[str, int] = {}
    for rank, name in enumerate(written):
        for spelling in (squeezed(re.sub(r"[()]", "", name)), squeezed(_BRACKETS.sub("", name))):
            found.setdefault(spelling, rank)
    return found


def _size(cell: Cell) -> str | None:
    written = unicodedata.normalize("NFKC", str(cell if not isinstance(cell, float) else f"{cell:g}")).strip().upper()
    return written if _SIZE.fullmatch(written) else None


def _units(row: tuple[Cell, ...], columns: dict[int, Column]) -> dict[int, int]:
    """Return what the unit in a header multiplies by; 0 where one is needed and none is there."""
    found = {}
    for at, column in columns.items():
        if column.unit:
            known = [column.unit[spelling] for spelling in spellings(row[at]) if spelling in column.unit]
            ended = squeezed(row[at])
            found[at] = known[0] if known else 1 if ended == column.field.replace("_", "") else 0
    return found


def _above(grid: Grid, layout: Layout, until: int, here: set[str]) -> dict[str, tuple[Cell, int, int]]:
    """Return the fields that are written above the header, each with its place."""
    found: dict[str, tuple[Cell, int, int]] = {}
    for number, row in enumerate(grid.rows[: until - 1], 1):
        for at, cell in enumerate(row):
            label, _, behind = str(cell or "").partition(":" if ":" in str(cell or "") else "：")
            column = next((one for one in layout.columns if _rank(one, label) is not None), None)
            if column is None or column.field in here or column.field in found:
                continue
            if behind.strip():
                found[column.field] = behind.strip(), number, at
            elif following := [(v, i) for i, v in enumerate(row) if i > at and not blank(v) and v != cell][:1]:
                found[column.field] = following[0][0], number, following[0][1]
    return found


def _named(grid: Grid, headers: list[Header]) -> Header | None:
    """Return the one whose list the sheet is named after."""
    name = squeezed(grid.sheet)
    named = [one for one in headers if name and name in (squeezed(one.layout.ko), one.layout.kind.replace("_", ""))]
    return named[0] if named else None


def _ambiguous(grid: Grid, headers: list[Header]) -> Problem:
    ko = ", ".join(dict.fromkeys(f"「{header.layout.ko}」" for header in headers))
    en = ", ".join(dict.fromkeys(header.layout.en for header in headers))
    text = {
        "ko": f"어느 표인지 알 수 없어요: {ko}. 시트 이름을 그 가운데 하나로 하거나, 표의 종류를 골라 주세요.",
        "en": f"It may be one of several lists: {en}. Name the sheet after one of them, or choose the list.",
    }
    return Problem(grid.sheet, str(headers[0].row), None, text)


def _near(header: Header, cutoff: float = 0.75) -> list[tuple[str, str]]:
    """Return the headers that may be misspelt names of columns that are needed and missing, with what they may mean."""
    names = {squeezed(name): column.ko for column in header.missing for name in column.names}
    short = [there for _, there in header.unused if len(there) <= LONGEST]
    close = ((there, get_close_matches(squeezed(there), names, 1, cutoff)) for there in short)
    return [(there, names[near[0]]) for there, near in close if near]


def _nothing(grid: Grid, nearest: Header | None) -> Problem:
    """Say what the nearest list still lacks, and which of the headers may be meant."""
    if nearest is None or not (nearest.columns or nearest.unused):
        return Problem(grid.sheet, "", None, {"ko": "표가 없어요.", "en": "There is no table."})
    layout, missing = nearest.layout, nearest.missing
    ko = ", ".join(f"「{column.ko}」" for column in missing)
    en = ", ".join(f"“{column.ko}”" for column in missing)
    near = _near(nearest, 0.5)
    hint = {
        "ko": f" 「{near[0][0]}」 열이 「{near[0][1]}」인가요?" if near else "",
        "en": f" Is the column “{near[0][0]}” the “{near[0][1]}”?" if near else "",
    }
    text = {
        "ko": f"머리글 줄을 찾지 못했어요. 가장 가까운 것은 「{layout.ko}」 표인데 {ko} 열이 없어요.{hint['ko']}",
        "en": f"No header row was found. The nearest list is “{layout.en}”, which needs a column {en}.{hint['en']}",
    }
    return Problem(grid.sheet, str(nearest.row), None, text)
