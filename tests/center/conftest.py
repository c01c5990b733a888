"""What the center's tests share: a store, a clock that is turned by hand, and where acknowledgements go."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from replicas import UTC_MS

from center.store import Store
from gateway.publish import replica


@dataclass
class HandClock:
    """A clock that stands until it is turned."""

    now_s: float = 1000.0
    utc: int = UTC_MS

    def utc_ms(self) -> int:
        return self.utc

    def mono_s(self) -> float:
        return self.now_s

    def turn(self, s: float) -> None:
        """Let so many seconds go by."""
        self.now_s += s
        self.utc += int(s * 1000)


@dataclass
class Sent:
    """Where a writer's acknowledgements go."""

    acks: list[tuple[str, replica.Ack]] = field(default_factory=list)

    def __call__(self, topic: str, payload: bytes) -> None:
        self.acks.append((topic, replica.read_ack(payload)))

    def last(self, stream: str) -> replica.Ack:
        """The last word about a stream."""
        return [at for topic, at in self.acks if topic.endswith(f"/ack/{stream}")][-1]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    made = Store(tmp_path / "center.db")
    yield made
    made.close()


@pytest.fixture
def clock() -> HandClock:
    """A clock that stands until it is turned."""
    return HandClock()


@pytest.fixture
def sent() -> Sent:
    """Where a writer's acknowledgements go."""
    return Sent()


@pytest.fixture
def share(tmp_path: Path) -> Path:
    """A folder that stands for a stick."""
    folder = tmp_path / "share"
    folder.mkdir()
    return folder
