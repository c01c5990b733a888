"""Link: one connection to a broker, driven by the loop. Used once: the next connection is a new Link.

A message that the window has no room for waits here as the bytes that will be sent, so that an answer is followed by
the next message at once; as many wait as may be unanswered. What an old connection left unanswered is never resent:
who asked for it does that, in order.
"""

import asyncio
import itertools
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from gateway.config.publish import Broker as Config
from gateway.errors import Refused, SinkAway
from gateway.publish import mqtt_packets
from gateway.publish.canary import Canary
from gateway.publish.dial import dial, password
from gateway.publish.message import Message, Version
from gateway.publish.mqtt_packets import LONGEST
from gateway.publish.mqtt_reader import (
    MOST_BYTES,
    UNSUPPORTED_VERSION,
    Connack,
    Disconnect,
    Malformed,
    Oversized,
    Packet,
    Puback,
    Publish,
)
from gateway.publish.reasons import end
from gateway.publish.wire import Wire

CONNECT_S: Final = 15.0  # name look-up, TCP, TLS and CONNACK together
ANSWER_S: Final = 30.0  # for a PUBACK; a broker that is slower is taken for gone
HEADER_BYTES: Final = 16  # of a PUBLISH beyond its topic and payload, at the most
MOST_COMMANDS: Final = 100  # of one reading: more than that from below are not ours to keep

Received = Callable[[Message], None]
Answer = asyncio.Future[int]


class Unsupported(Exception):
    """The broker does not speak this version of MQTT, or hung up when it was spoken to in it."""


