"""The packets that a broker sends, read from its bytes: MQTT 5 and 3.1.1. Pure. Sections are those of MQTT 5.

What is not MQTT, or not what a broker may send to us, raises Malformed with the cause. Nothing grows: a message that is
too large is passed over as it comes, and any other packet that is too large is malformed.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from gateway.publish.message import Message, Version
from gateway.publish.mqtt_packets import LONGEST

MOST_BYTES: Final = 1 << 20  # of one packet from below; commands and acknowledgements are far smaller
FIRST_BYTES: Final = frozenset({0x20, *range(0x30, 0x40), 0x40, 0x90, 0xB0, 0xD0, 0xE0})  # of what a broker sends us
UNSUPPORTED_VERSION: Final = 0x84
CODES_311: Final = {0: 0, 1: UNSUPPORTED_VERSION, 2: 0x85, 3: 0x88, 4: 0x86, 5: 0x87}  # CONNACK's, as MQTT 5 has them

# Properties (2.2.2.2) by how they are written: bytes of a number, or a kind of text.
NUMBERS: Final = {
    0x01: 1, 0x17: 1, 0x19: 1, 0x24: 1, 0x25: 1, 0x28: 1, 0x29: 1, 0x2A: 1,
    0x13: 2, 0x21: 2, 0x22: 2, 0x23: 2, 0x02: 4, 0x11: 4, 0x18: 4, 0x27: 4,
}  # fmt: skip
TEXTS: Final = frozenset({0x03, 0x08, 0x09, 0x12, 0x15, 0x16, 0x1A, 0x1C, 0x1F})
PAIR: Final = 0x26  # the user's own
VARIABLE: Final = 0x0B
SERVER_KEEP_ALIVE, RECEIVE_MAXIMUM, RETAIN_AVAILABLE, MAXIMUM_PACKET_SIZE = 0x13, 0x21, 0x25, 0x27
TOPIC_ALIAS: Final = 0x23


class Malformed(Exception):
    """The broker sent what it must not. `code` is what DISCONNECT tells it (3.14.2.1)."""

    def __init__(self, cause: str, code: int = 0x81) -> None:
        super().__init__(cause)
        self.code = code


class Connack(NamedTuple):
    """The answer to CONNECT, with the limits that the broker sets (3.2)."""

    code: int
    receive_maximum: int = 65535
    most_bytes: int = LONGEST
    retains: bool = True
    keepalive_s: int | None = None  # that we must keep instead of ours


class Publish(NamedTuple):
    """A message from below; its packet identifier, if it wants a PUBACK (3.3)."""

    message: Message
    packet_id: int | None


class Oversized(NamedTuple):
    """A message from below that was passed over."""

    size: int


class Puback(NamedTuple):
    """The answer to a PUBLISH (3.4)."""

    packet_id: int
    code: int


class Suback(NamedTuple):
    """The answer to SUBSCRIBE (3.9) or UNSUBSCRIBE (3.11); on MQTT 3.1.1 the latter has no codes."""

    packet_id: int
    codes: tuple[int, ...]


class Pingresp(NamedTuple):
    """The answer to PINGREQ (3.13)."""


class Disconnect(NamedTuple):
    """The broker's goodbye (3.14)."""

    code: int


Packet = Connack | Publish | Oversized | Puback | Suback | Pingresp | Disconnect


