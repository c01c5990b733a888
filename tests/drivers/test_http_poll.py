"""Instruments that offer a page, behind a real HTTP server; what no server would say comes from a bare socket."""

import asyncio
import base64
import math
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from rig import free_port

from drivers.base import Reading, Slot
from drivers.errors import DeviceGone, WrongConfiguration
from drivers.http_options import HttpPollConfig
from drivers.http_page import HttpPoint, Page, Unreadable
from drivers.http_poll import HttpPoll
from sensors.batch import Batch
from sensors.quality import GOOD, NO_REPLY, NOT_A_NUMBER
from sensors.text import TextReading

POINTS = [
    {"name": "temperature", "path": "oven.temperature", "unit": "degC"},
    {"name": "program", "kind": "text", "path": "oven.program"},
]
JSON = b'{"oven": {"temperature": 180.5, "program": "bread"}}'
SILENT = (None, NO_REPLY)


class Instrument(ThreadingHTTPServer):
    """An instrument's own server. `answers` are given one after the other, the last one for ever."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[dict[str, str]] = []
        self.answers: list[tuple[int, dict[str, str], bytes]] = [(200, {}, JSON)]
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}/status.json?id=1"

    def close(self) -> None:
        """End."""
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    """Answers what it is told to."""

    protocol_version = "HTTP/1.1"
    server: Instrument

    def do_GET(self) -> None:
        """Answer."""
        self.server.asked.append({"path": self.path} | {name.lower(): value for name, value in self.headers.items()})
        answers = self.server.answers
        status, headers, body = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def instrument() -> Iterator[Instrument]:
    """A server."""
    server = Instrument()
    yield server
    server.close()


def driver(url: str, **options: Any) -> HttpPoll:
    """The driver, second device of the point table, with its points from index 7 on."""
    given = {"name": "oven", "type": "http_poll", "url": url, "poll_s": 0.5, "points": POINTS} | options
    return HttpPoll(HttpPollConfig.model_validate(given), {"oven": Slot(1, 7)})


async def collect(made: HttpPoll, many: int) -> list[Reading]:
    """The first readings of one connection."""
    found: list[Reading] = []
    async with asyncio.timeout(30), made:
        readings = made.readings()
        async for reading in readings:
            found.append(reading)
            if len(found) == many:
                break
        await readings.aclose()  # type: ignore[attr-defined] # an async generator
    return found


def cells(found: list[Reading]) -> list[tuple[float | None, int]]:
    """Value and quality of the first point in each row."""
    rows = [reading for reading in found if isinstance(reading, Batch)]
    pairs = [(float(row.values[0][0]), int(row.quality[0][0])) for row in rows]
    return [(None if math.isnan(value) else value, quality) for value, quality in pairs]


def test_a_page_is_a_row_and_its_texts(instrument: Instrument) -> None:
    found = asyncio.run(collect(driver(instrument.url), 2))
    assert cells(found) == [(180.5, GOOD)]
    row, text = found
    assert isinstance(row, Batch)
    assert isinstance(text, TextReading)
    assert (row.device, row.first, text.text, text.mono_ns) == (1, 7, "bread", row.mono_ns[0])
    assert instrument.asked[0]["path"] == "/status.json?id=1"


def test_a_page_that_has_not_changed_is_not_sent_again_and_says_the_same(instrument: Instrument) -> None:
    instrument.answers = [(200, {"ETag": '"a1"'}, JSON), (304, {}, b""), (200, {}, JSON.replace(b"180.5", b"181"))]
    found = asyncio.run(collect(driver(instrument.url), 4))
    assert cells(found) == [(180.5, GOOD), (180.5, GOOD), (181.0, GOOD)]
    assert [asked.get("if-none-match") for asked in instrument.asked] == [None, '"a1"', '"a1"']


def test_an_account_and_secret_headers_come_from_files(instrument: Instrument, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("비밀\n")
    (tmp_path / "headers").write_text("X-Token: t0k: en\n\nX-More: 1\n")
    options = {"username": "shop", "password_file": str(tmp_path / "password"), "headers": {"X-Own": "a"}}
    asyncio.run(collect(driver(instrument.url, headers_file=str(tmp_path / "headers"), **options), 1))
    asked = instrument.asked[0]
    assert asked["authorization"] == "Basic " + base64.b64encode("shop:비밀".encode()).decode()
    assert (asked["x-token"], asked["x-more"], asked["x-own"]) == ("t0k: en", "1", "a")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((404, {}, b""), "answers 404"),
        ((401, {}, b""), "check username, password_file"),
        ((302, {"Location": "/login"}, b""), "has moved to /login"),
        ((200, {}, b"<html>busy</html>"), "no JSON"),
        ((200, {}, b'{"oven": {"temp": 1}}'), "there is: temp"),
        ((200, {}, b"x" * 5000), "larger than 1000 bytes"),
        ((200, {}, b""), "no JSON"),
    ],
)
def test_what_cannot_be_read_is_no_reply_and_told_and_the_next_page_is_read(
    instrument: Instrument, answer: Any, says: str
) -> None:
    instrument.answers = [answer, (200, {}, JSON)]
    made = driver(instrument.url, max_bytes=1000)
    assert cells(asyncio.run(collect(made, 2))) == [SILENT, (180.5, GOOD)]
    assert says in made.counters.last_error
    assert (made.counters.dropped, made.counters.unit_errors) == (1, {"oven": 1})


def test_one_value_that_is_wrong_costs_the_others_nothing(instrument: Instrument) -> None:
    instrument.answers = [(200, {}, b'{"oven": {"temperature": "hot", "program": "x"}}')]
    made = driver(instrument.url)
    assert cells(asyncio.run(collect(made, 2))) == [(None, NOT_A_NUMBER)]
    assert made.counters.dropped == 0
    assert made.counters.last_error == "oven: temperature: 'hot' is not a value"


def test_an_instrument_that_keeps_failing_is_asked_for_ever_less_and_rows_go_on(instrument: Instrument) -> None:
    instrument.answers = [(500, {}, b"")]
    assert cells(asyncio.run(collect(driver(instrument.url), 5))) == 5 * [SILENT]
    assert 3 <= len(instrument.asked) < 5, "the fourth row needs no answer, the fifth may be late enough for one"


def test_a_host_that_is_not_there_is_gone(tmp_path: Path) -> None:
    with pytest.raises(DeviceGone, match="Connection refused"):
        asyncio.run(collect(driver(f"http://127.0.0.1:{free_port()}/"), 1))


def test_a_host_that_goes_has_no_reply_and_then_is_gone(instrument: Instrument) -> None:
    found: list[Reading] = []

    async def until_gone() -> None:
        made = driver(instrument.url)
        async with asyncio.timeout(30), made:
            async for reading in made.readings():
                found.append(reading)
                if len(found) == 2:
                    await asyncio.to_thread(instrument.close)

    with pytest.raises(DeviceGone):
        asyncio.run(until_gone())
    assert cells(found) == [(180.5, GOOD), SILENT, SILENT]


async def bare(answer: bytes, made: Callable[[str], HttpPoll], hang: bool = False) -> list[Reading]:
    """The first reading of a server that says these bytes and hangs up, or goes on to say nothing."""
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        if hang:
            await over.wait()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        try:
            return await collect(made(f"http://127.0.0.1:{port}/"), 1)
        finally:
            over.set()
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "no HTTP"),
        (b"", "closed before the page was whole|no HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{}", "no HTTP"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "no HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000, "no HTTP"),
        (b"\x00\xff" * 40, "no HTTP"),
    ],
)
def test_what_is_no_http_is_told_and_hurts_nobody(answer: bytes, says: str) -> None:
    made: list[HttpPoll] = []

    def make(url: str) -> HttpPoll:
        made.append(driver(url))
        return made[-1]

    assert cells(asyncio.run(bare(answer, make))) == [SILENT]
    assert any(word in made[0].counters.last_error for word in says.split("|"))


def test_a_page_without_a_length_and_one_in_chunks_are_read() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(JSON) + JSON + b"\r\n0\r\n\r\n"
    for answer in (b"HTTP/1.0 200 OK\r\n\r\n" + JSON, chunked):
        assert cells(asyncio.run(bare(answer, driver))) == [(180.5, GOOD)]


def test_an_instrument_that_stops_in_the_middle_is_given_up_in_its_time() -> None:
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"
    with pytest.raises(DeviceGone, match=r"no answer in 0\.2 s"):
        asyncio.run(bare(half, lambda url: driver(url, timeout_s=0.2), hang=True))


def test_a_certificate_is_checked_against_the_file_that_is_given(instrument: Instrument, tmp_path: Path) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=oven"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    instrument.socket = context.wrap_socket(instrument.socket, server_side=True)
    url = instrument.url.replace("http:", "https:")
    assert cells(asyncio.run(collect(driver(url, ca_file=str(tmp_path / "cert.pem")), 1))) == [(180.5, GOOD)]
    with pytest.raises(DeviceGone, match="certificate"):
        asyncio.run(collect(driver(url), 1))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"headers_file": "none"}, "headers_file"),
        ({"password_file": "none", "username": "a"}, "password_file"),
        ({"headers": {"X y": "1"}}, "headers"),
        ({"headers": {"X": "한글"}}, "headers"),
    ],
)
def test_what_can_never_work_is_a_wrong_configuration(instrument: Instrument, options: Any, says: str) -> None:
    with pytest.raises(WrongConfiguration, match=says):
        asyncio.run(collect(driver(instrument.url, **options), 1))


def test_a_file_of_headers_that_is_none_names_its_line(instrument: Instrument, tmp_path: Path) -> None:
    (tmp_path / "headers").write_text("X-Token: a\nwhat\n")
    with pytest.raises(WrongConfiguration, match="headers:2: a line is"):
        asyncio.run(collect(driver(instrument.url, headers_file=str(tmp_path / "headers")), 1))


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"url": "ftp://oven/"}, "not an address"),
        ({"url": "http://shop:pw@oven/"}, "goes into username"),
        ({"url": "http:///x"}, "not an address"),
        ({"url": "http://oven:99999/"}, "not an address"),
        ({"points": [{"name": "a"}]}, "one of path"),
        ({"points": [{"name": "a", "path": "x", "column": 1}]}, "one of path"),
        ({"points": [{"name": "a", "pattern": "("}]}, "regular expression"),
        ({"points": [{"name": "a", "path": "a..b"}]}, "wrong at character"),
        ({"points": POINTS + POINTS}, "same name"),
    ],
)
def test_what_cannot_be_read_is_refused_in_the_configuration(options: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        driver(**({"url": "http://oven/"} | options))


# The page


def at(body: bytes, content_type: str = "", delimiter: str = ",", **place: Any) -> Any:
    """What stands at a place of a page."""
    return Page(body, content_type, delimiter).raw(HttpPoint(name="x", **place))


def test_a_pattern_that_takes_ages_is_given_up() -> None:
    with pytest.raises(Unreadable, match="takes too long"):
        at(b"1" * 250 + b"F", pattern="(?:[0-9]|[0-9][0-9])+$")


def test_a_pattern_finds_the_first_group_or_all_of_it() -> None:
    body = "온도: 23.5℃".encode("cp949")
    assert at(body, pattern=r"온도: ([-0-9.]+)") == "23.5"
    assert at(body, "text/plain; charset=euc-kr", pattern=r"[0-9.]+") == "23.5"
    with pytest.raises(Unreadable, match="finds nothing"):
        at(body, pattern="습도")


def test_the_last_line_of_a_csv_counts_by_name_or_number() -> None:
    body = b"time,temp, humidity\r\n12:00,23.1,40\r\n12:01,23.5,41\r\n\r\n"
    assert at(body, column="humidity") == "41"
    assert at(body, column=1) == "23.5"
    assert at(body, column=-1) == "41"
    assert at(b"1;2;3", delimiter=";", column=2) == "3"
    for column, says in (("temperature", "there are: time, temp, humidity"), (7, "has 3 columns")):
        with pytest.raises(Unreadable, match=says):
            at(body, column=column)
    with pytest.raises(Unreadable, match="empty"):
        at(b"", column=0)
