"""Browsers that stopped reading, at a real daemon with 200 machines: they are let go, and nobody else notices."""

import http.client
import socket
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import workload
from rig import Daemon, daemon, free_port, stop_reading, until

STOPPED = 8
MOST_EACH_MB = 1.0  # 64 KiB unsent, the message that goes out, and what Python takes for a connection
UNITS, REGISTERS = 10, 20
MACHINES = {
    "machines": [
        {"name": f"m_{i}", "states": [{"state": "run", "when": f"unit_{1 + i // REGISTERS}.r{i % REGISTERS} >= 0"}]}
        for i in range(UNITS * REGISTERS)
    ]
}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Daemon]:
    with workload.register_server() as registers_port:
        port = free_port()
        drivers = [workload.plc(registers_port, UNITS, REGISTERS, 1.0)]
        with daemon(workload.write(tmp_path / "edge_config.yaml", drivers, 9, port, **MACHINES), port) as running:
            until(running.ready, "readings flow")
            yield running


@contextmanager
def reading(shop: Daemon) -> Iterator[list[str]]:
    """Read the stream as a browser does; yields the names of its messages as they come."""
    told: list[str] = []

    def read() -> None:
        with suppress(OSError, http.client.HTTPException):
            for line in stream:
                if line.startswith(b"event: "):
                    told.append(line.decode().split()[1])

    with urllib.request.urlopen(f"http://127.0.0.1:{shop.port}/api/v1/stream", timeout=60) as stream:
        thread = threading.Thread(target=read)
        thread.start()
        try:
            yield told
        finally:
            stream.fp.raw._sock.shutdown(socket.SHUT_RDWR)
            thread.join(60)


def door(shop: Daemon) -> dict[str, Any]:
    """Return what the web server says of its browsers."""
    parts = shop.get("/api/v1/components")["components"]
    return dict(next(part["detail"] for part in parts if part["name"] == "web"))


@pytest.mark.slow
def test_browsers_that_stopped_reading_are_cut_off_and_counted_and_the_others_read_on(shop: Daemon) -> None:
    with reading(shop) as told, ExitStack() as crowd:
        until(lambda: "change" in told, "the one that reads is told")
        descriptors, rss_mb = shop.descriptors, shop.rss_mb
        for _ in range(STOPPED):
            crowd.enter_context(stop_reading(shop.port))
        until(lambda: door(shop)["streams"] == STOPPED + 1, "all are told")
        until(lambda: door(shop)["stopped_reading"] == STOPPED, "those that stopped are cut off")
        assert shop.rss_mb - rss_mb < STOPPED * MOST_EACH_MB
        assert (door(shop)["streams"], door(shop)["behind"]) == (1, STOPPED)
        assert shop.descriptors <= descriptors + 1, "and their connections closed"
        before = len(told)
        until(lambda: len(told) > before, "the one that reads is told on")
    assert told.count("snapshot") == 1, "it never began anew"
