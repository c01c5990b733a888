"""The feed: rows read forward for publishers, around what is damaged, which is counted and told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from drivers.base import Counters
from gateway.errors import StorageFailed
from gateway.event import Position, Row
from gateway.journal import blocks, gaps, rows
from gateway.journal.blocks import Block, Known, Schema
from gateway.journal.copies import BlockCopy, EventCopy, block_copy, event_copy
from gateway.journal.gaps import Gap
from gateway.journal.pages import Page, given
from gateway.journal.rows import Corrupted, Raw, key
from gateway.journal.store import Store
from gateway.journal.writer import Writer

Stream = Literal["e", "s"]


@dataclass(slots=True)
class JournalCounters(Counters):
    """What the journal counts: received are events and blocks kept, dropped are rows of samples lost."""

    corrupted: int = 0
    evicted: int = 0  # rows that went before their time because space ended
    thinned: int = 0  # rows of samples taken out of old blocks that every publisher has
    storage_failures: int = 0


class Feed:
    """The loop's side of reading: rows are fetched in the writer's thread, and decoded here."""

    def __init__(self, store: Store, writer: Writer, counters: JournalCounters) -> None:
        self._store, self._writer, self._counters = store, writer, counters
        self._schemas: dict[int, Schema] = {}
        self._told: set[tuple[str, int]] = set()  # rows found damaged that were told already
        self.untold: set[tuple[str, int, int, str]] = set()  # gaps that a full disk kept from being told: see Places

    def know(self, schema: Schema) -> None:
        """Remember a schema."""
        self._schemas[key(schema.position.start, schema.position.n)] = schema

    async def events(self, after: int, limit: int, frozen_only: bool) -> list[Row]:
        """Return up to `limit` events behind a key."""
        found: list[Row] = []
        await self._read("e", after, limit, frozen_only, self._event, found)
        return found

    async def blocks(self, after: int, limit: int, known: Known | None = None) -> list[Block]:
        """Return up to `limit` blocks behind a key; those that are `known` without rows."""
        found: list[Block] = []
        await self._read("s", after, limit, True, lambda raw: self._block(raw, known), found)
        return found

    async def event_copies(self, after: int, limit: int) -> list[EventCopy]:
        """Return up to `limit` frozen events behind a key, not parsed."""
        found: list[EventCopy] = []
        await self._read("e", after, limit, True, lambda raw: event_copy(raw, self._store.epochs), found)
        return found

    async def block_copies(self, after: int, limit: int) -> list[BlockCopy]:
        """Return up to `limit` frozen blocks behind a key, not unpacked; their schemas are read by whoever unpacks."""
        found: list[BlockCopy] = []
        await self._read("s", after, limit, True, lambda raw: block_copy(raw, self._store.epochs), found, learn=False)
        return found

    def has(self, stream: Stream, place: Position) -> bool:
        """Return whether a row was ever kept at this place, here and not in another gateway's journal."""
        epoch = self._store.epochs.get(place.start)
        last = self._store.known_ends().get((place.start, stream), 0)
        return epoch is not None and epoch.token == place.token and 1 <= place.n <= last

    def behind(self, stream: Stream, after: int) -> int:
        """Return how many numbers were given behind a key; rows that went since count too. Reads nothing."""
        return given(self._store.known_ends(), stream, after)

    async def recent(self, limit: int, kinds: Sequence[str] | None, before: int | None) -> list[Row]:
        """Return the newest whole events, newest first; the others are told when they are read to be sent."""
        raws: list[Raw] = await self._writer.read(lambda store: store.fetch_recent(limit, kinds, before))
        found: list[Row] = []
        self._sort_out(raws, self._event, found)
        return found

    async def _read(
        self,
        stream: Stream,
        after: int,
        limit: int,
        frozen_only: bool,
        decode: Callable[[Raw], Any],
        found: list[Any],
        learn: bool = True,
    ) -> None:
        """Read until something is found or nothing is left: a stretch of damaged rows must not look like the end."""
        at = seen = after
        while not found:
            page, missing = await self._writer.read(partial(_fetched, stream, at, seen, frozen_only, limit))
            if stream == "s" and learn:
                await self._learn({raw[1] for raw in page.raws if blocks.whole(raw)})
            damaged = self._sort_out(page.raws, decode, found)
            await self._tell(stream, damaged + missing)
            if not page.more:
                return
            at, seen = page.last, page.raws[-1][0] if page.raws else seen

    def _sort_out(self, raws: list[Raw], decode: Callable[[Raw], Any], found: list[Any]) -> list[Gap]:
        damaged = []
        for raw in raws:
            try:
                found.append(decode(raw))
            except Corrupted:
                damaged.append((raw[0], raw[0], "damaged"))
        return damaged

    def _event(self, raw: Raw) -> Row:
        return rows.decode(raw, self._store.epochs)

    def _block(self, raw: Raw, known: Known | None) -> Block:
        return blocks.block_of(raw, self._store.epochs, self._schemas, known)

    async def _learn(self, wanted: set[int]) -> None:
        """Read the schemas that blocks name; one that is damaged stays unknown."""
        missing = wanted - self._schemas.keys()
        if missing:
            self._schemas |= await self._writer.read(lambda store: _schemas(store, missing))

    async def _tell(self, stream: Stream, found: list[Gap]) -> None:
        """A full disk must not stop the reading: then the gap is told with the cursor that passes it."""
        new = [gap for gap in found if (stream, gap[0]) not in self._told]
        if not new:
            return

        def work(store: Store) -> int:
            return sum(gaps.tell(store, stream, *gap) for gap in new)

        try:
            self._counters.corrupted += await self._writer.submit(work)
        except StorageFailed as error:
            self._counters.storage_failures += 1
            self._counters.last_error = str(error)
            self.untold.update((stream, *gap) for gap in new)
        else:
            self._told.update((stream, first) for first, _, _ in new)


def _fetched(stream: str, at: int, seen: int, frozen_only: bool, limit: int, store: Store) -> tuple[Page, list[Gap]]:
    """Return a page, and what is missing in it and behind `seen` and was not told."""
    page = store.fetch(stream, at, store.bound(stream, frozen_only), limit)
    floor_s = store.meta("floor_s")
    holes = gaps.holes(stream, seen, [raw[0] for raw in page.raws], store.ends)
    return page, [
        (*part, why) for first, last, why in holes for part in gaps.untold(store.db, stream, first, last, floor_s)
    ]


def _schemas(store: Store, wanted: set[int]) -> dict[int, Schema]:
    found = {}
    for schema_id in wanted:
        row = store.event(schema_id)
        if row is not None and row.kind == "schema":
            found[schema_id] = Schema.of(row.position, row.source, row.body)
    return found
