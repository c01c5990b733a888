"""`gongbang center` as a process: against real brokers, killed at any moment, stopped cleanly."""

import json
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any

import apsw
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from replicas import GATEWAY, PLACE, block, blocks_message, events_message, journal, kept
from rig import ROOT, Mosquitto, free_port, listens, mosquitto, until

from center.store import Store
from gateway.event import Position
from gateway.publish.replica import Ack, BlockRow, EventRow, read_ack

WAIT_S = 60.0
PREFIX = f"gongbang/v1/{PLACE[0]}/{GATEWAY}"


class Center:
    """`gongbang center` on a broker."""

    def __init__(self, folder: Path, mqtt_port: int, **options: Any) -> None:
        self.path, self.port = folder / "center.db", free_port()
        self.config = folder / "center.yaml"
        tree = {"broker": {"host": "127.0.0.1", "port": mqtt_port}, "path": str(self.path), "port": self.port} | options
        self.config.write_text(json.dumps(tree), "utf-8")  # JSON is YAML
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it and wait until the page answers."""
        command = [sys.executable, "-m", "gateway.commands.main", "center", "-c", str(self.config)]
        with self.config.with_name("center.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, text=True)
        until(lambda: listens(self.port), "the page answers", WAIT_S)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait; returns the exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(number)
        code = self.process.wait(WAIT_S)
        self.process = None
        return code

    def get(self, path: str) -> Any:
        """What the API says, whatever its status; None when nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/{path}", timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            with refused:
                return json.load(refused)
        except OSError:
            return None

    def ready(self) -> None:
        """Wait until rows flow."""
        until(lambda: (self.get("ready") or {}).get("ready"), "the center is ready", WAIT_S)

    def log(self) -> str:
        """What it wrote."""
        return self.config.with_name("center.log").read_text("utf-8")


@contextmanager
def center(folder: Path, mqtt_port: int, **options: Any) -> Iterator[Center]:
    """A center that is ended, whatever happens."""
    running = Center(folder, mqtt_port, **options)
    try:
        running.start()
        yield running
    finally:
        running.end(signal.SIGKILL)


class Gateway:
    """A gateway as the wire format asks: it sends on from the center's answers, and again when none comes."""

    AGAIN_S = 1.0
    ROWS = 7

    def __init__(self, port: int, rows: list[EventRow], blocks: list[BlockRow]) -> None:
        self.rows: dict[str, Any] = {"e": rows, "s": blocks}
        self.acks: list[tuple[str, Ack]] = []
        self._confirmed = {"e": 0, "s": 0}  # rows
        self._new = threading.Condition()
        self.client = paho.Client(CallbackAPIVersion.VERSION2, "the gateway")
        self.client.reconnect_delay_set(1, 1)
        self.client.on_message = self._take
        self.client.on_connect = lambda client, *_: client.subscribe(f"{PREFIX}/ack/+", 1)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def _take(self, _c: Any, _u: Any, message: paho.MQTTMessage) -> None:
        stream, ack = message.topic[-1], read_ack(bytes(message.payload))
        with self._new:
            self.acks.append((stream, ack))
            self._confirmed[stream] = self._index(stream, ack.at)
            self._new.notify_all()

    def _index(self, stream: str, at: Position | None) -> int:
        return next(i + 1 for i, row in enumerate(self.rows[stream]) if row.position == at) if at else 0

    def confirmed(self, stream: str) -> int:
        """How many rows the center said it has."""
        with self._new:
            return self._confirmed[stream]

    def step(self, stream: str) -> bool:
        """Send the next message and wait a while for the answer; False when all is confirmed."""
        rows = self.rows[stream]
        with self._new:
            at = self._confirmed[stream]
            if at >= len(rows):
                return False
            stop = min(at + self.ROWS, len(rows))
            payload = (events_message if stream == "e" else blocks_message)(rows, at, stop)
            self.client.publish(f"{PREFIX}/journal/{stream}", payload, qos=1)
            self._new.wait_for(lambda: self._confirmed[stream] != at, self.AGAIN_S)
        return True

    def close(self) -> None:
        """End it."""
        self.client.disconnect()
        self.client.loop_stop()
        self.client.on_message = self.client.on_connect = None


@contextmanager
def gateway(port: int, rows: list[EventRow], blocks: list[BlockRow]) -> Iterator[Gateway]:
    """A gateway that is ended."""
    running = Gateway(port, rows, blocks)
    try:
        yield running
    finally:
        running.close()


