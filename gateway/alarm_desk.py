"""What people do about alarms, acknowledging and shelving, and their past."""

from typing import Any, Final

from gateway.alarm_history import episodes, sums
from gateway.clock import Clock
from gateway.event import Event, Row
from gateway.flow import Flow
from gateway.journal.journal import Journal

PAGE: Final = 256
MOST_ROWS: Final = 20 * PAGE  # that one question looks at
LONGEST_SHELF_MIN: Final = 7 * 24 * 60
MINUTE_NS: Final = 60_000_000_000


class AlarmDesk:
    """Asks the engine that runs; an answer of True is kept by then. All raise StorageFailed."""

    def __init__(self, flow: Flow, journal: Journal, clock: Clock) -> None:
        self._flow, self._journal, self._clock = flow, journal, clock

    async def acknowledge(self, rule: str, by: str) -> bool:
        """Acknowledge an alarm; False when it is not on."""
        if rule not in self._flow.engine.rules.number:
            return False
        return await self._keep(self._flow.engine.acknowledge(rule, by, self._clock.mono_ns()))

    async def shelve(self, rule: str, minutes: float, by: str) -> bool:
        """Keep a rule silent for so many minutes, 0 ends that; False when there is no such rule."""
        if rule not in self._flow.engine.rules.number:
            return False
        now_ns = self._clock.mono_ns()
        return await self._keep(self._flow.engine.shelve(rule, by, now_ns + round(minutes * MINUTE_NS), now_ns))

    async def reset(self, signal: str, by: str) -> bool:
        """Let what accrues in a signal begin anew; False when there is no such signal, or nothing accrues in it."""
        engine = self._flow.engine
        if signal not in engine.signal_number:
            return False
        return await self._keep(engine.reset(signal, by, self._clock.mono_ns()))

    async def _keep(self, events: list[Event]) -> bool:
        self._flow.add(events)
        await self._flow.flush()
        return bool(events)

    async def history(self, rule: str | None, from_ns: int, to_ns: int, limit: int) -> dict[str, Any]:
        """Return the alarms that were raised in a time, newest first, and sums by rule.

        `complete` is False where there were so many events that not all of the time was looked at.
        """
        rows, complete = await self._rows(from_ns)
        found = [
            episode
            for episode in episodes(reversed(rows), self._journal.gateway)
            if from_ns <= episode.row.time_ns <= to_ns and rule in (None, episode.row.body["rule"])
        ]
        newest = [episode.entry() for episode in reversed(found)][:limit]
        return {"alarms": newest, "rules": sums(found), "complete": complete}

    async def _rows(self, from_ns: int) -> tuple[list[Row], bool]:
        """Return the events of alarms since a time, newest first."""
        rows: list[Row] = []
        while len(rows) < MOST_ROWS:
            page = await self._journal.recent(PAGE, ["alarm"], rows[-1].position if rows else None)
            rows += page
            if len(page) < PAGE or page[-1].time_ns < from_ns:
                return rows, True
        return rows, False
