"""The rig: real processes on loopback (broker, daemon, simulated devices) for benchmarks and end-to-end tests."""

import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

ROOT = Path(__file__).parents[1]
TICKS_HZ = os.sysconf("SC_CLK_TCK")
# Below those that the kernel gives to clients and to bind(0): between asking and listening, nobody else gets them. Each
# process has a thousand of its own, as far as there are any.
FIRST_PORT = 10_000 + os.getpid() % 20 * 1000
PORTS = itertools.cycle(range(FIRST_PORT, FIRST_PORT + 1000))
WITNESSES = itertools.count(1)


def emit(name: str, value: float, unit: str, **more: Any) -> None:
    """Print one figure as a JSON line."""
    print(json.dumps({"name": name, "value": round(value, 3), "unit": unit} | more), flush=True)


def free_port() -> int:
    """Return a port of the loopback that nobody listens on now, and that nobody else is given soon."""
    for port in PORTS:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("there is always another one")


def until(true: Callable[[], Any], what: str, wait_s: float = 120.0) -> Any:
    """Wait until something holds and return it; TimeoutError says what did not.

    It is asked the more seldom the longer it takes: who asks a hundred times a second holds up what is waited for.
    """
    begun = time.monotonic()
    while not (found := true()):
        waited_s = time.monotonic() - begun
        if waited_s > wait_s:
            raise TimeoutError(f"waited {wait_s:g} s in vain: {what}")
        time.sleep(min(max(0.01, waited_s / 20), 0.25))
    return found


def listens(port: int) -> bool:
    """Return whether somebody listens on a port of the loopback."""
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def stop_reading(port: int) -> socket.socket:
    """Ask a daemon for its stream, as a browser does that never reads a byte of it."""
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    one.connect(("127.0.0.1", port))
    one.sendall(b"GET /api/v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    return one


@dataclass
class Mosquitto:
    """A real broker on a port of its own. A `keeping` one writes down at once who subscribed: after a kill it holds
    messages for a witness that is not connected yet."""

    folder: Path
    keeping: bool = False
    lines: tuple[str, ...] = ()  # of its configuration, beside these
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, again on the same port, and wait until it listens."""
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = self.folder / "mosquitto.conf"
        lines = [f"listener {self.port} 127.0.0.1", "allow_anonymous true", "user root", "max_queued_messages 0"]
        lines += ["set_tcp_nodelay true", *self.lines]  # as install.sh sets the broker up
        if self.keeping:
            lines += ["persistence true", f"persistence_location {self.folder}/"]
            lines += ["autosave_on_changes true", "autosave_interval 1"]
        settings.write_text("\n".join([*lines, ""]))
        program = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin") or "mosquitto"
        self.process = subprocess.Popen([program, "-c", str(settings)], stderr=subprocess.DEVNULL)
        until(lambda: listens(self.port), "Mosquitto listens")

    def kill(self) -> None:
        """Kill it as a power cut would."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None


@contextmanager
def mosquitto(folder: Path, keeping: bool = False) -> Iterator[Mosquitto]:
    """A running broker."""
    broker = Mosquitto(folder, keeping)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


@dataclass
class Daemon:
    """`gongbang run` in a process of its own."""

    config: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    started_s: float = 0.0
    environment: dict[str, str] = field(default_factory=dict)  # beside our own

    def start(self) -> None:
        """Start it; returns at once."""
        self.started_s = time.monotonic()
        command = [sys.executable, "-m", "gateway.commands.main", "run", "-c", str(self.config)]
        with (self.config.with_name("daemon.log")).open("ab") as log:
            environment = os.environ | self.environment
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=environment)

    def kill(self) -> None:
        """Kill it as a power cut would."""
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def stop(self) -> int:
        """Ask it to end, and return its exit code."""
        if self.process is None:
            return 0
        self.process.terminate()
        return self.process.wait(60)

    def log(self) -> str:
        """Return what it wrote."""
        return self.config.with_name("daemon.log").read_text("utf-8")

    def get(self, path: str) -> Any:
        """Return what the API says."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            return json.loads(answer.read())

    def ready(self) -> bool:
        """Return whether readings flow."""
        try:
            return bool(self.get("/api/v1/ready")["ready"])
        except OSError:
            return False

    @property
    def rss_mb(self) -> float:
        """Return its resident memory in MB (10^6 bytes)."""
        assert self.process
        return rss_mb(self.process.pid)

    @property
    def descriptors(self) -> int:
        """Return how many files, sockets and pipes it has open."""
        assert self.process
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    @property
    def cpu_s(self) -> float:
        """Return the processor time that it has used, user and system."""
        assert self.process
        parts = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(parts[11]) + int(parts[12])) / TICKS_HZ


def rss_mb(pid: int) -> float:
    """Return a process's resident memory in MB (10^6 bytes)."""
    line = next(x for x in Path(f"/proc/{pid}/status").read_text().splitlines() if x.startswith("VmRSS"))
    return int(line.split()[1]) * 1024 / 1e6


