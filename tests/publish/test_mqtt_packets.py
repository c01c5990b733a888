"""Our packets, byte by byte against those that paho sends for the same."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from gateway.publish import mqtt_packets
from gateway.publish.message import Message, Version

CONNACKS: dict[Version, bytes] = {"5": bytes.fromhex("2003000000"), "3.1.1": bytes.fromhex("20020000")}
PROTOCOLS: dict[Version, Any] = {"5": paho.MQTTv5, "3.1.1": paho.MQTTv311}
VERSIONS = pytest.mark.parametrize("version", ["5", "3.1.1"])
WILL = Message("gongbang/v1/shop-1/gw_1/status", '{"state":"꺼짐"}'.encode(), retain=True)
LONG = Message("가/" + "t" * 200, bytes(range(256)) * 80)


def read_packet(stream: Any) -> bytes:
    """Return the next packet as it came; empty at the end."""
    packet = bytes(stream.read(2))
    while packet and packet[-1] & 128:
        packet += stream.read(1)
    size = sum((byte & 127) << 7 * n for n, byte in enumerate(packet[1:]))
    return packet + bytes(stream.read(size))


@contextmanager
def listening(version: Version) -> Iterator[tuple[int, list[bytes]]]:
    """A broker that accepts the connection, answers nothing else, and keeps what comes."""
    packets: list[bytes] = []

    def serve() -> None:
        connection, _ = server.accept()
        with connection, connection.makefile("rb") as stream:
            while packet := read_packet(stream):
                packets.append(packet)
                if packet[0] == 0x10:
                    connection.sendall(CONNACKS[version])

    with socket.create_server(("127.0.0.1", 0)) as server:
        serving = threading.Thread(target=serve)
        serving.start()
        yield server.getsockname()[1], packets
        serving.join(60)


def sent_by_paho(version: Version, act: Callable[[paho.Client], object], will: Message | None = None) -> list[bytes]:
    """Return the packets of a connection of paho's that does this."""
    v5 = version == "5"
    client = paho.Client(
        CallbackAPIVersion.VERSION2, "gongbang-1", protocol=PROTOCOLS[version], clean_session=None if v5 else True
    )
    client.username_pw_set("gw", "비밀")
    if will:
        client.will_set(will.topic, will.payload, qos=1, retain=will.retain)
    up = threading.Event()
    client.on_connect = lambda *_: up.set()
    with listening(version) as (port, packets):
        properties = Properties(PacketTypes.CONNECT) if v5 else None
        if properties:
            properties.MaximumPacketSize = 1 << 20
        client.connect("127.0.0.1", port, 30, **({"clean_start": True, "properties": properties} if v5 else {}))
        client.loop_start()
        assert up.wait(60)
        act(client)
        client.disconnect()
        client.loop_stop()
    return packets


@VERSIONS
@pytest.mark.parametrize("will", [None, WILL, Message("will", b"")])
def test_a_connection_begins_and_ends_as_paho_would(version: Version, will: Message | None) -> None:
    connect = mqtt_packets.connect(
        version, "gongbang-1", 30, will=will, username="gw", password="비밀", most_bytes=1 << 20
    )
    assert sent_by_paho(version, lambda _: None, will) == [connect, mqtt_packets.disconnect(version)]


@VERSIONS
@pytest.mark.parametrize("message", [Message("a", b""), WILL, LONG])
def test_a_message_is_what_paho_would_send(version: Version, message: Message) -> None:
    def act(client: paho.Client) -> None:
        client.publish(message.topic, message.payload, qos=1, retain=message.retain)

    ours = mqtt_packets.publish(version, 1, message, retain=message.retain)
    assert sent_by_paho(version, act)[1] == ours


@VERSIONS
def test_a_subscription_is_what_paho_would_send(version: Version) -> None:
    def act(client: paho.Client) -> None:
        if version == "5":
            client.subscribe("command/+", options=SubscribeOptions(qos=1))
        else:
            client.subscribe("command/+", qos=1)
        client.unsubscribe("command/+")

    ours = [mqtt_packets.subscribe(version, 1, "command/+"), mqtt_packets.unsubscribe(version, 2, "command/+")]
    assert sent_by_paho(version, act)[1:3] == ours


def test_the_small_packets_are_those_of_the_standard() -> None:
    """3.4, 3.12, 3.14; paho's thread sends them at times of its own."""
    assert mqtt_packets.puback(0x1234).hex() == "40021234"
    assert mqtt_packets.PINGREQ.hex() == "c000"
    assert mqtt_packets.disconnect("5", 0x81).hex() == "e00181"
    assert mqtt_packets.disconnect("3.1.1", 0x81).hex() == "e000"
    assert ReasonCode(PacketTypes.DISCONNECT, identifier=0x81).getName() == "Malformed packet"


@pytest.mark.parametrize(
    ("count", "encoded"),
    [(0, "00"), (127, "7f"), (128, "8001"), (16_383, "ff7f"), (16_384, "808001"), (268_435_455, "ffffff7f")],
)
def test_a_length_is_written_in_digits_of_seven_bits(count: int, encoded: str) -> None:
    """The table of 1.5.5."""
    assert mqtt_packets.length(count).hex() == encoded


def test_what_mqtt_cannot_carry_is_refused() -> None:
    with pytest.raises(OverflowError, match="268435456"):
        mqtt_packets.length(268_435_456)
    with pytest.raises(OverflowError):
        mqtt_packets.text("가" * 22_000)
