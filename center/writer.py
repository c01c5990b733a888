"""The writer: one thread that commits what came in groups, and acknowledges it after that alone."""

import logging
import random
import re
import threading
from collections.abc import Callable
from typing import Final, NamedTuple, cast

import apsw

from center.clock import Clock
from center.fleet import Fleet, Place
from center.inbox import Came, Inbox
from center.rows import Rows, Stream, read
from center.status import read_status
from center.store import Store, Taken
from gateway.publish.replica import Malformed, write_ack
from gateway.publish.topics import Topics

log = logging.getLogger("gongbang.center")

MOST: Final = 200  # messages of one transaction
MOST_BYTES: Final = 4 << 20
LINGER_S: Final = 0.05
WAIT_S: Final = 0.5
AGAIN_S: Final = (0.5, 5.0)  # between two tries to write
PRUNE_S: Final = 60.0
TOPIC: Final = re.compile(r"gongbang/v1/([A-Za-z0-9_-]{1,64})/([A-Za-z0-9_-]{1,64})/(?:journal/([es])|status)")
DAY_MS: Final = 86_400_000

Publish = Callable[[str, bytes], None]


class Work(NamedTuple):
    """One message's rows, for one transaction."""

    place: Place
    rows: Rows


class Writer:
    """Takes from the inbox until it is stopped. While the disk refuses, it tries again and acknowledges nothing."""

    def __init__(
        self, store: Store, fleet: Fleet, inbox: Inbox, publish: Publish, clock: Clock, keep_d: float | None = None
    ) -> None:
        self._store, self._fleet, self._inbox, self._publish, self._clock = store, fleet, inbox, publish, clock
        self._keep_ms = None if keep_d is None else int(keep_d * DAY_MS)
        self._prune_s = clock.mono_s()
        self._stop = threading.Event()
        self._connected = threading.Event()
        self._thread = threading.Thread(target=self._run, name="center-writer", daemon=True)
        self.malformed = 0  # of topics that name no shop, or beyond reading
        self.rows = 0  # committed
        self.storage_error = ""  # why the last commit failed; empty when it did not

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Commit what is at hand, and end. What still waits is sent again by those who sent it."""
        self._stop.set()
        self._inbox.close()
        self._thread.join()

    def hearing(self, hears: bool) -> None:
        """Note that we are connected, or not. May be called by any thread."""
        if hears:
            self._connected.set()

    @property
    def alive(self) -> bool:
        """Return whether the thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._take(self._inbox.take(MOST, MOST_BYTES, LINGER_S, WAIT_S))
            try:
                self._announce()
                self._keep_up()
            except (apsw.Error, OSError) as error:
                self._failed(error)

    def _take(self, group: list[Came]) -> None:
        """Take a group in; one message that nobody foresaw is left out, not those that came with it."""
        try:
            self._settle(self._read(group))
        except Exception:
            log.exception("%d messages could not be taken", len(group))
            for came in group if len(group) > 1 else ():
                self._take([came])

    # ---- reading ----

    def _read(self, group: list[Came]) -> list[Work]:
        """Return the rows that came, and note all else. What cannot be read is counted, never raised."""
        works = []
        for came in group:
            found = TOPIC.fullmatch(came.topic)
            if found is None:
                self.malformed += 1
                continue
            place = (found[1], found[2])
            try:
                rows = self._heard(place, cast("Stream | None", found[3]), came)
            except (Malformed, ValueError, TypeError, RecursionError) as error:
                self._malformed(place, came, error)
                continue
            if rows is not None:
                works.append(Work(place, rows))
        return works

    def _heard(self, place: Place, stream: Stream | None, came: Came) -> Rows | None:
        if stream is None:
            self._fleet.heard(place, came, read_status(place[1], came.payload))
            return None
        rows = read(place[1], stream, came.payload, came.utc_ms)
        self._fleet.heard(place, came, None)
        return rows

    def _malformed(self, place: Place, came: Came, error: Exception) -> None:
        if not came.payload and came.retained is False and came.topic.endswith("/status"):
            return  # somebody removed a retained status
        self.malformed += 1
        count = self._fleet.malformed(place)
        if count & (count - 1) == 0:  # the first, the second, the fourth ...: it may come for ever
            log.warning(
                "%s: a message of %d bytes cannot be read (%d so far): %.200s",
                came.topic,
                len(came.payload),
                count,
                error,
            )

    # ---- writing ----

    def _settle(self, works: list[Work]) -> None:
        """Commit, trying again while the disk refuses; then acknowledge."""
        wait_s = AGAIN_S[0]
        while True:
            try:
                taken = self._commit(works)
                break
            except (apsw.Error, OSError) as error:
                self._failed(error)
            if self._stop.wait(wait_s * random.uniform(0.5, 1.0)):
                return
            wait_s = min(wait_s * 2, AGAIN_S[1])
        if self.storage_error:
            log.warning("the center's file can be written again")
            self.storage_error = ""
        self._acknowledge(works, taken)

    def _commit(self, works: list[Work]) -> list[Taken]:
        unsaved = list(self._fleet.unsaved())
        if not works and not unsaved:
            return []
        store = self._store
        with store.transaction():
            taken = [store.take(store.shop(*work.place), work.rows) for work in works]
            for place, seen in unsaved:
                store.keep_seen(store.shop(*place), seen)
        self._fleet.saved(place for place, _ in unsaved)
        return taken

    def _acknowledge(self, works: list[Work], taken: list[Taken]) -> None:
        """Tell each stream how far it is now: once, for the answers of one commit follow each other."""
        ends: dict[tuple[Place, Stream], Taken] = {}
        for work, part in zip(works, taken, strict=True):
            self._fleet.take(work.place, part)
            self.rows += part.events + part.blocks
            ends[work.place, work.rows.stream] = part
        for (place, stream), part in ends.items():
            self._publish(Topics(*place).ack(stream), write_ack(part.at, part.missing))

    def _announce(self) -> None:
        """Tell all gateways unasked how far they are here: those that waited for us begin again at once."""
        if self._connected.is_set():
            self._connected.clear()
            for workshop, gateway, stream, at in self._store.chains():
                self._publish(Topics(workshop, gateway).ack(stream), write_ack(at))

    def _failed(self, error: Exception) -> None:
        """Log once that it fails, and once that it is well again."""
        if not self.storage_error:
            log.error("the center's file cannot be written: %s", error)
        self.storage_error = str(error) or type(error).__name__

    def _keep_up(self) -> None:
        """Let samples go whose days are over, some at a time, between two commits."""
        if self._keep_ms is None or self._clock.mono_s() < self._prune_s:
            return
        self._prune_s = self._clock.mono_s() + PRUNE_S
        with self._store.transaction():
            gone = self._store.prune(self._clock.utc_ms() - self._keep_ms)
        if gone:
            self._fleet.recount(self._store)
            self._prune_s = self._clock.mono_s()  # there may be more
