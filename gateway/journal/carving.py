"""Carving: the rows of a database that SQLite cannot read, from its pages alone, whatever the trees above them say."""

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gateway.journal.orphans import MOST_BYTES, TABLE_LEAF, Orphans, find, take
from gateway.journal.wal import PAGE_SIZES, every_frame

AT_ONCE: Final = 500  # pages


class _Pages:
    """The pages of a file."""

    def __init__(self, file: mmap.mmap) -> None:
        self._file, self._bytes = file, _page_bytes(file)

    def __len__(self) -> int:
        return len(self._file) // self._bytes

    def get(self, number: int) -> bytes | None:
        """Return a page by its number, which counts from 1."""
        return self._file[(number - 1) * self._bytes : number * self._bytes] if 1 <= number <= len(self) else None


def _page_bytes(file: mmap.mmap) -> int:
    """Return the size of a file's pages as its header says; where that is damaged, by where leaves begin."""
    said = int.from_bytes(file[16:18], "big")
    if said in PAGE_SIZES:
        return said
    small, large = PAGE_SIZES
    between = [file[at] == TABLE_LEAF for at in range(0, len(file), small) if at % large]
    return small if sum(between) * 20 > len(between) else large


def carve(database: Path, log: Path) -> Iterator[Orphans]:
    """Yield what whole rows there are, some at a time; of a key that comes again, the first is the newest.

    A page that is free now holds what was deleted from it. Raises OSError.
    """
    if log.exists() and log.stat().st_size <= MOST_BYTES:
        yield find(every_frame(log.read_bytes()))
    with database.open("rb") as file:
        if not database.stat().st_size:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
            pages = _Pages(whole)
            for first in range(1, len(pages) + 1, AT_ONCE):
                found = Orphans()
                for number in range(first, min(first + AT_ONCE, len(pages) + 1)):
                    take(found, pages.get(number) or b"", pages, whole=False)
                yield found
