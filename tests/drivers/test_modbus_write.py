"""Outputs: what may be written, how it is written and read back, and that a dead unit does not hold it up."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import workload
from pydantic import ValidationError
from rig import Daemon, Witness, daemon, free_port, mosquitto, until

from drivers.base import Slot, Written
from drivers.errors import DeviceGone, NotWritten
from drivers.modbus_tcp import ModbusTcp, ModbusTcpConfig
from gateway.commands.main import main
from sensors import profile

Start = Callable[[str], Any]
POINTS = [{"name": "p", "table": "input", "address": 0}]
OUTPUTS = [
    {"name": "setpoint", "address": 10, "type": "i16", "scale": 0.1, "unit": "degC", "low": -20, "high": 90},
    {"name": "energy", "address": 20, "type": "f32", "word_order": "little", "low": 0, "high": 1e6},
    {"name": "lamp", "table": "coil", "address": 3, "type": "bool"},
    {"name": "mode", "address": 30, "choices": {"slow": 1, "fast": 2}},
    {"name": "absent", "address": 700, "low": 0, "high": 1},
]


def config(**options: Any) -> dict[str, Any]:
    """A device with outputs."""
    given = {"name": "m", "unit": 1, "poll_s": 0.05, "timeout_s": 5.0, "points": POINTS, "outputs": OUTPUTS}
    return given | {"write_every_s": 0} | options


def driver(port: str, *devices: dict[str, Any]) -> ModbusTcp:
    """The driver for devices on a server."""
    given = {"name": "bus", "type": "modbus_tcp", "host": "127.0.0.1", "port": int(port), "devices": devices}
    slots = {device["name"]: Slot(n, n) for n, device in enumerate(devices)}
    return ModbusTcp(ModbusTcpConfig.model_validate(given), slots)


def written(bus: ModbusTcp, *writes: tuple[str, Any]) -> list[Written | str]:
    """What came of each write, one after the other."""

    async def scenario() -> list[Written | str]:
        found: list[Written | str] = []
        async with bus:
            for output, value in writes:
                try:
                    found.append(await bus.write("m", output, value))
                except NotWritten as why:
                    found.append(str(why))
        return found

    return asyncio.run(scenario())


def test_a_value_is_written_and_read_back(modbus: Start) -> None:
    """Scaled, in two registers, as a coil, by the name of a choice."""
    server = modbus("tcp")
    server.tell("set 1 3 10 250")
    found = written(
        driver(server.place, config()),
        ("setpoint", -12.5),
        ("energy", 1234.5),
        ("lamp", 1),
        ("lamp", 0),
        ("mode", "fast"),
    )
    assert found == [
        Written(25.0, -12.5),
        Written(0.0, 1234.5),
        Written(0.0, 1.0),
        Written(1.0, 0.0),
        Written(0.0, 2.0),
    ]
    assert [function for function, *_ in server.asked_of(1)] == [3, 6, 3, 3, 16, 3, 1, 5, 1, 1, 5, 1, 3, 6, 3]


def test_what_may_not_be_written_never_reaches_the_wire(modbus: Start) -> None:
    """Beyond the limits, not among the choices, not an output."""
    server = modbus("tcp")
    server.tell("set 1 3 10 250")
    writes = [("setpoint", 90.1), ("setpoint", float("nan")), ("mode", "mad"), ("mode", 3), ("setpiont", 5)]
    found = written(driver(server.place, config()), *writes)
    assert all(isinstance(why, str) and " / " in why for why in found)
    assert "setpoint" in str(found[-1])
    assert server.asked_of(1) == []


def test_an_output_is_not_written_more_often_than_it_may(modbus: Start) -> None:
    """The second is refused; another output is not."""
    server = modbus("tcp")
    server.tell("set 1 3 10 250")
    bus = driver(server.place, config(write_every_s=60))
    first, second, other = written(bus, ("setpoint", 20), ("setpoint", 21), ("lamp", 1))
    assert (first, other) == (Written(25.0, 20.0), Written(0.0, 1.0))
    assert "too soon" in str(second)


def test_a_refusal_and_a_silence_are_told(modbus: Start) -> None:
    """The device says why; without any answer it may be written or not, and so we say."""
    server = modbus("tcp")
    server.tell("set 1 3 0 1")
    server.tell("hole 1 6 700 1")
    assert "no such address" in str(written(driver(server.place, config()), ("absent", 1))[0])
    server.tell("dead 1 1")
    assert "may be written or not" in str(written(driver(server.place, config(timeout_s=0.3)), ("setpoint", 20))[0])


def test_a_reply_that_was_lost_is_no_failure_when_the_value_stands_there(modbus: Start) -> None:
    """The write itself is not answered, and the device has taken it."""
    server = modbus("tcp")
    server.tell("set 1 3 10 200")
    server.tell("mute 1 6 10 1")
    assert written(driver(server.place, config(timeout_s=1)), ("setpoint", 20)) == [Written(20.0, 20.0)]


def test_a_write_waits_for_one_time_out_of_a_dead_unit_at_most(modbus: Start) -> None:
    """However many are dead: the question that is open ends, then it is written."""
    server = modbus("tcp")
    server.tell("set 1 3 10 200")
    dead = [config(name=f"dead_{unit}", unit=unit, outputs=[], timeout_s=0.3) for unit in range(2, 8)]

    async def scenario() -> list[int]:
        bus = driver(server.place, *dead, config())
        async with bus:
            readings = bus.readings()
            reader = asyncio.ensure_future(anext(readings))
            while not any(unit > 1 for unit, *_ in server.asked):  # noqa: ASYNC110 - another process is waited for
                await asyncio.sleep(0.01)
            before = len(server.asked)
            assert await bus.write("m", "setpoint", 21) == Written(20.0, 21.0)
            await reader
            await readings.aclose()  # type: ignore[attr-defined] # an async generator
            server.tell("sync")
            return [unit if function != 6 else -1 for unit, function, *_ in server.asked[before:]]

    asked = asyncio.run(scenario())
    assert sum(unit > 1 for unit in asked[: asked.index(-1)]) <= 1


def test_on_a_lost_wire_nothing_is_written(modbus: Start) -> None:
    server = modbus("tcp")

    async def scenario() -> None:
        await driver(server.place, config()).write("m", "setpoint", 21)

    with pytest.raises(DeviceGone):
        asyncio.run(scenario())


INVERTER = "delta-ms300"
COMMAND = next(output for output in profile.load(INVERTER).outputs if output.command)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"profile": INVERTER, "allow": ["nothing_like_it"]}, "no such output"),
        ({"profile": INVERTER}, "profile's outputs only"),
        ({"outputs": [OUTPUTS[0] | {"command": True}]}, "stands in a profile"),
        ({"outputs": [OUTPUTS[0], OUTPUTS[0]]}, "same name"),
    ],
)
def test_a_configuration_alone_allows_no_command(options: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        driver("502", config(**options))


def test_a_profile_alone_allows_no_command() -> None:
    """It is written only when the configuration names it."""
    value = next(iter(COMMAND.choices.values()), COMMAND.low)
    closed = driver("502", config(profile=INVERTER, points=[], outputs=[]))
    with pytest.raises(NotWritten, match="not an output that may be written"):
        asyncio.run(closed.write("m", COMMAND.name, value or 0.0))
    opened = driver("502", config(profile=INVERTER, points=[], outputs=[], allow=[COMMAND.name]))
    with pytest.raises(DeviceGone):  # it would be written now, if the bus were there
        asyncio.run(opened.write("m", COMMAND.name, value or 0.0))


# The whole daemon


@pytest.fixture
def shop(modbus: Start, tmp_path: Path) -> Iterator[tuple[Daemon, Any]]:
    """A daemon with one device, whose rule writes when the reading is high."""
    server = modbus("tcp")
    server.tell("set 1 3 10 250")
    bus = {"name": "plc", "type": "modbus_tcp", "host": "127.0.0.1", "port": int(server.place), "devices": [config()]}
    rule = {"name": "hot", "when": "m.p > 100", "message": {"ko": "뜨거워요", "en": "Hot"}}
    rule["write"] = [{"output": "m.lamp", "value": 1}]
    port = free_port()
    path = workload.write(tmp_path / "edge_config.yaml", [bus], 9, port, rules=[rule], publish=[])
    with daemon(path, port) as running:
        until(running.ready, "readings flow")
        yield running, server


def test_an_operator_and_a_rule_write_and_the_journal_tells_who(shop: tuple[Daemon, Any]) -> None:
    """Each write is an event with before, after and answer; one that was refused, too."""
    running, server = shop
    at = f"http://127.0.0.1:{running.port}"
    with httpx.Client(base_url=f"{at}/api/v1", headers={"Origin": at}, verify=False) as browser:
        headers = {"X-CSRF": browser.get("/session").json()["csrf"]}
        good = browser.post("/write", json={"output": "m.setpoint", "value": 30}, headers=headers)
        assert (good.status_code, good.json()) == (200, {"ok": True, "before": 25.0, "after": 30.0})
        bad = browser.post("/write", json={"output": "m.setpoint", "value": 91}, headers=headers)
        assert bad.status_code == 422
        server.tell("set 1 4 0 101")
        events = until(lambda: _three(running), "three writes are kept")
    rule, refused, done = (
        {key: event[key] for key in ("output", "value", "by", "before", "after")} for event in events
    )
    assert done == {"output": "m.setpoint", "value": 30, "by": "installer", "before": 25.0, "after": 30.0}
    assert refused == {"output": "m.setpoint", "value": 91, "by": "installer", "before": None, "after": None}
    assert rule == {"output": "m.lamp", "value": 1, "by": "rule hot", "before": 0.0, "after": 1.0}
    assert [event["answer"] == "ok" for event in events] == [True, False, True]


def _three(running: Daemon) -> list[Any] | None:
    events: list[Any] = running.get("/api/v1/events?kind=write")["events"]
    return events if len(events) == 3 else None


def test_what_comes_by_mqtt_is_written_or_refused_and_told_either_way(modbus: Start, tmp_path: Path) -> None:
    """Over Mosquitto: within the limits, beyond them, an output that is not there; each is answered by its event."""
    server = modbus("tcp")
    server.tell("set 1 3 10 250")
    bus = {"name": "plc", "type": "modbus_tcp", "host": "127.0.0.1", "port": int(server.place), "devices": [config()]}
    port = free_port()
    with mosquitto(tmp_path / "broker") as broker:
        path = workload.write(tmp_path / "edge_config.yaml", [bus], broker.port, port)
        witness = Witness(broker.port)
        with daemon(path, port) as running:
            until(running.ready, "readings flow")
            writes = [("m.setpoint", 30, "은하"), ("m.mode", "fast", "은하"), ("m.setpoint", 91, "은하")]
            writes += [("m.setpiont", 5, "은하"), ("nobody.lamp", 1, "은하"), (7, None, None)]
            until(lambda: _up(running, "broker"), "the broker is there")
            for output, value, by in writes:
                body = {"output": output, "value": value} | ({"by": by} if by else {})
                witness.publish("gongbang/v1/bench/bench/command/write", body)
            until(lambda: len(witness.of("/event/write")) == len(writes), "each has its answer")
            kept = running.get("/api/v1/events?kind=write")["events"][::-1]
        told = witness.of("/event/write")
        witness.close()
    assert [event["id"] for event in told] == [event["id"] for event in kept]
    done = {event["output"]: event for event in told if event["answer"] == "ok"}
    assert {name: (event["before"], event["after"], event["by"]) for name, event in done.items()} == {
        "m.setpoint": (25.0, 30.0, "은하"),
        "m.mode": (0.0, 2.0, "은하"),
    }
    refused = {(event["output"], event["value"]): event for event in told if event["answer"] != "ok"}
    assert set(refused) == {("m.setpoint", 91), ("m.setpiont", 5), ("nobody.lamp", 1), ("7", "None")}
    assert "90" in refused["m.setpoint", 91]["answer"]
    assert "setpoint" in refused["m.setpiont", 5]["answer"]
    assert refused["7", "None"]["by"] == "mqtt"
    assert all((event["before"], event["after"]) == (None, None) for event in refused.values())


@pytest.mark.slow
def test_a_lamp_follows_the_alarms_and_a_buzzer_is_silent_once_they_are_seen(modbus: Start, tmp_path: Path) -> None:
    """Of a whole daemon, also after a restart; each write is told with who it was."""
    server = modbus("tcp")
    server.tell("set 1 4 0 0")
    coils = [{"name": "lamp", "table": "coil", "address": 3, "type": "bool"}]
    coils += [{"name": "buzzer", "table": "coil", "address": 4, "type": "bool"}]
    device = config(outputs=coils)
    bus = {"name": "plc", "type": "modbus_tcp", "host": "127.0.0.1", "port": int(server.place), "devices": [device]}
    actions = [{"name": "light", "type": "output", "output": "m.lamp"}]
    actions += [{"name": "horn", "type": "output", "output": "m.buzzer", "until": "acknowledge"}]
    rule = {"name": "hot", "when": "m.p > 100", "message": {"ko": "뜨거워요", "en": "Hot"}}
    port = free_port()
    path = workload.write(tmp_path / "edge_config.yaml", [bus], 9, port, rules=[rule], publish=[], actions=actions)

    def stands(running: Daemon) -> list[Any]:
        events = running.get("/api/v1/events?kind=write")["events"]
        return [next((e["after"] for e in events if e["output"] == name), None) for name in ("m.lamp", "m.buzzer")]

    with daemon(path, port) as running:
        until(lambda: running.ready() and stands(running) == [0, 0], "both are off")
        server.tell("set 1 4 0 101")
        until(lambda: stands(running) == [1, 1], "both are on")
        running.kill()
        running.start()
        until(lambda: running.ready() and _up(running, "light"), "it goes on")
        at = f"http://127.0.0.1:{running.port}"
        with httpx.Client(base_url=f"{at}/api/v1", headers={"Origin": at}, verify=False) as browser:
            headers = {"X-CSRF": browser.get("/session").json()["csrf"]}
            assert browser.post("/alarms/hot/acknowledge", headers=headers).status_code == 200
        until(lambda: stands(running) == [1, 0], "the buzzer is silent")
        server.tell("set 1 4 0 0")
        until(lambda: stands(running) == [0, 0], "the lamp is off")
        by = {event["by"] for event in running.get("/api/v1/events?kind=write")["events"]}
    assert by == {"action light", "action horn"}


@pytest.mark.slow
def test_a_station_s_lamp_shines_as_the_answer_is_and_goes_out(modbus: Start, tmp_path: Path) -> None:
    """Of a whole daemon: green for what was taken, red at once instead for what was not."""
    server = modbus("tcp")
    server.tell("set 1 4 0 0")
    server.tell("set 1 1 3 0 0")
    coils = [{"name": name, "table": "coil", "address": at, "type": "bool"} for name, at in (("green", 3), ("red", 4))]
    device = config(points=[{**coil, "name": f"{coil['name']}_on"} for coil in coils], outputs=coils)
    bus = {"name": "plc", "type": "modbus_tcp", "host": "127.0.0.1", "port": int(server.place), "devices": [device]}
    station = {"name": "sewing_1", "lamp": {"ok": "m.green", "refused": "m.red", "on_s": 5}}
    port = free_port()
    path = workload.write(tmp_path / "edge_config.yaml", [bus], 9, port, publish=[], stations=[station])

    def shines(running: Daemon) -> list[float]:
        told = {point["name"]: point["value"] for point in running.get("/api/v1/points")["points"]}
        return [told["m.green_on"], told["m.red_on"]]

    with daemon(path, port) as running:
        until(lambda: running.ready() and shines(running) == [0, 0], "both are off")
        at = f"http://127.0.0.1:{running.port}"
        with httpx.Client(base_url=f"{at}/api/v1", headers={"Origin": at}, verify=False) as browser:
            browser.headers["X-CSRF"] = browser.get("/session").json()["csrf"]
            for ticket, lamp in (("C-MATERIAL", [1, 0]), ("C-UNDO", [0, 1])):
                pressed = browser.post(
                    "/stations/sewing_1/keys", json={"ticket": ticket, "id": ticket[2:].lower().rjust(16, "0")}
                )
                assert pressed.status_code == 200, pressed.text
                until(lambda: shines(running) == lamp, f"{ticket}: {pressed.json()['tone']}")  # noqa: B023 - it is called at once
        until(lambda: shines(running) == [0, 0], "it goes out")


def _up(running: Daemon, name: str) -> bool:
    parts = running.get("/api/v1/components")["components"]
    return any(part["name"] == name and part["state"] == "up" for part in parts)


@pytest.mark.slow
def test_the_command_writes_by_the_gateway_that_runs(shop: tuple[Daemon, Any], capsys: Any) -> None:
    """By number or name; what is refused ends it with 1 and the reason, and without a gateway that is said."""
    running, _ = shop
    where = ("-c", str(running.config))

    def write(*words: str) -> tuple[int, str]:
        code = main(["write", *words, *where])
        said = capsys.readouterr()
        return code, said.out + said.err

    assert write("m.setpoint", "30") == (0, "m.setpoint: 25.0 → 30.0\n")
    assert write("m.mode", "fast", "--json") == (0, '{"output": "m.mode", "before": 0.0, "after": 2.0}\n')
    code, said = write("m.setpoint", "-20.5")
    assert (code, "-20" in said, " / " in said) == (1, True, True)
    running.stop()
    code, said = write("m.setpoint", "30")
    assert (code, "does not answer" in said) == (1, True)
