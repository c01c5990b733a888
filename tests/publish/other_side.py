"""The other sides of the model test, at the lowest seam: an MQTT 5 broker with a center behind it, and a database.

All of them are a few lines that speak on real sockets, and can be away, refuse, or lose their memory when told.
"""

import asyncio
import contextlib
import gzip
import json
from dataclasses import dataclass, field
from typing import Any

from gateway.event import Position
from gateway.publish import replica

ODD = "odd"  # what stands in a row that they refuse, while they refuse
SUBACK, PINGRESP = 0x90, bytes((0xD0, 0))
CENTER = "gongbang/v1/shop-1/gw_1/"
PAGE = b"unable to parse 'odd'"


@dataclass
class Center:
    """Takes rows when it has the one before them, and says so."""

    rows: dict[str, dict[Position, Any]] = field(default_factory=lambda: {"e": {}, "s": {}})
    at: dict[str, Position | None] = field(default_factory=lambda: {"e": None, "s": None})
    hears: bool = True

    def take(self, stream: str, payload: bytes) -> bytes | None:
        """Return the answer to a message; None when it is not heard."""
        if not self.hears:
            return None
        message: Any = (replica.read_events if stream == "e" else replica.read_blocks)(payload)
        if message.after is not None and message.after not in self.rows[stream]:
            return replica.write_ack(self.at[stream], message.after)
        new = [row for row in message.rows if row.position not in self.rows[stream]]
        self.rows[stream] |= {row.position: row for row in new}
        if new and new[-1] is message.rows[-1] and not message.again:
            self.at[stream] = new[-1].position
        return replica.write_ack(message.rows[-1].position)


@dataclass
class Broker:
    """Takes every event, or refuses those that are odd; hands journals to the center and its word back."""

    center: Center = field(default_factory=Center)
    there: bool = True
    refuses: bool = False
    most_bytes: int = 1 << 20  # of a packet
    taken: list[str] = field(default_factory=list)  # the events' ids, as they came
    refused: set[str] = field(default_factory=set)
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _hear: set[asyncio.StreamWriter] = field(default_factory=set)  # of them: who subscribed to the center's word

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until either side ends it."""
        self._open.add(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while self.there and self._packet(*await _packet(reader), writer):
                pass
        self._open.discard(writer)
        self._hear.discard(writer)
        writer.close()

    def go(self) -> None:
        """Be away: every connection ends."""
        self.there = False
        for writer in self._open:
            writer.close()

    def announce(self) -> None:
        """Say how far the center is, unasked."""
        for stream, at in self.center.at.items():
            for writer in self._hear:
                writer.write(_publish(f"{CENTER}ack/{stream}", replica.write_ack(at)))

    def _packet(self, kind: int, body: bytes, writer: asyncio.StreamWriter) -> bool:
        match kind >> 4:
            case 1:
                writer.write(bytes((0x20, 8, 0, 0, 5, 0x27)) + self.most_bytes.to_bytes(4, "big"))
            case 3:
                self._take(body, writer)
            case 8:
                writer.write(bytes((SUBACK, 4)) + body[:2] + bytes((0, 1)))
                if b"/ack/" in body:
                    self._hear.add(writer)
            case 12:
                writer.write(PINGRESP)
            case 14:
                return False
        return True

    def _take(self, body: bytes, writer: asyncio.StreamWriter) -> None:
        end = 2 + int.from_bytes(body[:2], "big")
        topic, mid, payload = body[2:end].decode(), body[end : end + 2], body[end + 3 :]
        stream, answer = topic.rpartition("/")[2], None
        code = 0
        if "/event/" in topic:
            code = self._event(json.loads(payload)["id"], ODD.encode() in payload)
        elif "/journal/" in topic:
            answer = self.center.take(stream, payload)
        writer.write(bytes((0x40, 4)) + mid + bytes((code, 0)))
        if answer is not None:
            writer.write(_publish(f"{CENTER}ack/{stream}", answer))

    def _event(self, event_id: str, odd: bool) -> int:
        if odd and self.refuses:
            self.refused.add(event_id)
            return 0x87
        self.taken.append(event_id)
        return 0


async def _packet(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    kind = (await reader.readexactly(1))[0]
    length = shift = 0
    while True:
        byte = (await reader.readexactly(1))[0]
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return kind, await reader.readexactly(length)


def _publish(topic: str, payload: bytes) -> bytes:
    """Return a PUBLISH of quality 0; it is shorter than 16 384 bytes."""
    body = len(topic).to_bytes(2, "big") + topic.encode() + b"\0" + payload
    return bytes((0x30, len(body) & 0x7F | 0x80, len(body) >> 7)) + body


@dataclass
class Database:
    """Takes every line, or refuses a request with one that is odd; away it answers 503."""

    there: bool = True
    refuses: bool = False
    taken: list[str] = field(default_factory=list)  # lines, as they came

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer requests until the other side ends."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                size = int(head.partition("content-length:")[2].partition("\r\n")[0])
                lines = gzip.decompress(await reader.readexactly(size)).decode().split("\n")
                writer.write(self._answer([line for line in lines if line]))
        writer.close()

    def _answer(self, lines: list[str]) -> bytes:
        if not self.there:
            return _http(503, b"")
        if self.refuses and any(ODD in line for line in lines):
            return _http(400, json.dumps({"error": PAGE.decode()}).encode())
        self.taken += lines
        return _http(204, b"")


def _http(status: int, body: bytes) -> bytes:
    return b"HTTP/1.1 %d so\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body
