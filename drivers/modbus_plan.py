"""What is asked of a Modbus device: points merged into few reads, which fall apart where the device refuses.

Most devices answer a read across registers that they do not have; some refuse it (exception 2). So reads are merged
across holes that cost less than a read of their own, and a refused one is split, first at its holes, then in halves,
and stays split.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Final

import numpy as np

from sensors.decoding import Indices
from sensors.point import BIT_TABLES, Point, Table
from sensors.quality import NO_REPLY

MOST_BITS: Final = 2000  # Modbus application protocol V1.1b3, 6.1
TRIES: Final = 3  # failures before the breaker opens
SHORTEST_WAIT_S: Final = 2.0
LONGEST_WAIT_S: Final = 30.0
OVERHEAD_BYTES: Final = 64  # of a read on TCP, as a guess: there a round trip costs more than what it carries


@dataclass(frozen=True, slots=True, order=True)
class Atom:
    """Neighbouring registers (or bits) of one table that belong together: a value, or values that overlap."""

    table: Table
    start: int
    end: int  # the first one after it


@dataclass(slots=True)
class Breaker:
    """How often something that fails is asked: after three failures in a row ever less, up to every 30 s."""

    failures: int = 0
    ask_at_s: float = 0.0  # not before

    def fail(self, now_s: float, pause_s: float = 0.0) -> None:
        """Count a failure at `now_s`; the next try is at least `pause_s` later."""
        self.failures += 1
        if self.failures >= TRIES:
            pause_s = max(pause_s, min(SHORTEST_WAIT_S * 2.0 ** min(self.failures - TRIES, 10), LONGEST_WAIT_S))
        self.ask_at_s = now_s + pause_s

    def mend(self) -> None:
        """Forget the failures: it answered."""
        self.failures, self.ask_at_s = 0, 0.0


@dataclass(slots=True, eq=False)
class Block:
    """One read: `count` registers from `start`, and where they go in the image."""

    table: Table
    start: int
    count: int
    atoms: tuple[Atom, ...]
    put: slice  # its atoms' registers in the image, which are neighbours there
    take: Indices | None  # which of the reply's registers; None: all of them
    whole: bool  # its reply is the image
    breaker: Breaker = field(default_factory=Breaker)
    quality: int = NO_REPLY  # of its values while it is not asked

    def split(self, layout: "Layout") -> "list[Block]":
        """Return the parts to try instead: cut at the holes, or else in the middle. A single atom cannot be split."""
        holes = [i for i in range(1, len(self.atoms)) if self.atoms[i].start > self.atoms[i - 1].end]
        cuts = holes or [len(self.atoms) // 2]
        edges = [0, *cuts, len(self.atoms)]
        return [layout.block(self.atoms[a:b]) for a, b in pairwise(edges)]


class Layout:
    """The image of a device's registers: the atoms one after another, without the holes."""

    def __init__(self, points: Sequence[Point]) -> None:
        self.atoms = _atoms(points)
        self._position: dict[tuple[Table, int], int] = {}
        for atom in self.atoms:
            for address in range(atom.start, atom.end):
                self._position[atom.table, address] = len(self._position)
        self.words = len(self._position)

    def place(self, table: Table, address: int) -> int:
        """Return where a register stands in the image."""
        return self._position[table, address]

    def block(self, atoms: Sequence[Atom]) -> Block:
        """Return the read of neighbouring atoms of one table."""
        table, start, end = atoms[0].table, atoms[0].start, atoms[-1].end
        wanted = [address - start for atom in atoms for address in range(atom.start, atom.end)]
        first = self.place(table, start)
        take = None if len(wanted) == end - start else np.array(wanted, np.intp)
        put, whole = slice(first, first + len(wanted)), take is None and len(wanted) == self.words
        return Block(table, start, end - start, tuple(atoms), put, take, whole)

    def blocks(self, max_registers: int, max_gap: int | None, overhead_bytes: int = OVERHEAD_BYTES) -> list[Block]:
        """Return the reads that together take least of the wire, each for at most `max_registers`.

        `overhead_bytes` is what a read costs besides its data. Holes of more than `max_gap` are not read across.
        """
        blocks = []
        for table, atoms in groupby(self.atoms, key=lambda atom: atom.table):
            bits = table in BIT_TABLES
            most = MOST_BITS if bits else max_registers
            gap = most if max_gap is None else max_gap
            blocks += [self.block(run) for run in _cheapest(list(atoms), most, gap, overhead_bytes, bits)]
        return blocks


def _cheapest(atoms: list[Atom], most: int, gap: int, overhead_bytes: int, bits: bool) -> Iterator[list[Atom]]:
    """Yield the atoms in runs of the least cost: what the reads up to an atom cost is known from those before it."""
    cost_bytes, begins = [0.0], []  # of all reads before an atom; where the read of each atom begins at its best
    for last in range(len(atoms)):
        best, begin = float("inf"), last
        for first in range(last, -1, -1):
            span = atoms[last].end - atoms[first].start
            wide = first < last and atoms[first + 1].start - atoms[first].end > gap
            if first < last and (span > most or wide):
                break
            cost = cost_bytes[first] + overhead_bytes + (-(-span // 8) if bits else 2 * span)
            if cost < best:  # of equal ones the shortest last read
                best, begin = cost, first
        cost_bytes.append(best)
        begins.append(begin)
    edges = [len(atoms)]
    while edges[-1]:
        edges.append(begins[edges[-1] - 1])
    for start, stop in pairwise(reversed(edges)):
        yield atoms[start:stop]


def _atoms(points: Iterable[Point]) -> list[Atom]:
    """Return the atoms of all points (with what tells their decimals and faults), in order, none overlapping."""
    wanted = []
    for point in points:
        wanted += [Atom(point.table, address, address + count) for address, count in point.reads]
    atoms: list[Atom] = []
    for atom in sorted(wanted):
        last = atoms[-1] if atoms else None
        if last is not None and last.table == atom.table and atom.start < last.end:
            atoms[-1] = Atom(last.table, last.start, max(last.end, atom.end))
        else:
            atoms.append(atom)
    return atoms
