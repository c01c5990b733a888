"""`gongbang run` as a process: it starts or says why not, changes its configuration under way, and ends in order."""

import asyncio
import json
import signal
import socket
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
import workload
from paho.mqtt.enums import CallbackAPIVersion
from rig import Daemon, Witness, daemon, free_port, mosquitto, until

from gateway.clock import SystemClock
from gateway.journal.journal import Journal

ON = "unit_1.r0 >= 0"
NAMES = ["kept", "gone", "changed"]


def rule(name: str, when: str, **more: Any) -> dict[str, Any]:
    """A rule."""
    return {"name": name, "when": when, "message": {"ko": f"{name} 알람", "en": f"{name} alarm"}} | more


class Shop:
    """A daemon on a register server, whose configuration is written anew under way."""

    def __init__(self, folder: Path, registers_port: int) -> None:
        self.folder, self.registers_port, self.web_port = folder, registers_port, free_port()
        self.plc = workload.plc(registers_port, 1, 4, 0.2)
        self.begin()
        self.daemon = Daemon(self.write(), self.web_port)

    def begin(self) -> None:
        """Mean the configuration that each test begins with."""
        self.rules = [rule(name, ON) for name in NAMES]
        self.more: dict[str, Any] = {}

    def write(self) -> Path:
        """Write the configuration as it is meant now."""
        parts: dict[str, Any] = {"drivers": [self.plc], "mqtt_port": 9, "rules": self.rules} | self.more
        drivers, mqtt_port = parts.pop("drivers"), parts.pop("mqtt_port")
        return workload.write(self.folder / "edge_config.yaml", drivers, mqtt_port, self.web_port, **parts)

    def reload(self) -> None:
        """Ask for the configuration to be read again."""
        assert self.daemon.process
        self.daemon.process.send_signal(signal.SIGHUP)

    def events(self, kind: str) -> list[dict[str, Any]]:
        """The kept events of a kind, oldest first."""
        found: list[dict[str, Any]] = self.daemon.get(f"/api/v1/events?kind={kind}&limit=200")["events"]
        return found[::-1]

    def changed(self) -> dict[str, Any]:
        """Write the configuration, reload, and return the event that tells of it."""
        self.write()
        before = len(self.events("config"))
        self.reload()
        until(lambda: len(self.events("config")) > before, "the reload is told")
        return self.events("config")[-1]

    def alarms(self) -> dict[str, dict[str, Any]]:
        """The alarms that are on, by rule."""
        return {alarm["rule"]: alarm for alarm in self.daemon.get("/api/v1/alarms")["alarms"]}

    def actions(self, name: str) -> list[str]:
        """What became of a rule's alarm, oldest first."""
        return [event["action"] for event in self.events("alarm") if event["rule"] == name]

    def component(self, name: str) -> dict[str, Any]:
        """What is told of a component; empty when it is not there."""
        parts = self.daemon.get("/api/v1/components")["components"]
        return next((part for part in parts if part["name"] == name), {})


@pytest.fixture(scope="module")
def registers() -> Iterator[int]:
    """The port of registers that change."""
    with workload.register_server() as port:
        yield port


@pytest.fixture
def shop(tmp_path: Path, registers: int) -> Iterator[Shop]:
    """A shop whose daemon reads, and whose three alarms are on."""
    shop = Shop(tmp_path, registers)
    try:
        shop.daemon.start()
        until(shop.daemon.ready, "readings flow")
        until(lambda: len(shop.alarms()) == len(shop.rules), "the alarms are on")
        yield shop
    finally:
        shop.daemon.stop()


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory, registers: int) -> Iterator[Shop]:
    """A shop whose daemon lives as long as these tests."""
    shop = Shop(tmp_path_factory.mktemp("shop"), registers)
    with daemon(shop.daemon.config, shop.web_port) as shop.daemon:
        until(shop.daemon.ready, "readings flow")
        yield shop


@pytest.fixture
def going(lasting: Shop) -> Shop:
    """That shop, with the configuration it began with and its three alarms on, also in the journal."""
    lasting.begin()
    lasting.changed()
    until(lambda: all(lasting.actions(name)[-1:] == ["raise"] for name in NAMES), "the alarms are kept")
    until(lambda: set(lasting.alarms()) == set(NAMES), "no other alarm is on")
    return lasting


# Starting


