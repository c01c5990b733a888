"""What systemd hears from the daemon, at a real socket: ready, alive, stopping; and nothing where nobody asked."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import workload
from rig import Daemon, free_port, until

from gateway.notify import Notifier

SECOND_NS = 1_000_000_000


class Systemd:
    """The socket at which systemd listens."""

    def __init__(self, address: str) -> None:
        self.address, self.heard = address, list[str]()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self._socket.setblocking(False)

    def listen(self) -> list[str]:
        """Everything that was heard up to now."""
        while True:
            try:
                self.heard.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return self.heard

    def close(self) -> None:
        """Hear no more."""
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Systemd]:
    """systemd, at a path and in the abstract name space."""
    systemd = Systemd(
        str(tmp_path / "notify") if request.param == "path" else f"@gongbang-{os.getpid()}-{tmp_path.name}"
    )
    yield systemd
    systemd.close()


def notifier(systemd: Systemd, watchdog_s: float = 0) -> Notifier:
    """A notifier in a service with this watchdog."""
    return Notifier({"NOTIFY_SOCKET": systemd.address, "WATCHDOG_USEC": str(int(watchdog_s * 1e6))})


def test_it_is_ready_once_and_not_before_all_is(systemd: Systemd) -> None:
    told = notifier(systemd)
    told.turned(ready=False, mono_ns=0)
    assert systemd.listen() == []
    for second in range(3):
        told.turned(ready=True, mono_ns=second * SECOND_NS)
    told.stopping()
    assert systemd.listen() == ["READY=1", "STOPPING=1"]


def test_it_is_alive_four_times_in_the_watchdog_s_time_while_the_loop_turns(systemd: Systemd) -> None:
    told = notifier(systemd, watchdog_s=60)
    told.turned(ready=False, mono_ns=0)
    for second in range(1, 121):
        told.turned(ready=True, mono_ns=second * SECOND_NS)
    assert systemd.listen() == ["READY=1"] + ["WATCHDOG=1"] * 8


def test_without_systemd_it_is_silent_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", lambda *_: pytest.fail("it opened a socket"))
    for told in (Notifier(), Notifier({})):
        told.turned(ready=True, mono_ns=0)
        told.stopping()


def test_a_systemd_that_cannot_be_reached_is_told_again_and_ends_nothing(tmp_path: Path) -> None:
    told = Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify")})
    told.turned(ready=True, mono_ns=0)
    late = Systemd(str(tmp_path / "notify"))
    told.turned(ready=True, mono_ns=SECOND_NS)
    assert late.listen() == ["READY=1"]
    late.close()


def test_our_children_do_not_inherit_it() -> None:
    environment = {"NOTIFY_SOCKET": "/nowhere", "WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1", "PATH": "/bin"}
    Notifier(environment)
    assert environment == {"PATH": "/bin"}


@pytest.mark.slow
def test_the_daemon_tells_all_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    systemd, port = Systemd(str(tmp_path / "notify")), free_port()
    monkeypatch.setenv("NOTIFY_SOCKET", systemd.address)
    monkeypatch.setenv("WATCHDOG_USEC", "4000000")
    daemon = Daemon(workload.write(tmp_path / "edge_config.yaml", [], 9, port), port)
    daemon.start()
    try:
        until(systemd.listen, "it is ready", 60)
        assert systemd.heard[0] == "READY=1"
        assert daemon.get("/api/v1/health")
        assert (tmp_path / "journal.db").exists()
        until(lambda: systemd.listen().count("WATCHDOG=1") >= 2, "the loop turns", 60)

        assert daemon.process
        daemon.process.send_signal(signal.SIGSTOP)  # as one that hangs
        systemd.listen()
        hung = len(systemd.heard)
        time.sleep(1.5)  # it would have been alive once at least
        assert len(systemd.listen()) == hung
        daemon.process.send_signal(signal.SIGCONT)
        until(lambda: len(systemd.listen()) > hung, "it turns again", 60)
    finally:
        code = daemon.stop()
        systemd.listen()
        systemd.close()
    assert code == 0, daemon.log()
    assert systemd.heard[-1] == "STOPPING=1"
