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
from gateway.journal.rows import SYNCED, WAITING, Raw
from gateway.journal.store import Store
from gateway.journal.thinning import ROWS, thin
from gateway.journal.times import WRONG_NS

log = logging.getLogger(__name__)

# Never here: scan, correction, rate, closing, incident, consent, config, session, quality; schema and gap either.
EXPENDABLE: Final = ("alarm", "backup", "count", "measurement", "state", "text")
BLOCKS_A_STEP: Final = 500
EVENTS_A_STEP: Final = 500
GO_FOR_EACH: Final = 4  # so many expire for each that comes, beyond a step's worth: no clock empties a journal at once
LOW: Final = 0.95  # making room goes on until this share of max_bytes, so that it does not begin again at once
THIN_FROM, THIN_UNTIL = 0.85, 0.8  # shares of max_bytes, likewise
BALLAST_BYTES: Final = 8 << 20
RELIEVE_EVERY_S: Final = 5.0


class Retention:
    """Deletes in short steps, each its own transaction, in the writer's thread."""

    def __init__(self, store: Store, max_bytes: int, samples_keep_d: float) -> None:
        self._store = store
        self._max_bytes = max_bytes
        self.ballast_bytes = min(BALLAST_BYTES, max_bytes // 20)
        self._keep_ns = int(samples_keep_d * 86400e9)
        self._shrinking = self._thinning = False
        self._relieved_at = 0.0
        self._looked = self._over = 0  # keys of blocks: how far was looked, and up to where they are over
        self._now_ns = 0  # when that was
        self._came = self._may_go = 0  # blocks
        self.evicted = 0  # rows that went because space ended
        self.thinned = 0  # rows that were taken out of old blocks, in this journal's life

    def used_bytes(self) -> int:
        """Return what the rows take; pages that are free inside the file will be used again."""
        pragma = self._store.db.pragma
        return int((pragma("page_count") - pragma("freelist_count")) * pragma("page_size"))

    def crowded(self) -> bool:
        """Return whether there is so little room left that something should go."""
        return self.used_bytes() > self._max_bytes * THIN_UNTIL

    def step(self) -> bool:
        """Let one step's worth go; returns whether there may be more."""
        return self._expire() or self._thin() or self._shrink()

    def _expire(self) -> bool:
        """Samples go when every publisher has them and their days are over, by a clock that can be trusted."""
        if not self._store.clock.synced:
            return False
        more, expired = self._look(), self._expired(self._blocks())[: self._allowed()]
        if expired:
            self._let_go("s", expired)
            self._may_go -= len(expired)
        return more or len(expired) == BLOCKS_A_STEP

    def _allowed(self) -> int:
        """Return how many blocks may expire now. By the keeping of a steady shop one goes for each that comes."""
        came = self._store.progress.numbers["s"]
        self._may_go = min(self._may_go, BLOCKS_A_STEP) + GO_FOR_EACH * (came - self._came)
        self._came = came
        return self._may_go

    def _look(self) -> bool:
        """Look for the first block that is not over, a step's worth; returns whether there may be more to look at.

        The times of a right clock decide. What a wrong one stamped, long ago or in the future, goes with what follows.
        """
        store, now_ns, before_ns = self._store, self._store.clock.time_ns(self._store.clock.mono_ns()), self._now_ns
        passed, self._now_ns = cursors.slowest(store, "s"), now_ns
        far = 0 if now_ns < before_ns else passed  # the clock was put back, or somebody reads anew
        if far is not None:
            self._looked, self._over = min(self._looked, far), min(self._over, far)
        found = self._blocks(self._looked)
        for row_id, time_ns, clock in found:
            if clock == WAITING or (passed is not None and row_id > passed):
                return False
            if clock == SYNCED and time_ns <= now_ns + WRONG_NS:
                if time_ns >= now_ns - self._keep_ns:
                    return False
                self._over = row_id
            self._looked = row_id
        return len(found) == BLOCKS_A_STEP

    def _expired(self, found: list[Raw]) -> list[int]:
        return [row_id for row_id, _, _ in found if row_id <= self._over]

    def _blocks(self, after: int = 0) -> list[Raw]:
        """What lies before the floor and could not be deleted stays, as if it were not there."""
        store = self._store
        after = max(after, store.meta("floor_s"))
        try:
            select = "SELECT id, time_ns, clock FROM blocks WHERE id > ? ORDER BY id LIMIT ?"
            return list(store.db.execute(select, (after, BLOCKS_A_STEP)))
        except apsw.CorruptError:
            page = store.fetch("s", after, None, BLOCKS_A_STEP)
            return [(raw[0], raw[2], raw[3]) for raw in page.raws if blocks.whole(raw)]

    def _thin(self) -> bool:
        """Before anything must go, what is old and delivered becomes less."""
        self._thinning = self.used_bytes() > self._max_bytes * (THIN_UNTIL if self._thinning else THIN_FROM)
        more = self._thinning and thin(self._store)
        self.thinned = self._store.meta(ROWS)
        return more

    def _shrink(self) -> bool:
        used = self.used_bytes()
        self._shrinking = used > self._max_bytes * (LOW if self._shrinking else 1.0)
        return self._shrinking and self._evict("space")

    def _evict(self, cause: str) -> bool:
        """Samples first; then events that neither money nor law needs. What is left then stays, whatever it takes."""
        oldest = self._blocks()
        if oldest:
            ids, expired = [row_id for row_id, _, _ in oldest], len(self._expired(oldest))
            self._let_go("s", ids, ids[expired:], cause)
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
                if stream == "e":
                    store.db.execute("DELETE FROM machine_pages WHERE first <= ?", (ids[-1],))
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
