"""The packets that the publisher sends, as bytes: MQTT 5 and 3.1.1. Pure. Sections are those of the MQTT 5 standard."""

from functools import lru_cache
from typing import Final

from gateway.publish.message import Message, Version

LEVELS: Final[dict[Version, int]] = {"5": 5, "3.1.1": 4}
LONGEST: Final = 268_435_455  # bytes behind the fixed header: four digits of seven bits (1.5.5)
AT_LEAST_ONCE: Final = 1  # the only QoS that we send and ask for
PINGREQ: Final = b"\xc0\x00"

# The first byte of each packet (2.1.2): the type, and the flags that it must have.
CONNECT: Final = b"\x10"
PUBLISH: Final = 0x30 | AT_LEAST_ONCE << 1
PUBACK: Final = b"\x40\x02"
SUBSCRIBE: Final = b"\x82"
UNSUBSCRIBE: Final = b"\xa2"
DISCONNECT: Final = b"\xe0"

CLEAN_START, WILL, WILL_RETAINED, PASSWORD, USER_NAME = 0x02, 0x04, 0x20, 0x40, 0x80  # of CONNECT (3.1.2.3)
MAXIMUM_PACKET_SIZE: Final = b"\x27"  # the property
NO_PROPERTIES: Final[dict[Version, bytes]] = {"5": b"\x00", "3.1.1": b""}


@lru_cache(1024)
def length(count: int) -> bytes:
    """Return a variable byte integer (1.5.5). Raises OverflowError beyond the longest that there is."""
    if count > LONGEST:
        raise OverflowError(f"a packet of {count} bytes is longer than MQTT allows ({LONGEST})")
    digits = bytearray()
    while count > 127:
        digits.append(count & 127 | 128)
        count >>= 7
    digits.append(count)
    return bytes(digits)


@lru_cache(256)
def text(value: str) -> bytes:
    """Return a text with its length (1.5.4). Raises OverflowError beyond 65,535 bytes."""
    return binary(value.encode())


def binary(value: bytes) -> bytes:
    """Return bytes with their length (1.5.6). Raises OverflowError beyond 65,535."""
    return len(value).to_bytes(2) + value


def framed(head: bytes, *parts: bytes) -> bytes:
    """Return a packet: its first byte, the length of the rest, and the rest."""
    rest = b"".join(parts)
    return head + length(len(rest)) + rest


def connect(
    version: Version,
    client_id: str,
    keepalive_s: int,
    *,
    will: Message | None = None,
    username: str | None = None,
    password: str | None = None,
    most_bytes: int | None = None,
) -> bytes:
    """Return CONNECT (3.1) of a session that begins anew and ends with the connection.

    `most_bytes` is the largest packet that we take; MQTT 3.1.1 has no way to say it.
    """
    flags, payload = CLEAN_START, [text(client_id)]
    if will:
        flags |= WILL | AT_LEAST_ONCE << 3 | (WILL_RETAINED if will.retain else 0)
        payload += [NO_PROPERTIES[version], text(will.topic), binary(will.payload)]
    if username is not None:
        flags |= USER_NAME
        payload.append(text(username))
    if password is not None:
        flags |= PASSWORD
        payload.append(binary(password.encode()))
    properties = NO_PROPERTIES[version]
    if most_bytes is not None and version == "5":
        properties = length(5) + MAXIMUM_PACKET_SIZE + most_bytes.to_bytes(4)
    level = bytes((LEVELS[version], flags))
    return framed(CONNECT, text("MQTT"), level, keepalive_s.to_bytes(2), properties, *payload)


def publish(version: Version, packet_id: int, message: Message, *, retain: bool) -> bytes:
    """Return PUBLISH (3.3), QoS 1."""
    topic, properties = text(message.topic), NO_PROPERTIES[version]
    size = len(topic) + 2 + len(properties) + len(message.payload)
    first = PUBLISH | retain
    return b"".join((bytes((first,)), length(size), topic, packet_id.to_bytes(2), properties, message.payload))


def puback(packet_id: int) -> bytes:
    """Return PUBACK (3.4): taken."""
    return PUBACK + packet_id.to_bytes(2)


def subscribe(version: Version, packet_id: int, topic: str) -> bytes:
    """Return SUBSCRIBE (3.8) to one topic, QoS 1."""
    return framed(SUBSCRIBE, packet_id.to_bytes(2), NO_PROPERTIES[version], text(topic), bytes((AT_LEAST_ONCE,)))


def unsubscribe(version: Version, packet_id: int, topic: str) -> bytes:
    """Return UNSUBSCRIBE (3.10) from one topic."""
    return framed(UNSUBSCRIBE, packet_id.to_bytes(2), NO_PROPERTIES[version], text(topic))


def disconnect(version: Version, code: int = 0) -> bytes:
    """Return DISCONNECT (3.14); MQTT 3.1.1 has no way to say why."""
    return framed(DISCONNECT, bytes((code,)) if code and version == "5" else b"")
