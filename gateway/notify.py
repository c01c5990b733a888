"""What the daemon tells systemd (sd_notify(3)): that it is ready, that its loop still turns, that it ends."""

import logging
import socket
from collections.abc import MutableMapping
from typing import Final

log = logging.getLogger("gongbang")

PINGS: Final = 4  # so many in the time after which systemd ends a daemon that is silent: a late one is no death


class Notifier:
    """One datagram for each news to the socket that systemd names; silent where there is none. Never waits."""

    def __init__(self, environment: MutableMapping[str, str] | None = None) -> None:
        """Take NOTIFY_SOCKET and WATCHDOG_USEC out of the environment: they are not meant for our children."""
        found = {} if environment is None else environment
        address = found.pop("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address  # "@": the abstract name space
        watchdog_us = found.pop("WATCHDOG_USEC", "")
        found.pop("WATCHDOG_PID", None)
        self._every_ns = int(watchdog_us) * 1000 // PINGS if watchdog_us.isdecimal() else 0
        self._pinged_ns: int | None = None
        self._ready = self._complained = False

    def turned(self, ready: bool, mono_ns: int) -> None:
        """The loop turned, at `mono_ns`. That all is `ready` is told once; the watchdog hears of it from then on."""
        if ready and not self._ready:
            self._ready = self._tell("READY=1")
        if not self._ready or not self._every_ns:
            return
        if self._pinged_ns is None or mono_ns - self._pinged_ns >= self._every_ns:
            self._tell("WATCHDOG=1")
            self._pinged_ns = mono_ns

    def stopping(self) -> None:
        """The daemon ends by itself."""
        self._tell("STOPPING=1")

    def _tell(self, news: str) -> bool:
        """Return whether it is told; where nobody listens it counts as told, and a lost one is told again later."""
        if not self._address:
            return True
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as out:
            try:
                out.sendto(news.encode("ascii"), self._address)
            except OSError as error:
                if not self._complained:
                    log.warning("systemd does not hear %s: %s", news, error)
                self._complained = True
                return False
        return True
