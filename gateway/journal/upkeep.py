"""What the writer does between commits, in short steps: freeze, keep times, checkpoint, make room, watermark."""

import logging
import time
from typing import Final

from gateway.journal.freeze import freeze
from gateway.journal.store import Store

log = logging.getLogger(__name__)

CHECKPOINT_PAGES: Final = 1000
WATERMARK_S: Final = 60.0


class Upkeep:
    """Called by the writer when nothing is due; each call does one short thing and says whether there is more."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._wal_pages = 0
        self._watermark_at = time.monotonic() + WATERMARK_S
        self._written = -1

    def opened(self) -> None:
        """Watch the WAL's size from now on."""
        self._store.db.set_wal_hook(self._grown)

    def relieve(self) -> bool:
        """Make room on a full disk; returns whether a commit may succeed now."""
        return False

    def __call__(self) -> bool:
        """Do the most urgent step."""
        if self._freeze():
            return True
        if self._wal_pages >= CHECKPOINT_PAGES:
            self.checkpoint()
            return True
        if time.monotonic() >= self._watermark_at:
            self.watermark()
        return False

    def _grown(self, db: object, name: str, pages: int) -> int:
        self._wal_pages = pages
        return 0

    def _freeze(self) -> bool:
        store = self._store
        if store.progress.waiting == {"e": None, "s": None}:
            return False
        mark = store.begin()
        try:
            done = freeze(store)
            store.commit()
        except BaseException:
            store.rollback(mark)
            raise
        return done > 0

    def checkpoint(self) -> None:
        """Bring the WAL into the database, by the connection that wrote it."""
        self._store.db.wal_checkpoint()
        self._wal_pages = 0

    def watermark(self) -> None:
        """Write outside the database how far it is, when that changed."""
        self._watermark_at = time.monotonic() + WATERMARK_S
        changed = self._store.progress.changed
        if changed != self._written:
            self._store.write_watermark()
            self._written = changed
