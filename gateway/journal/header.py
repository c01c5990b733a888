"""The database's first hundred bytes: most of them can be nothing else, so a flipped bit is turned back.

Without this, it makes the whole file unreadable, read-only, or another version's.
"""

import logging
import os
from pathlib import Path
from typing import Final

from gateway.journal.epoch import Watermark
from gateway.journal.schema import APPLICATION, VERSION

log = logging.getLogger(__name__)

# By https://sqlite.org/fileformat2.html#the_database_header
KNOWN: Final = (
    (0, b"SQLite format 3\0\x10\0\2\2\0\x40\x20\x20"),  # pages of 4096 bytes, WAL, nothing reserved, the fractions
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
        right = bytearray(head)
        for at, known in KNOWN:
            right[at : at + len(known)] = known
        wrong = int.from_bytes(head, "big") ^ int.from_bytes(right, "big")
        if len(head) == len(right) and wrong.bit_count() == 1:
            log.warning("%s: a bit of its header was flipped", database)
            file.seek(0)
            file.write(right)
            file.flush()
            os.fsync(file.fileno())
