"""Room: what goes when its time is over, what goes first when space ends, and the ballast for a full disk."""

import contextlib
import logging
import os
import time
from collections.abc import Sequence
from typing import Final

import apsw

from gateway.journal import blocks, cursors, gaps
from gateway.journal.ballast import drop_ballast, make_ballast
from gateway.journal.pages import TABLES
from gateway.journal.rows import Raw
from gateway.journal.store import Store

log = logging.getLogger(__name__)

# Never here: scan, correction, rate, closing, incident, consent, config, session, quality; schema and gap either.
EXPENDABLE: Final = ("alarm", "count", "measurement", "state", "text")
BLOCKS_A_STEP: Final = 500
EVENTS_A_STEP: Final = 500
LOW: Final = 0.95  # making room goes on until this share of max_bytes, so that it does not begin again at once
BALLAST_BYTES: Final = 8 << 20
RELIEVE_EVERY_S: Final = 5.0


class Retention:
    """Deletes in short steps, each its own transaction, in the writer's thread."""

    def __init__(self, store: Store, max_bytes: int, samples_keep_d: float) -> None:
        self._store = store
        self._max_bytes = max_bytes
        self.ballast_bytes = min(BALLAST_BYTES, max_bytes // 20)
        self._keep_ns = int(samples_keep_d * 86400e9)
        self._shrinking = False
        self._relieved_at = 0.0
        self.evicted = 0  # rows that went because space ended

    def used_bytes(self) -> int:
        """Return what the rows take; pages that are free inside the file will be used again."""
        pragma = self._store.db.pragma
        return int((pragma("page_count") - pragma("freelist_count")) * pragma("page_size"))

    def step(self) -> bool:
        """Let one step's worth go; returns whether there may be more."""
        return self._expire() or self._shrink()

    def _expire(self) -> bool:
        """Samples go when every publisher has them and their days are over, by a clock that can be trusted."""
        expired = self._expired(self._oldest_blocks())
        if expired:
            self._let_go("s", [row_id for row_id, _, _ in expired])
        return len(expired) == BLOCKS_A_STEP

    def _oldest_blocks(self) -> list[Raw]:
        """What lies before the floor and could not be deleted stays, as if it were not there."""
        store, floor = self._store, self._store.meta("floor_s")
        try:
            select = "SELECT id, time_ns, clock FROM blocks WHERE id > ? ORDER BY id LIMIT ?"
            return list(store.db.execute(select, (floor, BLOCKS_A_STEP)))
        except apsw.CorruptError:
            page = store.fetch("s", floor, None, BLOCKS_A_STEP)
            return [(raw[0], raw[2], raw[3]) for raw in page.raws if blocks.whole(raw)]

    def _expired(self, oldest: list[Raw]) -> list[Raw]:
        store = self._store
        if not store.clock.synced:
            return []
        until_ns = store.clock.time_ns(store.clock.mono_ns()) - self._keep_ns
        passed = cursors.slowest(store, "s")
        found = []
        for block in oldest:
            row_id, time_ns, clock = block
            if time_ns >= until_ns or clock == 0 or (passed is not None and row_id > passed):
                break
            found.append(block)
        return found

    def _shrink(self) -> bool:
        used = self.used_bytes()
        self._shrinking = used > self._max_bytes * (LOW if self._shrinking else 1.0)
        return self._shrinking and self._evict("space")

    def _evict(self, cause: str) -> bool:
        """Samples first; then events that neither money nor law needs. What is left then stays, whatever it takes."""
        oldest = self._oldest_blocks()
        if oldest:
            early = oldest[len(self._expired(oldest)) :]
            self._let_go("s", [row_id for row_id, _, _ in oldest], [row_id for row_id, _, _ in early], cause)
            return True
        ids = self._oldest_expendable()
        if ids:
            self._let_go("e", ids, ids, cause)
        return bool(ids)

    def _oldest_expendable(self) -> list[int]:
        store = self._store
        named = ", ".join("?" * len(EXPENDABLE))
        select = f"SELECT id FROM events WHERE id > ? AND kind IN ({named}) AND clock != 0 ORDER BY id LIMIT ?"
        found = store.db.execute(select, (store.meta("floor_e"), *EXPENDABLE, EVENTS_A_STEP))
        return [int(row_id) for (row_id,) in found]

    def _let_go(self, stream: str, ids: list[int], early: Sequence[int] = (), cause: str = "") -> None:
        """Delete rows; where a damaged page refuses, they are passed over from now on and keep their room."""
        try:
            self._write(stream, ids, early, cause, delete=True)
        except apsw.CorruptError:
            self._write(stream, ids, early, cause, delete=False)
        self.evicted += len(early)

    def _write(self, stream: str, ids: list[int], early: Sequence[int], cause: str, delete: bool) -> None:
        store = self._store
        with store.transaction():
            if stream == "s":  # what is missing among them did not go because its time was over
                for hole in gaps.holes(stream, store.meta("floor_s"), ids, store.ends):
                    gaps.tell(store, stream, *hole)
            what = {"kinds": list(EXPENDABLE)} if stream == "e" else {}
            gaps.tell_evicted(store, stream, early, cause, **what)
            if delete:
                store.db.executemany(f"DELETE FROM {TABLES[stream]} WHERE id = ?", [(row_id,) for row_id in ids])
            store.set_meta(f"floor_{stream}", ids[-1])
            store.find_waiting(stream)

    # A full disk

    def relieve(self) -> bool:
        """Make room on a full disk, where even DELETE needs some; returns whether a commit may succeed now."""
        freed = drop_ballast(self._store.files.ballast)
        if not freed and time.monotonic() < self._relieved_at + RELIEVE_EVERY_S:
            return False
        self._relieved_at = time.monotonic()
        try:
            self._store.db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)  # makes the room that evicting needs
            freed |= self._evict("disk full")
        except apsw.Error as error:
            log.warning("no room could be made on the full disk: %s", error)
        return freed

    def keep_ballast(self) -> None:
        """Lay the ballast down again when the disk has room for it."""
        path, size = self._store.files.ballast, self.ballast_bytes
        if path.exists():
            return
        disk = os.statvfs(path.parent)
        if disk.f_bavail * disk.f_frsize > 4 * size:
            with contextlib.suppress(OSError):  # it was not as much as it seemed: later
                make_ballast(path, size)
