"""The census: walks through the numbers of both streams and finds those that have neither a row nor a gap.

It is what the ledger of losses is checked by: rows are counted as they stand, some at a time, again every hour.
"""

import time
from typing import Final

import apsw

from gateway.journal import gaps
from gateway.journal.gaps import Range
from gateway.journal.pages import TABLES, Ends, fetch
from gateway.journal.rows import key, read_meta

CHUNK: Final = 500
AGAIN_S: Final = 3600.0
MOST_RANGES: Final = 1000


class Census:
    """Where the walk stands, and what the last whole one found."""

    def __init__(self) -> None:
        self.found: dict[str, list[Range]] = {stream: [] for stream in TABLES}
        self._finding: list[Range] = []
        self._streams = list(TABLES)  # still to be walked
        self._at: int | None = None
        self._due_s = 0.0  # monotonic

    def missing(self, db: apsw.Connection, stream: str) -> int:
        """Return how many numbers were found to have no row, and are not told yet."""
        floor_s = read_meta(db, "floor_s")
        parts = [part for found in self.found[stream] for part in gaps.untold(db, stream, *found, floor_s)]
        return sum(last - first + 1 for first, last in parts)

    def step(self, db: apsw.Connection, ends: Ends) -> None:
        """Walk on a little, if it is time to."""
        if not self._streams:
            if time.monotonic() < self._due_s:
                return
            self._streams = list(TABLES)
        stream = self._streams[0]
        if self._at is None:
            self._at, self._finding = (read_meta(db, "floor_s") if stream == "s" else 0), []
        if not self._walk(db, ends, stream, self._at):
            self.found[stream], self._at = self._finding, None
            self._streams.pop(0)
            self._due_s = time.monotonic() + AGAIN_S

    def count(self, db: apsw.Connection, ends: Ends) -> None:
        """Walk to the end at once."""
        while self._streams:
            self.step(db, ends)

    def _walk(self, db: apsw.Connection, ends: Ends, stream: str, at: int) -> bool:
        """Look at some rows; return whether there may be more."""
        behind = key(max((start for start, _ in ends), default=0) + 1, 1)
        ids, self._at = _ids(db, ends, stream, at, behind)
        floor_s = read_meta(db, "floor_s")
        for first, last, _ in gaps.holes(stream, at, ids if self._at < behind else [*ids, behind], ends):
            self._finding += gaps.untold(db, stream, first, last, floor_s)
        del self._finding[MOST_RANGES:]
        return self._at < behind


def _ids(db: apsw.Connection, ends: Ends, stream: str, at: int, behind: int) -> tuple[list[int], int]:
    """Return some keys behind `at`, and how far was looked."""
    try:
        ids = [
            n for (n,) in db.execute(f"SELECT id FROM {TABLES[stream]} WHERE id > ? ORDER BY id LIMIT {CHUNK}", (at,))
        ]
    except apsw.CorruptError:
        page = fetch(db, ends, stream, at, behind, CHUNK)
        return [raw[0] for raw in page.raws], page.last if page.more else behind
    return ids, ids[-1] if len(ids) == CHUNK else behind
