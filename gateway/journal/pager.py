"""The pager: makes pages of what events tell of machines (gateway.journal.machine_pages), some events at a time."""

import time
from typing import Final

import apsw

from gateway.journal import rows
from gateway.journal.machine_pages import ROWS, page_crc
from gateway.journal.machine_rows import WANTED, Gathering
from gateway.journal.rows import Corrupted
from gateway.journal.store import Store

EVENTS_A_STEP: Final = 100
AGAIN_S: Final = 3600.0  # behind a damaged page of the file there is nothing to be had
_NEXT: Final = f"{rows.SELECT} WHERE id > ? AND id < ? AND {WANTED} ORDER BY id LIMIT {EVENTS_A_STEP}"


class Pager:
    """How far the events are paged, and those that are on their way to the next page."""

    def __init__(self) -> None:
        self._gathering = Gathering()
        self._first = self._at = 0  # keys: of the next page's first event, and how far was looked
        self._begun = False
        self._due_s = 0.0  # monotonic

    def step(self, store: Store) -> bool:
        """Go on a little; return whether there is more."""
        if time.monotonic() < self._due_s:
            return False
        try:
            return self._go_on(store)
        except apsw.CorruptError:
            self._due_s = time.monotonic() + AGAIN_S
            return False

    def _go_on(self, store: Store) -> bool:
        if not self._begun:
            ((last,),) = store.db.execute("SELECT max(last) FROM machine_pages")
            self._first, self._at, self._begun = (last or 0) + 1, last or 0, True
        waiting = store.progress.waiting["e"]
        until = store.last_id("e") + 1 if waiting is None else waiting
        found = list(store.db.execute(_NEXT, (self._at, until)))
        for raw in found:
            self._take(store, raw)
        if len(found) == EVENTS_A_STEP:
            return True
        self._at = max(self._at, until - 1)
        return False

    def _take(self, store: Store, raw: rows.Raw) -> None:
        try:
            self._gathering.add(raw, store.epochs)
        except Corrupted:  # it stands in no page: whoever reads meets it
            self._write(store, raw[0] - 1)
            self._first = raw[0] + 1
        self._at = raw[0]
        if len(self._gathering) == ROWS:
            self._write(store, raw[0])

    def _write(self, store: Store, last: int) -> None:
        """Make a page of what was gathered, up to a key."""
        if len(self._gathering):
            data = self._gathering.rows().pack()
            with store.transaction():
                values = (last, self._first, data, page_crc(self._first, last, data))
                store.db.execute("INSERT OR REPLACE INTO machine_pages VALUES (?, ?, ?, ?)", values)
        self._first, self._gathering = last + 1, Gathering()
