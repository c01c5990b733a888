"""Carving: the rows of a database that SQLite cannot read, from its pages alone, whatever the trees above them say."""

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gateway.journal.orphans import MOST_BYTES, Orphans, find, take
from gateway.journal.wal import PAGE_BYTES, every_frame

AT_ONCE: Final = 500  # pages


class _Pages:
    """The pages of a file."""

    def __init__(self, file: mmap.mmap) -> None:
        self._file = file

    def __len__(self) -> int:
        return len(self._file) // PAGE_BYTES

    def get(self, number: int) -> bytes | None:
        """Return a page by its number, which counts from 1."""
        return self._file[(number - 1) * PAGE_BYTES : number * PAGE_BYTES] if 1 <= number <= len(self) else None


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
