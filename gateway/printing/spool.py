"""Spool: the jobs of one printer, one after the other; they wait while it is away or without paper."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from drivers.base import Counters
from drivers.errors import DeviceGone
from gateway.config.printing import Printer
from gateway.printing import wires

log = logging.getLogger("gongbang")

MOST_WAITING: Final = 50
MOST_WAITING_BYTES: Final = 16_000_000
KEPT: Final = 50  # jobs that are over and still shown


class Full(Exception):
    """Too many jobs wait for a printer."""


@dataclass(slots=True)
class Job:
    """Some labels on their way to a printer."""

    id: str  # of the event that tells of it
    what: str
    labels: int
    data: bytes
    state: Literal["waiting", "printing", "done", "broken", "dropped"] = "waiting"
    error: str = ""

    def told(self) -> dict[str, Any]:
        """Return the job as screens get it."""
        return {"id": self.id, "what": self.what, "labels": self.labels, "state": self.state, "error": self.error}


class Spool:
    """One printer's queue. `run` is its life under the supervisor; `add` never waits."""

    def __init__(self, printer: Printer, arrived: Callable[[], None]) -> None:
        self.printer, self.counters = printer, Counters()
        self.jobs: deque[Job] = deque(maxlen=KEPT + MOST_WAITING)
        self._waiting: deque[Job] = deque()
        self._come = asyncio.Event()
        self._arrived = arrived

    @property
    def queued(self) -> int:
        """Return how many jobs wait."""
        return len(self._waiting)

    def check(self) -> None:
        """Raise Full when no job can be taken."""
        waiting = sum(len(job.data) for job in self._waiting)
        if len(self._waiting) >= MOST_WAITING or waiting >= MOST_WAITING_BYTES:
            raise Full(
                f"{self.printer.name}: 기다리는 일이 {len(self._waiting)}개예요. 프린터를 확인해 주세요. / "
                f"{len(self._waiting)} jobs wait: look at the printer"
            )

    def add(self, job: Job) -> None:
        """Take a job. Raises Full."""
        self.check()
        self.jobs.append(job)
        self._waiting.append(job)
        self.counters.received += job.labels
        self._come.set()

    def close(self) -> None:
        """Give up what waits: the printer is not configured any longer, or the daemon ends."""
        for job in self._waiting:
            job.state, job.data = "dropped", b""
            self.counters.dropped += job.labels
            log.warning("%s: %d labels (%s) were not printed", self.printer.name, job.labels, job.id)
        self._waiting.clear()

    async def run(self) -> None:
        """Print what waits, in order. Raises DeviceGone while the printer cannot: the job is tried again."""
        while True:
            while not self._waiting:
                self._come.clear()
                await self._come.wait()
            await self._print(self._waiting[0])

    async def _print(self, job: Job) -> None:
        job.state = "printing"
        try:
            await wires.send(self.printer, job.data)
        except DeviceGone as gone:
            job.state, job.error = "waiting", str(gone)
            self.counters.last_error = str(gone)
            raise
        except wires.Broken as broken:  # again would print again what is out: people look, and print the rest
            self._over(job, "broken", str(broken))
            self.counters.dropped += job.labels
            self.counters.last_error = str(broken)
            raise DeviceGone(str(broken)) from broken
        self._over(job, "done")
        self.counters.sent += job.labels
        self._arrived()

    def _over(self, job: Job, state: Literal["done", "broken"], error: str = "") -> None:
        job.state, job.error, job.data = state, error, b""
        self._waiting.popleft()
