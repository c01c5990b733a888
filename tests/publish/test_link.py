"""The connection: versions, accounts, certificates, and brokers that are silent, gone or wrong."""

import asyncio
import contextlib
import logging
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from amqtt.broker import Broker

from drivers.errors import WrongConfiguration
from gateway.errors import SinkAway
from gateway.publish import link
from gateway.publish.connector import versions

PREFIX = "gongbang/v1/shop-1/gw_1/"
ANYBODY = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}


def test_a_broker_that_does_not_know_mqtt_5_is_spoken_to_in_311(
    witness: Any, running: Any, soon: Any, port: int
) -> None:
    """The embedded broker refuses 5; the gateway falls back, says so, and sees its canaries come back."""
    logging.getLogger("amqtt").setLevel(logging.CRITICAL)  # it tells of the refusal as if it were its own failure

    async def run() -> None:
        listener = {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}}
        broker = Broker({"listeners": listener, "plugins": ANYBODY})
        await broker.start()
        try:
            async with running(port=port) as gateway:
                await gateway.up()
                assert gateway.publisher.detail()["protocol"] == "3.1.1"
                eye = await asyncio.to_thread(witness, port, PREFIX + "event/#")
                made = [await gateway.event(n=n) for n in range(30)]
                await soon(lambda: eye.ids() == made, "every event")
                await soon(lambda: gateway.publisher.detail()["delivery"] == "verified", "the canaries came back")
                await asyncio.to_thread(eye.close)
        finally:
            await broker.shutdown()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("wanted", "tried"),
    [(5, ("5", "3.1.1")), ("auto", ("5", "3.1.1")), (5.0, ("5", "3.1.1")), ("3.1.1", ("3.1.1",)), (4, ("3.1.1",))],
)
def test_the_newest_version_is_tried_first(wanted: object, tried: tuple[str, ...]) -> None:
    """5 falls back to 3.1.1; who wants 3.1.1 gets it at once."""
    assert versions(wanted) == tried


def test_a_version_that_does_not_exist_is_refused_with_those_that_do() -> None:
    """It stops the publisher until the configuration is mended."""
    with pytest.raises(WrongConfiguration, match=r"protocol: 6 .*5, 3\.1\.1 or auto"):
        versions(6)


def test_a_password_comes_from_a_file_and_a_wrong_one_is_told(
    mosquitto: Any, running: Any, soon: Any, tmp_path: Path
) -> None:
    """The refusal names the broker and the reason; the right password connects."""
    accounts, right, wrong = (tmp_path / name for name in ("accounts", "right", "wrong"))
    subprocess.run(["mosquitto_passwd", "-b", "-c", accounts, "gw", "비밀"], check=True, capture_output=True)
    right.write_text("비밀\n")
    wrong.write_text("딴말\n")

    async def run() -> None:
        broker = mosquitto("allow_anonymous false", f"password_file {accounts}")
        account = {"port": broker.port, "username": "gw"}
        async with running(**account, password_file=str(wrong)) as gateway:
            with pytest.raises(SinkAway, match=rf"127\.0\.0\.1:{broker.port} refused the connection: not authorized"):
                await gateway.publisher.run()
            gateway.publisher = gateway.new_publisher(**account, password_file=str(right))
            await gateway.up()

    asyncio.run(run())


def test_tls_connects_to_the_broker_of_our_ca_and_to_no_other(
    mosquitto: Any, running: Any, soon: Any, tmp_path: Path
) -> None:
    """Server and client certificates, made here; without the CA the certificate is not trusted."""
    ca, server, client = (_certificate(tmp_path, name) for name in ("ca", "server", "client"))

    async def run() -> None:
        broker = mosquitto(
            "allow_anonymous true",
            f"cafile {ca[0]}",
            f"certfile {server[0]}",
            f"keyfile {server[1]}",
            "require_certificate true",
        )
        tls = {"ca_file": str(ca[0]), "cert_file": str(client[0]), "key_file": str(client[1])}
        async with running(port=broker.port, tls=tls) as gateway:
            await gateway.up()
            await gateway.event()
            await soon(lambda: gateway.publisher.counters.sent >= 1, "an event, answered")
            stranger = gateway.new_publisher(port=broker.port, tls={})
            with pytest.raises(SinkAway, match="certificate verify failed"):
                await stranger.run()
            broken = gateway.new_publisher(port=broker.port, tls={"ca_file": str(tmp_path / "none.crt")})
            with pytest.raises(WrongConfiguration, match=r"tls: .*none\.crt"):
                await broken.run()
            unknown = gateway.new_publisher(port=broker.port, tls={"ca_file": str(ca[0])})
            with pytest.raises(SinkAway, match="certificate required"):
                await unknown.run()

    asyncio.run(run())


def test_a_broker_that_is_not_there_is_told_and_tried_again(running: Any, port: int) -> None:
    """The cause names the address; nothing waits."""

    async def run() -> None:
        async with running(port=port) as gateway:
            with pytest.raises(SinkAway, match=rf"127\.0\.0\.1:{port}: .*refused"):
                await gateway.publisher.run()

    asyncio.run(run())


