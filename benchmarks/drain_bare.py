"""What a window allows over a line: a bare MQTT 5 client that sends prepared messages and does nothing else.

It keeps exactly so many messages of QoS 1 unanswered, sends one for each answer at once, and prints how many were
answered in a second. No journal, no JSON, no topics, no look at what the answers say.
"""

import argparse
import json
import socket
import struct
import time

IDENTIFIERS = 2000  # prepared packets; more than any window, so that an identifier is free again when its turn comes
PUBLISH_1, PUBACK = 0x32, 0x40


def framed(first: int, rest: bytes) -> bytes:
    """Return a packet: its first byte, the length of the rest as a variable byte integer (MQTT 5, 1.5.5), the rest."""
    length, encoded = len(rest), bytearray()
    while True:
        length, digit = divmod(length, 128)
        encoded.append(digit | (0x80 if length else 0))
        if not length:
            return bytes([first]) + bytes(encoded) + rest


def text(value: str) -> bytes:
    """Return a text as MQTT writes it."""
    return struct.pack("!H", len(value)) + value.encode()


def connected(port: int) -> socket.socket:
    """Connect with a clean start; return the socket after the CONNACK."""
    line = socket.create_connection(("127.0.0.1", port))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    line.sendall(framed(0x10, text("MQTT") + b"\x05\x02" + struct.pack("!H", 60) + b"\x00" + text("bare")))
    answer = line.recv(4096)
    if answer[:1] != b"\x20" or answer[3]:
        raise RuntimeError(f"the broker did not accept: {answer.hex()}")
    return line


def answered_per_s(port: int, topic: str, payload_bytes: int, window: int, watch_s: float) -> float:
    """Return how many messages a second are answered, once the line is full."""
    payload = b"." * payload_bytes
    packets = [framed(PUBLISH_1, text(topic) + struct.pack("!H", n) + b"\x00" + payload) for n in range(1, IDENTIFIERS)]
    size, ring = len(packets[0]), b"".join([*packets, *packets[:window]])
    with connected(port) as line:
        line.sendall(ring[: window * size])
        sent, answered, held = window, 0, b""
        begin_s, before = time.monotonic() + watch_s / 10, 0
        while (now_s := time.monotonic()) < begin_s + watch_s:
            if now_s < begin_s:
                before = answered
            came, held = answers(held + line.recv(65536))
            start = sent % len(packets)
            line.sendall(ring[start * size : (start + came) * size])
            sent, answered = sent + came, answered + came
    return (answered - before) / watch_s


def answers(held: bytes) -> tuple[int, bytes]:
    """Return how many answers came, and what is left of the bytes."""
    came = here = 0
    while here + 1 < len(held) and (end := here + 2 + held[here + 1]) <= len(held):
        if held[here] != PUBACK:
            raise RuntimeError(f"the broker sent something else: {held[here:].hex()}")
        came, here = came + 1, end
    return came, held[here:]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("topic")
    parser.add_argument("payload_bytes", type=int)
    parser.add_argument("window", type=int)
    parser.add_argument("watch_s", type=float)
    print(json.dumps({"answered_per_s": answered_per_s(**vars(parser.parse_args()))}))
