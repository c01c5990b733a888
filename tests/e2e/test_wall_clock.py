"""The daemon on a machine whose wall clock is wrong, leaps, and comes right, with real brokers, database and center."""

import asyncio
import json
import shutil
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import workload
from database_rows import everything, same
from databases import InfluxDb, influxdb
from replicas import kept
from rig import ROOT, Mosquitto, Witness, free_port, listens, until
from witness import OK, Audit, Found, Shop, coupon, opened

from center.store import Store
from gateway.clock import SystemClock
from gateway.journal.journal import Journal

TEN_YEARS_S = 3653 * 86_400
LONG_S = 60.0
LAST = coupon(9_999_999)
SOURCE = ROOT / "tests" / "devices" / "wall_clock.c"


class Wall:
    """The wall clock of one daemon, and NTP's word about it."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "wall"
        self.set(0)
        program = folder / "wall_clock.so"
        compiler = shutil.which("gcc") or shutil.which("cc")
        assert compiler, "no C compiler: apt-get install gcc"
        subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-o", program, SOURCE], check=True)
        self.environment = {"LD_PRELOAD": str(program), "WALL_CLOCK": str(self._file)}

    def set(self, ahead_s: float, synced: bool = True) -> None:
        """Put the clock ahead of the real time, or behind."""
        self._file.touch()
        with self._file.open("r+b") as file:
            file.write(struct.pack("qq", round(ahead_s * 1e9), synced))


@pytest.fixture
def wall(tmp_path: Path) -> Wall:
    """A clock that is right."""
    return Wall(tmp_path)


@contextmanager
def shop(folder: Path, wall: Wall, broker: Mosquitto, **config: Any) -> Iterator[Shop]:
    """A shop whose daemon has this wall clock; not started yet."""
    config = {"clock": {"hold_s": 900}} | config
    with workload.register_server() as port, opened(Shop(folder, broker.port, port, **config)) as shop:
        shop.daemon.environment = wall.environment
        yield shop


def begin(shop: Shop) -> None:
    """Open it, and wait until its screen answers too."""
    shop.open()
    until(shop.daemon.ready, "readings flow", LONG_S)


def publisher(name: str, port: int, **more: Any) -> dict[str, Any]:
    """A publisher to a broker."""
    return {"name": name, "type": "mqtt", "host": "127.0.0.1", "port": port, "reconnect_most_s": 2} | more


def component(shop: Shop, name: str) -> dict[str, Any]:
    """What the daemon says of a part."""
    parts = shop.daemon.get("/api/v1/components")["components"]
    return next(part for part in parts if part["name"] == name)


def arrived(witness: Witness, code: str) -> dict[str, Any]:
    """The event of a coupon, once it has come."""
    _, _, event = witness.wait_for(lambda _, body: body.get("text") == code, LONG_S)
    return dict(event)


def age_s(event: dict[str, Any], ahead_s: float = 0.0) -> float:
    """How long ago an event was, by a clock that is so far ahead."""
    return time.time() + ahead_s - event["ts"] / 1e3


def audited(shop: Shop, witness: Witness) -> Found:
    """Wait for the last scan, end the daemon, and compare all that was promised."""
    assert shop.scan(LAST, LONG_S) == OK
    arrived(witness, LAST)
    assert shop.daemon.stop() == 0
    return Audit(shop, witness).check(LAST)


def certificate(folder: Path) -> tuple[Path, Path]:
    """Make the certificate of a broker, valid from now for two days; return its file and its key's."""
    cert, key = folder / "broker.crt", folder / "broker.key"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=broker"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