class Link:
    """One connection. `window` messages may be unanswered; `lost` is done, with the cause, when it is over."""

    def __init__(
        self, config: Config, version: Version, client_id: str, will: Message | None, received: Received
    ) -> None:
        self.version: Final = version
        self.window = config.inflight
        self.unanswered_s = ANSWER_S
        self.closed_by_broker = False
        self.passed_over = 0  # messages from below that were too large or too many
        self._config, self._client_id, self._will, self._received = config, client_id, will, received
        self._loop = asyncio.get_running_loop()
        self._accepted: asyncio.Future[None] = self._loop.create_future()
        self.lost: asyncio.Future[str] = self._loop.create_future()
        self._packet_ids = itertools.cycle(range(1, 65536))
        self._queue: deque[tuple[int, bytes, Answer]] = deque()  # until the window has room
        self._waiting: dict[int, tuple[Answer, float]] = {}  # sent and when, by packet identifier, oldest first
        self._sending = False
        self._most_bytes = LONGEST
        self._retains = True
        self._wire = Wire(version, self)
        self._room = asyncio.Semaphore(self.window)  # in the queue
        self._canary = Canary(self.subscribe, self.unsubscribe) if version == "3.1.1" else None

    async def open(self) -> None:
        """Connect; raise SinkAway with the cause, Unsupported, or WrongConfiguration."""
        self._wire.hello = self._hello()
        over: set[asyncio.Future[Any]] = {self._accepted, self.lost}
        try:
            async with asyncio.timeout(CONNECT_S) as limit:
                await dial(self._config, lambda: self._wire)
                await asyncio.wait(over, return_when=asyncio.FIRST_COMPLETED)
        except (OSError, ValueError) as error:  # TimeoutError and ssl.SSLError are an OSError
            cause = f" did not answer in {CONNECT_S:g} s" if limit.expired() else f": {error}"
            raise SinkAway(self._where + cause) from None
        if not self._accepted.done():
            raise SinkAway(self.lost.result())
        self._accepted.result()

    def _hello(self) -> bytes:
        """Return CONNECT, with what we do not take told: but not to a broker that is only asked for its version.

        The client id is the same at each connection: the broker then ends a half-open predecessor at once, whose will
        ("offline") comes before our "online" and not a minute after it.
        """
        return mqtt_packets.connect(
            self.version,
            self._client_id,
            self._config.keepalive_s,
            will=self._will,
            username=self._config.username or None,
            password=password(self._config),
            most_bytes=MOST_BYTES if self._will else None,
        )

    async def publish(self, message: Message, *, more: bool = False) -> Answer:
        """Send, QoS 1, once there is room to wait; the future is the PUBACK's reason code.

        It is cancelled when the link is lost. With `more` it is sent by `flush`, or with what comes after. Raises
        SinkAway when the link is lost already, and Refused when the broker said beforehand that it takes nothing so
        large.
        """
        size = len(message.payload) + len(mqtt_packets.text(message.topic)) + HEADER_BYTES
        if size > self._most_bytes:
            raise Refused(f"{size} bytes are more than the broker takes ({self._most_bytes})")
        await self._room.acquire()
        if self.lost.done():
            self._room.release()
            raise SinkAway(self.lost.result())
        if self._canary:
            self._canary.send(message.topic)
        packet_id = self._packet_id()
        packet = mqtt_packets.publish(self.version, packet_id, message, retain=message.retain and self._retains)
        answer: Answer = self._loop.create_future()
        self._queue.append((packet_id, packet, answer))
        if not self._sending and not more:  # in the next turn of the loop: with all that come until then
            self._sending = True
            self._loop.call_soon(self._send)
        return answer

    def flush(self) -> None:
        """Send what waits for more."""
        if self._queue:
            self._send()

    def subscribe(self, topic: str) -> None:
        """Ask for a topic. A refusal is not told: what does not come is what the caller looks at."""
        self._wire.write(mqtt_packets.subscribe(self.version, self._packet_id(), topic))

    def unsubscribe(self, topic: str) -> None:
        """Ask for a topic no more."""
        self._wire.write(mqtt_packets.unsubscribe(self.version, self._packet_id(), topic))

    @property
    def most_bytes(self) -> int:
        """Return the largest message that the broker takes, topic and all, as far as it said so (MQTT 5)."""
        return self._most_bytes

    @property
    def unanswered(self) -> int:
        """Return how many messages wait for their PUBACK."""
        return len(self._waiting)

    @property
    def unverified(self) -> frozenset[str]:
        """Return the topics whose answers prove nothing yet: on MQTT 3.1.1, those that did not come back to us."""
        return frozenset(self._canary.out) if self._canary else frozenset()

    async def watch(self) -> None:
        """Wait until the link is over, then raise SinkAway; a broker that stopped answering ends it too."""
        while not self.lost.done():
            await asyncio.wait({self.lost}, timeout=self.unanswered_s / 4)
            oldest = next(iter(self._waiting.values()), None)
            if oldest and self._loop.time() - oldest[1] > self.unanswered_s:
                self.fail(f"{self._where} did not answer a message in {self.unanswered_s:g} s")
        raise SinkAway(self.lost.result())

    def fail(self, cause: str) -> None:
        """Give the link up: nothing that waits will be answered."""
        if not self.lost.done():
            self.lost.set_result(cause)
        for answer in [answer for answer, _ in self._waiting.values()] + [answer for *_, answer in self._queue]:
            answer.cancel()
        self._waiting.clear()
        self._queue.clear()
        self._room.release()  # whoever waits for room wakes, sees that it is over, and wakes the next

    async def close(self) -> None:
        """Say goodbye (the broker then keeps the will to itself) and wait until the connection is closed, shortly."""
        self.fail("closed")
        await self._wire.close()

    @property
    def _where(self) -> str:
        return f"{self._config.host}:{self._config.port}"

    def _packet_id(self) -> int:
        """Return an identifier that no unanswered message has."""
        number = next(self._packet_ids)
        while number in self._waiting:
            number = next(self._packet_ids)
        return number

    def _send(self) -> None:
        """Send what the window has room for, in one go."""
        self._sending = False
        room = min(self.window - len(self._waiting), len(self._queue))
        if room < 1:
            return
        now, packets = self._loop.time(), []
        for _ in range(room):
            packet_id, packet, answer = self._queue.popleft()
            self._waiting[packet_id] = answer, now
            packets.append(packet)
        self._wire.write(b"".join(packets))
        for _ in packets:
            self._room.release()

    # ---- called by the wire ----

    def came(self, packets: list[Packet]) -> None:
        """Take what the broker says. Answers to messages are looked at when the next messages are on their way."""
        if self.lost.done():
            return
        answered: list[tuple[Answer, int]] = []
        below: list[Publish] = []
        for packet in packets:
            if isinstance(packet, Puback):
                if waiting := self._waiting.pop(packet.packet_id, None):
                    answered.append((waiting[0], packet.code))
            elif isinstance(packet, Connack):
                self._answered_connect(packet)
            elif not self._accepted.done():
                raise Malformed(f"{type(packet).__name__.upper()} before CONNACK", 0x82)
            elif isinstance(packet, Publish):
                below.append(packet)
            elif isinstance(packet, Oversized):
                self.passed_over += 1
            elif isinstance(packet, Disconnect):
                self.over(f"connection lost ({end(packet.code)})", by_broker=True)
        self._send()
        for answer, code in answered:
            if not answer.done():
                answer.set_result(code)
        if below:
            self._take(below)

    def _take(self, below: list[Publish]) -> None:
        for packet in below[:MOST_COMMANDS]:
            message = packet.message
            if not (self._canary and self._canary.came(message.topic, message.retain)):
                self._received(message)
        self.passed_over += len(below[MOST_COMMANDS:])
        if packet_ids := [packet.packet_id for packet in below if packet.packet_id is not None]:
            self._wire.answer(packet_ids)

    def _answered_connect(self, packet: Connack) -> None:
        if self._accepted.done():
            raise Malformed("a second CONNACK", 0x82)
        if packet.code == UNSUPPORTED_VERSION:
            self._accepted.set_exception(Unsupported())
        elif packet.code:
            self._accepted.set_exception(SinkAway(f"{self._where} refused the connection: {end(packet.code)}"))
        else:
            self._heed(packet)
            self._accepted.set_result(None)

    def _heed(self, limits: Connack) -> None:
        """Take the limits that an MQTT 5 broker sets (section 3.2.2.3)."""
        self.window = min(self.window, limits.receive_maximum)
        self._most_bytes = limits.most_bytes
        self._retains = limits.retains
        self._room = asyncio.Semaphore(self.window)
        self._wire.keep_alive(min(self._config.keepalive_s, limits.keepalive_s or self._config.keepalive_s))

    def over(self, cause: str, by_broker: bool) -> None:
        """Take the end of the connection."""
        if self.lost.done():
            return
        self.closed_by_broker = by_broker
        if by_broker and not self._accepted.done() and self.version == "5":
            self._accepted.set_exception(Unsupported())  # some refuse what they do not know by hanging up
        self.fail(f"{self._where}: {cause}")
