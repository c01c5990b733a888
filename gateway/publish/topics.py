"""Where things are published: the topics under `gongbang/v1/<workshop>/<gateway>/` (docs: the MQTT contract)."""

import re
from functools import lru_cache
from typing import Final

from gateway.errors import Refused

LEVEL: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")  # a client may send NUL, newlines and $SYS; brokers differ


@lru_cache(1024)
def level(text: str) -> str:
    """Return the text if it may be one level of a topic; raise Refused otherwise."""
    if not LEVEL.fullmatch(text):
        raise Refused(f"{text!r} cannot be part of an MQTT topic: 1 to 64 of A-Z a-z 0-9 _ - are allowed")
    return text


class Topics:
    """The topics of one gateway."""

    def __init__(self, workshop: str, gateway: str) -> None:
        self.workshop, self.gateway = level(workshop), level(gateway)
        self.prefix = f"gongbang/v1/{workshop}/{gateway}/"
        self.status = self.prefix + "status"
        self.commands = self.prefix + "command/+"

    def data(self, device: str) -> str:
        """Return the topic of a device's samples."""
        return f"{self.prefix}data/{level(device)}"

    def window(self, device: str) -> str:
        """Return the topic of a device's window statistics."""
        return f"{self.prefix}window/{level(device)}"

    def event(self, kind: str) -> str:
        """Return the topic of a kind of event."""
        return f"{self.prefix}event/{level(kind)}"

    def journal(self, stream: str) -> str:
        """Return the topic on which a stream of the journal goes up to the support center."""
        return f"{self.prefix}journal/{stream}"

    def ack(self, stream: str) -> str:
        """Return the topic on which the center says how far it has a stream."""
        return f"{self.prefix}ack/{stream}"

    @property
    def copy(self) -> str:
        """Return the topic on which the center says whether its copy of the journal can be restored (retained)."""
        return f"{self.prefix}ack/copy"

    def command(self, topic: str) -> str | None:
        """Return the name of the command that came on a topic, None if it is none of ours."""
        head, _, name = topic.rpartition("/")
        return name if head + "/+" == self.commands and LEVEL.fullmatch(name) else None
