"""The MQTT publisher: a broker's share of what the gateway knows, over one connection after another."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final

import orjson

from drivers.base import Counters
from gateway.clock import Clock
from gateway.config.parts import Workshop
from gateway.config.publish import MqttPublisher as Config
from gateway.publish import payloads
from gateway.publish.backlog import Backlog
from gateway.publish.connector import Connector
from gateway.publish.events import EventFeed
from gateway.publish.link import Link
from gateway.publish.message import Message
from gateway.publish.presence import Presence, only_cause
from gateway.publish.publisher import Command, no_command
from gateway.publish.samples import LiveSamples
from gateway.publish.source import Source
from gateway.publish.topics import Topics
from gateway.table import PointTable
from gateway.version import VERSION
from sensors.batch import Batch, Int64s

log = logging.getLogger(__name__)

STATUS_S: Final = 60.0


class MqttPublisher:
    """Everything that goes to one broker. `run` is one connection's life; the supervisor calls it again.

    Events leave in order and are never lost; an event may come twice, with the same id. Samples leave as they are
    measured, and those that could not come after, from the journal.
    """

    def __init__(
        self,
        config: Config,
        *,
        workshop: Workshop,
        gateway: str,
        table: PointTable,
        journal: Source,
        clock: Clock,
        arrived: Callable[[], None] = lambda: None,
        command: Command = no_command,
    ) -> None:
        self.config = config
        self.counters = Counters()
        self._journal, self._clock, self._arrived, self._command = journal, clock, arrived, command
        self._topics = Topics(workshop.id, gateway)
        self._connector = Connector(config, f"gongbang-{workshop.id}-{gateway}-{config.name}")
        self._events = EventFeed(config.name, self._topics, journal, self.counters)
        self._live = LiveSamples(config, table, clock, self._topics, self.counters)
        self._backlog = Backlog(config, table, journal, clock, self._topics, self.counters, self._live, self._events)
        self._presence = Presence(self._topics.status, self._status, self.counters)
        self._link: Link | None = None

    def offer(self, part: Batch | payloads.Window, time_ns: Int64s | None) -> None:
        """Take a batch (of a device or of the signals) or a window, with what `Journal.stage` returned. Never waits."""
        self._live.offer(part, time_ns)

    @property
    def queued(self) -> int:
        """Return how much is read or offered and not yet answered for."""
        return self._events.waiting + self._live.waiting

    def detail(self) -> dict[str, Any]:
        """Return what the screen shows of this publisher beside its counters."""
        link = self._link
        shown: dict[str, Any] = {"refused_events": self._events.refused, "late_rows": self._live.late}
        shown |= {"backlog_rows": self._backlog.sent_rows, "backlog": self._backlog.behind}
        if link:
            shown |= {"protocol": link.version, "unanswered": link.unanswered, "window": link.window}
            shown |= {"passed_over": link.passed_over} if link.passed_over else {}
            shown |= {"delivery": "unverified" if link.unverified else "verified"}
            shown |= {"unverified": sorted(link.unverified)} if link.unverified else {}
        return shown

    async def run(self) -> None:
        """Connect and publish until the connection is over, then raise SinkAway with the cause.

        Raises WrongConfiguration for what can never work (certificate, password file), StorageFailed when the journal
        cannot be written.
        """
        await self._events.begin()
        if self.config.samples != "none":
            await self._journal.cursor(self.config.name, "s")  # held for us, also while there is no broker yet
        async with self._connector.connected(await self._presence.will(), self._received) as link:
            self._link = link
            try:
                await self._live_on(link)
            except ExceptionGroup as group:
                raise only_cause(group) from group
            finally:
                self._link = None
                self._live.stop()
                self._events.ended(link.closed_by_broker)
                await self._presence.goodbye(link)
                await self._events.flush()

    async def _live_on(self, link: Link) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(link.watch())
            await self._presence.tell(link)
            self._arrived()
            if self._command is not no_command:
                link.subscribe(self._topics.commands)
            tasks.create_task(self._events.send(link))
            tasks.create_task(self._events.settle())
            tasks.create_task(self._send_samples(link))
            tasks.create_task(self._presence.keep(link, STATUS_S))

    async def _send_samples(self, link: Link) -> None:
        await self._events.calm.wait()
        self._live.start(link)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._live.send(link))
            tasks.create_task(self._backlog.send(link))

    async def _status(self, state: str, protocol: str) -> bytes:
        more: dict[str, str | int] = {"version": VERSION, "epoch": self._journal.epoch}
        more |= {"clock": "synced" if self._clock.synced else "unsynced"}
        more |= ({"protocol": protocol} if protocol else {}) | {"queued": self.queued}
        time_ns = self._clock.time_ns(self._clock.mono_ns())
        return payloads.status(self._topics.gateway, time_ns, state, **more)

    def _received(self, message: Message) -> None:
        """Hand a command on. A retained one is refused: it would be obeyed again at each connection."""
        name = self._topics.command(message.topic)
        try:
            body = orjson.loads(message.payload)
        except orjson.JSONDecodeError as error:
            body = error
        if name is None or message.retain or not isinstance(body, dict):
            self.counters.last_error = f"{message.topic}: not a command ({'retained' if message.retain else body})"[
                :200
            ]
            log.warning("%s: %s", self.config.name, self.counters.last_error)
            return
        self._command(name, body)
