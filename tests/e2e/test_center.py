"""The center's promise, all in real processes: whatever is killed, it ends with the journals' rows, each once."""

from pathlib import Path

import pytest
from district import district, endure


@pytest.mark.slow
def test_after_kills_of_center_broker_and_gateways_the_center_has_every_row_once(tmp_path: Path) -> None:
    """The broker keeps nothing: what it held when it was killed is gone."""
    with district(tmp_path, gateways=3, seed=11) as made:
        for accident in (made.kill_center, made.kill_broker, made.kill_gateways, made.kill_all):
            made.flow(0.5)
            accident()
        made.calm()
        found = made.compare()
    assert found["events"] > 100
    assert found["blocks"] > 0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_minute_of_accidents_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Each accident at a moment of its own; `make soak` goes on for hours."""
    found = endure(tmp_path, gateways=4, seconds=60, seed=23)
    assert found["accidents"] > 5
    assert found["events"] > 500
