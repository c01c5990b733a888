"""The names that this machine answers to. A page elsewhere may have its own name point here (DNS rebinding): a browser
would take our answers for that page's own, so other names are refused."""

import re
import socket
from collections.abc import Iterable
from typing import Final

from gateway.web.sockets import is_loopback

HOST: Final = re.compile(r"(?:\[([0-9a-f:.]+)\]|([^\[\]:@/\s]+))(?::\d{1,5})?", re.IGNORECASE)
MAPPED: Final = "::ffff:"  # an IPv4 connection on a socket of both kinds (RFC 4291, 2.5.5.2)


def host_of(header: str) -> str:
    """Return the name or address in a Host header, in small letters; '' for what is neither."""
    found = HOST.fullmatch(header)
    return (found[1] or found[2]).lower().rstrip(".") if found else ""


class Names:
    """What a Host header may say: this machine from within; on the network its own name, that name with `.local`, the
    address that the connection came in on, and what the owner added."""

    def __init__(self, added: Iterable[str], on_loopback: bool) -> None:
        machine = socket.gethostname().lower()
        own = () if on_loopback else (machine, f"{machine.partition('.')[0]}.local")
        self._known = {*own, *(name.lower() for name in added)}
        self._on_loopback = on_loopback

    def answers_to(self, host: str, arrived_at: str) -> bool:
        """Return whether a host is this machine; `arrived_at` is the local address of the connection."""
        if is_loopback(host) or host in self._known:
            return True
        return not self._on_loopback and host != "" and host == arrived_at.lower().removeprefix(MAPPED)
