"""Devices that publish by MQTT, behind a real Mosquitto."""

import asyncio
import json
import math
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from pydantic import ValidationError
from rig import free_port

from drivers.base import Reading, Slot
from drivers.errors import DeviceGone, WrongConfiguration
from drivers.mqtt.options import MqttInConfig, presets
from drivers.mqtt_in import MqttIn
from drivers.named_point import numbers
from sensors.batch import Batch
from sensors.quality import GOOD, NO_REPLY, NOT_A_NUMBER, UNCERTAIN
from sensors.text import TextReading
from tests.publish.conftest import LOOPBACK, Mosquitto

OVEN = {
    "name": "oven",
    "topic": "shop/oven",
    "availability": {"topic": "{topic}/status", "online": "up", "offline": "down"},
    "points": [
        {"name": "temperature", "topic": "{topic}/state", "path": "bme280.temperature", "unit": "degC"},
        {"name": "door", "kind": "state", "topic": "{topic}/door"},
        {"name": "program", "kind": "text", "topic": "{topic}/state", "path": "program"},
    ],
}


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Callable[..., Mosquitto]]:
    """Return a maker of brokers."""
    made: list[Mosquitto] = []

    def make(*lines: str) -> Mosquitto:
        made.append(Mosquitto(tmp_path / f"mosquitto_{len(made)}", lines or ("allow_anonymous true",)))
        return made[-1].start()

    yield make
    for one in made:
        one.stop()


class Publisher:
    """The devices: a client that has nothing to do with ours."""

    def __init__(self, port: int) -> None:
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.connect(LOOPBACK, port)
        self._client.loop_start()

    def say(self, topic: str, payload: Any, retain: bool = False) -> None:
        """Publish, and wait until the broker has it."""
        data = payload if isinstance(payload, bytes | str) else json.dumps(payload)
        self._client.publish(topic, data, qos=1, retain=retain).wait_for_publish(10)

    def close(self) -> None:
        """End."""
        self._client.disconnect()
        self._client.loop_stop()


def driver(port: int, *devices: dict[str, Any], **options: Any) -> MqttIn:
    """The driver, with its devices side by side in the point table."""
    given = {"name": "broker_1", "type": "mqtt_in", "host": LOOPBACK, "port": port, "devices": devices or [OVEN]}
    config = MqttInConfig.model_validate(given | options)
    slots, first = {}, 0
    for number, (name, points) in enumerate(config.devices_points()):
        slots[name] = Slot(number, first)
        first += len(points)
    return MqttIn(config, slots)


@asynccontextmanager
async def listening(made: MqttIn) -> AsyncIterator[Callable[[], Any]]:
    """Enter a driver and return what gives its next reading."""
    async with asyncio.timeout(30), made:
        readings = made.readings()
        yield readings.__anext__
        await readings.aclose()  # type: ignore[attr-defined] # an async generator


def row(reading: Reading) -> tuple[int, list[tuple[float | None, int]]]:
    """A row's device, and its values with their qualities."""
    assert isinstance(reading, Batch), reading
    pairs = zip(reading.values[0].tolist(), reading.quality[0].tolist(), strict=True)
    return reading.device, [(None if math.isnan(value) else value, quality) for value, quality in pairs]


SILENT = (None, NO_REPLY)


def test_a_message_is_a_row_with_what_other_messages_told_before(broker: Any) -> None:
    place = broker()

    async def scenario() -> None:
        async with listening(driver(place.port)) as following:
            assert row(await following()) == (0, [SILENT, SILENT])
            shop.say("shop/oven/state", {"bme280": {"temperature": 180.5}, "program": "식빵"})
            assert row(await following()) == (0, [(180.5, GOOD), SILENT])
            text = await following()
            assert (text.device, text.point, text.text) == ("oven", "program", "식빵")
            shop.say("shop/oven/door", "ON")
            assert row(await following()) == (0, [(180.5, GOOD), (1.0, GOOD)])

    shop = Publisher(place.port)
    asyncio.run(scenario())
    shop.close()


def test_a_device_that_says_goodbye_or_whose_will_is_told_has_no_reply_until_it_speaks(broker: Any) -> None:
    place = broker()

    async def scenario() -> None:
        async with listening(driver(place.port)) as following:
            await following()
            shop.say("shop/oven/door", "off")
            assert row(await following())[1] == [SILENT, (0.0, GOOD)]
            shop.say("shop/oven/status", "down", retain=True)
            assert row(await following())[1] == [SILENT, SILENT]
            shop.say("shop/oven/status", "up", retain=True)
            shop.say("shop/oven/door", "on")
            assert row(await following())[1] == [SILENT, (1.0, GOOD)]

    shop = Publisher(place.port)
    asyncio.run(scenario())
    shop.close()


