"""What goes over a connection."""

from dataclasses import dataclass
from typing import Literal

Version = Literal["5", "3.1.1"]  # of MQTT


@dataclass(frozen=True, slots=True)
class Message:
    """A payload and its topic; QoS 1 always."""

    topic: str
    payload: bytes
    retain: bool = False