def test_a_daemon_that_wakes_in_1970_reads_and_answers_and_tells_all_once_it_knows_the_time(
    tmp_path: Path, wall: Wall, broker: Mosquitto, witness: Witness
) -> None:
    cert, key = certificate(tmp_path)
    secure = Mosquitto(tmp_path / "secure", lines=(f"certfile {cert}", f"keyfile {key}"))
    secure.start()
    publish = [publisher("broker", broker.port), publisher("secure", secure.port, tls={"ca_file": str(cert)})]
    wall.set(-time.time() + 3600, synced=False)  # one in the morning of the first of January
    try:
        with shop(tmp_path / "shop", wall, broker, publish=publish) as made:
            begin(made)
            for number in range(3):
                assert made.scan(coupon(number), LONG_S) == OK
            (point, *_) = made.daemon.get("/api/v1/points")["points"]
            assert datetime.fromtimestamp(point["ts"] / 1e3, UTC).year == 1970
            until(lambda: component(made, "secure")["state"] == "down", "the certificate is not valid yet", LONG_S)
            told = component(made, "secure")
            assert "certificate is not yet valid" in told["last_error"]
            assert "clock" in told["advice"]["en"]
            until(lambda: component(made, "broker")["state"] == "up", "the other broker does not mind", LONG_S)
            assert witness.wait_for(lambda topic, _: topic.endswith("/status"))[2]["clock"] == "unsynced"
            assert not witness.of("/event/")
            assert not witness.of("/data/")

            wall.set(0)
            for number in range(3):
                event = arrived(witness, coupon(number))
                assert 0 <= age_s(event) < LONG_S, "it was a moment ago, and not in 1970"
                assert "clock" not in event
            until(lambda: component(made, "secure")["state"] == "up", "the certificate is valid now", LONG_S)
            until(lambda: component(made, "secure")["sent"] > 3, "its events go too", LONG_S)
            assert {event.get("clock") for event in witness.of("/event/")} == {None}

            wall.set(TEN_YEARS_S)  # it leaps, and is called synchronised
            assert made.scan(coupon(3), LONG_S) == OK
            wall.set(0)
            assert 0 <= age_s(arrived(witness, coupon(3))) < LONG_S
            assert audited(made, witness) == Found()
    finally:
        secure.kill()


def test_where_no_time_server_is_the_owners_device_sets_the_clock_until_one_comes(
    tmp_path: Path, wall: Wall, broker: Mosquitto, witness: Witness
) -> None:
    wall.set(-time.time() + 3600, synced=False)
    with shop(tmp_path / "shop", wall, broker) as made:
        begin(made)
        assert made.scan(coupon(1), LONG_S) == OK
        assert component(made, "clock")["detail"] == {"word": "none"}
        assert component(made, "clock")["advice"]["ko"]
        assert vouch(made, 3600) == (409, "1970-01-01 01:00 UTC is over")
        assert vouch(made, time.time() + TEN_YEARS_S)[0] == 409
        assert vouch(made, time.time()) == (200, "")
        event = arrived(witness, coupon(1))
        assert 0 <= age_s(event) < LONG_S
        assert "clock" not in event
        assert component(made, "clock")["state"] == "up"
        (told,) = made.daemon.get("/api/v1/events?kind=consent")["events"]
        assert (told["by"], told["what"]) == ("installer", "clock")

        made.daemon.kill()
        made.daemon.start()
        until(made.daemon.ready, "the next life reads")
        assert component(made, "clock")["detail"] == {"word": "operator"}

        wall.set(0)
        until(lambda: component(made, "clock")["detail"] == {"word": "ntp"}, "NTP's word is taken")
        assert vouch(made, time.time()) == (409, "The clock is right already, by another word")
        assert made.daemon.stop() == 0


def vouch(shop: Shop, now_s: float) -> tuple[int, str]:
    """Offer the time of a device; return the status, and the beginning of the reason."""
    cookie, csrf = session(shop)
    origin = f"http://127.0.0.1:{shop.daemon.port}"
    headers = {"Cookie": cookie, "Origin": origin, "X-CSRF": csrf, "Content-Type": "application/json"}
    body = json.dumps({"ts": round(now_s * 1e3)}).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(f"{origin}/api/v1/clock", body, headers), timeout=60) as ok:
            return ok.status, ""
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)["detail"].partition(": ")[0]


