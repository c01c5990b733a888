"""What a database answers and what follows: servers that say it over real connections, word for word as told."""

import asyncio
import contextlib
import gzip
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from gateway.config.publish import InfluxPublisher as Config
from gateway.publish.influx_answer import Answer, Verdict, answer_of

Reply = tuple[int, dict[str, str], bytes]
TAKEN: Reply = (204, {}, b"")


@dataclass
class Said:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    lines: list[bytes]
    at_s: float


@dataclass
class Database:
    """A server that answers as the test says; `taken` are the lines to which it said 204."""

    reply: Callable[[list[bytes]], Reply] = lambda _lines: TAKEN
    asked: list[Said] = field(default_factory=list)
    taken: list[bytes] = field(default_factory=list)
    port: int = 0
    drip_s: float = 0.0  # between the bytes of an answer

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def serving(database: Database, tls: ssl.SSLContext | None = None) -> Iterator[Database]:
    """Serve until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = gzip.decompress(self.rfile.read(int(self.headers["Content-Length"])))
            lines = body.split(b"\n") if body else []
            database.asked.append(Said(self.path, dict(self.headers), lines, time.monotonic()))
            status, headers, text = database.reply(lines)
            database.taken += lines if status == 204 else []
            head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            answer = f"HTTP/1.1 {status} so\r\n{head}Content-Length: {len(text)}\r\n\r\n".encode() + text
            with contextlib.suppress(OSError):
                self._say(answer)

        def _say(self, answer: bytes) -> None:
            if not database.drip_s:
                self.wfile.write(answer)
                return
            for byte in answer:
                self.wfile.write(bytes([byte]))
                time.sleep(database.drip_s)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # a connection that we cut off
    database.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield database
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def database() -> Iterator[Database]:
    """Return a database that takes everything until it is told otherwise."""
    with serving(Database()) as server:
        yield server


def page(status: int, text: str, **headers: str) -> Reply:
    """Return a reply; a name's _ is a -."""
    return status, {name.replace("_", "-"): value for name, value in headers.items()}, text.encode()