def test_a_port_that_is_taken_ends_it_with_one_and_one_line(tmp_path: Path, process: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config = workload.write(tmp_path / "edge_config.yaml", [], 9, port)
        answer = process("run", "-c", config)
    assert answer.code == 1
    assert f"127.0.0.1:{port}" in answer.err
    assert len(answer.err.splitlines()) == 1


def test_a_broken_configuration_ends_it_with_two_and_every_problem(tmp_path: Path, process: Any) -> None:
    config = tmp_path / "edge_config.yaml"
    config.write_text("workshop: {id: w-1, nmae: 공방}\nrulez: []\n", "utf-8")
    answer = process("run", "-c", config)
    assert answer.code == 2
    assert "nmae" in answer.err
    assert "rulez" in answer.err
    assert "Traceback" not in answer.err


def test_a_journal_that_cannot_be_made_ends_it_with_one(tmp_path: Path, process: Any) -> None:
    (tmp_path / "file").write_text("")
    place = tmp_path / "file" / "journal.db"
    config = workload.write(tmp_path / "edge_config.yaml", [], 9, free_port(), journal={"path": str(place)})
    answer = process("run", "-c", config)
    assert answer.code == 1
    assert str(place.parent) in answer.err
    assert "Traceback" not in answer.err


def test_a_journal_that_another_daemon_writes_is_left_alone(going: Shop, tmp_path: Path, process: Any) -> None:
    place = going.folder / "journal.db"
    config = workload.write(tmp_path / "second.yaml", [], 9, free_port(), journal={"path": str(place)})
    answer = process("run", "-c", config)
    assert answer.code == 2
    assert str(place) in answer.err
    assert going.daemon.ready()


@pytest.mark.slow
def test_an_alarm_of_its_first_seconds_is_not_told_again_after_a_kill(shop: Shop) -> None:
    until(lambda: len(shop.events("alarm")) == 3, "the alarms are kept")
    shop.daemon.kill()
    shop.daemon.start()
    until(shop.daemon.ready, "readings flow again")
    until(lambda: len(shop.alarms()) == 3, "the alarms are on")
    time.sleep(1)  # a few readings more
    assert [event["action"] for event in shop.events("alarm")] == ["raise"] * 3


def test_a_snapshot_of_another_version_is_passed_over(tmp_path: Path, registers: int) -> None:
    async def write() -> None:
        async with await Journal.open(tmp_path / "journal.db", "bench", SystemClock(trust=True)) as journal:
            await journal.commit_block(b"not as this version writes it")

    asyncio.run(write())
    shop = Shop(tmp_path, registers)
    with daemon(shop.daemon.config, shop.web_port) as running:
        until(running.ready, "readings flow")
        assert "begins anew" in running.log()


# Ending


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_zero_before_systemd_kills_it_whoever_is_connected_or_away(
    shop: Shop, sign: signal.Signals
) -> None:
    assert shop.daemon.process
    with urllib.request.urlopen(f"http://127.0.0.1:{shop.web_port}/api/v1/stream", timeout=60) as stream:
        assert stream.readline().startswith(b"event: snapshot")
        shop.daemon.process.send_signal(sign)
        assert shop.daemon.process.wait(30) == 0  # TimeoutStopSec
    assert "Traceback" not in shop.daemon.log()


def test_it_ends_while_it_is_still_starting(tmp_path: Path) -> None:
    config = workload.write(tmp_path / "edge_config.yaml", [workload.plc(free_port(), 1, 1, 1)], 9, free_port())
    with daemon(config, 0) as running:
        assert running.process
        until((tmp_path / "journal.db").exists, "the journal is made")
        running.process.terminate()
        assert running.process.wait(60) == 0
    assert "Traceback" not in running.log()


def test_a_reload_that_is_asked_for_while_it_starts_comes_after(shop: Shop) -> None:
    shop.daemon.stop()
    log_before = len(shop.daemon.log())
    mark = shop.folder / "journal.db.start"
    before_ns = mark.stat().st_mtime_ns
    shop.daemon.start()
    until(lambda: mark.stat().st_mtime_ns > before_ns, "the journal is open")
    shop.reload()
    until(shop.daemon.ready, "readings flow")
    until(lambda: [event["by"] for event in shop.events("config")] == ["start", "start", "SIGHUP"], "it is told")
    assert {len(event["hash"]) for event in shop.events("config")} == {64}
    assert "Traceback" not in shop.daemon.log()[log_before:]


def test_the_samples_of_the_last_seconds_are_kept_when_it_ends(shop: Shop, call: Any) -> None:
    time.sleep(1)
    assert shop.daemon.stop() == 0
    stats = call("journal", "stats", "--path", shop.folder / "journal.db", "--json").json
    assert stats["blocks"] > 0
    assert call("journal", "verify", "--path", shop.folder / "journal.db").code == 0


# Reloading


def test_a_reload_is_told_with_hash_by_whom_and_the_difference(going: Shop) -> None:
    before = going.events("config")[-1]
    going.rules = [rule("kept", ON), rule("changed", ON), rule("new", "unit_1.r1 >= 0")]
    event = going.changed()
    assert event["by"] == "SIGHUP"
    assert event["hash"] != before["hash"]
    assert event["difference"] == "+rules.new; -rules.gone"


def test_a_rule_that_went_clears_and_says_that_the_reload_did_it(going: Shop) -> None:
    going.rules = [rule("kept", ON), rule("changed", ON)]
    going.changed()
    until(lambda: set(going.alarms()) == {"kept", "changed"}, "the alarm is off")
    until(lambda: going.actions("gone")[-2:] == ["raise", "clear"], "it is kept")
    assert [event for event in going.events("alarm") if event["rule"] == "gone"][-1]["reason"] == "reload"


def test_what_kept_its_name_and_its_meaning_keeps_its_state(going: Shop) -> None:
    since_ts = going.alarms()["kept"]["since_ts"]
    before = {name: going.actions(name) for name in NAMES}
    going.rules = [rule("changed", "unit_1.r0 >= -1"), rule("kept", "  (unit_1.r0)  >=  0.0 ", severity="critical")]
    going.changed()
    until(lambda: going.alarms().get("changed", {}).get("since_ts", 0) > since_ts, "the changed one is raised anew")
    kept = going.alarms()["kept"]
    assert kept["since_ts"] == pytest.approx(since_ts, abs=1)
    assert kept["severity"] == "critical", "what does not belong to its meaning is new"
    until(lambda: going.actions("changed") == [*before["changed"], "clear", "raise"], "it is kept")
    assert going.actions("kept") == before["kept"]


def test_a_wire_that_did_not_change_is_read_on(going: Shop) -> None:
    before, connected = going.component("plc"), going.daemon.log().count("plc: connected")
    going.rules = []
    going.changed()
    until(lambda: going.component("plc")["received"] > before["received"] + 3, "it reads on")
    assert going.component("plc")["since_ts"] == pytest.approx(before["since_ts"], abs=1)
    assert going.daemon.log().count("plc: connected") == connected


def test_devices_come_and_go(going: Shop) -> None:
    other = workload.plc(going.registers_port, 2, 1, 0.2) | {"name": "other"}
    other["devices"] = [device | {"name": f"other_{device['unit']}"} for device in other["devices"]]
    going.more = {"drivers": [other, going.plc]}
    going.changed()

    def values() -> dict[str, Any]:
        return {point["name"]: point["value"] for point in going.daemon.get("/api/v1/points")["points"]}

    until(lambda: values().get("other_2.r0") is not None, "the new device is read")
    until(lambda: values()["unit_1.r3"] is not None, "and so is the old one, whose points have moved")
    going.more = {}
    going.changed()
    assert not [name for name in values() if name.startswith("other")]
    assert going.component("other") == {}
    seen = values()["unit_1.r0"]
    until(lambda: values()["unit_1.r0"] != seen, "the old device is read on")
    assert going.component("plc")["state"] == "up"


def test_a_driver_that_is_switched_off_goes_and_comes_back(going: Shop) -> None:
    going.more = {"drivers": [going.plc | {"enabled": False}]}
    going.changed()
    assert going.component("plc") == {}
    going.more = {}
    going.changed()
    until(lambda: going.component("plc").get("state") == "up", "it is read again")


def test_a_broken_file_changes_nothing_and_shows_until_it_is_mended(going: Shop) -> None:
    before = len(going.events("config"))
    good = going.daemon.config.read_text("utf-8")
    going.daemon.config.write_text(good.replace("unit_1.r0 >= 0", "unit_1.r99 >= 0"), "utf-8")
    going.reload()
    until(lambda: going.component("configuration")["state"] == "down", "the problem shows")
    shown = going.component("configuration")
    assert "unit_1.r99" in shown["last_error"]
    assert "edge_config.yaml:" in shown["last_error"]
    assert set(shown["advice"]) == {"ko", "en"}
    assert "unit_1.r99" in going.daemon.log()
    assert going.daemon.ready()
    assert len(going.alarms()) == 3
    assert len(going.events("config")) == before
    event = going.changed()
    assert event["difference"] == ""
    until(lambda: going.component("configuration")["state"] == "up", "all is well")
    assert going.component("configuration")["last_error"] == ""


def test_a_file_that_is_gone_changes_nothing(going: Shop) -> None:
    going.daemon.config.unlink()
    going.reload()
    until(lambda: going.component("configuration")["state"] == "down", "the problem shows")
    going.changed()
    assert going.daemon.ready()


def test_many_reloads_at_once_leave_one_running_shop(going: Shop) -> None:
    for number in range(5):
        going.rules = [rule("kept", ON), rule(f"rule_{number}", ON)]
        going.write()
        going.reload()
    until(lambda: set(going.alarms()) == {"kept", "rule_4"}, "the last one counts")
    assert going.daemon.ready()
    assert "Traceback" not in going.daemon.log()


def test_what_only_a_restart_changes_is_told(going: Shop) -> None:
    going.more = {"journal": {"path": str(going.folder / "other.db")}}
    going.changed()
    until(lambda: "a restart is needed for what changed under journal" in going.daemon.log(), "it is told")
    assert not (going.folder / "other.db").exists()


def test_a_workshop_that_is_called_otherwise_publishes_under_its_new_name(tmp_path: Path, registers: int) -> None:
    with mosquitto(tmp_path / "broker") as broker:
        shop = Shop(tmp_path, registers)
        shop.more = {"mqtt_port": broker.port}
        shop.write()
        witness = Witness(broker.port)
        try:
            shop.daemon.start()
            witness.wait_for(lambda topic, _: topic.startswith("gongbang/v1/bench/"))
            shop.more |= {"workshop": {"id": "other", "name": "다른 공방"}}
            shop.write()
            shop.reload()
            witness.wait_for(lambda topic, _: topic.startswith("gongbang/v1/other/bench/data/"))
            told = 'workshop.id: "bench" -> "other"'
            witness.wait_for(lambda topic, body: topic.endswith("/event/config") and told in body["difference"])
        finally:
            witness.close()
            shop.daemon.stop()


# Commands from the broker


def test_commands_come_over_mqtt_and_a_wrong_one_ends_nothing(tmp_path: Path, registers: int) -> None:
    with mosquitto(tmp_path / "broker") as broker:
        shop = Shop(tmp_path, registers)
        shop.more = {"mqtt_port": broker.port}
        shop.write()
        witness = Witness(broker.port)
        hand = paho.Client(CallbackAPIVersion.VERSION2)
        hand.connect("127.0.0.1", broker.port)
        hand.loop_start()

        def command(name: str, **body: Any) -> None:
            hand.publish(f"gongbang/v1/bench/bench/command/{name}", json.dumps(body), qos=1).wait_for_publish(60)

        try:
            shop.daemon.start()
            until(shop.daemon.ready, "readings flow")
            until(lambda: len(shop.alarms()) == 3, "the alarms are on")
            until(lambda: shop.component("broker")["state"] == "up", "the broker is there")
            command("acknowledge", rule="never", by="은하")
            command("dance")
            command("acknowledge", rule="kept", by="은하")
            _, _, event = witness.wait_for(lambda _, body: body and body.get("action") == "acknowledge")
            assert (event["rule"], event["by"]) == ("kept", "은하")
            assert shop.alarms()["kept"]["acknowledged_by"] == "은하"
            command("shelve", rule="kept", by="은하", minutes="long")
            command("shelve", rule="kept", by="은하", minutes=5)
            _, _, event = witness.wait_for(lambda _, body: body and body.get("action") == "shelve")
            assert (event["rule"], event["for_s"]) == ("kept", 300)
            shop.rules = shop.rules[:1]
            shop.write()
            command("reload", by="센터")
            witness.wait_for(lambda topic, body: topic.endswith("/event/config") and body["by"] == "센터")
            assert "command dance is not known" in shop.daemon.log()
            assert "Traceback" not in shop.daemon.log()
        finally:
            hand.disconnect()
            hand.loop_stop()
            witness.close()
            shop.daemon.stop()
