"""The InfluxDB publisher: the journal's events, samples and windows, as lines (see `lines`), over HTTP.

Everything comes from the journal, so it is in the database as it was kept, some seconds later (the samples are
committed every 10 s). A cursor moves when the database has said that it took what lies before. What is sent again has
the same series and time, which a database of this kind keeps once.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final

from drivers.base import Counters
from gateway.clock import Clock
from gateway.config.parts import Workshop
from gateway.config.publish import InfluxPublisher as Config
from gateway.event import Row
from gateway.journal.blocks import Block
from gateway.journal.watch import Watch
from gateway.publish.influx_answer import Answer, Verdict
from gateway.publish.influx_delivery import Busy, Delivery, Refusals
from gateway.publish.influx_rows import Round, Rows, block_rows, event_rows
from gateway.publish.influx_wire import Wire
from gateway.publish.payloads import Window
from gateway.publish.publisher import Command, no_command
from gateway.publish.source import Source
from gateway.table import PointTable
from sensors.batch import Batch, Int64s

QUIET_S: Final = 60.0  # without news: then the database is asked whether it is there


class InfluxPublisher:
    """Everything that goes to one database. `run` is one connection's life; the supervisor calls it again.

    Events first, samples behind; nothing is held in memory but one round of lines. A line that the database will never
    take is set aside (its event or block becomes a dead letter) and holds up no other.
    """

    def __init__(
        self,
        config: Config,
        *,
        workshop: Workshop,
        gateway: str,
        table: PointTable,  # the rows say themselves what they mean
        journal: Source,
        clock: Clock,  # the rows' times are frozen
        arrived: Callable[[], None] = lambda: None,
        command: Command = no_command,  # a database gives none
    ) -> None:
        self.config = config
        self.counters = Counters()
        self._gateway, self._journal, self._arrived = gateway, journal, arrived
        self._events = event_rows(config, workshop.id, gateway, journal)
        self._blocks = block_rows(config, workshop.id, gateway, journal)
        self._delivery = Delivery(config, self._answered)
        self._answer: Answer | None = None
        self._not_before_s = 0.0  # monotonic; the database asked for it

    def offer(self, part: Batch | Window, time_ns: Int64s | None) -> None:
        """Leave it to the journal: all comes from there."""

    @property
    def queued(self) -> int:
        """Return how many events and blocks are kept and not taken yet."""
        return self._events.behind + self._blocks.behind

    def detail(self) -> dict[str, Any]:
        """Return what the screen shows of this publisher beside its counters."""
        shown: dict[str, Any] = {"behind_events": self._events.behind, "behind_blocks": self._blocks.behind}
        return shown | ({"status": self._answer.status} if self._answer else {}) | {"lines": self.counters.sent}

    async def run(self) -> None:
        """Connect and send until the connection is over, then raise SinkAway with the cause.

        Raises WrongConfiguration for what can never work (a file of a token, a password or a certificate; the client
        that is not installed), StorageFailed when the journal cannot be written.
        """
        await asyncio.sleep(max(0.0, self._not_before_s - time.monotonic()))
        await self._events.begin()
        await self._blocks.begin()
        self._delivery.begin()
        try:
            async with Wire(self.config) as wire:
                await self._delivery.greet(wire)
                await self._send(wire)
        except Busy as busy:
            self._not_before_s = time.monotonic() + min(busy.wait_s, self.config.reconnect_most_s)
            raise

    async def _send(self, wire: Wire) -> None:
        with self._journal.watch() as news:
            while True:
                if not (await self._send_round(wire, self._events) or await self._send_round(wire, self._blocks)):
                    self._arrived()
                    if not (await self._send_again(wire, self._events) or await self._send_again(wire, self._blocks)):
                        await self._wait(wire, news)

    async def _wait(self, wire: Wire, news: Watch) -> None:
        """Wait for news; where none come, look whether the database is still there."""
        try:
            await asyncio.wait_for(news.wait(), QUIET_S)
        except TimeoutError:
            await self._delivery.greet(wire)

    async def _send_round(self, wire: Wire, rows: Rows) -> bool:
        """Send what comes next of one stream; return whether there was anything."""
        found = await rows.gather()
        if found.position is None:
            return False
        refused = await self._delivery.deliver(wire, found.lines)
        letters = await self._set_aside(found, refused)  # before the cursor passes them
        self.counters.received += len(found.lines)
        self.counters.sent += len(found.lines) - len(refused)
        await rows.passed(found, letters)
        return True

    async def _send_again(self, wire: Wire, rows: Rows) -> bool:
        """Send some dead letters that somebody asked for; return whether there were any."""
        found = await rows.again()
        if found.position is None:
            return False
        refused = await self._delivery.deliver(wire, found.lines)
        await self._set_aside(found, refused)
        taken = {row.position for row in found.rows} - {found.rows[number].position for number in refused}
        await asyncio.gather(*map(rows.taken_again, taken))
        return True

    async def _set_aside(self, found: Round, refused: Refusals) -> int:
        """Name the rows of refused lines; return how many. A block is named with the last of its lines' reasons."""
        rows = {found.rows[number].position: (found.rows[number], why) for number, why in sorted(refused.items())}
        for row, why in rows.values():
            self.counters.last_error = f"{self._name(row)}: {why}"
        letters = [self._journal.dead_letter(self.config.name, row, why) for row, why in rows.values()]
        await asyncio.gather(*letters)  # together, so that they share a commit
        self.counters.dropped += len(refused)
        return len(rows)

    def _name(self, row: Row | Block) -> str:
        return f"{row.kind} {row.id(self._gateway)}" if isinstance(row, Row) else row.schema.device

    def _answered(self, answer: Answer, lines: int) -> None:
        """Show the answer. One with a full disk greets us well: connected is what takes lines, or has none to take."""
        self._answer = answer
        if lines and answer.verdict is Verdict.TAKEN:
            self._arrived()