def test_a_write_carries_the_token_the_place_and_packed_lines(
    database: Database, to_database: Any, soon: Any, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("s3cret==\r\n")

    async def run() -> None:
        options = {"org": "우리 공방", "bucket": "shop/1", "token_file": str(token)}
        async with to_database(url=database.url + "/", **options) as gateway:
            await gateway.up()
            await gateway.event(n=1)
            await soon(lambda: database.taken, "taken")

    asyncio.run(run())
    first, second = database.asked
    assert first.lines == []  # the first question: may we write there?
    place = "/api/v2/write?org=%EC%9A%B0%EB%A6%AC+%EA%B3%B5%EB%B0%A9&bucket=shop%2F1&precision=ns"
    assert first.path == second.path == place
    assert second.headers["Authorization"] == "Token s3cret=="
    assert second.headers["Content-Encoding"] == "gzip"
    assert len(second.lines) == 1


def test_version_1_carries_the_account_and_the_policy(
    database: Database, to_database: Any, soon: Any, tmp_path: Path
) -> None:
    secret = tmp_path / "password"
    secret.write_text("p:w\n")

    async def run() -> None:
        options = {"version": 1, "database": "d", "retention_policy": "a year"}
        account = {"username": "u", "password_file": str(secret)}
        async with to_database(url=database.url + "/behind/a/proxy", **options, **account) as gateway:
            await gateway.up()

    asyncio.run(run())
    assert database.asked[0].path == "/behind/a/proxy/write?db=d&rp=a+year&precision=ns"
    assert database.asked[0].headers["Authorization"] == "Basic dTpwOnc="


KEPT = {
    "a page of a portal": (page(200, "<html>welcome</html>"), "url leads elsewhere"),
    "another success": (page(202, ""), "url leads elsewhere"),
    "a redirect": (page(307, "", Location="/elsewhere"), "url leads elsewhere"),
    "a wrong token": (page(401, '{"code":"unauthorized","message":"no s3cret here"}'), "does not accept the token"),
    "no right": (page(403, '{"code":"forbidden","message":"no"}'), "may not write to bucket b"),
    "no such bucket": (page(404, '{"code":"not found","message":"bucket \\"b\\" not found"}'), "not know bucket b"),
    "no such route": (page(404, "404 page not found\n"), "version: 1"),
    "too busy": (page(429, ""), "too busy"),
    "broken": (page(500, '{"error":"engine: write failed"}'), "takes nothing now"),
    "no organisation": (page(400, '{"message":"Please provide either orgID or org"}'), "provide either"),
    "a proxy's page": (page(400, "<html>Bad Request: a line</html>"), "refuses"),
    "a proxy that bears nothing": (page(413, "<html>Too Large</html>"), "413"),
    "an unknown answer": (page(418, "teapot"), "teapot"),
    "no text at all": (page(500, b"\xff\xfe".decode("latin-1")), "500"),
}


@pytest.mark.parametrize("case", KEPT)
def test_what_is_not_the_lines_fault_keeps_them(
    database: Database, to_database: Any, soon: Any, tmp_path: Path, caplog: Any, case: str
) -> None:
    """It is shown, no secret in it, and they are sent when it is mended. Until then it does not count as connected,
    though it greeted us well: that would be told again and again."""
    caplog.set_level("INFO")
    reply, told = KEPT[case]
    token = tmp_path / "token"
    token.write_text("s3cret")

    async def run() -> None:
        database.reply = lambda lines: reply if lines else TAKEN
        async with to_database(url=database.url, bucket="b", token_file=str(token)) as gateway:
            for n in range(3):
                await gateway.event(n=n)
            gateway.start()
            await soon(lambda: told in gateway.component.last_error, "told")
            assert "s3cret" not in gateway.component.last_error
            assert gateway.publisher.queued == 3
            assert not database.taken
            assert "connected" not in caplog.text
            database.reply = lambda _lines: TAKEN
            await soon(lambda: gateway.publisher.queued == 0, "all sent")
            assert gateway.component.state == "up"
            assert gateway.publisher.counters.sent == 3
            assert gateway.publisher.counters.dropped == 0
            assert all(said.path.startswith("/api/v2/write") for said in database.asked)

    asyncio.run(run())


def test_it_comes_again_when_the_database_said(database: Database, to_database: Any, soon: Any) -> None:
    """Retry-After, in seconds; not a moment before."""

    async def run() -> None:
        replies = [page(429, "", Retry_After="1")]
        database.reply = lambda lines: replies.pop() if lines and replies else TAKEN
        async with to_database(url=database.url, bucket="b") as gateway:
            await gateway.event(n=1)
            gateway.start()
            await soon(lambda: database.taken, "taken")
            assert [len(said.lines) for said in database.asked] == [0, 1, 0, 1]
            assert database.asked[2].at_s - database.asked[1].at_s >= 0.9

    asyncio.run(run())


def test_it_waits_no_longer_than_it_may(database: Database, to_database: Any, soon: Any) -> None:
    """A database that asks for a day is asked again after `reconnect_most_s`."""

    async def run() -> None:
        database.reply = lambda _lines: page(503, "", Retry_After="86400")
        async with to_database(url=database.url, bucket="b", reconnect_most_s=1) as gateway:
            await gateway.event(n=1)
            gateway.start()
            await soon(lambda: gateway.component.state == "down", "told")
            database.reply = lambda _lines: TAKEN
            await soon(lambda: database.taken, "taken", 60)
            assert database.asked[1].at_s - database.asked[0].at_s >= 0.9

    asyncio.run(run())


BAD = b'{"code":"invalid","message":"unable to parse: one of the lines"}'


def test_a_database_that_refuses_a_whole_batch_for_one_line_gets_all_others(
    database: Database, to_database: Any, soon: Any
) -> None:
    """It does not tell which: halves are sent until the bad ones are alone."""

    async def run() -> None:
        database.reply = lambda lines: (400, {}, BAD) if any(b"odd=" in line for line in lines) else TAKEN
        async with to_database(url=database.url, bucket="b") as gateway:
            ids = [await gateway.event(**({"odd": n} if n in (0, 77, 78, 199) else {"even": n})) for n in range(200)]
            await gateway.up()
            await soon(lambda: gateway.publisher.queued == 0, "all settled")
            assert len(database.taken) == len(set(database.taken)) == 196
            counters = gateway.publisher.counters
            assert (counters.received, counters.sent, counters.dropped) == (200, 196, 4)
            assert counters.last_error == f"count {ids[199]}: 400: unable to parse: one of the lines"
            letters = await gateway.journal.read(lambda db: list(db.execute("SELECT publisher FROM dead_letters")))
            assert letters == [("database",)] * 4
            assert len(database.asked) < 50

    asyncio.run(run())


def test_lines_that_are_all_refused_are_not_sent_one_by_one(database: Database, to_database: Any, soon: Any) -> None:
    """InfluxDB says how many it dropped: when it is all of them, that is the answer for each."""

    async def run() -> None:
        database.reply = lambda lines: page(
            422, f'{{"message":"partial write: points beyond retention policy dropped={len(lines)}"}}'
        )
        async with to_database(url=database.url, bucket="b") as gateway:
            for n in range(50):
                await gateway.event(n=n)
            await gateway.up()
            await soon(lambda: gateway.publisher.queued == 0, "all settled")
            assert gateway.publisher.counters.dropped == 50
            assert len(database.asked) == 2

    asyncio.run(run())


def test_a_line_that_is_too_large_costs_no_other(database: Database, to_database: Any, soon: Any) -> None:
    async def run() -> None:
        database.reply = lambda lines: page(413, "") if sum(map(len, lines)) > 20_000 else TAKEN
        async with to_database(url=database.url, bucket="b") as gateway:
            for n in range(30):
                await gateway.event(text="x" * (30_000 if n == 11 else 1_000))
            await gateway.up()
            await soon(lambda: gateway.publisher.queued == 0, "all settled")
            assert len(database.taken) == 29
            assert gateway.publisher.counters.dropped == 1

    asyncio.run(run())


def test_a_slow_database_gets_as_much_as_it_can_answer_in_time(database: Database, to_database: Any, soon: Any) -> None:
    """It needs 6 ms for a line and we wait 1 s: the first request is too much, and is not sent the same again."""

    def slowly(lines: list[bytes]) -> Reply:
        time.sleep(0.006 * len(lines))
        return TAKEN

    async def run() -> None:
        database.reply = slowly
        async with to_database(url=database.url, bucket="b", timeout_s=1) as gateway:
            ids = [await gateway.event(n=n) for n in range(200)]
            gateway.start()
            await soon(lambda: gateway.publisher.counters.sent == 200, "all sent", 60)
            assert gateway.publisher.queued == 0
            sizes = [len(said.lines) for said in database.asked if said.lines]
            assert sizes[:2] == [200, 100]
            assert sizes == sorted(sizes, reverse=True), "on a busy machine a hundred may be too much, too"
            text = b"\n".join(database.taken).decode()
            assert all(f'id="{name}"' in text for name in ids)

    asyncio.run(run())


def test_an_answer_that_drips_is_cut_off(database: Database, to_database: Any, soon: Any) -> None:
    """Each byte comes in time and the whole never would."""

    async def run() -> None:
        database.drip_s = 0.5
        database.reply = lambda _lines: page(204, "", Padding="x" * 100)
        async with to_database(url=database.url, bucket="b", timeout_s=1) as gateway:
            gateway.start()
            await soon(lambda: "come to an end" in gateway.component.last_error, "cut off", 60)
            database.drip_s = 0.0
            await soon(lambda: gateway.component.state == "up", "up")

    asyncio.run(run())


def test_a_database_that_went_in_silence_is_missed_without_news(
    database: Database, to_database: Any, soon: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With nothing to send it is asked now and then."""
    monkeypatch.setattr("gateway.publish.influxdb.QUIET_S", 0.2)

    async def run() -> None:
        async with to_database(url=database.url, bucket="b") as gateway:
            await gateway.up()
            database.reply = lambda _lines: page(500, "")
            await soon(lambda: gateway.component.state == "down", "missed")

    asyncio.run(run())


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"bucket": "b", "token_file": "{folder}/none"}, "token_file: {folder}/none"),
        ({"bucket": "b", "token_file": "{folder}/empty"}, "is empty"),
        ({"bucket": "b", "token_file": "{folder}/lines"}, "cannot be a token"),
        ({"bucket": "b", "token_file": "{folder}/bytes"}, "is not UTF-8"),
        ({"version": 1, "database": "d", "username": "u", "password_file": "{folder}/none"}, "password_file: "),
        ({"bucket": "b", "url": "https://127.0.0.1:1", "ca_file": "{folder}/none"}, "ca_file: {folder}/none"),
        ({"bucket": "b", "url": "https://127.0.0.1:1", "ca_file": "{folder}/lines"}, "ca_file: {folder}/lines"),
    ],
)
def test_a_file_that_cannot_serve_gives_up_and_says_so(
    database: Database, to_database: Any, soon: Any, tmp_path: Path, options: dict[str, Any], told: str
) -> None:
    """Nothing that is in it is shown."""
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "lines").write_text("s3cret one\nand s3cret two")
    (tmp_path / "bytes").write_bytes(b"s3cret\xff")
    named = {k: v.format(folder=tmp_path) if isinstance(v, str) else v for k, v in options.items()}

    async def run() -> None:
        async with to_database(**{"url": database.url, **named}) as gateway:
            gateway.start()
            await soon(lambda: gateway.component.state == "off", "given up")
            assert told.format(folder=tmp_path) in gateway.component.last_error
            assert "s3cret" not in gateway.component.last_error

    asyncio.run(run())
    assert not database.asked


def test_a_client_that_is_not_installed_is_told(
    database: Database, to_database: Any, soon: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "influxdb_client", None)

    async def run() -> None:
        async with to_database(url=database.url, bucket="b") as gateway:
            gateway.start()
            await soon(lambda: gateway.component.state == "off", "given up")
            assert "gongbang[influxdb]" in gateway.component.last_error

    asyncio.run(run())


def test_https_trusts_the_ca_that_is_named_and_no_other(to_database: Any, soon: Any, tmp_path: Path) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    place = ["-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "cert"), "-days", "3650", "-subj", "/CN=us"]
    more = ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, *place, *more], check=True, capture_output=True, timeout=60)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert", tmp_path / "key")

    async def run(database: Database) -> None:
        url = database.url.replace("http:", "https:")
        async with to_database(url=url, bucket="b") as gateway:
            gateway.start()
            await soon(lambda: "certificate verify failed" in gateway.component.last_error, "not trusted")
        async with to_database(url=url, bucket="b", ca_file=str(tmp_path / "cert")) as gateway:
            await gateway.event(n=1)
            await gateway.up()
            await soon(lambda: database.taken, "taken")

    with serving(Database(), context) as database:
        asyncio.run(run(database))


def test_204_alone_means_taken() -> None:
    verdicts = {status: Answer(status).verdict for status in range(100, 600)}
    assert [status for status, verdict in verdicts.items() if verdict is Verdict.TAKEN] == [204]
    assert [status for status, verdict in verdicts.items() if verdict is Verdict.REFUSED] == [400, 422]
    assert [status for status, verdict in verdicts.items() if verdict is Verdict.TOO_LARGE] == [413]


@pytest.mark.parametrize(
    ("body", "text", "dropped"),
    [
        ('{"error":"partial write: points beyond retention policy dropped=3"}', "partial write", 3),
        ('{"code":"invalid","message":"unable to parse"}', "unable to parse", None),
        ('{"error":"partial write of line protocol occurred","data":[]}', "partial write", None),
        ("[]", "[]", None),
        ('"x"', '"x"', None),
        ("a\n  page", "a page", None),
    ],
)
def test_the_message_of_an_answer_is_found(body: str, text: str, dropped: int | None) -> None:
    answer = answer_of(400, body, {}, "")
    assert answer.text.startswith(text)
    assert answer.dropped == dropped


@pytest.mark.parametrize(
    ("header", "wait_s"), [("7", 7.0), ("Fri, 31 Dec 1999 23:59:59 GMT", None), ("-1", None), (None, None)]
)
def test_retry_after_counts_in_seconds_only(header: str | None, wait_s: float | None) -> None:
    """A date would need a clock that is right, and a gateway's may not be."""
    assert answer_of(503, "", {"Retry-After": header} if header else {}, "").wait_s == wait_s


def test_a_long_page_is_shown_in_short() -> None:
    config = Config(name="d", type="influxdb", bucket="b")
    assert len(answer_of(500, "<html>" + "x" * 100_000, {}, "").cause(config)) < 500
