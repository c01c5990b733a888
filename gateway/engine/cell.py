"""A cell: one node of all expressions together. Equal parts of expressions are one cell, evaluated once."""

from dataclasses import dataclass, field
from sys import intern

Devices = frozenset[int]
Detail = tuple[float | int | str, ...]


@dataclass(slots=True, eq=False)
class Cell:
    """What is computed, from what, and when.

    A number is float64 with NaN for unknown; a truth is int8: -1 false, 0 unknown, 1 true (or a machine's state code).
    """

    op: str
    truth: bool  # lives among the truths, else among the numbers
    inputs: tuple["Cell", ...]
    devices: Devices  # the devices whose rows change it
    timed: bool  # so does time alone
    held: bool  # so does the end of a hold
    key: str  # canonical text: the same after a reload, whatever the indices are then
    detail: Detail  # numbers that differ among cells of one operation
    slot: int  # its place among the last values
    bank: tuple[str, ...] = field(default=())  # cells with state that are evaluated together


class Cells:
    """The cells in an order in which every cell comes after its inputs."""

    def __init__(self) -> None:
        self.all: list[Cell] = []
        self._by_key: dict[str, Cell] = {}
        self._devices: dict[Devices, Devices] = {}  # one of each, as of these:
        self._banks: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._details: dict[Detail, Detail] = {}  # of what is kept over time
        self.numbers = 0
        self.truths = 0

    def add(
        self,
        op: str,
        *inputs: Cell,
        key: str,
        truth: bool = False,
        detail: Detail = (),
        devices: Devices | None = None,
        timed: bool = False,
        held: bool = False,
        bank: tuple[str, ...] = (),
        by_rows: bool = False,
    ) -> Cell:
        """Return the cell of this key, made when it is new. `devices` are those of the inputs unless given.

        `by_rows`: rows of these devices alone change it, whatever changes its inputs.
        """
        known = self._by_key.get(key)
        if known is not None:
            return known
        if devices is None:
            devices = frozenset[int]().union(*(cell.devices for cell in inputs))
        devices = self._devices.setdefault(devices, devices)
        timed = not by_rows and (timed or any(cell.timed for cell in inputs))
        held = not by_rows and (held or any(cell.held for cell in inputs))
        if bank:
            bank, detail = self._banks.setdefault(bank, bank), self._details.setdefault(detail, detail)
        cell = Cell(intern(op), truth, inputs, devices, timed, held, key, detail, self._slot(truth), bank)
        self.all.append(cell)
        self._by_key[key] = cell
        return cell

    def end(self) -> None:
        """Let go what is needed only to find cells again."""
        self._by_key.clear()
        self._devices.clear()
        self._banks.clear()
        self._details.clear()

    def _slot(self, truth: bool) -> int:
        if truth:
            self.truths += 1
            return self.truths - 1
        self.numbers += 1
        return self.numbers - 1
