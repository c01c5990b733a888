"""Fixtures of the history's tests: a clock moved by hand, a disk that is full when told."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from full_disk import FullDisk

SECOND = 1_000_000_000
NOON_S = 1_795_316_400 // 3600 * 3600  # a whole hour


@dataclass
class HandClock:
    """A clock that stands until it is told; UTC is mono plus an offset."""

    now_ns: int = 3600 * SECOND
    offset_ns: int = (NOON_S - 3600) * SECOND
    synced: bool = True
    boot_id: str = "boot-1"

    def mono_ns(self) -> int:
        return self.now_ns

    def time_ns(self, mono_ns: int) -> int:
        return mono_ns + self.offset_ns

    def pass_s(self, seconds: float) -> None:
        self.now_ns += int(seconds * SECOND)


@pytest.fixture
def clock() -> HandClock:
    """Return a clock that stands at a whole hour and is synchronised."""
    return HandClock()


@pytest.fixture
def disk() -> Iterator[FullDisk]:
    """Return the disk; a history is kept on it by `vfs=disk.name`."""
    disk = FullDisk()
    yield disk
    disk.unregister()
