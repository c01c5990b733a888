"""History: reads the journal's minutes behind everybody else, keeps them in a file of its own, answers for the past.

It reads what is committed and frozen, so a start goes on where it was, a lost file is filled again, and what waits for
the clock is waited for. A window that went out unsynced is left out: a curve at a wrong hour is worse than none.
"""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

import apsw
import numpy as np

from gateway.clock import Clock
from gateway.component import Component
from gateway.config.parts import Journal as JournalConfig
from gateway.config.parts import size_bytes
from gateway.errors import StorageFailed
from gateway.event import Position
from gateway.history.buckets import COUNT, DAY_S, HOUR_S, MINUTE_S, empty, laid_over, rolled
from gateway.history.file import HOURS_KEEP_S, MINUTES, MINUTES_KEEP_S, HistoryFile
from gateway.journal import blocks
from gateway.journal.blocks import Schema
from gateway.journal.copies import BlockCopy
from gateway.journal.journal import MOST_BLOCKS, Journal
from gateway.journal.rows import Corrupted
from sensors.batch import Float64s

log = logging.getLogger("gongbang")

P = ParamSpec("P")
T = TypeVar("T")
Answer = dict[str, Any]
READ_EVERY_S: Final = 30.0
BREATH_S: Final = 0.02  # between two pages while it catches up: some percent of a processor
MOST_BUCKETS: Final = 1500
HOURS_IN_MEMORY: Final = 6  # while the disk refuses
SECOND_NS: Final = 1_000_000_000


