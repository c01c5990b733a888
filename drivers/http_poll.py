"""Instruments that offer nothing but a page: asked for it again and again."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import h11

from drivers.base import Counters, Reading, Slots
from drivers.errors import DeviceGone, WrongConfiguration
from drivers.http_client import Answer, BadAnswer, NoAnswer, request
from drivers.http_options import HttpPollConfig
from drivers.http_page import Page, Unreadable
from drivers.latest import Latest
from drivers.mono import mono_ns
from drivers.named_point import numbers
from sensors.quality import GOOD, NO_REPLY
from sensors.text import TextReading

TRIES: Final = 3  # failures in a row before the breaker opens, or the host is taken for gone
MOST_WAIT_S: Final = 300.0
OK, NOT_MODIFIED = 200, 304


class HttpPoll:
    """One address. A page is a row and its texts; what fails is a row of NO_REPLY, and is asked for ever less."""

    Config = HttpPollConfig

    def __init__(self, config: HttpPollConfig, slots: Slots) -> None:
        self.config = config
        self.counters = Counters()
        self._latest = Latest(slots[config.name], len(numbers(config.points)))
        self._headers: dict[str, str] = {}
        self._tls: ssl.SSLContext | None = None
        self._etag: str | None = None
        self._first: Answer | BadAnswer | None = None
        self._failures = 0

    async def __aenter__(self) -> Self:
        """Ask once: a host that does not answer is DeviceGone. What it answers is judged by `readings`."""
        self._headers, self._tls = _headers(self.config), _tls(self.config)
        self._etag, self._failures = None, 0
        try:
            self._first = await self._get()
        except NoAnswer as silence:
            raise DeviceGone(str(silence)) from silence
        except BadAnswer as error:
            self._first = error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """There is nothing to close: each request has a connection of its own."""

    async def readings(self) -> AsyncIterator[Reading]:
        """Yield a row for every poll; DeviceGone when the host did not answer several times in a row."""
        clock = asyncio.get_running_loop().time
        due_s = ask_at_s = clock()
        while True:
            if clock() >= ask_at_s:
                said = await self._poll()
                ask_at_s = clock() + self._rest_s()
            else:
                said = [self._silent()]
            for reading in said:
                yield reading
            due_s = max(due_s + self.config.poll_s, clock())
            await asyncio.sleep(due_s - clock())

    async def _poll(self) -> list[Reading]:
        """Ask once; return the row and the texts, or a row of NO_REPLY."""
        try:
            first, self._first = self._first, None
            if isinstance(first, BadAnswer):
                raise first
            answer = first or await self._get()
            said = self._read(answer)
        except NoAnswer as silence:
            self._fail(str(silence))
            if self._failures >= TRIES:
                raise DeviceGone(str(silence)) from None
            return [self._silent()]
        except (BadAnswer, Unreadable) as error:
            self.counters.dropped += 1
            self._fail(str(error))
            return [self._silent()]
        self._failures = 0
        self.counters.received += 1
        return said

    async def _get(self) -> Answer:
        more = {"If-None-Match": self._etag} if self._etag else {}
        self.counters.sent += 1
        config = self.config
        return await request(config.url, self._headers | more, config.timeout_s, config.max_bytes, self._tls)

    def _read(self, answer: Answer) -> list[Reading]:
        """Return what an answer says; a page that has not changed says the same at another time."""
        stamp_ns = mono_ns()
        if answer.status == NOT_MODIFIED and self._etag:
            return [self._latest.row(stamp_ns)]
        if answer.status != OK:
            raise BadAnswer(_status(answer))
        page = Page(answer.body, answer.headers.get("content-type", ""), self.config.delimiter)
        texts, errors, column = [], [], 0
        for point in self.config.points:
            try:
                raw = page.raw(point)
            except Unreadable as error:
                errors.append(f"{point.name}: {error}")
                raw = None
            if point.kind == "text":
                texts += [] if raw is None else [(point.name, raw if isinstance(raw, str) else str(raw))]
                continue
            value, quality = (0.0, NO_REPLY) if raw is None else point.value(raw)
            if quality != GOOD and raw is not None:
                errors.append(f"{point.name}: {str(raw)[:60]!r} is not a value")
            self._latest.put(column, value, quality)
            column += 1
        if len(errors) == len(self.config.points):
            raise Unreadable(errors[0])
        if errors:
            self._tell(errors[0])
        self._etag = answer.headers.get("etag")
        row = self._latest.row(stamp_ns)
        return [row, *(TextReading(self.config.name, name, self._latest.stamp_ns, text) for name, text in texts)]

    def _silent(self) -> Reading:
        self._latest.silence()
        self._etag = None  # what it stands for is not shown any more
        return self._latest.row(mono_ns())

    def _rest_s(self) -> float:
        """Return the seconds before it is asked again: the rhythm, or ever longer after failures."""
        doublings = max(0, self._failures - TRIES + 1)
        return 0.0 if not doublings else min(MOST_WAIT_S, self.config.poll_s * 2.0 ** min(doublings, 16))

    def _fail(self, why: str) -> None:
        self._failures += 1
        self._tell(why)

    def _tell(self, why: str) -> None:
        errors, name = self.counters.unit_errors, self.config.name
        errors[name] = errors.get(name, 0) + 1
        self.counters.last_error = f"{name}: {why}"


def _status(answer: Answer) -> str:
    match answer.status:
        case 401 | 403:
            return f"the instrument answers {answer.status}: check username, password_file or headers_file"
        case 301 | 302 | 307 | 308:
            return f"it answers {answer.status} and has moved to {answer.headers.get('location')}: change url"
    return f"it answers {answer.status}"


def _tls(config: HttpPollConfig) -> ssl.SSLContext | None:
    if not config.url.startswith("https:"):
        return None
    try:
        return ssl.create_default_context(cafile=config.ca_file)
    except (OSError, ValueError) as error:
        raise WrongConfiguration(f"ca_file: {config.ca_file}: {error}") from error


def _headers(config: HttpPollConfig) -> dict[str, str]:
    """Return the headers to send; WrongConfiguration for a file that cannot be read or is none of headers."""
    headers = dict(config.headers)
    for number, line in enumerate(_lines("headers_file", config.headers_file), 1):
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise WrongConfiguration(f"headers_file: {config.headers_file}:{number}: a line is `Name: value`")
        headers[name.strip()] = value.strip()
    if config.username is not None:
        password = next(iter(_lines("password_file", config.password_file)), "")
        headers["Authorization"] = "Basic " + base64.b64encode(f"{config.username}:{password}".encode()).decode()
    try:
        h11.Request(method="GET", target="/", headers=[("Host", "x"), *headers.items()])
    except (h11.LocalProtocolError, UnicodeError) as error:
        raise WrongConfiguration(f"headers: {error}") from error
    return headers


def _lines(option: str, path: str | None) -> list[str]:
    if path is None:
        return []
    try:
        return [line for line in Path(path).read_text("utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise WrongConfiguration(f"{option}: {path}: {error}") from error
