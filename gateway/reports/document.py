"""Document: what a report says, before anybody decides whether it becomes a PDF, a CSV or an XLSX file."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Cell = str | int | Decimal | None
Fact = tuple[str, str]  # (what, value)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; numbers stand at the right."""

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    total: Sequence[Cell] | None = None  # the last row, in bold


@dataclass(frozen=True, slots=True)
class Page:
    """What begins on a sheet of its own."""

    title: str
    facts: Sequence[Fact] = ()
    tables: Sequence[Table] = ()
    notes: Sequence[str] = ()
    warnings: Sequence[str] = ()  # in a frame: what must not be overlooked


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report. `rows` is its content as one table, for CSV."""

    name: str  # of its file, without the ending
    foot: str
    pages: Sequence[Page] = field(default_factory=tuple)
    rows: Table | None = None
    data: Any = None  # what it was made of, for programs
