"""The database's first hundred bytes: most of them can be nothing else, so a flipped bit is turned back.

Without this, it makes the whole file unreadable, read-only, or another version's.
"""

import logging
import os
from pathlib import Path
from typing import Final

from gateway.journal.epoch import Watermark
from gateway.journal.schema import APPLICATION, VERSION
from gateway.journal.wal import PAGE_SIZES

log = logging.getLogger(__name__)

# By https://sqlite.org/fileformat2.html#the_database_header
KNOWN: Final = (
    (0, b"SQLite format 3\0"),
    (18, b"\2\2\0\x40\x20\x20"),  # WAL, nothing reserved, the fractions
    (44, (4).to_bytes(4, "big")),  # schema format
    (52, bytes(4)),  # no automatic vacuum
    (56, (1).to_bytes(4, "big")),  # UTF-8
    (60, VERSION.to_bytes(4, "big")),
    (64, bytes(4)),  # no incremental vacuum
    (68, APPLICATION.to_bytes(4, "big")),
    (72, bytes(20)),
)


def mend_header(database: Path, outside: Watermark | None) -> None:
    """Turn back a flipped bit, where the watermark tells that this version wrote the file last. Raises OSError."""
    if outside is None or outside.format != VERSION or not database.exists():
        return
    with database.open("r+b") as file:
        head = file.read(100)
        mended = _mended(head, database.stat().st_size)
        if mended is not None:
            log.warning("%s: a bit of its header was flipped", database)
            file.seek(0)
            file.write(mended)
            file.flush()
            os.fsync(file.fileno())


def _mended(head: bytes, file_bytes: int) -> bytes | None:
    """Return the header as it was if one bit of it is wrong; where two sizes of pages are as near, by their number."""
    found = [(size, right) for size in PAGE_SIZES if _distance(head, right := _right(head, size)) == 1]
    if len(found) > 1:
        pages = int.from_bytes(head[28:32], "big")
        found = [(size, right) for size, right in found if size * pages == file_bytes]
    return found[0][1] if found else None


def _right(head: bytes, page_bytes: int) -> bytes:
    right = bytearray(head)
    for at, known in (*KNOWN, (16, page_bytes.to_bytes(2, "big"))):
        right[at : at + len(known)] = known
    return bytes(right)


def _distance(head: bytes, right: bytes) -> int:
    """Return how many bits differ; of a head that is cut short, more than are turned back."""
    if len(head) != len(right):
        return len(right) * 8
    return (int.from_bytes(head, "big") ^ int.from_bytes(right, "big")).bit_count()
