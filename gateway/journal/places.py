"""Places: how far each publisher has come, on the loop's side; kept in the file with the samples, or by themselves."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.errors import StorageFailed
from gateway.event import Position
from gateway.journal import cursors, gaps
from gateway.journal.cursors import Cursor, Step, Who
from gateway.journal.rows import key
from gateway.journal.store import Store

# A place may be this much behind after a power cut: rows are sent again, by the same id. It is longer than samples are
# gathered, so that places go with their commit: in every other one they would be a page more.
LINGER_S: Final = 15.0

Untold = tuple[str, int, int, str]  # stream and gap
Write = Callable[[Callable[[Store], Any], float], Awaitable[Any]]


@dataclass(slots=True)
class Places:
    """Every publisher's place in each stream.

    No cursor is kept behind what is gone and was not told: `untold` are such gaps, and are told in its transaction.
    """

    write: Write
    untold: set[Untold] = field(default_factory=set)
    _places: dict[Who, Position | None] = field(default_factory=dict)
    _steps: dict[Who, Step] = field(default_factory=dict)
    _due: asyncio.Task[None] | None = None  # keeps what has moved, unless samples are committed before

    def load(self, found: Mapping[Who, tuple[Cursor, Position | None]]) -> None:
        """Take what stands in the file."""
        for who, (cursor, place) in found.items():
            self._places[who] = place
            self._steps[who] = Step(cursor.at, cursor.acknowledged, cursor.skipped)

    async def of(self, who: Who) -> Position | None:
        """Return a place; from now on samples are held for who asked."""
        if who not in self._places:
            self._places[who], self._steps[who] = None, Step(0, 0)
            with contextlib.suppress(StorageFailed):  # then its first move keeps it
                self.told(await self.write(self._keep, 0.0))
        return self._places[who]

    def move(self, who: Who, place: Position, acknowledged: int | None, skipped: int) -> None:
        """Go forward, never back, past so many rows that the other side has or that are not wanted there.

        `acknowledged` None: whatever of them is neither refused, skipped nor gone.
        """
        before, step = self._places.get(who), self._steps.get(who, Step(0, 0))
        if before is not None and place <= before:
            return
        self._places[who] = place
        counted = None if acknowledged is None or step.acknowledged is None else step.acknowledged + acknowledged
        self._steps[who] = Step(key(place.start, place.n), counted, step.skipped + skipped)
        if self._due is None:
            self._due = asyncio.create_task(self._keep_later())

    async def keep(self) -> None:
        """Keep at once what has moved. Raises StorageFailed."""
        if work := self.moved():
            self.told(await self.write(work, 0.0))

    def moved(self) -> Callable[[Store], list[Untold]] | None:
        """Return the writing of what has moved, for a transaction that comes anyway; None when nothing has.

        Once the disk refused it, the next move tries again: memory knows all places.
        """
        due, self._due = self._due, None
        if due is None:
            return None
        if due is not asyncio.current_task():
            due.cancel()
        return self._keep

    def told(self, gaps_told: Iterable[Untold]) -> None:
        """Note that these gaps were told."""
        self.untold.difference_update(gaps_told)

    async def keep_only(self, names: Iterable[str]) -> None:
        """Forget the places of publishers that are not named."""
        wanted = set(names)
        for who in [who for who in self._places if who[0] not in wanted]:
            self._forget(who)
        await self.write(lambda store: cursors.keep_only(store, wanted), 0.0)

    async def drop(self, who: Who) -> None:
        """Forget one place."""
        if who in self._places:
            self._forget(who)
            await self.write(lambda store: cursors.drop(store, *who), 0.0)

    def _forget(self, who: Who) -> None:
        for known in (self._places, self._steps):
            known.pop(who, None)

    def _keep(self, store: Store) -> list[Untold]:
        """In the writer's thread: each place as it is now."""
        steps, telling = list(self._steps.items()), list(self.untold)
        for gap in telling:
            gaps.tell(store, *gap)
        for who, step in steps:
            cursors.keep(store, who, step)
        return telling

    async def _keep_later(self) -> None:
        await asyncio.sleep(LINGER_S)
        with contextlib.suppress(StorageFailed):
            await self.keep()
