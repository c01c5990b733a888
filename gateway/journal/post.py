"""The post: dead letters on the loop's side, which are sent again when somebody asks for it."""

import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from gateway.errors import StorageFailed
from gateway.event import Position
from gateway.journal import cursors, letters, rows
from gateway.journal.feed import Stream
from gateway.journal.rows import after_key, key
from gateway.journal.store import Store

Write = Callable[[Callable[[Store], Any], float], Awaitable[Any]]
Read = Callable[[Callable[[Store], Any]], Awaitable[Any]]


class Post:
    """A letter that is asked for is sent behind all else, under its id, and struck from the list once it is taken."""

    def __init__(self, store: Store, write: Write, read: Read) -> None:
        self._store, self._write, self._read = store, write, read

    async def redrive(self, publisher: str, by: str) -> int:
        """Have a publisher's letters sent again; returns how many. An event tells of it. Raises StorageFailed."""
        return int(await self._write(lambda store: letters.redrive(store, publisher, by), 0.0))

    async def again(self, publisher: str, stream: Stream, limit: int) -> list[Position]:
        """Return the places of letters that are to be sent again, in their order. Raises StorageFailed."""
        found = await self._read(lambda store: letters.to_send(store.db, publisher, stream, limit))
        return [place for row_id in found if (place := rows.place(row_id, self._store.epochs))]

    async def strike(self, publisher: str, stream: Stream, place: Position, taken: bool) -> None:
        """Take a letter from the list: its row is taken, or gone. Raises StorageFailed."""
        row_id = key(place.start, place.n)
        await self._write(lambda store: cursors.settle_again(store, (publisher, stream), row_id, taken), 0.0)

    async def begin_behind(self, publisher: str, stream: Stream, place: Position | None) -> None:
        """Note that all behind a place will be sent (again): what was refused of it may be taken now."""
        after = after_key(place, self._store.epochs)
        with contextlib.suppress(StorageFailed):
            await self._write(lambda store: letters.forget(store, publisher, stream, after), 0.0)
