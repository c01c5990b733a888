"""The center's publisher: the journal, replicated to the support center over a broker of its own."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from drivers.base import Counters
from gateway.clock import Clock
from gateway.config.parts import Workshop
from gateway.config.publish import CenterPublisher as Config
from gateway.publish import payloads, replica
from gateway.publish.connector import Connector
from gateway.publish.copy import CenterCopy
from gateway.publish.link import Link
from gateway.publish.message import Message
from gateway.publish.presence import Presence, only_cause
from gateway.publish.publisher import Command, no_command
from gateway.publish.replica import Malformed
from gateway.publish.replication import Replication
from gateway.publish.source import Original
from gateway.publish.topics import Topics
from gateway.table import PointTable
from gateway.version import VERSION
from sensors.batch import Batch, Int64s

STATUS_S: Final = 30.0
CALM_S: Final = 2.0  # so soon after a backlog is gone, that is told


class CenterPublisher:
    """Committed rows up, the center's word down. `run` is one connection's life; the supervisor calls it again.

    A row is freed when the center says that it has it durably, and not before: what a broker acknowledged may be lost
    with the broker. Rows may reach the center twice, and are the same rows then.
    """

    def __init__(
        self,
        config: Config,
        *,
        workshop: Workshop,
        gateway: str,
        table: PointTable | None = None,
        journal: Original,
        clock: Clock,
        arrived: Callable[[], None] = lambda: None,
        command: Command = no_command,
    ) -> None:
        self.config = config
        self.counters = Counters()
        self._workshop, self._journal, self._clock, self._arrived = workshop, journal, clock, arrived
        self._topics = Topics(workshop.id, gateway)
        self._connector = Connector(config, f"gongbang-{workshop.id}-{gateway}-{config.name}")
        known = (config.name, self._topics, journal, self.counters, config.answer_s)
        self._streams = {"e": Replication("e", *known)}
        if config.samples:
            self._streams["s"] = Replication("s", *known, gate=self._streams["e"].caught_up)
        self._acks = {self._topics.ack(stream): stream for stream in self._streams}
        self._copy = CenterCopy(config.name, config.witness_h, journal, clock)
        self._presence = Presence(self._topics.status, self._status, self.counters)
        self._told: dict[str, int] = {}  # what the status says is behind
        self._malformed = 0
        self._answered = False
        self._link: Link | None = None

    def offer(self, part: Batch | payloads.Window, time_ns: Int64s | None) -> None:
        """Leave it to the journal: the center takes committed rows only."""

    @property
    def queued(self) -> int:
        """Return how many events the center has not confirmed."""
        return self._streams["e"].behind

    def detail(self) -> dict[str, Any]:
        """Return what the screen shows of this publisher beside its counters."""
        shown: dict[str, Any] = {}
        for stream in self._streams.values():
            shown |= stream.detail()
        shown |= self._copy.detail()
        shown |= {"malformed_answers": self._malformed} if self._malformed else {}
        if link := self._link:
            shown |= {"protocol": link.version, "window": link.window, "center": self._center()}
            shown |= {"passed_over": link.passed_over} if link.passed_over else {}
        return shown

    def _center(self) -> str:
        """Say what is known of the other side; that nobody has subscribed is told by MQTT 5 alone."""
        if any(stream.unheard for stream in self._streams.values()):
            return "absent"
        if any(stream.silent for stream in self._streams.values()):
            return "silent"
        return "answers" if self._answered else "unknown"

    async def run(self) -> None:
        """Connect and replicate until the connection is over, then raise SinkAway with the cause.

        Raises WrongConfiguration for what can never work (certificate, password file), StorageFailed when the journal
        cannot be read.
        """
        for stream in self._streams.values():
            await stream.begin()
        if "s" not in self._streams:
            await self._journal.drop_cursor(self.config.name, "s")
        async with self._connector.connected(await self._presence.will(), self._received) as link:
            self._link = link
            try:
                await self._live_on(link)
            except ExceptionGroup as group:
                raise only_cause(group) from group
            finally:
                self._link = None
                for stream in self._streams.values():
                    stream.ended(link.closed_by_broker)
                    await stream.keep()
                await self._presence.goodbye(link)

    async def _live_on(self, link: Link) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(link.watch())
            for topic in (*self._acks, self._topics.copy):
                link.subscribe(topic)  # before the first row is sent: the broker takes them in this order
            await self._presence.tell(link)
            self._arrived()
            for stream in self._streams.values():
                tasks.create_task(stream.send(link))
            tasks.create_task(self._keep_status(link))
            tasks.create_task(self._copy.live(lambda: self._streams["e"].confirmed))

    async def _keep_status(self, link: Link) -> None:
        """Tell the status again and again, and once more when the backlog that it told of is gone."""
        told_s = _now()
        while True:
            await asyncio.sleep(CALM_S)
            if _now() - told_s >= STATUS_S or (self._told and not self._behind()):
                told_s = _now()
                await self._presence.tell(link)

    def _behind(self) -> dict[str, int]:
        """Return how many rows of each stream the center has not confirmed; empty when it has all."""
        behind = {f"behind_{name}": stream.behind for name, stream in self._streams.items()}
        return behind if any(behind.values()) else {}

    def _received(self, message: Message) -> None:
        """Take the center's word on a stream, or on its copy."""
        try:
            if message.topic == self._topics.copy:
                self._copy.take(replica.read_copied(message.payload))
                return
            ack = replica.read_ack(message.payload)
            stream = self._acks[message.topic]
        except (Malformed, KeyError) as error:
            self._malformed += 1
            self.counters.last_error = f"{message.topic}: {error}"[:200]
            return
        self._answered = True
        self._streams[stream].acked(ack)
        for other in self._streams.keys() - {stream}:
            self._streams[other].alive()

    async def _status(self, state: str, protocol: str) -> bytes:
        shop = self._workshop
        more: dict[str, str | int] = {"version": VERSION, "epoch": self._journal.epoch}
        more |= {"clock": "synced" if self._clock.synced else "unsynced"}
        more |= ({"protocol": protocol} if protocol else {}) | {"queued": self.queued}
        more |= {"name": shop.name, "trade": shop.trade, "language": shop.language}
        more |= {"cluster": shop.cluster} if shop.cluster else {}
        self._told = self._behind()
        more |= {"behind_e": 0, "behind_s": 0} | self._told
        more |= {"losses": lost} if (lost := self._journal.lost()) else {}
        times = [await stream.oldest_ns() for stream in self._streams.values()]
        if kept := [time_ns for time_ns in times if time_ns is not None]:
            more["oldest_ms"] = min(kept) // 1_000_000
        time_ns = self._clock.time_ns(self._clock.mono_ns())
        return payloads.status(self._topics.gateway, time_ns, state, **more)


def _now() -> float:
    return asyncio.get_running_loop().time()