@contextmanager
def daemon(config: Path, port: int) -> Iterator[Daemon]:
    """A daemon that is ended, whatever happens."""
    running = Daemon(config, port)
    try:
        running.start()
        yield running
    finally:
        running.stop()


@contextmanager
def simulator(config: Path, speed: float = 1.0) -> Iterator[dict[str, dict[str, Any]]]:
    """The simulated shop of a configuration; yields the wires' overrides by driver."""
    command = [sys.executable, "-m", "gateway.demo.simulate", "--config", str(config), "--speed", str(speed)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin
    assert process.stdout
    try:
        yield json.loads(process.stdout.readline())["overrides"]
    finally:
        process.stdin.close()
        process.terminate()
        process.wait(60)
        process.stdout.close()


def overlay(tree: dict[str, Any], overrides: dict[str, dict[str, Any]]) -> None:
    """Write the simulated wires over a configuration's drivers."""
    for driver in tree["drivers"]:
        driver.update(overrides.get(driver["name"], {}))


class Witness:
    """An independent subscriber with a session of its own: everything it was sent, in order, with the time."""

    def __init__(self, port: int, topic: str = "gongbang/#") -> None:
        self.messages: list[tuple[float, str, Any]] = []  # monotonic s, topic, payload
        self._new = threading.Condition()
        # Two of one name would throw each other out of the broker, again and again.
        self._client = paho.Client(CallbackAPIVersion.VERSION2, f"witness_{next(WITNESSES)}", clean_session=False)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_message = self._take
        self._client.on_connect = lambda client, *_: client.subscribe(topic, 1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def _take(self, _client: Any, _userdata: Any, message: paho.MQTTMessage) -> None:
        now_s = time.monotonic()
        with self._new:
            self.messages.append((now_s, message.topic, json.loads(message.payload or b"null")))
            self._new.notify_all()

    def publish(self, topic: str, body: Any) -> None:
        """Send something, and wait until the broker has it."""
        self._client.publish(topic, json.dumps(body), qos=1).wait_for_publish(60)

    def of(self, part: str) -> list[Any]:
        """Return the payloads whose topic holds a part, in order."""
        with self._new:
            return [payload for _, topic, payload in self.messages if part in topic]

    @property
    def connected(self) -> bool:
        """Return whether the broker has it now."""
        return bool(self._client.is_connected())

    def forget(self, true: Callable[[str, Any], bool]) -> None:
        """Forget the messages that fit."""
        with self._new:
            self.messages = [found for found in self.messages if not true(found[1], found[2])]

    def wait_for(self, true: Callable[[str, Any], bool], wait_s: float = 30.0) -> tuple[float, str, Any]:
        """Return the first message that fits, waiting for it; TimeoutError when none comes."""
        seen, end = 0, time.monotonic() + wait_s
        with self._new:
            while True:
                for found in self.messages[seen:]:
                    if true(found[1], found[2]):
                        return found
                seen = len(self.messages)
                if not self._new.wait(max(0.0, end - time.monotonic())) and time.monotonic() >= end:
                    raise TimeoutError("no such message")

    def close(self) -> None:
        """End it."""
        self._client.disconnect()
        self._client.loop_stop()
        # A cycle with its client would leave its sockets to the garbage collector.
        self._client.on_connect = self._client.on_message = None
        del self._client
