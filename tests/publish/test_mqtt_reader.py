"""Packets from a broker: those of the standard and of paho are read, and nothing that comes raises or grows."""

import contextlib
import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt import _packet
from paho.mqtt.enums import MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from gateway.publish import mqtt_packets
from gateway.publish.message import Message, Version
from gateway.publish.mqtt_reader import (
    Connack,
    Disconnect,
    Malformed,
    Oversized,
    Pingresp,
    Puback,
    Publish,
    Reader,
    Suback,
)

VERSIONS = pytest.mark.parametrize("version", ["5", "3.1.1"])
MESSAGE = Message("gongbang/v1/shop-1/gw_1/command/acknowledge", '{"id":"가"}'.encode(), retain=True)
STREAM = bytes.fromhex(
    "2003000000" "40020001" "4003000210" "400400038700" "900400010001" "b00400020000" "d000" "3009000474657374007079"
    "320b000474657374000700" "7879" "e0028b00"
)  # fmt: skip
PACKETS = [
    Connack(0), Puback(1, 0), Puback(2, 0x10), Puback(3, 0x87), Suback(1, (1,)), Suback(2, (0,)), Pingresp(),
    Publish(Message("test", b"py"), None), Publish(Message("test", b"xy"), 7), Disconnect(0x8B),
]  # fmt: skip


def properties(kind: int, **values: Any) -> bytes:
    """Return properties as paho writes them."""
    made = Properties(kind)
    for name, value in values.items():
        setattr(made, name, value)
    return made.pack()


def packet(first: int, body: bytes) -> bytes:
    """Return a packet with its length."""
    return bytes((first,)) + mqtt_packets.length(len(body)) + body


def test_every_packet_that_a_broker_may_send_is_read() -> None:
    assert Reader("5").feed(STREAM) == PACKETS