def in_file(path: Path) -> tuple[list[EventRow], list[Any]]:
    """The rows in a center's file, when nobody writes it."""
    with closing(Store(path)) as store:
        return kept(store), list(store.db.execute("SELECT start, token, n, data FROM blocks ORDER BY start, n"))


def send_all(sender: Gateway, accident: Any = lambda: None) -> None:
    """Send both streams to the end, with accidents on the way."""
    deadline_s = time.monotonic() + WAIT_S
    while any([sender.step("e"), sender.step("s")]):
        assert time.monotonic() < deadline_s, f"confirmed {sender.confirmed('e')}, {sender.confirmed('s')}"
        accident()


@pytest.mark.slow
def test_a_center_killed_again_and_again_ends_with_each_row_once_and_never_took_back_its_word(tmp_path: Path) -> None:
    chance = Random(7)
    rows = journal(60, 45, 90)
    blocks = [block(row.position) for row in rows[::2]]
    kills = [20, 110]
    with mosquitto(tmp_path / "broker") as broker, center(tmp_path, broker.port) as running:
        running.ready()
        with gateway(broker.port, rows, blocks) as sender:

            def accident() -> None:
                if kills and sender.confirmed("e") >= kills[0]:
                    kills.pop(0)
                    sender.client.publish(f"{PREFIX}/journal/e", events_message(rows, sender.confirmed("e"), 195))
                    time.sleep(chance.uniform(0, 0.1))  # in the middle of taking it
                    running.end(signal.SIGKILL)
                    said = sender.confirmed("e")
                    found, _ = in_file(running.path)
                    assert found[:said] == rows[:said], "what was acknowledged is on the medium"
                    assert found == rows[: len(found)], "and nothing is in it that was not taken whole"
                    running.start()

            send_all(sender, accident)
            assert not kills
            shop = running.get("shops/changsin-017/gw_1")["shop"]
            assert (shop["events"], shop["blocks"]) == (len(rows), len(blocks))
        assert running.end() == 0
    found, data = in_file(running.path)
    assert found == rows
    assert data == [(*one.position, one.data) for one in blocks]


@pytest.mark.slow
def test_a_broker_that_loses_its_memory_loses_no_row(tmp_path: Path) -> None:
    rows = journal(80)
    broken = [20, 50]
    with mosquitto(tmp_path / "broker") as broker, center(tmp_path, broker.port) as running:
        running.ready()
        with gateway(broker.port, rows, []) as sender:

            def accident() -> None:
                if broken and sender.confirmed("e") >= broken[0]:
                    broken.pop(0)
                    broker.kill()
                    until(lambda: running.get("ready")["why"], "the page says that the broker is away", WAIT_S)
                    broker.start()

            send_all(sender, accident)
            assert not broken
        assert running.get("ready") == {"ready": True, "why": []}
    assert in_file(running.path)[0] == rows


@pytest.mark.slow
def test_a_center_that_comes_back_tells_how_far_it_is(tmp_path: Path) -> None:
    rows = journal(10)
    with mosquitto(tmp_path / "broker") as broker, center(tmp_path, broker.port) as running:
        running.ready()
        with gateway(broker.port, rows, []) as sender:
            send_all(sender)
            assert running.end() == 0
            sender.acks.clear()
            running.start()
            until(lambda: sender.acks, "it tells, unasked", WAIT_S)
            assert sender.acks == [("e", Ack(rows[-1].position))]


