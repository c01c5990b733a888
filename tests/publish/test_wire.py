"""The connection against a broker that says what the test wants, byte by byte."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway.config.publish import MqttPublisher as Config
from gateway.errors import SinkAway
from gateway.publish import mqtt_packets, wire
from gateway.publish.link import Link
from gateway.publish.message import Message, Version
from gateway.publish.mqtt_reader import MOST_BYTES

CONNACK = bytes.fromhex("2003000000")
WINDOW_3 = bytes.fromhex("2006000003210003")  # receive maximum
PING_SOON = bytes.fromhex("2006000003130001")  # server keep alive: 1 s
WILL = Message("status", b"{}", retain=True)


class Broker:
    """A side of a connection that only says what it is told to, and keeps what comes, as it came."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.reads = True
        self._writer: asyncio.StreamWriter | None = None

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        with contextlib.suppress(ConnectionError):
            while self.reads and (chunk := await reader.read(1 << 16)):
                self.chunks.append(chunk)
                if len(self.chunks) == 1:
                    writer.write(self.hello)
        if self.reads:
            writer.close()

    def say(self, what: bytes) -> None:
        assert self._writer
        self._writer.write(what)

    @property
    def came(self) -> bytes:
        """Everything behind CONNECT."""
        return b"".join(self.chunks[1:])

    hello = CONNACK


@asynccontextmanager
async def linked(
    received: Callable[[Message], None] = lambda _: None, version: Version = "5", hello: bytes = CONNACK
) -> AsyncIterator[tuple[Link, Broker]]:
    """A link that such a broker accepted."""
    broker = Broker()
    broker.hello = hello
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    async with await asyncio.start_server(broker.connected, sock=listener) as server:
        port = server.sockets[0].getsockname()[1]
        link = Link(Config(name="broker", type="mqtt", host="127.0.0.1", port=port), version, "gw", WILL, received)
        try:
            await link.open()
            yield link, broker
        finally:
            await link.close()
            if broker._writer:
                broker._writer.transport.abort()


@pytest.mark.parametrize(
    ("version", "said", "cause", "goodbye"),
    [
        ("5", bytes.fromhex("1000"), "0x10, with which no packet for us begins", "e00182"),
        ("5", bytes.fromhex("3003000574"), "cut short", "e00181"),
        ("5", CONNACK, "a second CONNACK", "e00182"),
        ("3.1.1", bytes.fromhex("4003000110"), "a PUBACK of 3 bytes", "e000"),
    ],
)
def test_what_is_no_mqtt_ends_the_link_with_its_cause(
    version: Version, said: bytes, cause: str, goodbye: str, soon: Any
) -> None:
    """The broker is told why, as far as the version can; what waits for an answer is given back."""

    async def run() -> None:
        hello = CONNACK if version == "5" else bytes.fromhex("20020000")
        async with linked(version=version, hello=hello) as (link, broker):
            answer = await link.publish(Message("a", b"b"))
            broker.say(said)
            why = await asyncio.wait_for(link.lost, 10)
            assert f"127.0.0.1:{link._config.port}: the broker sent what is no MQTT: " in why
            assert cause in why
            assert not link.closed_by_broker
            assert answer.cancelled()
            await link.close()
            await soon(lambda: broker.came.endswith(bytes.fromhex(goodbye)), "the goodbye")

    asyncio.run(run())


@pytest.mark.parametrize(
    ("hello", "cause"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "no MQTT: 0x48, with which no packet for us begins"),
        (bytes.fromhex("d000") + CONNACK, "PINGRESP before CONNACK"),
        (bytes.fromhex("2003008800"), "refused the connection: server unavailable"),
        (bytes.fromhex("2003009700"), "refused the connection: quota exceeded"),
        (bytes.fromhex("200300fe00"), "refused the connection: 0xfe"),
    ],
)
def test_a_broker_that_does_not_accept_is_told_with_its_reason(hello: bytes, cause: str) -> None:
    async def run() -> None:
        with pytest.raises(SinkAway, match=cause):
            async with linked(hello=hello):
                pass

    asyncio.run(run())


