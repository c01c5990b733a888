"""An output while alarms are on: what stands there follows the alarms themselves, not the events that told of them.

So nothing is made up for after a restart: at its start it is written as it should be now. The value that was not
written is tried again until it is, or until another one is wanted.
"""

from collections.abc import Callable
from typing import Any, Protocol

from drivers.base import Counters, Written
from drivers.errors import NotWritten
from gateway.actions.choice import holds
from gateway.config.actions import OutputAction
from gateway.engine.alarms import Alarms
from gateway.errors import SinkAway
from gateway.journal.journal import Journal


class Write(Protocol):
    """How an output is written; `again` is a value that failed before, which is not told once more."""

    async def __call__(self, name: str, value: float | str, by: str, again: bool = False) -> Written: ...


class Lamp:
    """One action. `run` lives until a write fails; the supervisor calls it again."""

    def __init__(
        self,
        config: OutputAction,
        alarms: Callable[[], Alarms],
        write: Write,
        journal: Journal,
        arrived: Callable[[], None] = lambda: None,
    ) -> None:
        self.config = config
        self.counters = Counters()
        self._alarms, self._write, self._journal, self._arrived = alarms, write, journal, arrived
        self._stands: float | str | None = None
        self._failed: float | str | None = None  # what could not be written last
        self._seen: tuple[Alarms, int] | None = None  # the alarms that stand, looked at last

    @property
    def queued(self) -> int:
        """Return 1 while another value stands there than should."""
        return int(self._stands != self.wanted())

    def detail(self) -> dict[str, Any]:
        """Return what the screen shows beside the counters."""
        return {"output": self.config.output, "value": self._stands}

    def wanted(self) -> float | str:
        """Return what should stand there now."""
        alarms = self._alarms()
        on = any(holds(self.config, alarm, alarms.severity(alarm)) for alarm in alarms.all if alarm.told)
        return self.config.value if on else self.config.rest

    def _changed(self) -> bool:
        """Tell whether some alarm may have changed since it was asked last, or a write failed."""
        alarms = self._alarms()
        before, self._seen = self._seen, (alarms, alarms.events)
        return before != self._seen or self._failed is not None

    async def run(self) -> None:
        """Write what is wanted whenever it changes, for ever. Raises SinkAway and DeviceGone."""
        with self._journal.watch() as news:
            while True:
                if self._changed() and (value := self.wanted()) != self._stands:
                    self.counters.received += 1
                    await self.put(value)
                    self._stands = value
                self._arrived()
                await news.wait()

    async def put(self, value: float | str) -> None:
        """Write a value; one that fails time after time is told once. Raises SinkAway and DeviceGone.

        At the start it is no news that the wire is not there yet.
        """
        again, self._failed = self._stands is None or value == self._failed, value
        try:
            await self._write(self.config.output, value, f"action {self.config.name}", again)
        except NotWritten as why:
            raise SinkAway(str(why)) from why
        self._failed = None
        self.counters.sent += 1
