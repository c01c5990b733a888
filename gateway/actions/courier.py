"""Courier: carries alarms' events from the journal to one way of telling, with a cursor of its own, as a publisher.

What it has told, or given up, is behind the cursor. A restart goes on from there: what waited is told then, unless it
is older than `max_age_s`; what was just being told at a power cut may be told twice, by the same id.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol

from drivers.base import Counters
from gateway.actions.choice import tells
from gateway.clock import Clock
from gateway.config.actions import Telling
from gateway.errors import Refused, SinkAway, StorageFailed
from gateway.event import Position, Row
from gateway.journal.journal import Journal
from gateway.publish.letters import Letters

READ: Final = 200
MOST_WAITING: Final = 500  # in memory; the rest waits in the journal
PASSED: Final = 100  # events of no concern, after which the cursor moves all the same


class Way(Protocol):
    """How events are told."""

    most: int  # events at once

    async def send(self, rows: Sequence[Row]) -> None:
        """Tell of these events. Raises SinkAway: try again; Refused: never again; WrongConfiguration."""


@dataclass(slots=True, eq=False)
class _Entry:
    """An event that is to be told, and how many of no concern came before it."""

    row: Row
    passed: int


async def begin_here(journal: Journal, name: str) -> None:
    """Let an action that is new begin with what happens from now on; a known one goes on. Raises StorageFailed."""
    if await journal.cursor(name, "e") is None and (newest := await journal.recent(1)):
        here = newest[0].position
        await journal.move_cursor(name, "e", here, 0, journal.behind("e", None) - journal.behind("e", here))
        await journal.places.keep()  # at once: a kill must not make it new again


class Courier:
    """One action. `run` lives until something fails; the supervisor calls it again."""

    def __init__(
        self, config: Telling, way: Way, journal: Journal, clock: Clock, arrived: Callable[[], None] = lambda: None
    ) -> None:
        self.config = config
        self.counters = Counters()
        self.too_old = self.refused = 0
        self._way, self._journal, self._clock, self._arrived = way, journal, clock, arrived
        self._waiting: deque[_Entry] = deque()
        self._batch: list[_Entry] = []
        self._tried = False  # then the batch stays as it is
        self._read: Position | None = None
        self._at: Position | None = None  # what lies before is told or given up
        self._passed = 0  # events of no concern behind the last one that is of any
        self._kept: Position | None = None  # where the cursor stands
        self._sent = self._skipped = self._aside = 0  # since it moved
        self._not_before_s = 0.0
        self._letters: Letters[Row] = Letters(config.name, "e", journal.letters, self._one)

    @property
    def queued(self) -> int:
        """Return how many events wait."""
        return len(self._waiting) + len(self._batch)

    def detail(self) -> dict[str, Any]:
        """Return what the screen shows beside the counters."""
        return {"too_old": self.too_old, "refused": self.refused}

    async def run(self) -> None:
        """Tell, for ever. Raises what the way raises, and StorageFailed."""
        if self._at is None:
            self._at = self._kept = self._read = await self._journal.cursor(self.config.name, "e")
        with self._journal.watch() as news:
            while True:
                await self._look()
                self._take()
                await self._give_up_old()
                if self._batch:
                    await self._tell()
                await self._move()
                if not self.queued and not await self._tell_again():
                    self._arrived()
                    await news.wait()

    async def _look(self) -> None:
        """Read what is new."""
        while len(self._waiting) < MOST_WAITING:
            rows = await self._journal.events(self._read, READ, frozen_only=False)
            for row in rows:
                self._read = row.position
                if row.kind == "alarm" and tells(self.config, row.body):
                    self._waiting.append(_Entry(row, self._passed))
                    self._passed = 0
                    self.counters.received += 1
                else:
                    self._passed += 1
            if not rows:
                return

    def _take(self) -> None:
        """Make up the batch that is told next."""
        while self._waiting and len(self._batch) < self._way.most and not self._tried:
            self._batch.append(self._waiting.popleft())

    async def _give_up_old(self) -> None:
        while self._batch and self._age_s(self._batch[0].row) > self.config.max_age_s:
            self.too_old += 1
            await self._drop(f"older than {self.config.max_age_s:g} s")

    async def _tell(self) -> None:
        """Tell of the batch in its time; what never will be taken is set aside."""
        if (wait_s := self._not_before_s - self._now_s()) > 0:
            await asyncio.sleep(wait_s)
            return  # more may have come meanwhile
        self._tried, self._not_before_s = True, self._now_s() + self.config.every_s
        try:
            async with asyncio.timeout(self.config.timeout_s):
                await self._way.send([entry.row for entry in self._batch])
        except TimeoutError:
            raise SinkAway(f"no answer in {self.config.timeout_s:g} s") from None
        except Refused as why:
            self.refused += len(self._batch)
            while self._batch:
                await self._drop(str(why))
            return
        self.counters.sent += len(self._batch)
        self._sent += len(self._batch)
        while self._batch:
            self._settled()

    async def _tell_again(self) -> bool:
        """Tell of dead letters that somebody asked for, however old, when nothing else waits; return whether there
        were any. What is refused again stays one, with the new reason."""
        rows = await self._letters.rows(self._way.most)
        if not rows:
            return False
        try:
            async with asyncio.timeout(self.config.timeout_s):
                await self._way.send(rows)
        except TimeoutError:
            raise SinkAway(f"no answer in {self.config.timeout_s:g} s") from None
        except Refused as why:
            for row in rows:
                await self._journal.dead_letter(self.config.name, row, str(why))
            return True
        for row in rows:
            await self._letters.strike(row.position, taken=True)
        self.counters.sent += len(rows)
        return True

    async def _one(self, after: Position | None, limit: int) -> list[Row]:
        return await self._journal.events(after, limit, frozen_only=False)

    async def _drop(self, why: str) -> None:
        """Set the oldest one aside: it is counted, and named among the dead letters."""
        row = self._batch[0].row
        await self._journal.dead_letter(self.config.name, row, why)
        self.counters.dropped += 1
        self._aside += 1
        self.counters.last_error = f"{row.body['rule']}: {why}"
        self._settled()

    def _settled(self) -> None:
        entry = self._batch.pop(0)
        self._at = entry.row.position
        self._skipped += entry.passed
        self._tried = self._tried and bool(self._batch)

    async def _move(self) -> None:
        """Move the cursor, seldom where nothing was told: each time is a page written on the card."""
        if not self.queued and self._passed and (self._at != self._kept or self._passed >= PASSED):
            self._at, self._skipped, self._passed = self._read, self._skipped + self._passed, 0
        if self._at is None or self._at == self._kept:
            return
        sent, skipped, aside, self._sent, self._skipped, self._aside = self._sent, self._skipped, self._aside, 0, 0, 0
        self._kept = self._at
        await self._journal.move_cursor(self.config.name, "e", self._at, sent, skipped)
        if sent or aside:  # what is set aside can be asked for when the cursor has passed it
            with suppress(StorageFailed):  # then the next one tries again
                await self._journal.places.keep()  # alarms are rare, and nobody wants to be told twice

    def _age_s(self, row: Row) -> float:
        """Return how long ago an event was: by this boot's clock, else by UTC. By a clock that stands in the past it is
        young: better told late than not at all."""
        now_ns = self._clock.mono_ns()
        if row.boot == self._clock.boot_id:
            return (now_ns - row.mono_ns) / 1e9
        return (self._clock.time_ns(now_ns) - row.time_ns) / 1e9

    def _now_s(self) -> float:
        return self._clock.mono_ns() / 1e9
