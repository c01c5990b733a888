"""What an answer to a publish means: taken, never to be sent again, or not now (MQTT 5, section 3.4.2.1)."""

from enum import Enum
from typing import Final


class Verdict(Enum):
    """What to do with the row that was answered."""

    TAKEN = "taken"
    REFUSED = "refused"  # this row: set it aside, go on
    AGAIN = "again"  # the broker, not this row: keep it, connect again later


NOBODY: Final = 0x10  # taken, and thrown away: nobody has subscribed to it
TOO_LARGE: Final = 0x95
REFUSAL: Final = 0x80  # below: taken; 0x10 (nobody subscribed) too, for whom it reaches is the broker's business

# Each refusal that the standard allows in a PUBACK, and the two that a broker sends with DISCONNECT about one publish.
NAMES: Final[dict[int, tuple[str, Verdict]]] = {
    0x80: ("unspecified error", Verdict.REFUSED),  # it looked at the row and gives no reason: asking again gives none
    0x83: ("implementation specific error", Verdict.REFUSED),  # a plug-in's or rule's no, e.g. of a payload
    0x87: ("not authorized", Verdict.REFUSED),  # the broker's access list, on this topic
    0x90: ("topic name invalid", Verdict.REFUSED),
    0x91: ("packet identifier in use", Verdict.AGAIN),  # our session with it is confused: a new one cures it
    0x95: ("packet too large", Verdict.REFUSED),
    0x97: ("quota exceeded", Verdict.AGAIN),  # its disk or our rate: whatever comes next would be refused as well
    0x99: ("payload format invalid", Verdict.REFUSED),
}


def verdict(code: int) -> Verdict:
    """Return what to do after a PUBACK of this reason code; an unknown one from 0x80 on is a refusal."""
    return NAMES.get(code, ("", Verdict.REFUSED))[1] if code >= REFUSAL else Verdict.TAKEN


def reason(code: int) -> str:
    """Return the code as people read it: `not authorized (0x87)`."""
    return f"{NAMES.get(code, ('refused', None))[0]} (0x{code:02x})"


# What else a broker says when it refuses or ends a connection (sections 3.2.2.2 and 3.14.2.1).
ENDS: Final = {
    0x00: "normal disconnection", 0x81: "malformed packet", 0x82: "protocol error",
    0x84: "unsupported protocol version", 0x85: "client identifier not valid", 0x86: "bad user name or password",
    0x88: "server unavailable", 0x89: "server busy", 0x8A: "banned", 0x8B: "server shutting down",
    0x8C: "bad authentication method", 0x8D: "keep alive timeout", 0x8E: "session taken over",
    0x8F: "topic filter invalid", 0x93: "receive maximum exceeded", 0x94: "topic alias invalid",
    0x96: "message rate too high", 0x98: "administrative action", 0x9A: "retain not supported",
    0x9B: "qos not supported", 0x9C: "use another server", 0x9D: "server moved",
    0x9E: "shared subscriptions not supported", 0x9F: "connection rate exceeded", 0xA0: "maximum connect time",
    0xA1: "subscription identifiers not supported", 0xA2: "wildcard subscriptions not supported",
}  # fmt: skip


def end(code: int) -> str:
    """Return why a broker refused or ended a connection, as people read it."""
    return ENDS.get(code) or NAMES.get(code, (f"0x{code:02x}", None))[0]
