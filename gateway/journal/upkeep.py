"""What the writer does between commits, in short steps: freeze, checkpoint, make room, keep the watermark, page."""

import logging
import time
from typing import Final

import apsw

from gateway.journal.census import Census
from gateway.journal.freeze import freeze
from gateway.journal.pager import Pager
from gateway.journal.retention import Retention
from gateway.journal.store import Store

log = logging.getLogger(__name__)

LEAST_PAGES: Final = 50  # of the WAL between two checkpoints
RETENTION_S: Final = 1800.0  # what goes together leaves neighbouring pages, which are written together again
RETENTION_FAILED_S: Final = 600.0
WATERMARK_S: Final = 60.0


class Upkeep:
    """Called by the writer when nothing is due; each call does one short thing and says whether there is more."""

    def __init__(self, store: Store, retention: Retention) -> None:
        self._store = store
        self.retention = retention
        self._wal_pages, self._wal_full = 0, LEAST_PAGES
        self._retention_at = time.monotonic()
        self._watermark_at = time.monotonic() + WATERMARK_S
        self._written = -1
        self.census = Census()
        self._pager = Pager()

    def opened(self) -> None:
        """Watch the WAL's size from now on, and lay the ballast down.

        Rows of one page that were written one by one reach the database once, when the WAL is long; but all of it must
        fit where the ballast was.
        """
        page_bytes = self._store.db.pragma("page_size")
        self._wal_full = max(LEAST_PAGES, self.retention.ballast_bytes // 2 // page_bytes)
        self._store.db.set_wal_hook(self._grown)
        self.retention.keep_ballast()

    @property
    def urgent(self) -> bool:
        """Return whether a step should be done as soon as nothing is due."""
        return self._wal_pages >= self._wal_full

    def step(self) -> bool:
        """Do the most urgent thing."""
        if freeze(self._store):
            return True
        if self.urgent:
            self._checkpoint()
            return True
        self.census.step(self._store.db, self._store.known_ends())
        now = time.monotonic()
        if now >= self._retention_at:
            return self._make_room(now)
        if now >= self._watermark_at:
            self._watermark_at = now + WATERMARK_S
            if self.retention.crowded():
                self._retention_at = min(self._retention_at, now)
            self._watermark()
            self.retention.keep_ballast()
        return self._pager.step(self._store)

    def finish(self) -> None:
        """Before the file is closed: the times for a quick start, and how far the streams are."""
        try:
            with self._store.transaction():
                self._store.save_times()
            self._watermark()
        except (apsw.Error, OSError) as error:
            log.warning("the journal is closed without its last times: %s", error)

    def _grown(self, db: object, name: str, pages: int) -> int:
        self._wal_pages = pages
        return 0

    def _checkpoint(self) -> None:
        """By the connection that wrote it (a reader elsewhere makes it do a part: the next one does the rest)."""
        self._wal_pages = 0
        self._store.db.wal_checkpoint()

    def _make_room(self, now: float) -> bool:
        """A damaged page among the oldest must not be tried each second."""
        self._retention_at = now + RETENTION_FAILED_S
        more = self.retention.step()
        self._retention_at = now if more else now + RETENTION_S
        return more

    def _watermark(self) -> None:
        changed = self._store.progress.changed
        if changed != self._written:
            self._store.write_watermark()
            self._written = changed