def test_the_first_address_of_a_name_that_answers_is_taken(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it come a family that this machine does not speak, and a port on which nobody listens."""
    here = socket.getaddrinfo

    def addresses(host: str, at: int, **more: Any) -> list[Any]:
        good = here("127.0.0.1", at, **more)[0]
        return [(99, *good[1:]), (*good[:4], ("127.0.0.1", port)), good]

    async def run() -> None:
        monkeypatch.setattr(socket, "getaddrinfo", addresses)
        async with linked() as (link, _):
            assert not link.lost.done()

    asyncio.run(run())


def test_a_name_that_cannot_be_one_is_told() -> None:
    """The label is too long; no name server is asked."""

    async def run() -> None:
        link = Link(Config(name="broker", type="mqtt", host="a" * 70, port=1), "5", "gw", WILL, lambda _: None)
        with pytest.raises(SinkAway, match=r"aaa:1: .*(idna|label)"):
            await link.open()
        await link.close()

    asyncio.run(run())


def test_a_goodbye_of_the_broker_is_told_with_its_reason() -> None:
    async def run() -> None:
        async with linked() as (link, broker):
            broker.say(bytes.fromhex("e0028b00"))
            why = await asyncio.wait_for(link.lost, 10)
            assert why.endswith("connection lost (server shutting down)")
            assert link.closed_by_broker

    asyncio.run(run())


def test_a_message_that_is_too_large_costs_no_other(soon: Any) -> None:
    """It is passed over and counted; those before and after it are taken and answered for."""

    async def run() -> None:
        came: list[bytes] = []
        async with linked(lambda message: came.append(message.payload)) as (link, broker):
            for packet_id, payload in enumerate((b"a", b"." * MOST_BYTES, b"b"), 1):
                broker.say(mqtt_packets.publish("5", packet_id, Message("command/x", payload), retain=False))
            await soon(lambda: came == [b"a", b"b"], "the small ones")
            assert link.passed_over == 1
            await soon(lambda: broker.came == bytes.fromhex("4002000140020003"), "their answers")
            assert mqtt_packets.MAXIMUM_PACKET_SIZE + MOST_BYTES.to_bytes(4) in broker.chunks[0]  # it was told before

    asyncio.run(run())


def test_messages_of_one_turn_leave_in_one_piece_and_their_answers_make_room_for_the_next(soon: Any) -> None:
    """Three may be unanswered, three more wait as bytes; an answer to two sends two at once."""

    async def run() -> None:
        async with linked(hello=WINDOW_3) as (link, broker):
            message = Message("a", b"b")
            packets = [mqtt_packets.publish("5", n, message, retain=False) for n in range(1, 7)]
            answers = [await link.publish(message) for _ in range(3)]
            await soon(lambda: broker.chunks[1:], "the first three")
            answers += [await link.publish(message) for _ in range(3)]
            assert link.unanswered == 3
            broker.say(bytes.fromhex("400200014003000287"))
            await soon(lambda: len(broker.chunks) == 3, "two more")
            assert broker.chunks[1:] == [b"".join(packets[:3]), b"".join(packets[3:5])]
            assert [answer.result() for answer in answers if answer.done()] == [0, 0x87]
            assert link.unanswered == 3

    asyncio.run(run())


def test_a_broker_may_ask_for_a_sign_of_life_more_often(soon: Any) -> None:
    async def run() -> None:
        async with linked(hello=PING_SOON) as (link, broker):
            await soon(lambda: broker.came == mqtt_packets.PINGREQ, "a ping")
            why = await asyncio.wait_for(link.lost, 10)
            assert "nothing came in 0.6 s, nor an answer to our ping" in why
            assert not link.closed_by_broker

    asyncio.run(run())


def test_a_broker_that_sends_and_does_not_read_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its messages are answered into a line that is full: what we owe it is bounded."""
    monkeypatch.setattr(wire, "MOST_OWED", 1000)

    async def run() -> None:
        async with linked() as (link, broker):
            transport: Any = link._wire._transport
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            transport.set_write_buffer_limits(high=1000)
            broker.reads = False
            broker.say(mqtt_packets.publish("5", 1, Message("command/x", b""), retain=False) * 50_000)
            assert "sends messages and reads no answers" in await asyncio.wait_for(link.lost, 20)
            assert transport.get_write_buffer_size() < 1 << 20

    asyncio.run(run())
