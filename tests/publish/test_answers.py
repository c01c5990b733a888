"""Answers that Mosquitto does not give on request: a broker of a few lines that speaks MQTT 5 on the wire."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

CONNACK = bytes((0x20, 3, 0, 0, 0))
Answer = Callable[[str, bytes], int | None]  # topic and payload to a reason code; None hangs up


class WireBroker:
    """Takes every connection and answers each PUBLISH with a code of the test's choice (MQTT 5, sections 3.3, 3.4)."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.taken: list[bytes] = []
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until either side ends it."""
        self.connections += 1
        try:
            while True:
                kind, body = await self._packet(reader)
                if kind >> 4 == 1:
                    writer.write(CONNACK)
                elif kind >> 4 == 12:
                    writer.write(bytes((0xD0, 0)))
                elif (kind >> 4 == 3 and not self._publish(body, writer)) or kind >> 4 == 14:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _packet(self, reader: asyncio.StreamReader) -> tuple[int, bytes]:
        kind = (await reader.readexactly(1))[0]
        length = shift = 0
        while True:
            byte = (await reader.readexactly(1))[0]
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return kind, await reader.readexactly(length)

    def _publish(self, body: bytes, writer: asyncio.StreamWriter) -> bool:
        end = 2 + int.from_bytes(body[:2], "big")
        topic, mid, payload = body[2:end].decode(), body[end : end + 2], body[end + 3 :]  # no properties: one byte of 0
        code = self._answer(topic, payload)
        if code is None:
            return False
        if code < 0x80 and "/event/" in topic:
            self.taken.append(payload)
        writer.write(bytes((0x40, 4)) + mid + bytes((code, 0)))
        return True

    def ids(self) -> list[str]:
        """Return the ids of the events that were taken, each once."""
        return list(dict.fromkeys(json.loads(payload)["id"] for payload in self.taken))


@pytest.mark.parametrize("code", [0x97, 0x91])
def test_a_broker_that_takes_nothing_now_gets_it_later(running: Any, soon: Any, port: int, code: int) -> None:
    """Quota exceeded is about the broker: the row is kept, however often, and nothing is set aside."""

    async def run() -> None:
        full = True
        broker = WireBroker(lambda topic, _: code if full and "/event/" in topic else 0)
        server = await asyncio.start_server(broker.serve, "127.0.0.1", port)
        async with server, running(port=port) as gateway:
            made = [await gateway.event(n=n) for n in range(10)]
            gateway.start()
            await soon(lambda: broker.connections >= 9, "many attempts")
            assert f"0x{code:02x}" in gateway.component.last_error
            full = False
            await soon(lambda: len(broker.ids()) == 10, "every event")
            assert broker.ids() == made
            assert gateway.publisher.counters.dropped == 0

    asyncio.run(run())


@pytest.mark.parametrize("code", [0x80, 0x83, 0x90, 0x99])
def test_a_refusal_is_a_dead_letter_whatever_its_reason(running: Any, soon: Any, port: int, code: int) -> None:
    """From 0x80 on the row is set aside at the first answer and the next ones go."""

    async def run() -> None:
        broker = WireBroker(lambda _, payload: code if b'"n":4' in payload else 0)
        server = await asyncio.start_server(broker.serve, "127.0.0.1", port)
        async with server, running(port=port) as gateway:
            await gateway.up()
            made = [await gateway.event(n=n) for n in range(10)]
            await soon(lambda: len(broker.ids()) == 9, "all others")
            assert broker.ids() == made[:4] + made[5:]
            await soon(lambda: gateway.publisher.queued == 0, "all answered")
            assert gateway.publisher.detail()["refused_events"] == 1
            assert gateway.component.state == "up"

    asyncio.run(run())


def test_who_hangs_up_on_one_event_gets_the_others(running: Any, soon: Any, port: int) -> None:
    """Some brokers close the connection on a topic that they do not allow: it is sent alone, then set aside."""

    async def run() -> None:
        broker = WireBroker(lambda topic, _: None if topic.endswith("/event/scan") else 0)
        server = await asyncio.start_server(broker.serve, "127.0.0.1", port)
        async with server, running(port=port) as gateway:
            made = [await gateway.event("scan" if n == 5 else "count", n=n) for n in range(10)]
            gateway.start()
            await soon(lambda: len(broker.ids()) == 9, "all others", 40)
            assert broker.ids() == made[:5] + made[6:]
            assert gateway.publisher.detail()["refused_events"] == 1

    asyncio.run(run())