def test_what_the_broker_retained_is_of_unknown_age_until_it_comes_anew(broker: Any) -> None:
    place = broker()
    shop = Publisher(place.port)
    shop.say("shop/oven/door", "on", retain=True)

    async def scenario() -> None:
        async with listening(driver(place.port)) as following:
            await following()
            assert row(await following())[1] == [SILENT, (1.0, UNCERTAIN)]
            shop.say("shop/oven/door", "on", retain=True)
            assert row(await following())[1] == [SILENT, (1.0, GOOD)]

    asyncio.run(scenario())
    shop.close()


def test_what_cannot_be_read_is_counted_and_told_and_the_next_message_is_read(broker: Any) -> None:
    place = broker()
    made = driver(place.port, max_bytes=200)

    async def scenario() -> None:
        async with listening(made) as following:
            await following()
            for bad in (b"{", b"\xff\xfe", b"", b"[" * 150, b"x" * 5000):
                shop.say("shop/oven/state", bad)
            shop.say("shop/oven/state", {"bme280": {"temp": 1}})
            shop.say("shop/oven/state", {"bme280": {"temperature": "hot"}, "program": "x"})
            assert row(await following())[1] == [(None, NOT_A_NUMBER), SILENT]
            assert made.counters.dropped == 5
            assert made.counters.last_error == "oven: shop/oven/state: temperature: 'hot' is not a value"
            assert made.counters.unit_errors == {"oven": 7}, "four, two that are missing, and one that is no number"
            await following()
            shop.say("shop/oven/state", {"bme280": {"temperature": 20}})
            assert row(await following())[1] == [(20.0, GOOD), SILENT]

    shop = Publisher(place.port)
    asyncio.run(scenario())
    shop.close()


def test_a_path_that_leads_nowhere_says_what_is_there(broker: Any) -> None:
    place = broker()
    made = driver(place.port)

    async def scenario() -> None:
        async with listening(made) as following:
            await following()
            shop.say("shop/oven/state", {"bme280": {"temp": 1, "hum": 2}, "program": "x"})
            await following()

    shop = Publisher(place.port)
    asyncio.run(scenario())
    shop.close()
    assert made.counters.last_error.endswith("bme280.temperature is not there; there is: temp, hum")


def test_silence_is_no_reply_again_and_again(broker: Any) -> None:
    place = broker()
    door = {"name": "door", "silent_s": 1, "points": [{"name": "open", "topic": "door"}]}

    async def scenario() -> None:
        async with listening(driver(place.port, door)) as following:
            await following()
            shop.say("door", "1")
            assert row(await following())[1] == [(1.0, GOOD)]
            assert [row(await following())[1] for _ in range(2)] == [[SILENT], [SILENT]]

    shop = Publisher(place.port)
    asyncio.run(scenario())
    shop.close()


def test_a_broker_that_ends_is_gone_after_what_it_had_sent_and_the_next_connection_reads_on(broker: Any) -> None:
    place = broker()
    made = driver(place.port)

    async def until_it_ends() -> None:
        async with listening(made) as following:
            await following()
            shop.say("shop/oven/door", "on")
            await following()
            place.kill()
            assert row(await following())[1] == [SILENT, SILENT]
            await following()

    async def scenario() -> None:
        with pytest.raises(DeviceGone, match=f"{place.port}: connection lost"):
            await until_it_ends()
        place.start()
        async with listening(made) as following:
            again = Publisher(place.port)
            await following()
            again.say("shop/oven/door", "off")
            assert row(await following())[1] == [SILENT, (0.0, GOOD)]
            again.close()

    shop = Publisher(place.port)
    asyncio.run(scenario())
    shop.close()


def test_no_broker_and_a_wrong_password_are_told_and_may_be_mended(broker: Any, tmp_path: Path) -> None:
    async def enter(made: MqttIn) -> None:
        async with made:
            pass

    with pytest.raises(DeviceGone, match="refused"):
        asyncio.run(enter(driver(free_port())))
    place = broker("allow_anonymous false")
    with pytest.raises(DeviceGone, match=r"not authori[sz]ed"):
        asyncio.run(enter(driver(place.port)))
    with pytest.raises(WrongConfiguration, match="password_file"):
        asyncio.run(enter(driver(place.port, username="a", password_file=str(tmp_path / "none"))))


def test_a_brokers_certificate_is_checked_against_the_file_that_is_given(broker: Any, tmp_path: Path) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=broker"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    lines = (f"certfile {tmp_path}/cert.pem", f"keyfile {tmp_path}/key.pem", "allow_anonymous true")
    place = broker(*lines)

    async def enter(**options: Any) -> None:
        async with listening(driver(place.port, tls=True, **options)) as following:
            await following()

    asyncio.run(enter(ca_file=str(tmp_path / "cert.pem")))
    with pytest.raises(DeviceGone, match="certificate"):
        asyncio.run(enter())
    with pytest.raises(WrongConfiguration, match="ca_file"):
        asyncio.run(enter(ca_file=str(tmp_path / "none")))


# The makers

