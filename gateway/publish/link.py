"""Link: one connection to a broker through paho, bridged to asyncio. Used once: the next connection is a new Link.

paho resends by itself what an old connection left unanswered, which would send rows twice and out of order; a client
that lives as long as its connection never does. Its network thread never touches our state: every callback only
hands its news to the loop.
"""

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable
from socket import SHUT_RDWR
from typing import Any, Final

import paho.mqtt.client as paho
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from gateway.config.publish import Broker as Config
from gateway.errors import Refused, SinkAway
from gateway.publish.canary import Canary
from gateway.publish.client import new_client
from gateway.publish.message import Message, Version

CONNECT_S: Final = 15.0  # name look-up, TCP, TLS and CONNACK together
ANSWER_S: Final = 30.0  # for a PUBACK; a broker that is slower is taken for gone
CLOSE_S: Final = 2.0
UNSUPPORTED_VERSION: Final = 0x84
HEADER_BYTES: Final = 16  # of a PUBLISH beyond its topic and payload, at the most
COMMANDS_WAITING: Final = 100  # more than that from below are not ours to keep


Received = Callable[[Message], None]


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
        self._config = config
        self._received = received
        self._loop = asyncio.get_running_loop()
        self._accepted: asyncio.Future[None] = self._loop.create_future()
        self.lost: asyncio.Future[str] = self._loop.create_future()
        self._ended: asyncio.Future[None] = self._loop.create_future()  # paho's thread will call no more
        self._waiting: dict[int, tuple[asyncio.Future[int], float]] = {}  # by packet identifier, oldest first
        self._most_bytes = 268_435_455  # the standard's own limit
        self._retains = True
        self._closing = False
        self._answers: deque[tuple[int, int]] = deque()
        self._inbound = 0
        self._client = new_client(config, version, client_id, will)
        self._slots = asyncio.Semaphore(self.window)
        self._canary = Canary(self.subscribe, self.unsubscribe) if version == "3.1.1" else None

    async def open(self) -> None:
        """Connect; raise SinkAway with the cause, or Unsupported."""
        self._listen()
        begin = threading.Thread(
            target=self._begin, args=(self._client,), name=f"mqtt-{self._config.name}", daemon=True
        )
        begin.start()
        over: set[asyncio.Future[Any]] = {self._accepted, self.lost}
        await asyncio.wait(over, timeout=CONNECT_S, return_when=asyncio.FIRST_COMPLETED)
        if self._accepted.done():
            return self._accepted.result()
        raise SinkAway(self.lost.result() if self.lost.done() else f"{self._where} did not answer in {CONNECT_S:g} s")

    def _listen(self) -> None:
        """Apart from `open`: the traceback of what that raises would keep the client, and its descriptors, alive."""
        client = self._client
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        client.on_message = self._on_message

    async def publish(self, message: Message) -> asyncio.Future[int]:
        """Send, QoS 1, once there is room in the window; the future is the PUBACK's reason code.

        It is cancelled when the link is lost. Raises SinkAway when it is lost already, and Refused when the broker
        said beforehand that it takes nothing so large.
        """
        size = len(message.payload) + len(message.topic.encode()) + HEADER_BYTES
        if size > self._most_bytes:
            raise Refused(f"{size} bytes are more than the broker takes ({self._most_bytes})")
        await self._slots.acquire()
        if self.lost.done():
            self._slots.release()
            raise SinkAway(self.lost.result())
        if self._canary:
            self._canary.send(message.topic)
        info = self._client.publish(message.topic, message.payload, qos=1, retain=message.retain and self._retains)
        answer: asyncio.Future[int] = self._loop.create_future()
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            self.fail(f"{self._where}: {paho.error_string(info.rc)}")
            answer.cancel()
            return answer
        self._waiting[info.mid] = (answer, self._loop.time())
        return answer

    def subscribe(self, topic: str) -> None:
        """Ask for a topic. A refusal is not told: what does not come is what the caller looks at."""
        if self.version == "5":
            self._client.subscribe(topic, options=SubscribeOptions(qos=1))
        else:
            self._client.subscribe(topic, qos=1)

    def unsubscribe(self, topic: str) -> None:
        """Ask for a topic no more."""
        self._client.unsubscribe(topic)

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
        for answer, _ in self._waiting.values():
            answer.cancel()
        self._waiting.clear()
        self._slots.release()  # whoever waits for room wakes, sees that it is over, and wakes the next

    async def close(self) -> None:
        """Say goodbye (the broker then keeps the will to itself) and wait until paho's thread is over, for a while."""
        self._closing = True
        self.fail("closed")
        self._client.disconnect()
        await asyncio.wait({self._ended}, timeout=CLOSE_S / 2)
        if not self._ended.done() and (socket := self._client.socket()):
            with contextlib.suppress(OSError):  # it may have closed in between; a peer that is gone reads no goodbye
                socket.shutdown(SHUT_RDWR)  # type: ignore[attr-defined] # it is a socket, paho's type says less
            await asyncio.wait({self._ended}, timeout=CLOSE_S / 2)
        self._let_go()

    def _let_go(self) -> None:
        """Drop paho's client, so that its descriptors close now and not when the garbage collector comes by."""
        client = self._client
        client.on_connect = client.on_disconnect = client.on_publish = client.on_message = None
        del self._client

    @property
    def _where(self) -> str:
        return f"{self._config.host}:{self._config.port}"

    # ---- in threads of their own: only _tell() from here on ----

    def _begin(self, client: paho.Client) -> None:
        """Look the name up and connect, both of which may block; then paho's own thread takes over."""
        more: dict[str, Any] = {"clean_start": True} if self.version == "5" else {}
        try:
            client.connect(self._config.host, self._config.port, _ping_s(self._config.keepalive_s), **more)
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            self._tell(self._over, f"{self._where}: {error}", False)
            return
        if self._closing:
            client.disconnect()
        client.loop_start()

    def _on_connect(self, _c: paho.Client, _u: Any, _f: Any, code: ReasonCode, properties: Properties | None) -> None:
        self._tell(self._answered_connect, code, properties)

    def _on_disconnect(self, _c: paho.Client, alert: Any, _flags: Any, code: ReasonCode, _p: Properties | None) -> None:
        self._tell(self._over, f"{self._where}: connection lost ({alert or str(code).lower()})", True)

    def _on_publish(self, _c: paho.Client, _u: Any, mid: int, code: ReasonCode, _p: Properties) -> None:
        self._answers.append((mid, code.value))
        if len(self._answers) == 1:  # else a call is on its way already, and takes this one too
            self._tell(self._take_answers)

    def _on_message(self, _c: paho.Client, _u: Any, message: paho.MQTTMessage) -> None:
        if self._inbound < COMMANDS_WAITING:
            self._inbound += 1
            self._tell(self._came, Message(message.topic, bytes(message.payload), message.retain))

    def _tell(self, what: Callable[..., None], *news: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is there to hear it
            self._loop.call_soon_threadsafe(what, *news)

    # ---- in the loop again ----

    def _answered_connect(self, code: ReasonCode, properties: Properties | None) -> None:
        if self._accepted.done() or self._closing:
            return
        if code.value == UNSUPPORTED_VERSION:
            self._accepted.set_exception(Unsupported())
        elif code.value:
            self._accepted.set_exception(SinkAway(f"{self._where} refused the connection: {str(code).lower()}"))
        else:
            self._heed(properties)
            self._accepted.set_result(None)

    def _heed(self, properties: Properties | None) -> None:
        """Take the limits that an MQTT 5 broker sets (section 3.2.2.3)."""
        self.window = min(self.window, getattr(properties, "ReceiveMaximum", 65535))
        self._most_bytes = getattr(properties, "MaximumPacketSize", self._most_bytes)
        self._retains = bool(getattr(properties, "RetainAvailable", 1))
        self._slots = asyncio.Semaphore(self.window)

    def _take_answers(self) -> None:
        while self._answers:
            mid, code = self._answers.popleft()
            answer, _ = self._waiting.pop(mid, (None, 0.0))
            self._slots.release()
            if answer and not answer.done():
                answer.set_result(code)

    def _came(self, message: Message) -> None:
        self._inbound -= 1
        if self.lost.done() or (self._canary and self._canary.came(message.topic, message.retain)):
            return
        self._received(message)

    def _over(self, cause: str, by_broker: bool) -> None:
        if not self._ended.done():
            self._ended.set_result(None)
        self.closed_by_broker = by_broker and not self._closing and not self.lost.done()
        if self.closed_by_broker and not self._accepted.done() and self.version == "5":
            self._accepted.set_exception(Unsupported())  # some refuse what they do not know by hanging up
        self.fail(cause)


def _ping_s(keepalive_s: int) -> int:
    """Return the interval to name to paho, which looks at it once in a second and gives up after two silent ones."""
    return keepalive_s * 3 // 4 - 1