@contextmanager
def center(folder: Path, mqtt_port: int) -> Iterator[Path]:
    """A support center; yields its file."""
    port, path = free_port(), folder / "center.db"
    config = folder / "center.yaml"
    config.write_text(json.dumps({"broker": {"host": "127.0.0.1", "port": mqtt_port}, "path": str(path), "port": port}))
    command = [sys.executable, "-m", "gateway.commands.main", "center", "-c", str(config)]
    with (folder / "center.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    try:
        until(lambda: listens(port), "the center answers", LONG_S)
        yield path
    finally:
        process.terminate()
        process.wait(60)


def session(shop: Shop, cookie: str = "") -> tuple[str, str]:
    """The cookie and the secret of a browser's session."""
    request = urllib.request.Request(f"http://127.0.0.1:{shop.daemon.port}/api/v1/session", headers={"Cookie": cookie})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.headers.get("Set-Cookie", cookie).split(";")[0], json.load(answer)["csrf"]


@pytest.mark.parametrize("step_s", [-TEN_YEARS_S, pytest.param(TEN_YEARS_S, marks=pytest.mark.slow)])
def test_steps_of_ten_years_lose_double_and_break_nothing(
    tmp_path: Path, wall: Wall, broker: Mosquitto, witness: Witness, step_s: float
) -> None:
    """Right, wrong for longer than rows are held, right again: witness, database and center have all of it once."""
    with influxdb(tmp_path / "influxdb") as influx, center(tmp_path, broker.port) as center_file:
        influx.create("shop")
        publish = [
            publisher("broker", broker.port),
            {"name": "influx", "type": "influxdb", "url": influx.url, "version": 1, "database": "shop"},
            {"name": "center", "type": "center", "host": "127.0.0.1", "port": broker.port},
        ]
        journal = {"path": str(tmp_path / "shop" / "journal.db"), "samples_commit_s": 1}
        with shop(tmp_path / "shop", wall, broker, publish=publish, clock={"hold_s": 2}, journal=journal) as made:
            begin(made)
            seen = session(made)
            assert made.scan(coupon(1), LONG_S) == OK
            first = arrived(witness, coupon(1))
            assert 0 <= age_s(first) < LONG_S

            wall.set(step_s, synced=False)
            assert made.scan(coupon(2), LONG_S) == OK
            wrong = arrived(witness, coupon(2))
            assert wrong["clock"] == "unsynced"
            assert wrong["ts"] >= first["ts"], "times of one scanner only grow (by one ns at least)"
            assert step_s < 0 or 0 <= age_s(wrong, step_s) < LONG_S

            wall.set(0)
            assert made.scan(coupon(3), LONG_S) == OK
            right = arrived(witness, coupon(3))
            assert 0 <= age_s(right) < LONG_S
            assert "clock" not in right

            assert session(made, seen[0]) == seen, "nobody is logged out"
            states = [status["state"] for status in witness.of("/bench/status")]
            assert set(states) == {"online"}, "no connection was lost"
            for name in ("influx", "center", "broker"):
                until(lambda name=name: component(made, name)["queued"] == 0, f"{name} has all", LONG_S)
                assert component(made, name)["dropped"] == 0
            assert audited(made, witness) == Found()
        ended_ns = time.time_ns()
        with shop(tmp_path / "shop", wall, broker, publish=publish, journal=journal) as made:
            begin(made)
            # what the end left over is sent by the next life; ten seconds that were just over come with its own rows
            until(lambda: any(later(place, ended_ns) for place in influx.rows("shop")), "its own rows come", LONG_S)
            for name in ("influx", "center"):
                until(lambda name=name: component(made, name)["queued"] == 0, f"{name} has all", LONG_S)
            assert made.daemon.stop() == 0
        asyncio.run(_compare(made.journal, influx, center_file, ended_ns))


def later(place: Any, ended_ns: int) -> bool:
    """Whether a row is of the second life: those of a wrong clock are ten years away."""
    return bool(0 <= place[2] - ended_ns < TEN_YEARS_S * 5e8)


async def _compare(path: Path, influx: InfluxDb, center_file: Path, ended_ns: int) -> None:
    """Database and center have the rows of the first life as they stand in the journal, of events the identities."""

    def first(rows: dict[Any, Any]) -> dict[Any, Any]:
        found = {place: fields for place, fields in rows.items() if not later(place, ended_ns)}
        return {place: {"id": fields["id"]} if "id" in fields else fields for place, fields in found.items()}

    async with await Journal.open(path, "bench", SystemClock(trust=True)) as journal:
        wanted = first(await everything(journal, "bench", "bench"))
        assert len(wanted) > 20
        same(first(influx.rows("shop")), wanted)
        copies = await journal.event_copies(None, 200)
        events = [(copy.position, copy.time_ns, copy.clock) for copy in copies if copy.position.start == 1]
    with closing(Store(center_file)) as store:
        taken = [row for row in kept(store, ("bench", "bench")) if row.position.start == 1]
    assert [(row.position, row.time_ns, row.clock) for row in taken] == events
