"""The order of a program: cells of one operation together, in as few banks as their inputs allow."""

from collections.abc import Sequence

from gateway.engine.against import is_against
from gateway.engine.cell import Cell

Bank = list[Cell]
HELD = ("held",)
MACHINES = ("machine", "candidate", "believed")  # of any number of inputs


def schedule(cells: Sequence[Cell]) -> list[Bank]:
    """Return the banks in an order in which every bank comes after its inputs (of those among `cells`).

    Greedy: a bank whose cells are all ready first, else the one with the most cells ready; holds when nothing else is
    ready, for only what follows from them needs columns for their ends. Cells with a `bank` of their own keep state
    together and are never parted.
    """
    waiting: dict[tuple[object, ...], Bank] = {}
    for cell in cells:
        waiting.setdefault(bank_key(cell), []).append(cell)
    todo = set(cells)
    banks: list[Bank] = []
    while waiting:
        key = _choose(waiting, todo)
        ready = _ready(waiting[key], todo)
        banks.append(ready)
        todo.difference_update(ready)
        rest = [cell for cell in waiting[key] if cell in todo]
        if rest:
            waiting[key] = rest
        else:
            del waiting[key]
    return banks


def _choose(waiting: dict[tuple[object, ...], Bank], todo: set[Cell]) -> tuple[object, ...]:
    best, most = next(iter(waiting)), 0
    for key, cells in sorted(waiting.items(), key=lambda one: one[0] == HELD):
        ready = len(_ready(cells, todo))
        if key == HELD and most:
            break
        if ready == len(cells):
            return key
        if ready > most and not cells[0].bank:
            best, most = key, ready
    if not most:
        raise ValueError(f"cells wait for each other: {[cell.key for cell in waiting[best]]}")
    return best


def _ready(cells: Bank, todo: set[Cell]) -> Bank:
    return [cell for cell in cells if todo.isdisjoint(cell.inputs)]


def bank_key(cell: Cell) -> tuple[object, ...]:
    """Return what cells of one bank have in common."""
    if cell.bank or cell.op in (*MACHINES, *HELD):
        return cell.bank or (cell.op,)
    if is_against(cell):
        return ("against",)
    return cell.op, *((one.op == "constant", one.truth) for one in cell.inputs)
