"""The site: when the web server is loaded, and what the daemon tells it. Loaded last: readings do not wait for it."""

import asyncio
import logging
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.component import Component
from gateway.config.parts import Dashboard
from gateway.live import Entry

if TYPE_CHECKING:  # the web framework is loaded when readings flow already
    from gateway.web.route import Https, Services
    from gateway.web.stream import Stream

log = logging.getLogger("gongbang")


class Site:
    """The dashboard's port, bound at once so that a taken one is told at the start; served when the rest runs."""

    def __init__(self, config: Dashboard, accounts: Path) -> None:
        from gateway.web.sockets import is_loopback, listen

        self._config, self._path = config, accounts
        self._on_loopback = is_loopback(config.host)
        self._socket = listen(config.host, config.port)
        self._secure = listen(config.host, config.https_port) if config.https else None
        self._stream: Stream | None = None
        self._services: Services | None = None

    async def serve(self, daemon: Any) -> None:
        """Load the web server, in a thread beside the readings, and serve until cancelled."""
        server = await asyncio.to_thread(_load)
        from gateway.web.accounts import Accounts
        from gateway.web.audit import Audit
        from gateway.web.keys import Keys
        from gateway.web.kiosks import Kiosks
        from gateway.web.limits import REQUESTS, REQUESTS_PER_S, Buckets, monotonic_s
        from gateway.web.names import Names
        from gateway.web.route import Services
        from gateway.web.stream import Stream

        accounts = Accounts(
            self._path,
            Keys(self._path.with_name("keys.json"), daemon.live.now_ts),
            monotonic_s,
            on_loopback=self._on_loopback,
            viewer_without_login=self._config.viewer_without_login,
            operator_idle_s=self._config.operator_idle_min * 60,
        )
        kiosks = Kiosks(self._path.with_name("kiosks.json"))
        self._stream = stream = Stream(daemon.live, server.build_hash())
        audit = Audit(daemon.note, monotonic_s)
        requests = Buckets(REQUESTS, REQUESTS_PER_S, monotonic_s)
        component = Component("web", "web", state="up", since_ns=daemon.desk.mono_ns())
        component.detail = lambda: {
            "too_often": requests.refused,
            "wrong_guesses": accounts.guesses.wrong_ones,
            "audit_left_out": audit.left_out,
            "streams": stream.open,
            "behind": stream.behind,
            "stopped_reading": server.Door.cut_off,
        }
        daemon.live.components[component.name] = component
        host, port = self._socket.getsockname()[:2]
        log.info("dashboard: http://%s:%d/", host, port)
        if accounts.setup_code and not self._on_loopback:
            log.warning("처음 여는 번호 / set-up code: %s", accounts.setup_code)
        names = Names(self._config.names, self._on_loopback)
        https = await self._https(component)
        self._services = Services(daemon, accounts, stream, kiosks, audit, requests, https)
        await server.serve(self._services, self._socket, names)

    async def _https(self, component: Component) -> "Https | None":
        """Return HTTPS with its certificate, where it is on; without one the screens must be there all the same."""
        from gateway.apart import Failed
        from gateway.web import certificates
        from gateway.web.route import Https

        if self._secure is None:
            return None
        made = Https(self._secure, self._path.with_name(certificates.FOLDER), self._config.names)
        try:
            await certificates.renewed(made.folder, made.names)
        except (Failed, OSError) as error:
            log.warning("HTTPS is not there, and HTTP goes on: %s", error)
            component.turn("down", component.since_ns, f"HTTPS: {error}")
            return None
        log.info("dashboard: https://%s:%d/ (how to trust it: /https)", self._config.host, made.port)
        return made

    @property
    def listening(self) -> bool:
        """Return whether browsers are let in by now."""
        return bool(self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))

    def second(self, mono_ns: int) -> None:
        """A second is over."""
        if self._stream:
            self._stream.second(mono_ns)

    def begin_anew(self) -> None:
        """The configuration changed: every browser gets a snapshot."""
        if self._stream:
            self._stream.begin_anew()

    def scanned(self, scan: Entry) -> None:
        """A scan was answered. A badge at a station with tablets is their operator, until it leaves."""
        if self._services and self._services.kiosks.at(scan["station"]):
            self._services.badge(scan)
        if self._stream:
            self._stream.scanned(scan)

    def close(self) -> None:
        """Give the ports back."""
        self._socket.close()
        if self._secure:
            self._secure.close()


def _load() -> Any:
    import gateway.web.server as server

    return server
