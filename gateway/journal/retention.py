"""Room: what goes when its time is over, what goes first when space ends, and the ballast for a full disk."""

import contextlib
import logging
import os
import time
from typing import Any, Final

import apsw

from gateway.journal import cursors, gaps
from gateway.journal.ballast import drop_ballast, make_ballast
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
        return self._write(self._expire) or self._shrink()

    def _write(self, work: Any, *values: Any) -> bool:
        mark = self._store.begin()
        try:
            done: bool = work(*values)
            self._store.commit()
        except BaseException:
            self._store.rollback(mark)
            raise
        return done

    def _expire(self) -> bool:
        """Samples go when every publisher has them and their days are over, by a clock that can be trusted."""
        expired = self._expired(self._oldest_blocks())
        if not expired:
            return False
        self._delete_blocks(expired)
        return len(expired) == BLOCKS_A_STEP

    def _oldest_blocks(self) -> list[Raw]:
        select = "SELECT id, time_ns, clock FROM blocks ORDER BY id LIMIT ?"
        return list(self._store.db.execute(select, (BLOCKS_A_STEP,)))

    def _expired(self, blocks: list[Raw]) -> list[Raw]:
        store = self._store
        if not store.clock.synced:
            return []
        until_ns = store.clock.time_ns(store.clock.mono_ns()) - self._keep_ns
        passed = cursors.slowest(store, "s")
        found = []
        for block in blocks:
            row_id, time_ns, clock = block
            if time_ns >= until_ns or clock == 0 or (passed is not None and row_id > passed):
                break
            found.append(block)
        return found

    def _delete_blocks(self, blocks: list[Raw]) -> None:
        last = blocks[-1][0]
        self._store.db.execute("DELETE FROM blocks WHERE id <= ?", (last,))
        self._store.set_meta("floor_s", last)
        if (waiting := self._store.progress.waiting["s"]) is not None and waiting <= last:
            self._store.find_waiting("s")

    def _shrink(self) -> bool:
        used = self.used_bytes()
        self._shrinking = used > self._max_bytes * (LOW if self._shrinking else 1.0)
        return self._shrinking and self._write(self._evict, "space")

    def _evict(self, cause: str) -> bool:
        """Samples first; then events that neither money nor law needs. What is left then stays, whatever it takes."""
        return self._evict_blocks(cause) or self._evict_events(cause)

    def _evict_blocks(self, cause: str) -> bool:
        oldest = self._oldest_blocks()
        if not oldest:
            return False
        early = oldest[len(self._expired(oldest)) :]
        if early:
            self.evicted += len(early)
            gaps.tell(self._store, "s", early[0][0], early[-1][0], cause, rows=len(early))
        self._delete_blocks(oldest)
        return True

    def _evict_events(self, cause: str) -> bool:
        store = self._store
        named = ", ".join("?" * len(EXPENDABLE))
        select = f"SELECT id FROM events WHERE id > ? AND kind IN ({named}) AND clock != 0 ORDER BY id LIMIT ?"
        gone = list(store.db.execute(select, (store.meta("floor_e"), *EXPENDABLE, EVENTS_A_STEP)))
        if not gone:
            return False
        self.evicted += len(gone)
        gaps.tell(store, "e", gone[0][0], gone[-1][0], cause, rows=len(gone), kinds=list(EXPENDABLE))
        store.db.executemany("DELETE FROM events WHERE id = ?", gone)
        store.set_meta("floor_e", gone[-1][0])
        return True

    # A full disk

    def relieve(self) -> bool:
        """Make room on a full disk, where even DELETE needs some; returns whether a commit may succeed now."""
        freed = drop_ballast(self._store.files.ballast)
        if not freed and time.monotonic() < self._relieved_at + RELIEVE_EVERY_S:
            return False
        self._relieved_at = time.monotonic()
        try:
            self._store.db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)  # makes the room that evicting needs
            freed |= self._write(self._evict, "disk full")
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
