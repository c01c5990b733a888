"""A disk that is full, with the whole daemon on it: configuration, log and journal."""

import os
import resource
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pytest
import workload
from rig import Daemon, Mosquitto, Witness, until
from witness import OK, REFUSED, Audit, Found, Shop, coupon, opened

from gateway.journal.reader import open_reader
from gateway.work.texts import FAILED

MB = 1 << 20
MAX_BYTES = 40 * MB  # of the journal, whose ballast is then 2 MB
LAST = coupon(9_999_999)
LONG_S = 60.0


class Disk(Protocol):
    """Where the shop lies."""

    folder: Path

    def fill(self, daemon: Daemon) -> None: ...
    def free(self, daemon: Daemon) -> None: ...


class Tmpfs:
    """A file system of 16 MB that somebody else fills."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._photos = folder / "photos"

    def fill(self, daemon: Daemon) -> None:
        """Take what is free, to the last byte; again and again, for the journal makes room."""
        with self._photos.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(4096))

    def free(self, daemon: Daemon) -> None:
        """Somebody deletes photos."""
        self._photos.unlink()


class FileLimit:
    """The kernel's limit of a process' files, where mounting is not allowed: no write reaches behind one page."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, daemon: Daemon) -> None:
        """Let no file of the daemon grow."""
        self._limit(daemon, 4096)

    def free(self, daemon: Daemon) -> None:
        """Let them grow."""
        self._limit(daemon, resource.RLIM_INFINITY)

    def _limit(self, daemon: Daemon, most_bytes: int) -> None:
        assert daemon.process
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (most_bytes, resource.RLIM_INFINITY))


@contextmanager
def mounted(folder: Path) -> Iterator[bool]:
    """Mount a small file system, and say whether that is allowed."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)]
    allowed = os.getuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield allowed
    finally:
        if allowed:
            subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A small disk."""
    folder = tmp_path / "disk"
    folder.mkdir()
    with mounted(folder) as allowed:
        if not allowed:
            print("mounting is not allowed here: the disk is a limit of the files' size")
        yield Tmpfs(folder) if allowed else FileLimit(folder)


@pytest.fixture
def shop(disk: Disk, broker: Mosquitto, witness: Witness) -> Iterator[Shop]:
    """A shop that lies on the disk, running."""
    with workload.register_server() as port:
        folder = disk.folder / "shop"
        journal = {"path": str(folder / "journal.db"), "max_bytes": MAX_BYTES, "samples_commit_s": 1}
        with opened(Shop(folder, broker.port, port, journal=journal)) as shop:
            shop.open()
            until(shop.daemon.ready, "readings flow", LONG_S)
            yield shop


def component(shop: Shop, name: str) -> dict[str, Any]:
    """What the daemon says of a part."""
    parts = shop.daemon.get("/api/v1/components")["components"]
    return next(part for part in parts if part["name"] == name)


def refused(shop: Shop, disk: Disk, number: int, times: int) -> list[int]:
    """Scan on while the disk fills, until so many coupons are refused; return their numbers.

    One between them may be green: the journal makes room where it can, and this one is kept.
    """
    found: list[int] = []
    end = time.monotonic() + 2 * LONG_S
    while len(found) < times:
        assert time.monotonic() < end, "the disk is never full"
        disk.fill(shop.daemon)
        number += 1
        answer = shop.scan(coupon(number), LONG_S)
        assert answer in (OK, REFUSED)
        if answer == REFUSED:
            found.append(number)
            seen = shop.daemon.get("/api/v1/work/scans")["scans"][-1]
            assert (seen["answer"], seen["answer_text"], seen["tone"]) == ("failed", FAILED, "refused")
    return found


def stopped(shop: Shop, disk: Disk) -> bool:
    """Keep the disk full, and return whether the screen says so."""
    disk.fill(shop.daemon)
    journal = component(shop, "journal")
    return journal["state"] == "down" and bool(journal["last_error"]) and bool(journal["advice"])


def made_room(shop: Shop) -> set[str]:
    """The ids of events that went, and were told: pieces and states do when there are no samples left to go."""
    with open_reader(shop.journal) as reader:
        gaps = reader.db.execute("SELECT first, last FROM gaps WHERE stream = 'e' AND cause IN ('space', 'disk full')")
        gone = [row_id for first, last in gaps for row_id in range(first, last + 1)]
    return {f"{shop.gateway}:e:{reader.name(row_id)}" for row_id in gone}


@pytest.mark.slow
def test_on_a_full_disk_scans_are_refused_and_seen_and_all_goes_on_when_there_is_room(
    shop: Shop, disk: Disk, witness: Witness
) -> None:
    number = 20
    for first in range(1, number + 1):
        assert shop.scan(coupon(first), LONG_S) == OK
    for _ in range(2):  # the second time without a ballast
        not_kept = refused(shop, disk, number, 5)
        until(lambda: stopped(shop, disk), "the screen says so", LONG_S)
        read = component(shop, "plc")["received"]
        until(lambda read=read: component(shop, "plc")["received"] > read + 10, "the meters are read on", LONG_S)
        assert component(shop, "plc")["state"] == "up"

        disk.free(shop.daemon)
        first = not_kept[0]
        until(lambda first=first: shop.scan(coupon(first), LONG_S) == OK, "the same scan is kept, without a restart")
        until(lambda: component(shop, "journal")["state"] == "up", "the screen says so", LONG_S)
        number = not_kept[-1]
    assert shop.scan(LAST, LONG_S) == OK
    witness.wait_for(lambda _, body: body.get("text") == LAST, LONG_S)
    assert shop.daemon.stop() == 0
    found = Audit(shop, witness).check(LAST)
    assert set(found.strange) <= made_room(shop)
    assert replace(found, strange=[]) == Found()
