"""Catching up after an outage, over lines of 1 ms and 50 ms: rows a second, and how old live samples become meanwhile.

Beside what a broker takes of ours stands what its window allows: what a bare client (drain_bare.py) reaches over the
same line with as many messages of the same size unanswered. That is less than the window in each round trip, for the
line, the broker and the client need their time too; with 20 on a line of 1 ms, much less.

With `--full` the backlog is 1 M events and 10 M samples, each sent to the end, or for so long at the most (over 50 ms a
broker that takes 20 messages at once needs 42 minutes for a million); else a steady stretch of less is measured.
"""

import contextlib
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import paho.mqtt.client as paho
from fleet import bench_center
from paho.mqtt.enums import CallbackAPIVersion
from rig import ROOT, emit, mosquitto

HERE = Path(__file__).parent
WORKLOAD = json.loads(Path(__file__).with_suffix(".json").read_text())
ENOUGH_PERCENT = 90  # of what the window allows: then nothing else holds it up
BARE_S = 2.0  # the bare client is watched before and after


class Drained(NamedTuple):
    """What one drain gave."""

    rows_per_s: float
    live_age_s: float  # the worst
    window: int
    cpu_percent: float  # of one core, by the gateway
    busy_percent: float  # of all cores, by everybody
    scan_ms_p99: float
    scan_ms_max: float


class Ages:
    """A subscriber beside the broker: how old live samples are when they come."""

    def __init__(self, port: int) -> None:
        self.worst_s, self.seen = 0.0, 0
        self._subscribed = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, "ages")
        self._client.on_message = self._take
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.connect("127.0.0.1", port)
        self._client.subscribe([(f"gongbang/v1/bench/+/data/live_{n}", 0) for n in range(WORKLOAD["live"]["devices"])])
        self._client.loop_start()
        self._subscribed.wait(10)

    def _take(self, _client: Any, _userdata: Any, message: paho.MQTTMessage) -> None:
        body = json.loads(message.payload)
        oldest_ms = min([body["ts"]] if "ts" in body else [row[0] for row in body["rows"]])
        self.worst_s = max(self.worst_s, time.time() - oldest_ms / 1e3)
        self.seen += 1

    def close(self) -> None:
        """End it."""
        self._client.disconnect()
        self._client.loop_stop()


