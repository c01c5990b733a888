"""A broker that keeps what it took, and a witness that has nothing to do with the daemon."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from rig import Mosquitto, Witness, mosquitto


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker that is running, in a folder of its own."""
    with mosquitto(tmp_path / "broker", keeping=True) as broker:
        yield broker


@pytest.fixture
def witness(broker: Mosquitto) -> Iterator[Witness]:
    """A subscriber to everything of the shop."""
    witness = Witness(broker.port, "gongbang/v1/bench/#")
    yield witness
    witness.close()
