"""The writer: one thread that owns the only connection, and commits what has gathered in one transaction."""

import asyncio
import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import apsw

from gateway.errors import StorageFailed
from gateway.event import Event, Row
from gateway.journal.pages import Page
from gateway.journal.rows import Epoch
from gateway.journal.store import Store
from gateway.journal.upkeep import Upkeep

log = logging.getLogger(__name__)

MOST_IN_GROUP: Final = 500
UPKEEP_S: Final = 1.0
FULL_ERRORS: Final = (apsw.FullError, apsw.IOError)  # a quota or a limit of size comes as an error of I/O
STORAGE_ERRORS: Final = (*FULL_ERRORS, apsw.CorruptError, apsw.NotADBError, apsw.ReadOnlyError, apsw.NoMemError)


class Transaction:
    """What a work of `Journal.transact` may do; it may run again when the disk was full, so it keeps nothing itself."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.db: apsw.Connection = store.db

    @property
    def epoch(self) -> Epoch:
        """Return the start of the daemon that this is."""
        return self._store.epoch

    def append(self, event: Event) -> Row:
        """Append an event; it is kept when the transaction is. Raises TypeError for a body that JSON cannot say."""
        return self._store.append(event)

    def newest(self, kind: str, source: str) -> Row | None:
        """Return the newest event of a kind from a source, among the newest few hundred of all."""
        return self._store.newest(kind, source)

    def events(self, after: int, limit: int) -> Page:
        """Return up to `limit` events behind a key, as they stand in the file, those that wait for the clock too."""
        return self._store.fetch("e", after, None, limit)


Work = Callable[[Store], Any]
Outcome = tuple["asyncio.Future[Any]", Any, bool]  # future, result or error, whether it is an error


@dataclass(slots=True)
class Request:
    """A piece of writing that waits for its turn, or of reading."""

    work: Work
    future: "asyncio.Future[Any]"
    due: float  # time.monotonic at which it must be committed


@dataclass(slots=True)
class _Queues:
    writes: deque[Request] = field(default_factory=deque)
    reads: deque[Request] = field(default_factory=deque)
    stopping: bool = False

    def due(self) -> float | None:
        """Return when the next commit must begin: with the most urgent that waits, all before it go along."""
        return min((request.due for request in self.writes), default=None)


class Writer:
    """Starts with `start`, ends with `stop`. `submit` and `read` are called on the loop and never wait."""

    def __init__(self, store: Store, upkeep: Upkeep, committed: Callable[[], None]) -> None:
        self._store = store
        self._upkeep = upkeep
        self._committed = committed  # called on the loop when rows were added or frozen
        self._queues = _Queues()
        self._ready = threading.Condition()
        self._told = 0
        self._upkeep_at = time.monotonic() + UPKEEP_S
        self.storage_error = ""  # why the last commit failed; empty when it did not

    async def start(self) -> None:
        """Open the store in its thread. Raises what Store.open raises."""
        self._loop = asyncio.get_running_loop()
        opened: asyncio.Future[None] = self._loop.create_future()
        self._thread = threading.Thread(target=self._run, args=(opened,), name="journal", daemon=True)
        self._thread.start()
        await opened

    async def stop(self) -> None:
        """Commit what waits, close the file, end the thread."""
        with self._ready:
            self._queues.stopping = True
            self._ready.notify()
        await asyncio.to_thread(self._thread.join)

    def submit(self, work: Work, linger_s: float = 0.0) -> "asyncio.Future[Any]":
        """Queue a writing; its future ends after the commit. With `linger_s` it may wait for others to go along."""
        return self._put(self._queues.writes, work, linger_s)

    def read(self, work: Work) -> "asyncio.Future[Any]":
        """Queue a short reading, done when no commit is due."""
        return self._put(self._queues.reads, work, 0.0)

    def _put(self, queue: deque[Request], work: Work, linger_s: float) -> "asyncio.Future[Any]":
        future: asyncio.Future[Any] = self._loop.create_future()
        with self._ready:
            if self._queues.stopping:
                raise StorageFailed("the journal is closed")
            queue.append(Request(work, future, time.monotonic() + linger_s))
            self._ready.notify()
        return future

    # In the thread

    def _run(self, opened: "asyncio.Future[None]") -> None:
        try:
            self._store.open()
        except (apsw.Error, OSError) as error:
            self._settle([(opened, StorageFailed(f"{self._store.files.database}: {error}"), True)])
            return
        except Exception as error:  # noqa: BLE001 - carried over to whoever opens
            self._settle([(opened, error, True)])
            return
        self._upkeep.opened()
        self._settle([(opened, None, False)])
        try:
            while self._turn():
                pass
            self._upkeep.finish()
        finally:
            self._give_up()
            self._store.close()

    def _give_up(self) -> None:
        """Nobody may wait for a thread that has ended, whatever ended it."""
        with self._ready:
            self._queues.stopping = True
            left = [*self._queues.writes, *self._queues.reads]
        self._settle([(request.future, StorageFailed("the journal is closed"), True) for request in left])

    def _turn(self) -> bool:
        """One commit, then one reading: neither starves the other. Upkeep comes when nothing is due, or after 1 s."""
        group, reading, stopping = self._next()
        if group:
            self._commit(group)
            if self._upkeep.urgent:
                self._upkeep_at = min(self._upkeep_at, time.monotonic())
        if reading:
            self._settle([self._read(reading)])
        if (not group and not reading) or time.monotonic() >= self._upkeep_at + UPKEEP_S:
            self._keep_up()
        return not (stopping and not group and not reading)

    def _next(self) -> tuple[list[Request], Request | None, bool]:
        with self._ready:
            queues = self._queues
            while not queues.stopping and not queues.reads and not self._due():
                wait_s = self._wait_s()
                if wait_s <= 0:
                    break
                self._ready.wait(wait_s)
            group: list[Request] = []
            if self._due() or queues.stopping:
                while queues.writes and len(group) < MOST_IN_GROUP:
                    group.append(queues.writes.popleft())
            return group, queues.reads.popleft() if queues.reads else None, queues.stopping

    def _due(self) -> bool:
        due = self._queues.due()
        return due is not None and due <= time.monotonic()

    def _wait_s(self) -> float:
        due = self._queues.due()
        return min(self._upkeep_at, due if due is not None else self._upkeep_at) - time.monotonic()

    def _keep_up(self) -> None:
        more = False
        try:
            more = self._upkeep.step()
        except (apsw.Error, OSError) as error:
            self._failed(error)
        except Exception:
            log.exception("the journal's upkeep failed")
        self._upkeep_at = time.monotonic() + (0.0 if more else UPKEEP_S)
        self._tell()

    def _commit(self, group: list[Request]) -> None:
        """All of the group, or nothing of it; a full disk is relieved once and the group tried again."""
        try:
            outcomes = self._attempt(group)
        except Exception as error:  # noqa: BLE001 - the thread's border: told to all who asked, logged in _failed
            outcomes = self._attempt_again(group, error)
        self._settle(outcomes)
        self._tell()

    def _attempt_again(self, group: list[Request], error: Exception) -> list[Outcome]:
        if isinstance(error, FULL_ERRORS):
            try:
                if self._upkeep.retention.relieve():
                    return self._attempt(group)
            except (apsw.Error, OSError):
                pass  # the first error says why
        self._failed(error)
        if isinstance(error, apsw.CorruptError | apsw.NotADBError):
            self._store.refuse()
        return [(request.future, StorageFailed(str(error)), True) for request in group]

    def _attempt(self, group: list[Request]) -> list[Outcome]:
        store = self._store
        with store.transaction():
            outcomes = [self._alone(request) for request in group]
        if self.storage_error:
            log.warning("the journal can be written again")
            self.storage_error = ""
        return outcomes

    def _alone(self, request: Request) -> Outcome:
        """Run a request in a savepoint: one that raises takes back its own rows, numbers and times, and no others."""
        store = self._store
        mark = store.progress.mark()
        store.db.execute("SAVEPOINT request")
        try:
            outcome = request.future, request.work(store), False
        except STORAGE_ERRORS:
            raise  # it concerns all
        except Exception as error:
            if not store.db.in_transaction:
                raise  # the work ended the transaction of all
            store.db.execute("ROLLBACK TO request")
            store.progress.back(mark)
            outcome = request.future, error, True  # whoever asked gets it, with its traceback
        store.db.execute("RELEASE request")
        return outcome

    def _read(self, request: Request) -> Outcome:
        try:
            return request.future, request.work(self._store), False
        except Exception as error:  # noqa: BLE001 - whoever asked gets it, with its traceback
            if isinstance(error, STORAGE_ERRORS):
                error = StorageFailed(f"the journal could not be read: {error}")
            return request.future, error, True

    def _failed(self, error: Exception) -> None:
        """Log once that it fails, and once that it is well again (in `_attempt`)."""
        if not self.storage_error:
            log.error("the journal cannot be written: %s", error, exc_info=not isinstance(error, apsw.Error | OSError))
        self.storage_error = str(error) or type(error).__name__

    def _settle(self, outcomes: list[Outcome]) -> None:
        """Hand results to the loop in one call. A loop that is gone has nobody waiting."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(_hand_over, outcomes)

    def _tell(self) -> None:
        changed = self._store.progress.changed
        if changed != self._told:
            self._told = changed
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._committed)


def _hand_over(outcomes: list[Outcome]) -> None:
    for future, value, wrong in outcomes:
        if future.done():
            continue  # whoever asked has gone; what was committed stays
        if wrong:
            future.set_exception(value)
        else:
            future.set_result(value)