@given(cuts=st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_it_does_not_matter_how_the_bytes_are_cut(cuts: list[int]) -> None:
    reader, borders = Reader("5"), [0, *sorted(cuts), len(STREAM)]
    found = [one for a, b in itertools.pairwise(borders) for one in reader.feed(STREAM[a:b])]
    assert found == PACKETS


@VERSIONS
@pytest.mark.parametrize("packet_id", [None, 1, 65535])
def test_a_message_is_read_as_paho_reads_it(version: Version, packet_id: int | None) -> None:
    more = properties(
        PacketTypes.PUBLISH,
        ContentType="json",
        UserProperty=[("a", "b"), ("c", "d")],
        MessageExpiryInterval=60,
        SubscriptionIdentifier=300,
    )
    identifier = b"" if packet_id is None else packet_id.to_bytes(2)
    body = mqtt_packets.text(MESSAGE.topic) + identifier + (more if version == "5" else b"") + MESSAGE.payload
    first = 0x31 if packet_id is None else 0x33
    protocol = MQTTProtocolVersion.MQTTv5 if version == "5" else MQTTProtocolVersion.MQTTv311
    theirs = _packet.decode_publish(first, body, protocol)
    assert (theirs.topic.decode(), bytes(theirs.payload), theirs.retain) == (
        MESSAGE.topic,
        MESSAGE.payload,
        MESSAGE.retain,
    )
    assert (theirs.mid or None) == packet_id
    assert Reader(version).feed(packet(first, body)) == [Publish(MESSAGE, packet_id)]


def test_the_limits_of_a_broker_are_read_as_paho_writes_them() -> None:
    """Among all that a CONNACK may hold."""
    limits = {"ReceiveMaximum": 20, "MaximumPacketSize": 5000, "RetainAvailable": 0, "ServerKeepAlive": 10}
    others: dict[str, Any] = {
        "SessionExpiryInterval": 7, "MaximumQoS": 1, "AssignedClientIdentifier": "gw", "TopicAliasMaximum": 10,
        "ReasonString": "가", "UserProperty": ("a", "b"), "WildcardSubscriptionAvailable": 1,
        "SubscriptionIdentifierAvailable": 1, "SharedSubscriptionAvailable": 1, "ResponseInformation": "r",
        "ServerReference": "s", "AuthenticationMethod": "m", "AuthenticationData": b"d",
    }  # fmt: skip
    body = b"\0\0" + properties(PacketTypes.CONNACK, **limits, **others)
    assert Reader("5").feed(packet(0x20, body)) == [Connack(0, 20, 5000, False, 10)]


@pytest.mark.parametrize("code", range(1, 6))
def test_a_refusal_of_311_is_told_in_the_codes_of_5(code: int) -> None:
    theirs = _packet.decode_connack(0x20, bytes((0, code)), MQTTProtocolVersion.MQTTv311)
    assert Reader("3.1.1").feed(bytes((0x20, 2, 0, code))) == [Connack(theirs.reason.value)]


def test_a_broker_that_answers_in_311_does_not_know_5() -> None:
    assert Reader("5").feed(bytes.fromhex("20020001")) == [Connack(0x84)]


@pytest.mark.parametrize(
    ("version", "sent", "cause"),
    [
        ("5", b"HTTP/1.1 400 Bad Request\r\n", "0x48, with which no packet for us begins"),
        ("5", bytes.fromhex("1000"), "0x10, with which"),
        ("5", bytes.fromhex("f000"), "0xf0, with which"),
        ("5", bytes.fromhex("4203000110"), "0x42, with which"),
        ("5", bytes.fromhex("d001ff"), "1 bytes too many"),
        ("5", bytes.fromhex("400101"), "a PUBACK of 1 bytes"),
        ("3.1.1", bytes.fromhex("4003000110"), "a PUBACK of 3 bytes"),
        ("5", bytes.fromhex("40ffffffff01"), "a length of more than four bytes"),
        ("5", bytes.fromhex("2001ff"), "cut short"),
        ("5", bytes.fromhex("200500000221"), None),
        ("5", bytes.fromhex("2006000003210000"), "a limit of 0"),
        ("5", bytes.fromhex("200500000277ff"), "property 0x77, which MQTT 5 does not know"),
        ("5", bytes.fromhex("2009000006210014210015"), "property 0x21 twice"),
        ("5", bytes.fromhex("20050000022100"), "cut short"),
        ("5", bytes.fromhex("3003000574"), "cut short"),
        ("5", bytes.fromhex("30050002fffe00"), "no text"),
        ("5", bytes.fromhex("3003000000"), "a message without a topic"),
        ("5", bytes.fromhex("320600017400000000"), "packet identifier 0"),
        ("5", bytes.fromhex("340600017400010000"), "a message of QoS 2"),
        ("5", bytes.fromhex("30070001740323000100"), "a topic alias"),
        ("3.1.1", bytes.fromhex("e000"), "does not send"),
        ("5", b"\x40\x80\x80\x80\x02", "a packet of type 4 of 4194304 bytes; 1048576 are the most"),
    ],
)
def test_what_no_broker_may_send_is_told_with_its_cause(version: Version, sent: bytes, cause: str | None) -> None:
    reader = Reader(version)
    if cause is None:  # not whole yet
        assert reader.feed(sent) == []
        return
    with pytest.raises(Malformed, match=cause):
        reader.feed(sent)


@given(st.sampled_from(["5", "3.1.1"]), st.lists(st.binary(max_size=300), max_size=20))
def test_nothing_that_comes_raises_another_error_or_grows(version: Version, chunks: list[bytes]) -> None:
    reader = Reader(version, most_bytes=200)
    with contextlib.suppress(Malformed):
        for chunk in chunks:
            reader.feed(chunk)
            assert len(reader._held) <= 200


@given(st.sampled_from([0x20, 0x30, 0x32, 0x40, 0x90, 0xB0, 0xD0, 0xE0]), st.binary(max_size=60))
def test_nothing_inside_a_packet_raises_another_error(first: int, body: bytes) -> None:
    with contextlib.suppress(Malformed):
        Reader("5").feed(packet(first, body))


def test_a_message_that_is_too_large_is_passed_over_as_it_comes() -> None:
    reader, large = Reader("5", most_bytes=1000), packet(0x30, b"\0\4test\0" + b"." * 5000)
    stream = bytes.fromhex("d000") + large + bytes.fromhex("d000")
    found, most = [], 0
    for at in range(0, len(stream), 100):
        found += reader.feed(stream[at : at + 100])
        most = max(most, len(reader._held))
    assert found == [Pingresp(), Oversized(5007), Pingresp()]
    assert most <= 100
    assert Reader("5", most_bytes=1000).feed(stream) == found
