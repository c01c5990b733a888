"""Backups: those of the configuration that run, each in the supervisor's care. The daemon's side: it touches no target.

Each copy is a process of its own, one at a time. A copy that was made, and the first failure of a row of them, are
events: so the age of the last copy is known after a restart too.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from gateway import apart
from gateway.backup import places
from gateway.backup.task import Task
from gateway.backup.trouble import ADVICE
from gateway.clock import Clock
from gateway.component import Component
from gateway.config.backup import Backup
from gateway.config.parts import Workshop
from gateway.config.publish import CenterPublisher
from gateway.config.root import EdgeConfig
from gateway.event import Event, Row
from gateway.journal.journal import Journal
from gateway.supervisor import Backoff, Supervisor

log = logging.getLogger("gongbang")

LOOK_S: Final = 10.0  # between two looks at what is plugged in
AGAIN_S: Final = 300.0  # after a failure
AGAIN_AWAY_S: Final = 3600.0  # where nothing was there: what is plugged in is seen at once
LEAST_MOST_S: Final = 3600.0  # that a copy may take, or its interval
LATE: Final = 2  # intervals without a copy
LOOKED_BACK: Final = 200  # events of kind `backup`
BACKOFF: Final = Backoff(5.0, 60.0)
STANDING: Final = ("damaged", "ledger", "unchecked", "unreadable")  # what is wrong however young the copy is
Answer = dict[str, Any]


class Keeper:
    """One backup. `run` lives until it is ended."""

    def __init__(
        self, task: Callable[[], Task], journal: Journal, clock: Clock, component: Component, one: asyncio.Semaphore
    ) -> None:
        self.config = task().backup
        self.component, self.running = component, False
        self.last: Answer = {}  # what is known of the last copy: ts, file, size_bytes, events ...
        self.trouble = ""
        self.failed = 0  # attempts since the start
        self.files: list[Answer] = []  # that are there, as far as a copy since the start has told
        self._task, self._journal, self._clock, self._one = task, journal, clock, one
        self._asked = asyncio.Event()
        self._signs: object = None
        self._began_s = self._next_s = self._now_s()
        self._known = False

    def ask(self) -> None:
        """Have a copy made now."""
        self._asked.set()

    async def run(self) -> None:
        """Make copies, for ever. Raises StorageFailed."""
        if not self._known:
            await self._look_back()
        while True:
            if self._asked.is_set() or self._due():
                self._asked.clear()
                await self._copy()
            self._judge()
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, min(self._next_s - self._now_s(), LOOK_S))):
                    await self._asked.wait()

    def _due(self) -> bool:
        away = self.trouble in ("away", "not_mounted", "gone")
        return self._now_s() >= self._next_s or (away and places.signs(self.config) != self._signs)

    async def _look_back(self) -> None:
        """Find the last copy among the events."""
        for row in await self._journal.recent(LOOKED_BACK, ["backup"]):
            if row.source == self.config.name and row.body["ok"]:
                self.last = row.body | {"ts": row.time_ns / 1e6}
                self._next_s = self._now_s() + max(0.0, self._every_s - self._age_s(row))
                self._began_s = self._now_s() - self._age_s(row)
                break
        self._known = True

    @property
    def _every_s(self) -> float:
        return self.config.every_h * 3600

    async def _copy(self) -> None:
        self._signs = places.signs(self.config)
        async with self._one:
            self.running = True
            try:
                answer = await self._made()
            finally:
                self.running = False
        if "file" in answer:
            await self._succeeded(answer)
        else:
            await self._failed(answer["trouble"], answer["said"])

    async def _made(self) -> Answer:
        most_s = max(LEAST_MOST_S, self._every_s)
        try:
            async with asyncio.timeout(most_s):
                answer: Answer = await apart.ask("gateway.backup.work", self._task().question())
                return answer
        except TimeoutError:
            return {"trouble": "slow", "said": f"it did not end in {most_s / 3600:g} h"}
        except apart.Failed as failed:
            return {"trouble": "failed", "said": str(failed)}

    async def _succeeded(self, answer: Answer) -> None:
        before = self.trouble
        self.trouble, self._began_s = answer["trouble"], self._now_s()
        self._next_s = self._now_s() + self._every_s
        self.component.counters.sent += 1
        if before and not self.trouble:
            log.info("%s: a copy was made again", self.config.name)
        self.files = answer.pop("copies")
        (row,) = await self._tell({"ok": True, "copies": len(self.files), **answer})
        self.last = row.body | {"ts": row.time_ns / 1e6}
        self.component.last_error = answer["said"]

    async def _failed(self, trouble: str, said: str) -> None:
        first, self.trouble = self.trouble != trouble, trouble
        again_s = AGAIN_AWAY_S if self.config.to == "usb" and trouble == "away" else AGAIN_S
        self._next_s = self._now_s() + min(again_s, self._every_s)
        self.failed += 1
        self.component.last_error = said
        if first:
            log.warning("%s: no copy: %s", self.config.name, said)
            await self._tell({"ok": False, "trouble": trouble, "said": said})

    async def _tell(self, body: Answer) -> list[Row]:
        return await self._journal.append(
            [Event("backup", self.config.name, self._clock.mono_ns(), {"to": self.config.to} | body)]
        )

    def _judge(self) -> None:
        """Up: there is a young copy that was verified. Down: there is none, or something is wrong with it."""
        late = self._now_s() - self._began_s > LATE * self._every_s
        waits = bool(self.trouble) or not self.last
        state = "down" if late or self.trouble in STANDING else "waiting" if waits else "up"
        self.component.turn(state, self._clock.mono_ns())  # type: ignore[arg-type]  # one of its states

    def detail(self) -> Answer:
        """Return what the screen shows beside the counters."""
        return {
            "running": self.running,
            "trouble": self.trouble,
            "failed": self.failed,
            "last_copy_ts": self.last.get("ts"),
            "copies": self.last.get("copies", 0),
            "verified": bool(self.last.get("verified")),
        }

    def entry(self) -> Answer:
        """Return all that is known, for the API."""
        next_ms = self._clock.time_ns(self._clock.mono_ns()) / 1e6 + (self._next_s - self._now_s()) * 1e3
        return {
            "name": self.config.name,
            "to": self.config.to,
            "state": self.component.state,
            "said": self.component.last_error if self.trouble else "",
            "advice": ADVICE.get(self.trouble),
            "next_ts": next_ms,
            "files": self.files,
            "last": {key: value for key, value in self.last.items() if key not in ("ok", "to", "trouble", "said")},
        } | self.detail()

    def _age_s(self, row: Row) -> float:
        """Return how long ago an event was; by a wrong clock it may be long: then a copy is made at once."""
        now_ns = self._clock.mono_ns()
        if row.boot == self._clock.boot_id:
            return (now_ns - row.mono_ns) / 1e9
        return max(0.0, (self._clock.time_ns(now_ns) - row.time_ns) / 1e9)

    def _now_s(self) -> float:
        return self._clock.mono_ns() / 1e9


@dataclass(slots=True)
class Backups:
    """Starts and ends backups, as configurations come."""

    supervisor: Supervisor
    components: dict[str, Component]
    journal: Journal
    clock: Clock
    path: Path  # of the journal
    _keepers: dict[str, Keeper] = field(default_factory=dict)
    _one: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    async def prepare(self, config: EdgeConfig) -> None:
        """End those that are not in a configuration, or are others there."""
        same = {one.name: one for one in config.backup if one.enabled}
        for name in [name for name, keeper in self._keepers.items() if same.get(name) != keeper.config]:
            await self.supervisor.stop(name)
            del self._keepers[name], self.components[name]

    def start(self, config: EdgeConfig, gateway: str, file: Path) -> None:
        """Start those that are switched on and do not run; the configuration's file goes along."""
        for one in config.backup:
            if one.enabled and one.name not in self._keepers:
                self._start(one, config.workshop, gateway, file)

    def _start(self, one: Backup, workshop: Workshop, gateway: str, file: Path) -> None:
        def task() -> Task:
            now_ns = self.clock.time_ns(self.clock.mono_ns())
            return Task(self.path, file, workshop.id, gateway, workshop.timezone, one, now_ns)

        component = Component(one.name, "backup", since_ns=self.clock.mono_ns())
        keeper = Keeper(task, self.journal, self.clock, component, self._one)
        component.detail = keeper.detail
        self._keepers[one.name], self.components[one.name] = keeper, component
        self.supervisor.start(component, keeper.run, BACKOFF)

    def ask(self, name: str) -> bool:
        """Have a copy made now; False when there is no such backup."""
        keeper = self._keepers.get(name)
        if keeper is not None:
            keeper.ask()
        return keeper is not None

    def entries(self) -> list[Answer]:
        """Return all that is known of each."""
        return [keeper.entry() for keeper in self._keepers.values()]


def centers(config: EdgeConfig, components: dict[str, Component]) -> list[Answer]:
    """Return how far each support center has the journal: it is a copy too, row by row."""
    names = [one.name for one in config.publish if isinstance(one, CenterPublisher) and one.name in components]
    parts = [components[name] for name in names]
    return [{"name": part.name, "to": "center", "state": part.state} | part.detail() for part in parts]
