"""The center's copy of the journal: a witness for it now and then, and what the center found when it restored it."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Final

from gateway import apart
from gateway.backup.witness import WHAT, ready
from gateway.clock import Clock
from gateway.event import Body, Event, Position, Row
from gateway.publish.replica import Copied
from gateway.publish.source import Original

LOOK_S: Final = 60.0  # the longest between two looks whether it is time
AGAIN_S: Final = 3600.0  # after a witness that was not made
LOOKED_BACK: Final = 200  # events of kind `backup`
FOUND: Final = "copy"  # in the body of an event of kind `backup`: what the center found
HOUR_S: Final = 3600.0


class CenterCopy:
    """Both are events, so that they are known after a restart. No witness is made before the center has confirmed the
    last one: a center that is away costs nothing.
    """

    def __init__(self, name: str, every_h: float, journal: Original, clock: Clock) -> None:
        self._name, self._every_s, self._journal, self._clock = name, every_h * HOUR_S, journal, clock
        self._told: Copied | None = None  # by the center, and not kept yet
        self._found: Body = {}  # what it found last
        self._witness: Row | None = None  # the last one
        self._known = False
        self._asked_s = -AGAIN_S  # for one that did not come
        self._news = asyncio.Event()

    def take(self, copied: Copied) -> None:
        """Take what the center found."""
        self._told = copied
        self._news.set()

    async def live(self, confirmed: Callable[[], Position | None]) -> None:
        """Keep what the center finds and make witnesses, for ever; `confirmed` says how far the center is."""
        if not self._known:
            await self._look_back()
        while True:
            self._news.clear()
            await self._keep()
            if self._due(confirmed()):
                await self._testify()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(self._every_s / 4, LOOK_S) or LOOK_S):
                    await self._news.wait()

    def detail(self) -> dict[str, Any]:
        """Return what the screen shows: whether the center's copy is well, and of when that is true (UTC ms)."""
        return {"copy": {name: self._found[name] for name in Copied._fields}} if self._found else {}

    async def _look_back(self) -> None:
        for row in await self._journal.recent(LOOKED_BACK, ["backup"]):
            if row.source == self._name and row.body.get("what") == FOUND:
                self._found = self._found or row.body
            elif row.source == self._name and row.body.get("what") == WHAT:
                self._witness = self._witness or row
        self._known = True

    async def _keep(self) -> None:
        told, self._told = self._told, None
        if told is not None and told.ms != self._found.get("ms"):
            (row,) = await self._append({"what": FOUND, "to": "center", **told._asdict()})
            self._found = row.body

    def _due(self, confirmed: Position | None) -> bool:
        """By a clock that was put back it is time at once."""
        now_ns = self._clock.mono_ns()
        if not self._every_s or now_ns / 1e9 - self._asked_s < AGAIN_S:
            return False
        if self._witness is None:
            return True
        age_s = (self._clock.time_ns(now_ns) - self._witness.time_ns) / 1e9
        return not 0 <= age_s < self._every_s and confirmed is not None and self._witness.position <= confirmed

    async def _testify(self) -> None:
        path = await self._journal.read(lambda db: db.filename if ready(db) else None)
        if path is None:
            return
        self._asked_s = self._clock.mono_ns() / 1e9
        with contextlib.suppress(apart.Failed):
            if body := await apart.ask("gateway.backup.witness", {"journal": path}):
                (self._witness,) = await self._append(body | {"to": "center"})
                self._asked_s = -AGAIN_S

    async def _append(self, body: Body) -> list[Row]:
        return await self._journal.append([Event("backup", self._name, self._clock.mono_ns(), body)])