SAID: dict[str, dict[str, Any]] = {  # what their devices publish, by their documentation
    "tasmota-plug": {
        "tele/plug/SENSOR": {
            "Time": "2026-11-22T12:00:00",
            "ENERGY": {
                "TotalStartTime": "2026-01-01T00:00:00",
                "Total": 3.185,
                "Yesterday": 3.058,
                "Today": 0.127,
                "Period": 2,
                "Power": 30,
                "ApparentPower": 49,
                "ReactivePower": 39,
                "Factor": 0.61,
                "Voltage": 221,
                "Current": 0.222,
            },
        },
        "stat/plug/POWER": "ON",
    },
    "shelly-gen1-plug": {
        "shellies/plug/relay/0": "on",
        "shellies/plug/relay/0/power": "30.00",
        "shellies/plug/relay/0/energy": "600",
    },
    "shelly-gen2-switch": {
        "plug/status/switch:0": {
            "id": 0,
            "source": "init",
            "output": True,
            "apower": 8.9,
            "voltage": 237.5,
            "current": 0.1,
            "aenergy": {"total": 6.532, "by_minute": [45.199, 47.141, 88.397], "minute_ts": 1626935779},
            "temperature": {"tC": 23.5, "tF": 74.4},
        }
    },
    "shelly-gen2-em": {
        "plug/status/em:0": {
            "id": 0,
            "a_act_power": 10.5,
            "b_act_power": 20.5,
            "c_act_power": 30.5,
            "total_current": 1.5,
            "total_act_power": 61.5,
        },
        "plug/status/emdata:0": {"id": 0, "total_act": 1234.5},
    },
    "zigbee2mqtt-climate": {
        "zigbee2mqtt/plug": {"temperature": 27.34, "humidity": 44.72, "battery": 97, "linkquality": 120}
    },
    "zigbee2mqtt-contact": {"zigbee2mqtt/plug": {"contact": True, "battery": 100, "linkquality": 128}},
    "zigbee2mqtt-plug": {"zigbee2mqtt/plug": {"state": "ON", "power": 12.1, "energy": 3.4}},
}


@pytest.mark.parametrize("name", [name for name, preset in presets().items() if preset.points])
def test_a_makers_device_is_read_whole_by_its_preset_and_its_goodbye_understood(broker: Any, name: str) -> None:
    place = broker()
    made = driver(place.port, {"name": "plug", "preset": name, "topic": "plug"})
    (device,) = made.config.devices
    alive = device.alive()
    assert alive is not None
    goodbye = {alive.path: alive.offline} if alive.path else alive.offline

    async def scenario() -> None:
        async with listening(made) as following:
            await following()
            for topic, payload in SAID[name].items():
                shop.say(topic, payload)
                last = row(await following())[1]
            assert [quality for _, quality in last] == [GOOD] * len(numbers(device.all_points()))
            shop.say(device.whole(alive.topic), goodbye)
            assert row(await following())[1] == [SILENT] * len(last)

    shop = Publisher(place.port)
    asyncio.run(scenario())
    shop.close()
    assert made.counters.last_error == ""


def test_energy_of_the_first_shellys_is_in_watt_hours() -> None:
    (energy,) = [point for point in presets()["shelly-gen1-plug"].points if point.name == "energy"]
    assert energy.value("600") == (pytest.approx(10.0), GOOD)


def test_a_preset_takes_points_of_the_shops_own(broker: Any) -> None:
    place = broker()
    points = [{"name": "temperature", "topic": "{topic}/sensor/bme280_temperature/state", "unit": "degC"}]
    made = driver(place.port, {"name": "esp", "preset": "esphome", "topic": "esp-1", "points": points})

    async def scenario() -> None:
        async with listening(made) as following:
            await following()
            shop.say("esp-1/sensor/bme280_temperature/state", "21.5")
            assert row(await following())[1] == [(21.5, GOOD)]
            shop.say("esp-1/status", "offline")
            assert row(await following())[1] == [SILENT]

    shop = Publisher(place.port)
    asyncio.run(scenario())
    shop.close()


@pytest.mark.parametrize(
    ("device", "why"),
    [
        ({"preset": "tasmota"}, "nearest: tasmota-plug"),
        ({"preset": "tasmota-plug"}, "Give the device's topic"),
        ({"topic": "x"}, "Nothing to read"),
        ({"points": [{"name": "a", "topic": "shop/#"}]}, "without"),
        ({"points": [{"name": "a", "topic": "x", "path": "a..b"}]}, "wrong at character 3"),
        ({"points": [{"name": "a", "topic": "x"}, {"name": "a", "topic": "y"}]}, "same name"),
    ],
)
def test_what_cannot_be_read_is_refused_in_the_configuration(device: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        driver(1883, {"name": "d"} | device)


def test_texts_of_a_message_bear_the_time_of_its_row(broker: Any) -> None:
    place = broker()

    async def scenario() -> None:
        async with listening(driver(place.port)) as following:
            await following()
            shop.say("shop/oven/state", {"bme280": {"temperature": 1}, "program": {"id": 3}})
            first, second = await following(), await following()
            assert isinstance(second, TextReading)
            assert (second.mono_ns, second.text) == (first.mono_ns[0], '{"id":3}')

    shop = Publisher(place.port)
    asyncio.run(scenario())
    shop.close()