def test_a_broker_that_accepts_and_says_nothing_is_given_up(
    running: Any, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No CONNACK within the time for connecting."""
    monkeypatch.setattr(link, "CONNECT_S", 0.5)

    async def run() -> None:
        server = await asyncio.start_server(_silent, "127.0.0.1", port)
        async with server, running(port=port) as gateway:
            with pytest.raises(SinkAway, match=r"did not answer in 0\.5 s"):
                await gateway.publisher.run()

    asyncio.run(run())


async def _silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


def test_a_broker_that_freezes_is_given_up_and_every_event_arrives_later(
    mosquitto: Any, witness: Any, running: Any, soon: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A PUBACK that does not come ends the connection; the events wait in the journal and keep their order."""
    monkeypatch.setattr(link, "ANSWER_S", 1.0)

    async def run() -> None:
        broker = mosquitto()
        eye = witness(broker.port, PREFIX + "event/#")
        async with running(port=broker.port) as gateway:
            await gateway.up()
            os.kill(broker._process.pid, signal.SIGSTOP)
            try:
                made = [await gateway.event(n=n) for n in range(20)]
                await soon(lambda: gateway.component.state == "down", "the broker is given up")
                assert "did not answer a message in 1 s" in gateway.component.last_error
            finally:
                os.kill(broker._process.pid, signal.SIGCONT)
            await soon(lambda: gateway.publisher.queued == 0 and len(eye.ids()) == 20, "every event")
            assert eye.ids() == made

    asyncio.run(run())


def test_a_half_open_connection_is_given_up_within_one_and_a_half_keepalives(
    mosquitto: Any, running: Any, soon: Any
) -> None:
    """A frozen broker, and a line that swallows. Nothing is on its way: it is the ping that is not answered, and no end
    of the connection is ever seen."""
    short: dict[str, Any] = {"keepalive_s": 5, "reconnect_most_s": 1}

    async def run() -> None:
        frozen = mosquitto()
        async with swallowing(mosquitto().port) as line, running(port=frozen.port, **short) as gateway:
            publisher, component = gateway.beside(name="behind_the_line", port=line.port, **short)
            await gateway.up()
            await soon(lambda: component.state == "up", "connected")
            for one in (gateway.publisher, publisher):
                await soon(lambda one=one: one.detail()["unanswered"] == 0, "all is answered")
            begun = time.monotonic()
            line.open.clear()
            os.kill(frozen._process.pid, signal.SIGSTOP)
            watch = asyncio.create_task(_stalls())
            try:
                for part in (gateway.component, component):
                    await soon(lambda part=part: part.state == "down", "the broker is given up")
                took_s = time.monotonic() - begun
                watch.cancel()
                assert took_s - await watch <= 1.5 * 5
            finally:
                os.kill(frozen._process.pid, signal.SIGCONT)

    asyncio.run(run())


async def _stalls() -> float:
    """Return, when it is cancelled, for how many seconds the machine had no time for this loop."""
    stalled_s = 0.0
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            begun = time.monotonic()
            await asyncio.sleep(0.05)
            stalled_s += time.monotonic() - begun - 0.05
    return stalled_s


class _Line:
    """A way to a broker that can swallow what comes, both ways, and keeps the connection."""

    def __init__(self, to_port: int) -> None:
        self._to_port, self.port = to_port, 0
        self.open = asyncio.Event()
        self.open.set()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to_port)
        async with asyncio.TaskGroup() as ways:
            ways.create_task(self._pass_on(reader, far_writer))
            ways.create_task(self._pass_on(far_reader, writer))

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(65536):
                if self.open.is_set():
                    writer.write(chunk)
        writer.close()


@contextlib.asynccontextmanager
async def swallowing(to_port: int) -> AsyncIterator[_Line]:
    """A line to a port of the loopback."""
    line = _Line(to_port)
    async with await asyncio.start_server(line.connected, "127.0.0.1", 0) as server:
        line.port = server.sockets[0].getsockname()[1]
        yield line


def test_a_broker_that_takes_little_at_once_is_never_sent_more(
    mosquitto: Any, witness: Any, running: Any, soon: Any
) -> None:
    """The receive maximum of MQTT 5; Mosquitto ends the connection of who sends beyond it."""

    async def run() -> None:
        broker = mosquitto("allow_anonymous true", "max_inflight_messages 3")
        eye = witness(broker.port, PREFIX + "event/#")
        async with running(port=broker.port, samples="all") as gateway:
            made = [await gateway.event(n=n) for n in range(200)]
            await gateway.up()
            since_ns = gateway.component.since_ns
            assert gateway.publisher.detail()["window"] == 3
            for n in range(50):
                await gateway.sample("meter_1", float(n), 1.0)
                await asyncio.sleep(0)
            await soon(lambda: gateway.publisher.queued == 0 and len(eye.ids()) == 200, "every event")
            assert eye.ids() == made
            assert (gateway.component.state, gateway.component.since_ns) == ("up", since_ns)

    asyncio.run(run())


def _certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """Make a certificate, signed by the CA unless it is the CA's own; return its file and its key's."""
    cert, key = folder / f"{name}.crt", folder / f"{name}.key"
    base = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}"]
    more = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"]
    if name != "ca":
        by_ca = ["-CA", str(folder / "ca.crt"), "-CAkey", str(folder / "ca.key")]
        more = [*by_ca, "-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"]
    subprocess.run([*base, *more, "-keyout", key, "-out", cert], check=True, capture_output=True)
    return cert, key
