"""Journal: everything the daemon keeps, as the rest of it sees it. The only way out to publishers."""

import asyncio
import contextlib
import zlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import apsw

from gateway.clock import Clock
from gateway.errors import StorageFailed
from gateway.event import Body, Event, Position, Row
from gateway.journal import cursors, gaps, letters, rows, snapshots
from gateway.journal.accounts import Books, books
from gateway.journal.blocks import Block, Known, Schema, Window
from gateway.journal.copies import BlockCopy, EventCopy
from gateway.journal.feed import Feed, JournalCounters, Stream
from gateway.journal.files import Files
from gateway.journal.freeze import freeze
from gateway.journal.places import Places, Untold
from gateway.journal.post import Post
from gateway.journal.retention import Retention
from gateway.journal.rows import after_key, key
from gateway.journal.staging import Staging, blocks_of
from gateway.journal.store import Store
from gateway.journal.upkeep import Upkeep
from gateway.journal.watch import Watch, Watches
from gateway.journal.writer import Transaction, Writer
from gateway.losses import Account, lost
from sensors.batch import Batch, Int64s

T = TypeVar("T")
MOST_EVENTS: Final = 256  # in one reading: a commit waits for no more
MOST_BLOCKS: Final = 32
TIMES_S: Final = 300.0  # between two savings of the last times


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The engine's newest snapshot, and where to go on from it."""

    data: bytes
    mono_ns: int
    boot: str
    events_since: list[Row]  # committed after it; the frozen and the waiting
    blocks_at: Position | None  # blocks behind this one are not in the snapshot


