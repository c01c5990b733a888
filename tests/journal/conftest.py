"""Fixtures of the journal's tests: a clock moved by hand."""

from dataclasses import dataclass

import pytest


@dataclass(slots=True)
class HandClock:
    """A Clock that stands still until it is told; UTC is mono plus an offset, as on a machine."""

    now_ns: int = 1_000_000_000_000
    offset_ns: int = 1_764_000_000_000_000_000
    synced: bool = True
    boot_id: str = "boot-1"

    def mono_ns(self) -> int:
        return self.now_ns

    def time_ns(self, mono_ns: int) -> int:
        return mono_ns + self.offset_ns

    def pass_s(self, seconds: float) -> None:
        self.now_ns += int(seconds * 1e9)


@pytest.fixture
def clock() -> HandClock:
    """Return a clock that is synchronised and stands."""
    return HandClock()
