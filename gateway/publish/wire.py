"""Wire: a connection's bytes on the loop. It cuts them into packets, keeps the connection alive and ends it."""

import asyncio
import ssl
from typing import Final, Protocol

from gateway.publish import mqtt_packets
from gateway.publish.message import Version
from gateway.publish.mqtt_reader import Malformed, Packet, Reader

CLOSE_S: Final = 2.0
PING: Final = 0.6  # of the keep-alive: two silent ones are 1.2 of it, and 1.5 are promised
MOST_OWED: Final = 10_000  # answers to a broker that sends and does not read


class Listener(Protocol):
    """Who is told what comes over a wire."""

    def came(self, packets: list[Packet]) -> None:
        """Take the packets of one reading. Raises Malformed for what may not come now."""

    def over(self, cause: str, by_broker: bool) -> None:
        """The connection ended, or is of no use any more. Called once."""


class Wire(asyncio.Protocol):
    """One connection. After `over` nothing is read any more, and only the goodbye is written."""

    def __init__(self, version: Version, listener: Listener) -> None:
        self._version, self._listener = version, listener
        self.hello = b""  # what is said first
        self._loop = asyncio.get_running_loop()
        self._reader = Reader(version)
        self._transport: asyncio.Transport | None = None
        self._ended: asyncio.Future[None] = self._loop.create_future()  # the transport is closed
        self._over = False
        self._code = 0  # of our goodbye
        self._heard = True
        self._timer: asyncio.TimerHandle | None = None
        self._full = False  # the transport wants no more
        self._owed = 0  # answers written since then

    def write(self, data: bytes) -> None:
        """Send. What cannot go at once waits in the transport: the caller bounds it."""
        if self._transport and not self._over:
            self._transport.write(data)

    def answer(self, packet_ids: list[int]) -> None:
        """Answer messages from below. Raises Malformed when the broker takes none of the answers."""
        if self._full:
            self._owed += len(packet_ids)
            if self._owed > MOST_OWED:
                raise Malformed("it sends messages and reads no answers", 0x93)
        self.write(b"".join(map(mqtt_packets.puback, packet_ids)))

    def keep_alive(self, keepalive_s: float) -> None:
        """Ask for a sign of life now and then: two times without any, and the connection is dead."""
        if not self._heard:
            self._end(f"nothing came in {PING * keepalive_s:g} s, nor an answer to our ping", by_broker=False)
            return
        if self._timer:
            self._heard = False
            self.write(mqtt_packets.PINGREQ)
        self._timer = self._loop.call_later(PING * keepalive_s, self.keep_alive, keepalive_s)

    async def close(self) -> None:
        """Say goodbye and wait until the connection is closed, for a while."""
        if not self._transport:
            return
        if not self._transport.is_closing():
            self._transport.write(mqtt_packets.disconnect(self._version, self._code))
            self._transport.close()
        self._stop()
        await asyncio.wait({self._ended}, timeout=CLOSE_S / 2)
        if not self._ended.done():
            self._transport.abort()  # a peer that is gone reads no goodbye
            await asyncio.wait({self._ended}, timeout=CLOSE_S / 2)

    def _end(self, cause: str, by_broker: bool) -> None:
        if not self._over:
            self._stop()
            self._listener.over(cause, by_broker)

    def _stop(self) -> None:
        self._over = True
        if self._timer:
            self._timer.cancel()

    # ---- called by the transport ----

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self.hello)  # at once, in one piece with the end of our handshake: see _why

    def data_received(self, data: bytes) -> None:
        if self._over:
            return
        self._heard = True
        try:
            self._listener.came(self._reader.feed(data))
        except Malformed as error:
            self._code = error.code
            self._end(f"the broker sent what is no MQTT: {error}", by_broker=False)

    def pause_writing(self) -> None:
        self._full, self._owed = True, 0

    def resume_writing(self) -> None:
        self._full = False

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._ended.done():
            self._ended.set_result(None)
        self._end(f"connection lost ({_why(exc)})", by_broker=True)


def _why(error: Exception | None) -> str:
    """Return why a connection ended; of TLS, the alert.

    With TLS 1.3 a broker looks at our certificate when our side of the handshake is over already. Whoever writes then
    may be told of a reset connection before the alert is read.
    """
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.lower().replace("_", " ")
    return str(error) if error else "the broker closed it"