@contextmanager
def embedded(port: int) -> Iterator[None]:
    """The demo's own broker, which knows MQTT 3.1.1 alone."""
    command = [sys.executable, "-m", "gateway.demo.broker", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin
    assert process.stdout
    try:
        process.stdout.readline()
        yield
    finally:
        process.stdin.close()
        process.wait(WAIT_S)
        process.stdout.close()


def test_a_broker_that_knows_the_old_mqtt_alone_will_do(tmp_path: Path) -> None:
    rows, port = journal(20), free_port()
    with embedded(port), center(tmp_path, port) as running:
        running.ready()
        assert running.get("fleet")["center"]["broker"]["protocol"] == "3.1.1"
        with gateway(port, rows, []) as sender:
            send_all(sender)
        assert running.end() == 0
    assert in_file(running.path)[0] == rows


def guarded(broker: Mosquitto, folder: Path) -> None:
    """Start a broker that asks for a password."""
    folder.mkdir()
    (folder / "passwords").touch(0o600)
    subprocess.run(["mosquitto_passwd", "-b", folder / "passwords", "center", "right"], check=True, capture_output=True)
    lines = [f"listener {broker.port} 127.0.0.1", "allow_anonymous false", f"password_file {folder}/passwords"]
    (folder / "mosquitto.conf").write_text("\n".join([*lines, "user root", ""]))
    broker.process = subprocess.Popen(["mosquitto", "-c", folder / "mosquitto.conf"], stderr=subprocess.DEVNULL)
    until(lambda: listens(broker.port), "the broker listens", WAIT_S)


@pytest.mark.slow
def test_a_broker_that_refuses_us_is_told_on_the_page_and_tried_again(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path / "unused")
    password = tmp_path / "password"
    password.write_text("wrong\n")
    password.chmod(0o600)
    try:
        guarded(broker, tmp_path / "broker")
        access = {"host": "127.0.0.1", "port": broker.port, "username": "center", "password_file": str(password)}
        with center(tmp_path, broker.port, broker=access) as running:
            until(lambda: "not auth" in str(running.get("ready")["why"]).lower(), "the refusal is told", WAIT_S)
            password.write_text("right\n")
            running.ready()
            assert running.end() == 0
    finally:
        broker.kill()


@pytest.mark.slow
def test_a_broker_behind_tls_is_believed_by_its_certificate_alone(tmp_path: Path) -> None:
    for name in ("ours", "theirs"):
        made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
        made += ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", f"{tmp_path}/{name}.key"]
        subprocess.run([*made, "-out", f"{tmp_path}/{name}.crt"], check=True, capture_output=True)
    broker = Mosquitto(tmp_path / "unused")
    settings = tmp_path / "mosquitto.conf"
    lines = [f"listener {broker.port} 127.0.0.1", "allow_anonymous true", "user root"]
    settings.write_text("\n".join([*lines, f"certfile {tmp_path}/ours.crt", f"keyfile {tmp_path}/ours.key", ""]))
    broker.process = subprocess.Popen(["mosquitto", "-c", settings], stderr=subprocess.DEVNULL)
    try:
        until(lambda: listens(broker.port), "the broker listens", WAIT_S)
        access: dict[str, Any] = {"host": "127.0.0.1", "port": broker.port}
        with center(tmp_path, broker.port, broker=access | {"tls": {"ca_file": f"{tmp_path}/theirs.crt"}}) as running:
            until(lambda: "CERTIFICATE_VERIFY_FAILED" in str(running.get("ready")["why"]), "it is not believed", WAIT_S)
        with center(tmp_path, broker.port, broker=access | {"tls": {"ca_file": f"{tmp_path}/ours.crt"}}) as running:
            running.ready()
    finally:
        broker.kill()


@pytest.mark.slow
def test_two_centers_do_not_share_a_file(tmp_path: Path) -> None:
    port = free_port()
    with center(tmp_path, port) as running:
        second = tmp_path / "second.yaml"
        second.write_text(f"path: {running.path}\nport: 0\nbroker: {{port: {port}}}\n")
        command = [sys.executable, "-m", "gateway.commands.main", "center", "-c", str(second)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=WAIT_S, check=False)
        assert done.returncode == 1
        assert "another center is using it" in done.stderr
        assert running.get("fleet")["shops"] == []


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_it_ends_well_without_a_broker_too(tmp_path: Path, number: int) -> None:
    with center(tmp_path, free_port()) as running:
        assert running.get("ready")["ready"] is False
        assert running.end(number) == 0
        assert "Traceback" not in running.log()
        assert not listens(running.port)


def test_a_file_that_is_not_the_centers_is_left_alone(tmp_path: Path) -> None:
    with closing(apsw.Connection(str(tmp_path / "center.db"))) as db:
        db.execute("CREATE TABLE mine (x)")
    (tmp_path / "center.yaml").write_text(f"path: {tmp_path}/center.db\nport: 0\n")
    command = [sys.executable, "-m", "gateway.commands.main", "center", "-c", str(tmp_path / "center.yaml")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=WAIT_S, check=False)
    assert done.returncode == 1
    assert "is no file of the center" in done.stderr
