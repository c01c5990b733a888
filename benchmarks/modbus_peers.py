"""The other side of the Modbus benchmarks: a quick TCP host and slow serial lines, compiled from C, and their logs."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that a peer heard, at CLOCK_MONOTONIC nanoseconds; `done_ns` is 0 for one that is not answered."""

    unit: int
    heard_ns: int
    first: int = 0
    count: int = 0
    done_ns: int = 0


@dataclass
class Peer:
    """A running peer; `log` and `early` are known when it is over."""

    process: "subprocess.Popen[str]"
    place: str
    log: list[Asked] = field(default_factory=list)
    early: int = 0  # requests that came before the line was silent for long enough

    def end(self) -> None:
        """End it and take its log."""
        told, _ = self.process.communicate()
        for line in told.splitlines():
            words = line.split()
            if words[0] == "early":
                self.early = int(words[1])
            elif len(words) == 2:
                self.log.append(Asked(int(words[0]), int(words[1])))
            else:
                unit, first, count, heard_ns, done_ns = map(int, words)
                self.log.append(Asked(unit, heard_ns, first, count, done_ns))


def compiled(name: str, folder: Path) -> Path:
    """Return the program of a C source beside this module."""
    subprocess.run(["gcc", "-O2", "-o", folder / name, HERE / f"{name}.c"], check=True)
    return folder / name


@contextmanager
def peer(name: str, *arguments: str) -> Iterator[Peer]:
    """A peer in a process of its own: `modbus_host` or `modbus_line`, each as its source says."""
    with tempfile.TemporaryDirectory() as folder:
        program = compiled(name, Path(folder))
        process = subprocess.Popen([program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        running = Peer(process, process.stdout.readline().strip())
        try:
            yield running
        finally:
            running.end()


def host(log: bool = False) -> "contextmanager[Peer]":
    """A quick Modbus TCP host; its place is its port."""
    return peer("modbus_host", *(["log"] if log else []))


def line(baudrate: int, bits: int = 10, dead: tuple[int, ...] = ()) -> "contextmanager[Peer]":
    """A serial line at its true speed; its place is the pty's name."""
    return peer("modbus_line", str(baudrate), str(bits), *map(str, dead))