@contextmanager
def line(to_port: int, round_trip_ms: float) -> Iterator[int]:
    """A line to a port of the loopback, in a process of its own; yields the port of its near end."""
    command = [sys.executable, HERE / "drain_line.py", str(to_port), str(round_trip_ms)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def gateway(work: str, **asked: Any) -> "subprocess.Popen[str]":
    """Start the gateway's side."""
    command = [sys.executable, HERE / "drain_gateway.py", work, json.dumps(asked)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def build(path: Path, **backlog: int) -> dict[str, Any]:
    """Make the backlog, once for all drains: each has a publisher of its own, so a cursor at the beginning.

    Return the topic and the bytes of an event's message.
    """
    making = gateway("build", path=str(path), **backlog)
    said, _ = making.communicate()
    if making.returncode:
        raise RuntimeError("the backlog could not be made")
    told: dict[str, Any] = json.loads(said)
    return told


def bare(port: int, window: int, message: dict[str, Any]) -> float:
    """Return how many messages a second a broker answers to a client that does nothing else."""
    command = [sys.executable, HERE / "drain_bare.py", port, message["topic"], message["bytes"], window, BARE_S]
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True, check=True)
    return float(json.loads(done.stdout)["answered_per_s"])


def drained(
    path: Path, broker_port: int, port: int, kind: str, stream: str, round_trip_ms: float, full: bool
) -> Drained:
    """Let a gateway send its backlog of one stream over the line that begins at `port`."""
    with contextlib.closing(Ages(broker_port)) as ages:
        broker = {"host": "127.0.0.1", "port": port}
        to = {"name": f"{kind}_{stream}_{round_trip_ms:g}", "type": kind, **broker}
        live_to = to if kind == "mqtt" else {"name": "live", "type": "mqtt", **broker}
        sending = gateway("drain", path=str(path), to=to, live_to=live_to, stream=stream, live=WORKLOAD["live"])
        assert sending.stdout
        assert sending.stdin
        first, end = watch(sending, full)
        sending.stdin.close()
        scans = json.loads(sending.stdout.read().splitlines()[-1])
        sending.wait(60)
        if not ages.seen:
            raise RuntimeError("no live sample came")
        took_s = end["at_s"] - first["at_s"]
        return Drained(
            (end["taken"] - first["taken"]) / took_s,
            ages.worst_s,
            end["window"],
            100 * (end["cpu_s"] - first["cpu_s"]) / took_s,
            100 * (end["busy_s"] - first["busy_s"]) / (end["cores_s"] - first["cores_s"]),
            scans["scan_ms_p99"],
            scans["scan_ms_max"],
        )


def watch(sending: "subprocess.Popen[str]", full: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the reports at both ends of the steady stretch: from some seconds after the first row was taken until few
    are left; if none is left so soon, from the last report before the first row was taken."""
    assert sending.stdout
    warm_s, watch_s = WORKLOAD["warm_s"], WORKLOAD["full_watch_s" if full else "watch_s"]
    most, idle, steady = 0, dict[str, Any](), dict[str, Any]()
    for text in sending.stdout:
        report = json.loads(text) | dict(zip(("busy_s", "cores_s"), busy(), strict=True))
        most = max(most, report["behind"])
        if not idle or report["behind"] == most:
            idle = report
        elif report["behind"] < most / 50:
            return steady or idle, report
        elif steady and report["at_s"] > steady["at_s"] + watch_s:
            return steady, report
        elif not steady and report["at_s"] > idle["at_s"] + warm_s:
            steady = report
    raise RuntimeError("the gateway ended before its backlog")


def busy() -> tuple[float, float]:
    """Return how long the machine's cores worked, and how long they were there: proc(5), stat."""
    times = [int(part) for part in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return sum(times) - times[3] - times[4], sum(times)


def told(one: Drained) -> dict[str, Any]:
    """Return what stands beside a figure."""
    return {name: round(value, 2) for name, value in one._asdict().items() if name != "rows_per_s"}


def bound(one: Drained, percent: float) -> str:
    """Return what a drain over MQTT is bound by: the window, or else the processors (ours, or what others leave)."""
    return "window" if percent >= ENOUGH_PERCENT else f"processor: all {one.busy_percent:.0f} % busy"


def measure_events(path: Path, message: dict[str, Any], round_trip_ms: int, full: bool) -> list[Drained]:
    """Events to the center, and to a broker beside what its window allows."""
    with bench_center() as (_, _, broker_port, _), line(broker_port, round_trip_ms) as port:
        center = drained(path, broker_port, port, "center", "e", round_trip_ms, full)
    emit(f"journal.drain_events_per_s_{round_trip_ms}ms", center.rows_per_s, "events/s", **told(center))
    with mosquitto(path.parent / "broker") as broker, line(broker.port, round_trip_ms) as port:
        before = bare(port, WORKLOAD["window"], message)
        mqtt = drained(path, broker.port, port, "mqtt", "e", round_trip_ms, full)
        after = bare(port, WORKLOAD["window"], message)
    if mqtt.window != WORKLOAD["window"]:
        raise RuntimeError(f"the broker's window is {mqtt.window}, the bare client's {WORKLOAD['window']}")
    allowed = (before + after) / 2
    percent = 100 * mqtt.rows_per_s / allowed
    more: dict[str, Any] = {"events_per_s": round(mqtt.rows_per_s, 1), "bare_per_s": round(allowed, 1)}
    more |= {"window_each_round_trip_per_s": round(mqtt.window * 1e3 / round_trip_ms)}
    more |= {"bound": bound(mqtt, percent)} | told(mqtt)
    emit(f"journal.drain_mqtt_window_percent_{round_trip_ms}ms", percent, "%", **more)
    return [center, mqtt]


def measure_samples(path: Path, block: int, full: bool) -> list[Drained]:
    """Samples to the center and to a broker, over the short line; the figure is the slower one's."""
    short_ms = WORKLOAD["round_trip_ms"][0]
    with bench_center() as (_, _, broker_port, _), line(broker_port, short_ms) as port:
        center = drained(path, broker_port, port, "center", "s", short_ms, full)
    with mosquitto(path.parent / "broker") as broker, line(broker.port, short_ms) as port:
        mqtt = drained(path, broker.port, port, "mqtt", "s", short_ms, full)
    each = {"mqtt": round(mqtt.rows_per_s * block), "center": round(center.rows_per_s * block)}
    emit("journal.drain_samples_per_s", min(each.values()), "samples/s", **each, **told(mqtt))
    return [center, mqtt]


def main(full: bool) -> None:
    """Measure all, on the disk of /var/tmp, which is not held in memory."""
    backlog = WORKLOAD["backlog"] | (WORKLOAD["full"] if full else {})
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        events, samples = Path(name) / "events.db", Path(name) / "samples.db"
        message = build(events, **backlog | {"samples": 0})
        build(samples, **backlog | {"events": 0})
        found = [one for ms in WORKLOAD["round_trip_ms"] for one in measure_events(events, message, ms, full)]
        found += measure_samples(samples, backlog["points"] * backlog["rows_a_block"], full)
    emit("journal.drain_live_age_s_max", max(one.live_age_s for one in found), "s")
    emit("journal.drain_scan_commit_ms_max", max(one.scan_ms_max for one in found), "ms")


if __name__ == "__main__":
    main("--full" in sys.argv[1:])