class Journal:
    """One journal, open. All coroutines are called on one loop; the file belongs to one thread.

    A coroutine that writes returns after the commit, which has reached the medium, or raises StorageFailed: then
    nothing of it may be acknowledged, and none of it is kept.
    """

    def __init__(self, gateway: str, store: Store, retention: Retention, linger_s: float) -> None:
        self.gateway = gateway
        self.counters = JournalCounters()
        self._store = store
        self._linger_s = linger_s
        self._retention = retention
        self._upkeep = Upkeep(store, retention)
        self._writer = Writer(store, self._upkeep, self._on_committed)
        self._staging = Staging(store.clock)
        self._watches = Watches()
        self._books = Books()
        self._closing = False
        self._feed = Feed(store, self._writer, self.counters)
        self.places = Places(self._write, self._feed.untold)
        self.letters = Post(store, self._write, self._writer.read)

    @classmethod
    async def open(
        cls,
        path: Path | str,
        gateway: str,
        clock: Clock,
        *,
        max_bytes: int = 2_000_000_000,
        hold_s: float = 900.0,
        samples_keep_d: float = 30.0,
        linger_s: float = 0.02,
        vfs: str | None = None,
    ) -> "Journal":
        """Open or make the journal and begin an epoch.

        `linger_s`: how long an `append` may wait for others to share its commit, for the card's life.
        Raises ConfigurationError (a newer format, another daemon on the file), StorageFailed.
        """
        store = Store(Files(Path(path)), clock, hold_s, vfs)
        journal = cls(gateway, store, Retention(store, max_bytes, samples_keep_d), linger_s)
        await journal._writer.start()
        await journal._load()
        return journal

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Commit what waits (staged samples are the caller's: `commit_block` first), then close the file."""
        self._closing = True
        with contextlib.suppress(StorageFailed):  # the rows behind are sent again
            await self.places.keep()
        await self._writer.stop()

    @property
    def epoch(self) -> str:
        """Return this run's epoch, `<start counter>-<4 hex>`."""
        return f"{self._store.epoch.start}-{self._store.epoch.token}"

    @property
    def rescued(self) -> bool:
        """Return whether the file was damaged and made anew at this start: projections must be rebuilt from events."""
        return self._store.rescued is not None

    @property
    def damaged(self) -> bool:
        """Return whether the file refused a commit for damage: open it again, which rescues what is whole."""
        return self._store.damaged

    @property
    def storage_error(self) -> str:
        """Return why the last commit failed; empty while all is well."""
        return self._writer.storage_error

    # Writing events

    async def append(self, events: Sequence[Event]) -> list[Row]:
        """Append events in this order, all or none; returns their rows after the commit.

        Raises StorageFailed, and TypeError for a body that JSON cannot say.
        """
        kept: list[Row] = await self._write(lambda store: [store.append(event) for event in events], self._linger_s)
        return kept

    async def transact(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in the writer's thread, in the transaction; returns its result after the commit, at once.

        When `work` raises, what it did is undone, alone, and the error comes out here. It may run twice (a full disk
        is relieved and the group tried again): it must keep nothing but in the database. Raises StorageFailed.
        """
        done: T = await self._write(lambda store: work(Transaction(store)), 0.0)
        return done

    async def _write(self, work: Callable[[Store], Any], linger_s: float) -> Any:
        try:
            return await self._writer.submit(work, linger_s)
        except StorageFailed as error:
            self.counters.storage_failures += 1
            self.counters.last_error = str(error)
            raise

    async def freeze(self) -> int:
        """Freeze now whatever may be frozen (the writer does so by itself, within a second); returns how many rows."""
        total = 0
        while done := await self._writer.read(freeze):
            total += done
        return total

    # Samples

    async def declare(self, device: str, body: Body) -> Schema:
        """Return the schema of this body: the newest of the device when it is equal, else a new event `schema`.

        `body`: fields and units (lists of K), and where they apply tags, profile, version, window_s.
        """
        wanted = {"window_s": None, **body}
        schema: Schema | None = await self._writer.read(lambda store: _declared(store, device, wanted))
        if schema is None:
            (row,) = await self.append([Event("schema", device, self._store.clock.mono_ns(), wanted)])
            schema = Schema.of(row.position, device, row.body)
        self._feed.know(schema)
        return schema

    def stage(self, batch: Batch, schema: Schema) -> Int64s | None:
        """Take a batch for the next `commit_block`; returns the UTC of its rows [T], frozen, for sending it live.

        None while the clock is not synchronised: such rows go out from the file when it is. Never blocks.
        """
        return self._staging.add_batch(batch, schema)

    def stage_window(self, window: Window, schema: Schema) -> Int64s | None:
        """Take a window likewise; returns the UTC of its end [1]."""
        return self._staging.add_window(window, schema)

    @property
    def staged_bytes(self) -> int:
        """Return how much memory what is staged takes."""
        return self._staging.bytes

    async def commit_block(
        self, snapshot: bytes | None = None, mono_ns: int | None = None, events: Sequence[Event] = ()
    ) -> list[Row]:
        """Commit what is staged, and `events`, and the engine's `snapshot` of now, in one transaction.

        The snapshot must include exactly what the engine made so far, and that must have been handed to `append`
        before or be in `events`: requests are committed in the order in which they were called.
        """
        staged, lost = self._staging.take(), self._staging.untold
        now_ns = self._store.clock.mono_ns() if mono_ns is None else mono_ns
        keep_places = self.places.moved()

        def work(store: Store) -> tuple[list[Row], list[Untold]]:
            if lost:
                gaps.tell_unnumbered(store, lost)
            for block in blocks_of(staged):
                store.append_block(block.schema_id, block.source, block.columns, block.state)
            kept = [store.append(event) for event in events]
            if snapshot is not None:
                snapshots.keep(store, snapshot, now_ns)
            store.save_times(TIMES_S)
            return kept, keep_places(store) if keep_places else []

        rows: list[Row]
        try:
            rows, gaps_told = await self._write(work, 0.0)
        except StorageFailed:
            self.counters.dropped += self._staging.put_back(staged)
            raise
        self._staging.untold -= lost
        self._staging.settled(staged)
        self.places.told(gaps_told)
        return rows

    # Reading

    async def read(self, work: Callable[[apsw.Connection], T]) -> T:
        """Run a short reading of projections in the writer's thread, when no commit is due; it must not write.

        Raises StorageFailed when the file cannot be read.
        """
        done: T = await self._writer.read(lambda store: work(store.db))
        return done

    async def events(self, after: Position | None, limit: int = 200, *, frozen_only: bool = True) -> list[Row]:
        """Return up to `limit` events behind `after`, in the order of their commit; empty means: none yet.

        Only those whose UTC is frozen, and never over one that waits; `frozen_only=False` is for the local screen.
        Damaged rows are left out, counted, and told by a `gap` event.
        """
        return await self._feed.events(after_key(after, self._store.epochs), min(limit, MOST_EVENTS), frozen_only)

    async def recent(
        self, limit: int = 100, kinds: Iterable[str] | None = None, before: Position | None = None
    ) -> list[Row]:
        """Return the newest events, newest first, of the given kinds; those that wait for the clock too.

        Scans, counts and states are looked for among the newest 100 000 events only.
        """
        until = None if before is None else after_key(before, self._store.epochs)
        named = None if kinds is None else list(kinds)
        return await self._feed.recent(min(limit, MOST_EVENTS), named, until)

    async def blocks(self, after: Position | None, limit: int = MOST_BLOCKS, known: Known | None = None) -> list[Block]:
        """Return up to `limit` blocks behind `after`, those that are `known` without rows; else like `events`."""
        return await self._feed.blocks(after_key(after, self._store.epochs), min(limit, MOST_BLOCKS), known)

    async def event_copies(self, after: Position | None, limit: int = MOST_EVENTS) -> list[EventCopy]:
        """Return up to `limit` frozen events behind `after` as they stand in the file; else like `events`."""
        return await self._feed.event_copies(after_key(after, self._store.epochs), min(limit, MOST_EVENTS))

    async def block_copies(self, after: Position | None, limit: int = MOST_BLOCKS) -> list[BlockCopy]:
        """Return up to `limit` frozen blocks likewise."""
        return await self._feed.block_copies(after_key(after, self._store.epochs), min(limit, MOST_BLOCKS))

    def has(self, stream: Stream, place: Position) -> bool:
        """Return whether a row of this journal stands or stood at this place. At once."""
        return self._feed.has(stream, place)

    def behind(self, stream: Stream, after: Position | None) -> int:
        """Return how many rows were kept behind a place, those that went since too. At once, from memory."""
        return self._feed.behind(stream, after_key(after, self._store.epochs))

    async def oldest_ns(self, stream: Stream, after: Position | None) -> int | None:
        """Return the UTC of the first row behind a place; None: there is none, or its time waits for the clock."""
        copies = self.event_copies if stream == "e" else self.block_copies
        return next((copy.time_ns for copy in await copies(after, 1)), None)

    def watch(self) -> AbstractContextManager[Watch]:
        """Return a watch: `with journal.watch() as news:` read, and when nothing came `await news.wait()`."""
        return self._watches.open()

    # Cursors, dead letters, snapshots

    async def cursor(self, name: str, stream: Stream) -> Position | None:
        """Return how far a publisher has come; None at the beginning. From now on samples are held for who asked."""
        return await self.places.of((name, stream))

    async def move_cursor(
        self, name: str, stream: Stream, position: Position, acknowledged: int | None = None, skipped: int = 0
    ) -> None:
        """Set how far a publisher has come, forward only, past so many rows that are settled (see `Places.move`)."""
        self.places.move((name, stream), position, acknowledged, skipped)

    async def keep_cursors(self, names: Iterable[str]) -> None:
        """Forget the cursors of publishers that are not named: nothing is held for them any longer."""
        await self.places.keep_only(names)

    async def drop_cursor(self, name: str, stream: Stream) -> None:
        """Forget how far a publisher has come in a stream that it does not read any longer: nothing is held for it."""
        await self.places.drop((name, stream))

    async def dead_letter(self, publisher: str, row: Row | Block | EventCopy | BlockCopy, reason: str) -> None:
        """Set aside a row that the other side will never take; it stays in its stream, and this names it, once."""
        stream = "e" if isinstance(row, Row | EventCopy) else "s"
        row_id = key(row.position.start, row.position.n)
        await self._write(lambda store: letters.keep(store, publisher, stream, row_id, reason), self._linger_s)

    async def count(self) -> None:
        """Look what became of all rows, for `accounts`. Raises StorageFailed."""
        census = self._upkeep.census
        self._books = await self._writer.read(lambda store: books(store.db, store.known_ends(), census))

    def accounts(self, publisher: str | None = None) -> list[Account]:
        """Return the journal's accounts, or a publisher's, as they stood when `count` looked last."""
        if publisher is not None:
            return self._books.publishers.get(publisher, [])
        return [self._staging.account(), *self._books.streams]

    def lost(self) -> int:
        """Return how many rows nobody can have any more, as `count` found."""
        return lost(self.accounts())

    async def latest_snapshot(self) -> Snapshot | None:
        """Return the newest snapshot that is whole, with the events committed after it; None when there is none."""
        raws = await self._writer.read(snapshots.newest)
        for event_id, block_id, start, mono_ns, data, crc in raws:
            epoch = self._store.epochs.get(start)
            if epoch is None or zlib.crc32(data) != crc:
                continue
            return Snapshot(
                data, mono_ns, epoch.boot, await self._since(event_id), rows.place(block_id, self._store.epochs)
            )
        return None

    async def _since(self, event_id: int) -> list[Row]:
        found: list[Row] = []
        at = rows.place(event_id, self._store.epochs)
        while more := await self.events(at, MOST_EVENTS, frozen_only=False):
            found += more
            at = more[-1].position
        return found

    # Between the threads

    async def _load(self) -> None:
        """What the loop must know of the file; and what a lost WAL tail took is told before anything else."""
        found, times, waiting = await self._writer.read(
            lambda store: (
                cursors.load(store.db),
                store.progress.sample_times(),
                store.progress.waiting["s"] is not None,
            )
        )
        self.places.load({who: (cursor, rows.place(cursor.at, self._store.epochs)) for who, cursor in found})
        self._staging.load(times, waiting)
        if self._store.rescued is not None:
            body = {"what": "journal damaged", "where": self._store.rescued.name, "severity": "critical"}
            await self.append([Event("incident", "journal", self._store.clock.mono_ns(), body)])
        lost: list[tuple[str, int, int]] = self._store.lost
        for stream, first, last in lost:
            await self._write(partial(gaps.tell, stream=stream, first=first, last=last, cause="lost"), 0.0)

    def _on_committed(self) -> None:
        """On the loop, after each commit that added or froze rows."""
        self.counters.received = sum(self._store.progress.numbers.values())
        self.counters.evicted, self.counters.thinned = self._retention.evicted, self._retention.thinned
        self._watches.tell()
        if self._staging.file_waiting and not self._closing:
            asked = self._staging.taken
            reading = self._writer.read(
                lambda store: (store.progress.sample_times(), store.progress.waiting["s"] is not None)
            )
            reading.add_done_callback(lambda done: self._thawed(asked, done))

    def _thawed(self, asked: int, done: "asyncio.Future[tuple[dict[tuple[str, str], int], bool]]") -> None:
        """Only while they wait is the file ahead of what is staged here."""
        current = self._staging.file_waiting and asked == self._staging.taken
        if current and not done.cancelled() and done.exception() is None:
            self._staging.load(*done.result())


def _declared(store: Store, device: str, body: Body) -> Schema | None:
    """The newest schema of the device and this length of windows, when it says the same."""
    for row in store.schemas_of(device):
        if row.body.get("window_s") == body["window_s"]:
            same = rows.dumps(row.body) == rows.dumps(body)
            return Schema.of(row.position, device, row.body) if same else None
    return None