class Reader:
    """Cuts the stream of bytes into packets, however it comes."""

    def __init__(self, version: Version, most_bytes: int = MOST_BYTES) -> None:
        self._v5, self._most_bytes = version == "5", most_bytes
        self._held = bytearray()
        self._over = 0  # bytes still to come of a message that is passed over

    def feed(self, data: bytes) -> list[Packet]:
        """Return the packets that are whole now. Raises Malformed; those before it are lost with the connection."""
        if self._over:
            passed = min(self._over, len(data))
            self._over -= passed
            data = data[passed:]
        held = self._held
        held += data
        packets: list[Packet] = []
        at = 0
        while len(held) - at >= 2:
            if held[at] not in FIRST_BYTES:
                raise Malformed(f"0x{held[at]:02x}, with which no packet for us begins", 0x82)
            size, body = (held[at + 1], at + 2) if held[at + 1] < 128 else _number(held, at + 1)
            end = body + size
            if not body:  # the length itself is not whole
                break
            if end - at > self._most_bytes:
                packets.append(self._oversized(held[at], size))
                self._over = max(0, end - len(held))
                at = min(end, len(held))
            elif end <= len(held):
                packets.append(self._packet(held[at], held[body:end]))
                at = end
            else:
                break
        del held[:at]
        return packets

    def _oversized(self, first: int, size: int) -> Oversized:
        if first >> 4 != 3:
            raise Malformed(f"a packet of type {first >> 4} of {size} bytes; {self._most_bytes} are the most", 0x95)
        return Oversized(size)

    def _packet(self, first: int, body: bytearray) -> Packet:
        kind = first >> 4
        try:
            if kind == 4:
                return self._puback(body)
            return self._publish(first & 15, body) if kind == 3 else KINDS[kind](self, body)
        except (IndexError, UnicodeDecodeError):
            raise Malformed(f"a packet of type {kind} that is cut short or no text: {body[:40].hex()}") from None

    def _puback(self, body: bytearray) -> Puback:
        if len(body) != 2 and not (self._v5 and len(body) > 2):
            raise Malformed(f"a PUBACK of {len(body)} bytes")
        return Puback(body[0] << 8 | body[1], body[2] if len(body) > 2 else 0)

    def _publish(self, flags: int, body: bytearray) -> Publish:
        qos = flags >> 1 & 3
        if qos > 1:
            raise Malformed(f"a message of QoS {qos}, which was not asked for", 0x82)
        raw, at = _text(body, 0)
        topic = raw.decode()
        packet_id = None
        if qos:
            packet_id, at = _fixed(body, at, 2)
            if not packet_id:
                raise Malformed("a message with packet identifier 0", 0x82)
        if self._v5:
            found, at = _properties(body, at)
            if TOPIC_ALIAS in found:
                raise Malformed("a topic alias, which was not allowed", 0x94)
        if not topic:
            raise Malformed("a message without a topic", 0x82)
        return Publish(Message(topic, bytes(body[at:]), bool(flags & 1)), packet_id)

    def _connack(self, body: bytearray) -> Connack:
        code = body[1]
        if not self._v5:
            _whole(body, 2)
            return Connack(CODES_311.get(code, 0x80))
        if len(body) == 2:  # whatever it says, it says it in 3.1.1
            return Connack(UNSUPPORTED_VERSION)
        found, end = _properties(body, 2)
        _whole(body, end)
        receive_maximum, most_bytes = found.get(RECEIVE_MAXIMUM, 65535), found.get(MAXIMUM_PACKET_SIZE, LONGEST)
        if not receive_maximum or not most_bytes:
            raise Malformed("a CONNACK with a limit of 0", 0x82)
        return Connack(
            code, receive_maximum, most_bytes, bool(found.get(RETAIN_AVAILABLE, 1)), found.get(SERVER_KEEP_ALIVE)
        )

    def _suback(self, body: bytearray) -> Suback:
        packet_id, at = _fixed(body, 0, 2)
        if self._v5:
            _, at = _properties(body, at)
        return Suback(packet_id, tuple(body[at:]))

    def _pingresp(self, body: bytearray) -> Pingresp:
        _whole(body, 0)
        return Pingresp()

    def _disconnect(self, body: bytearray) -> Disconnect:
        if not self._v5:
            raise Malformed("a DISCONNECT, which a broker of MQTT 3.1.1 does not send", 0x82)
        if len(body) > 1:
            _whole(body, _properties(body, 1)[1])
        return Disconnect(body[0] if body else 0)


KINDS: Final[dict[int, Callable[[Reader, bytearray], Packet]]] = {
    2: Reader._connack,
    9: Reader._suback,
    11: Reader._suback,
    13: Reader._pingresp,
    14: Reader._disconnect,
}


def _whole(body: bytearray, end: int) -> None:
    if end != len(body):
        raise Malformed(f"{len(body) - end} bytes too many in a packet")


def _number(held: bytearray, at: int) -> tuple[int, int]:
    """Read a variable byte integer (1.5.5); return it and the place behind it, (0, 0) when it is not whole."""
    value = 0
    for digit, byte in enumerate(held[at : at + 4]):
        value |= (byte & 127) << 7 * digit
        if byte < 128:
            return value, at + digit + 1
    if len(held) - at >= 4:
        raise Malformed("a length of more than four bytes")
    return 0, 0


def _fixed(body: bytearray, at: int, size: int) -> tuple[int, int]:
    """Read a number of so many bytes; return it and the place behind it. Raises IndexError."""
    end = at + size
    if end > len(body):
        raise IndexError
    return int.from_bytes(body[at:end]), end


def _text(body: bytearray, at: int) -> tuple[bytearray, int]:
    """Read bytes with their length; return them and the place behind them. Raises IndexError."""
    size, begin = _fixed(body, at, 2)
    if begin + size > len(body):
        raise IndexError
    return body[begin : begin + size], begin + size


def _properties(body: bytearray, at: int) -> tuple[dict[int, int], int]:
    """Read the properties of a packet (2.2.2): the numbers among them, and the place behind them all."""
    size, at = _number(body, at)
    end = at + size
    if not at or end > len(body):
        raise IndexError
    part, here, found = body[:end], at, dict[int, int]()
    while here < end:
        name, here = part[here], here + 1
        if name in NUMBERS:
            value, here = _fixed(part, here, NUMBERS[name])
            if name in found:
                raise Malformed(f"property 0x{name:02x} twice", 0x82)
            found[name] = value
        elif name in TEXTS:
            _, here = _text(part, here)
        elif name == PAIR:
            _, here = _text(part, _text(part, here)[1])
        elif name == VARIABLE:
            _, here = _number(part, here)
            if not here:
                raise IndexError
        else:
            raise Malformed(f"property 0x{name:02x}, which MQTT 5 does not know")
    return found, end
