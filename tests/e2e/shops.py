"""Shops for people to work in: the demo's, simulated behind its real wires, with a real daemon that somebody owns."""

import os
import re
import socket
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from rig import ROOT, Daemon, daemon, free_port, overlay, simulator, until
from ruamel.yaml import YAML

from barcodes.ticket import Ours, encode

PASSWORD = "workshop-17"


class Scanner:
    """A station's scanner, at the other end of a pseudo-terminal."""

    def __init__(self, station: str) -> None:
        self._near, self._far = os.openpty()
        tty.setraw(self._far)
        port = os.ttyname(self._far)
        self.driver = {"name": f"{station}_scanner", "type": "serial_scanner", "port": port, "station": station}

    def scan(self, ticket: Ours) -> None:
        self.read(encode(ticket).encode())

    def read(self, code: bytes) -> None:
        os.write(self._near, code + b"\r")

    def close(self) -> None:
        os.close(self._near)
        os.close(self._far)


@contextmanager
def paper() -> Iterator[tuple[int, list[bytes]]]:
    """A label printer on a socket: its port, and what it got."""
    jobs: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                got = b""
                while more := connection.recv(65536):
                    got += more
                    if got == b"\x1b!?":  # how is it?
                        connection.sendall(b"\x00")
                        got = b""
            jobs.extend([got] if got else [])

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], jobs
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


@contextmanager
def relay(to: int) -> Iterator[tuple[int, Callable[[], None]]]:
    """A way to a port of this machine that can be cut: its own port, and what cuts all that is connected by it."""
    listener, ends = socket.create_server(("127.0.0.1", 0)), list[socket.socket]()
    pumps: list[threading.Thread] = []

    def pump(here: socket.socket, there: socket.socket) -> None:
        with suppress(OSError):
            while some := here.recv(65536):
                there.sendall(some)
        for end in (here, there):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def begin(*run: object) -> None:
        pumps.append(threading.Thread(target=pump, args=run, daemon=True))
        pumps[-1].start()

    def serve() -> None:
        with suppress(OSError):
            while True:
                here, _ = listener.accept()
                ends.append(here)
                try:
                    there = socket.create_connection(("127.0.0.1", to))
                except OSError:
                    here.shutdown(socket.SHUT_RDWR)
                    continue
                ends.append(there)
                begin(here, there)
                begin(there, here)

    def cut() -> None:
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    serving = threading.Thread(target=serve, daemon=True)
    serving.start()
    try:
        yield listener.getsockname()[1], cut
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        serving.join()
        cut()
        for one in pumps:
            one.join()
        for end in (listener, *ends):
            end.close()


def set_up_code(shop: Daemon) -> str:
    """The code that the daemon printed."""
    found = until(lambda: re.search(r"set-up code: (\d{8})", shop.log()), "the code is printed")
    return str(found[1])


@dataclass
class Shop:
    """The demo's shop with what a test adds: a scanner at `cutting_1`, a label printer, a place for copies."""

    daemon: Daemon
    scanner: Scanner
    jobs: list[bytes]  # what the printer got
    cookies: dict[str, str] = field(default_factory=dict)  # of the owner

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.daemon.port}/"

    def come_in(self) -> None:
        """Once it reads: be its owner, at first by the set-up code. Sessions do not outlive a start."""
        until(self.daemon.ready, "readings flow")
        self.cookies.clear()
        with self.page() as page:
            code = set_up_code(self.daemon) if page.get("/session").json()["setup"] else ""
            whom = {"code": code} if code else {"user": "owner"}
            page.post("/setup" if code else "/login", json=whom | {"password": PASSWORD}).raise_for_status()
            self.cookies.update(page.cookies)
        up = {"name": self.scanner.driver["name"], "state": "up"}.items()
        until(lambda: any(up <= one.items() for one in self.get("/components")["components"]), "it has its scanner")

    @contextmanager
    def page(self) -> Iterator[httpx.Client]:
        """The API, as the owner's page asks it."""
        origin = self.url.rstrip("/")
        base, headers = f"{origin}/api/v1", {"Origin": origin}
        with httpx.Client(base_url=base, headers=headers, cookies=self.cookies, timeout=60, verify=False) as page:
            page.headers["X-CSRF"] = page.get("/session").json()["csrf"]
            yield page

    def get(self, path: str) -> Any:
        """What the API says to the owner."""
        with self.page() as page:
            return page.get(path).raise_for_status().json()


def demo_tree() -> dict[str, Any]:
    """The configuration of the demo's shop, without a broker."""
    tree: dict[str, Any] = YAML(typ="safe").load(ROOT / "edge_config.yaml")
    return tree | {"publish": []}


@contextmanager
def sewing(folder: Path, tree: dict[str, Any]) -> Iterator[Shop]:
    """The shop of a configuration, which was set up."""
    config, port, scanner = folder / "edge_config.yaml", free_port(), Scanner("cutting_1")
    with simulator(ROOT / "edge_config.yaml") as overrides, paper() as (tape, jobs):
        overlay(tree, overrides)
        tree["drivers"].append(scanner.driver)
        tree["printers"] = [
            {"name": "tickets", "language": "tspl", "width_mm": 80, "height_mm": 60, "host": "127.0.0.1", "port": tape}
        ]
        tree["backup"] = [{"name": "copies", "to": "folder", "path": str(folder / "copies"), "same_disk": True}]
        tree["dashboard"] = {"host": "0.0.0.0", "port": port}
        tree["journal"] = {"path": str(folder / "journal.db"), "samples_commit_s": 1}
        tree["clock"] = {"trust": True}
        with config.open("w", encoding="utf-8") as file:
            YAML().dump(tree, file)
        (folder / "copies").mkdir()
        try:
            with daemon(config, port) as running:
                shop = Shop(running, scanner, jobs)
                shop.come_in()
                yield shop
        finally:
            scanner.close()
