"""What goes over a connection."""

from typing import Literal, NamedTuple

Version = Literal["5", "3.1.1"]  # of MQTT


class Message(NamedTuple):
    """A payload and its topic; QoS 1 always."""

    topic: str
    payload: bytes
    retain: bool = False
