"""Real Modbus servers as the other side of the drivers: one compiled against libmodbus, one of npm's modbus-serial."""

import fcntl
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, Queue

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "tests" / "devices" / "modbus_server.c"
NODE = ROOT / "tests" / "devices" / "modbus_serial"


class ModbusServer:
    """The server's process: what `tests/devices/modbus_server.c` says at its top."""

    def __init__(self, program: Path, wire: str) -> None:
        self.process = subprocess.Popen(
            [program, wire], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        assert self.process.stdout is not None
        self.place = self.process.stdout.readline().strip()  # the port, or the pty's name
        self.asked: list[tuple[int, int, int, int]] = []  # unit, function, address, count
        self._answers: Queue[str] = Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def tell(self, command: str) -> None:
        """Send one command and wait until it holds."""
        assert self.process.stdin is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        try:
            answer = self._answers.get(timeout=60)
        except Empty:
            pytest.fail(f"the server did not answer {command!r}")
        assert answer == "ok", answer

    def asked_of(self, unit: int) -> list[tuple[int, int, int]]:
        """Return what this unit was asked until now: function, address, count."""
        self.tell("sync")
        return [(function, address, count) for who, function, address, count in self.asked if who == unit]

    def stop(self) -> None:
        """End the process; to a driver that is an unplugged cable."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            word, *numbers = line.split()
            if word == "ask":
                unit, function, address, count = map(int, numbers)
                self.asked.append((unit, function, address, count))
            else:
                self._answers.put(line.strip())


@pytest.fixture(scope="session")
def modbus_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compiled server."""
    program = tmp_path_factory.mktemp("modbus") / "modbus_server"
    compiler = shutil.which("gcc") or shutil.which("cc")
    assert compiler, "no C compiler: apt-get install gcc libmodbus-dev"
    built = subprocess.run([compiler, "-O1", "-o", program, SOURCE, "-lmodbus"], capture_output=True, text=True)
    assert built.returncode == 0, f"apt-get install libmodbus-dev?\n{built.stderr}"
    return program


@pytest.fixture
def modbus(modbus_program: Path) -> Iterator[Callable[[str], ModbusServer]]:
    """Start a server: `modbus("tcp")` or `modbus("rtu")`."""
    servers: list[ModbusServer] = []

    def start(wire: str) -> ModbusServer:
        servers.append(ModbusServer(modbus_program, wire))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


class NodeServer:
    """A server made with npm's modbus-serial: what `tests/devices/modbus_serial/server.js` says at its top."""

    def __init__(self, folder: Path, *wire: str) -> None:
        self.process = subprocess.Popen(
            ["node", "server.js", *wire], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.place = self.process.stdout.readline().strip()

    def stop(self) -> None:
        """End the process."""
        self.process.communicate()


@pytest.fixture(scope="session")
def node_folder() -> Path:
    """Where modbus-serial is installed, once for all."""
    folder = ROOT / ".cache" / "modbus_serial"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for source in NODE.iterdir():
            shutil.copy(source, folder)
        if not (folder / "node_modules" / "modbus-serial").exists():
            command = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
            built = subprocess.run(command, cwd=folder, capture_output=True, text=True)
            assert built.returncode == 0, built.stderr
    return folder


@pytest.fixture
def node_modbus(node_folder: Path) -> Iterator[Callable[..., NodeServer]]:
    """Start a server: `node_modbus("tcp")` or `node_modbus("serial", port)`."""
    servers: list[NodeServer] = []

    def start(*wire: str) -> NodeServer:
        servers.append(NodeServer(node_folder, *wire))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()
