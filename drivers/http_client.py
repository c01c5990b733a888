"""One request over HTTP/1.1 (h11), whole within its time, or the reason why not."""

import asyncio
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit

import h11

READ_BYTES: Final = 65536
PORTS: Final = {"http": 80, "https": 443}


class NoAnswer(Exception):
    """Nothing came back: the host is not there, refuses, is silent, or hung up."""


class BadAnswer(Exception):
    """Something came back that is no answer of HTTP, or is too much."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


async def request(
    url: str,
    headers: Mapping[str, str],
    timeout_s: float,
    max_bytes: int,
    tls: ssl.SSLContext | None = None,
    body: bytes | None = None,
) -> Answer:
    """Ask once, on a connection of its own: GET, or POST with a body. NoAnswer or BadAnswer says why there is nothing.

    Follows no redirection.
    """
    parts = urlsplit(url)
    where = f"{parts.hostname}:{parts.port or PORTS[parts.scheme]}"
    try:
        async with asyncio.timeout(timeout_s):
            return await _request(parts, headers, max_bytes, tls, body)
    except TimeoutError:
        raise NoAnswer(f"{where}: no answer in {timeout_s:g} s") from None
    except h11.RemoteProtocolError as error:
        raise BadAnswer(f"{where}: no HTTP: {error}") from None
    except UnicodeError as error:  # a name that no host can have
        raise NoAnswer(f"{where}: {error}") from error
    except OSError as error:  # ssl.SSLError among them
        number = error.errno or 0
        why = os.strerror(number) if number > 0 and not isinstance(error, ssl.SSLError) else error.strerror
        raise NoAnswer(f"{where}: {why or error}") from error


async def _request(
    parts: SplitResult, headers: Mapping[str, str], max_bytes: int, tls: ssl.SSLContext | None, body: bytes | None
) -> Answer:
    secure = parts.scheme == "https"
    reader, writer = await asyncio.open_connection(
        parts.hostname, parts.port or PORTS[parts.scheme], ssl=(tls or ssl.create_default_context()) if secure else None
    )
    try:
        connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=READ_BYTES)
        target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=-._~")
        target += f"?{quote(parts.query, safe='/%:@!$&()*+,;=-._~?')}" if parts.query else ""
        own = [("Host", parts.netloc.rpartition("@")[2]), ("Connection", "close"), ("User-Agent", "gongbang")]
        own += [("Content-Length", str(len(body)))] if body is not None else []
        method = "GET" if body is None else "POST"
        asked = connection.send(h11.Request(method=method, target=target, headers=[*own, *headers.items()])) or b""
        asked += (connection.send(h11.Data(data=body)) or b"") if body else b""
        writer.write(asked + (connection.send(h11.EndOfMessage()) or b""))
        return await _receive(connection, reader, max_bytes)
    finally:
        writer.transport.abort()  # nothing is owed to the other side


async def _receive(connection: h11.Connection, reader: asyncio.StreamReader, max_bytes: int) -> Answer:
    status, headers = 0, {}
    body: list[bytes] = []
    size = 0
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(READ_BYTES))
        elif isinstance(event, h11.Response):
            status = event.status_code
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in event.headers}
        elif isinstance(event, h11.Data):
            size += len(event.data)
            if size > max_bytes:
                raise BadAnswer(f"the page is larger than {max_bytes} bytes")
            body.append(bytes(event.data))
        elif isinstance(event, h11.EndOfMessage):
            return Answer(status, headers, b"".join(body))
        elif isinstance(event, h11.ConnectionClosed) or event is h11.PAUSED:
            raise BadAnswer("the connection was closed before the page was whole")
