"""What a program reads of others: the cells that it does not compute."""

from collections.abc import Iterable, Sequence
from typing import Final

from gateway.engine.cell import Cell
from gateway.language.tree import ACCRUED

_READS: Final = frozenset({"within", "total", "unwrap", *ACCRUED})  # banks that read their inputs at any time


def outer(cells: Sequence[Cell], roots: Iterable[Cell]) -> dict[Cell, None]:
    """Return what the cells read and do not compute, and the roots that are not computed here."""
    inside = set(cells)
    moved = {cell.bank for cell in cells if not inside.isdisjoint(cell.inputs)}
    reading = [cell for cell in cells if not is_moved(cell) or cell.bank in moved]
    read = [one for cell in reading for one in cell.inputs if one.op != "constant"]
    return dict.fromkeys(one for one in (*read, *roots) if one not in inside)


def is_moved(cell: Cell) -> bool:
    """Tell whether a cell keeps what came of its one input: where that is not computed, nothing new comes."""
    return bool(cell.bank) and cell.bank[0] not in _READS