class History:
    """The past of every point. `run` lives beside the daemon's other tasks; whatever fails in it ends nothing else."""

    def __init__(self, path: Path, journal: Journal, clock: Clock, max_bytes: int, vfs: str | None = None) -> None:
        self.component = Component("curves", "curves")
        self.component.detail = lambda: {"unsynced": self._unsynced}
        self._journal, self._clock = journal, clock
        self._file = HistoryFile(path, max_bytes, vfs)
        self._thread = ThreadPoolExecutor(1, "history")
        self._place: Position | None = None
        self._schemas: dict[Position, Schema | None] = {}  # of windows of a minute; None for all others
        self._recent: dict[tuple[int, str], Float64s] = {}  # minutes that are not in the file yet
        self._opened = self._damaged = False
        self._unsynced = 0  # windows left out

    @classmethod
    def beside(cls, config: JournalConfig, journal: Journal, clock: Clock) -> "History":
        """Return the history of a journal: its file stands beside it, and may take a tenth of its bytes more."""
        path = Path(config.path)
        return cls(path.with_name(path.name + ".history"), journal, clock, size_bytes(config.max_bytes) // 10)

    async def run(self) -> None:
        """Read and keep, for ever."""
        while True:
            more = False
            try:
                more = await self._go_on()
                self._well()
            except (apsw.Error, OSError, StorageFailed) as error:
                self._failed(error)
            except Exception as error:
                self._failed(error)
                log.exception("the history failed")
            await asyncio.sleep(BREATH_S if more else READ_EVERY_S)

    def _well(self) -> None:
        again = self.component.state == "down"
        if self.component.turn("up", self._clock.mono_ns()) and again:
            log.info("the history is kept again")

    def _failed(self, error: Exception) -> None:
        """Log once. A damaged file is of no use: the next turn makes it anew."""
        if isinstance(error, apsw.CorruptError | apsw.NotADBError):
            self._opened, self._damaged = False, True
        if self.component.turn("down", self._clock.mono_ns(), str(error) or type(error).__name__):
            log.warning("the history is not kept: %s; nothing else is concerned", error)

    async def close(self) -> None:
        """Keep what is in memory, and close the file."""
        try:
            if self._opened:
                await self._keep()
                await self._in_thread(self._file.close)
        except (apsw.Error, OSError) as error:
            log.warning("the history is closed without its last minutes: %s", error)
        self._thread.shutdown()

    async def _in_thread(self, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(*given, **named))

    # In

    async def _go_on(self) -> bool:
        """Take the next page of the journal's blocks; returns whether there may be more."""
        if not self._opened:
            await self._open()
        copies = await self._journal.block_copies(self._place, MOST_BLOCKS)
        for copy in copies:
            schema = await self._schema(copy.schema)
            if schema is not None:
                with suppress(Corrupted):  # of a format that is not known
                    self._take(copy, schema)
            self._place = copy.position
        if len({hour for hour, _ in self._recent}) > 1:  # one is over
            await self._keep()
        return bool(copies)

    async def _open(self) -> None:
        """A place in a journal that is not this one says nothing: then all is read anew."""
        place = await self._in_thread(self._file.anew if self._damaged else self._file.open)
        self._place = place if place is not None and self._journal.has("s", place) else None
        self._recent.clear()
        self._opened, self._damaged = True, False

    async def _schema(self, place: Position) -> Schema | None:
        if place not in self._schemas:
            before = place._replace(n=place.n - 1)
            rows = await self._journal.events(before, 1, frozen_only=False)
            known = [Schema.of(place, row.source, row.body) for row in rows if row.position == place]
            minutes = [schema for schema in known if schema.window_s == MINUTE_S]
            self._schemas[place] = minutes[0] if minutes else None
        return self._schemas[place]

    def _take(self, copy: BlockCopy, schema: Schema) -> None:
        columns = blocks.decode(copy.data)
        if copy.clock == "unsynced":
            self._unsynced += len(columns.time_ns)
            return
        windows = columns.values.reshape(len(columns.values), 5, -1)
        for time_ns, window in zip(columns.time_ns.tolist(), windows, strict=True):
            minute = (time_ns // SECOND_NS - MINUTE_S // 2) // MINUTE_S  # by the middle of what it tells of
            self._set(minute, schema, window)
        self.component.counters.received += len(windows)

    def _set(self, minute: int, schema: Schema, window: Float64s) -> None:
        hour, at = divmod(minute, MINUTES)
        for number, field in enumerate(schema.fields):
            place = hour, f"{schema.device}.{field}"
            if place not in self._recent:
                self._recent[place] = empty(MINUTES)
            self._recent[place][at] = window[:, number]

    async def _keep(self) -> None:
        if self._place is None or not self._recent:
            return
        try:
            await self._in_thread(self._file.keep, self._recent, self._place, self._now_s())
        except apsw.Error:
            self._make_room()
            raise
        self._recent.clear()

    def _make_room(self) -> None:
        """While the disk refuses, the newest hours wait in memory."""
        hours = sorted({hour for hour, _ in self._recent})
        for place in [place for place in self._recent if place[0] in hours[:-HOURS_IN_MEMORY]]:
            del self._recent[place]
            self.component.counters.dropped += 1

    def _now_s(self) -> int:
        return self._clock.time_ns(self._clock.mono_ns()) // SECOND_NS

    # Out

    async def query(self, point: str, from_s: int | None = None, to_s: int | None = None) -> Answer:
        """Return a point's buckets of a minute, or of as many hours as keep them few: the last 24 h unless told.

        Buckets without anything in them are left out. Raises StorageFailed while the file cannot be read.
        """
        to_s = self._now_s() if to_s is None else to_s
        from_s = max(to_s - DAY_S if from_s is None else from_s, to_s - HOURS_KEEP_S)
        if to_s - from_s <= MOST_BUCKETS * MINUTE_S and from_s >= self._now_s() - MINUTES_KEEP_S:
            return _answer(MINUTE_S, *await self.minutes(point, from_s, to_s), from_s, to_s)
        step_s = HOUR_S * max(1, math.ceil((to_s - from_s) / HOUR_S / MOST_BUCKETS))
        return _answer(step_s, *await self._read(self._hours, point, from_s, to_s, step_s), from_s, to_s)

    async def minutes(self, point: str, from_s: int, to_s: int) -> tuple[int, Float64s]:
        """Return where whole hours around a time begin, and a point's minutes in them, [N, 5]. Raises StorageFailed."""
        return await self._read(self._minutes, point, from_s, to_s)

    async def hours(self, point: str, from_s: int, to_s: int) -> tuple[int, Float64s]:
        """Return where whole days around a time begin, and a point's hours in them, [N, 5]. Raises StorageFailed."""
        return await self._read(self._hours, point, from_s, to_s, HOUR_S)

    async def _read(self, read: Callable[P, Awaitable[T]], *given: P.args, **named: P.kwargs) -> T:
        try:
            if not self._opened:
                raise StorageFailed(self.component.last_error or "the history is not open yet")
            return await read(*given, **named)
        except (apsw.Error, OSError) as error:
            self._failed(error)
            raise StorageFailed(f"the history cannot be read: {error}") from error

    async def _minutes(self, point: str, from_s: int, to_s: int) -> tuple[int, Float64s]:
        """Return where whole hours around the time begin, and their minutes."""
        first, stop = from_s // HOUR_S, -(-to_s // HOUR_S)
        found = await self._in_thread(self._file.minutes, point, first * HOUR_S, stop * HOUR_S)
        for hour, minutes in self._of(point, first, stop):
            at = slice((hour - first) * MINUTES, (hour - first + 1) * MINUTES)
            found[at] = laid_over(found[at], minutes)
        return first * HOUR_S, found

    async def _hours(self, point: str, from_s: int, to_s: int, step_s: int) -> tuple[int, Float64s]:
        """Likewise, by steps of whole hours."""
        around_s = math.lcm(DAY_S, step_s)
        first, stop = from_s // around_s * around_s, -(-to_s // around_s) * around_s
        found = await self._in_thread(self._file.hours, point, first, stop)
        for hour, minutes in self._of(point, first // HOUR_S, stop // HOUR_S):
            at = hour - first // HOUR_S
            found[at] = rolled(np.stack((found[at], rolled(minutes, MINUTES)[0])), 2)[0]
        return first, rolled(found, step_s // HOUR_S)

    def _of(self, point: str, first: int, stop: int) -> list[tuple[int, Float64s]]:
        return [(hour, found) for (hour, name), found in self._recent.items() if name == point and first <= hour < stop]


def _answer(step_s: int, begin_s: int, buckets: Float64s, from_s: int, to_s: int) -> Answer:
    start_s = begin_s + step_s * np.arange(len(buckets))
    shown = (buckets[:, COUNT] > 0) & (start_s + step_s > from_s) & (start_s < to_s)
    rows = np.column_stack((start_s * 1000, buckets.round(6)))[shown]
    fields = ["ts", *blocks.STATISTICS]
    return {"step_s": step_s, "from": from_s * 1000, "to": to_s * 1000, "fields": fields, "rows": rows.tolist()}
