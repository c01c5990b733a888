"""`gongbang discover`, as somebody uses it who has no manual: it names what is there, and what it writes runs."""

import re
from pathlib import Path
from typing import Any

import pytest
from rig import Daemon, daemon, free_port, until

from gateway.config.load import load
from tests.finding.buses import running_bus
from tests.guide import BLOCK, text

FIVE = {1: "eastron-sdm120", 2: "ls-ig5a", 3: "xy-md02", 4: "autonics-tk", 7: ""}
NAMES = {"meter_1": 1, "inverter_1": 2, "climate_1": 3, "heater_1": 4}


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else is on these lines."""
    monkeypatch.setattr("gateway.finding.line.LISTEN_S", 0.1)


def test_a_bus_of_five_unknown_devices_becomes_a_configuration_that_runs(call: Any, tmp_path: Path) -> None:
    path = tmp_path / "edge_config.yaml"
    with running_bus(FIVE, silent=False) as port:
        answer = call("discover", "--port", port, "-c", path, "--write")
        assert answer.code == 0, answer.err
        assert "Devices known: 4, unknown: 1." in answer.out
        assert call("check", path).code == 0
        (bus,) = load(path).drivers
        assert {device.name: device.unit for device in bus.devices} == NAMES  # type: ignore[attr-defined] # a Modbus line
        web_port = free_port()
        with path.open("a") as file:
            file.write(f"dashboard: {{port: {web_port}}}\njournal: {{path: {tmp_path / 'journal.db'}}}\n")
        with daemon(path, web_port) as running:
            until(running.ready, "the proposal runs")
            until(lambda: {"meter_1.voltage", "climate_1.temperature"} <= good(running), "values come")


def good(running: Daemon) -> set[str]:
    """Return the names of the points whose value is good."""
    return {point["name"] for point in running.get("/api/v1/points")["points"] if point["quality"] == 0}


def test_the_guide_shows_what_it_really_says(call: Any, tmp_path: Path) -> None:
    with running_bus(FIVE, silent=False) as port:
        answer = call("discover", "--port", port, "-c", tmp_path / "edge_config.yaml")
    said = (answer.err + answer.out).replace(port, "/dev/ttyUSB0")
    for language in ("ko", "en"):
        shown = [block for kind, block in BLOCK.findall(text("finding", language)) if kind == "text"]
        assert re.sub(r" +$", "", said, flags=re.MULTILINE).strip() == shown[0].strip()


def test_what_is_in_the_configuration_already_is_left_alone(call: Any, tmp_path: Path) -> None:
    path = tmp_path / "edge_config.yaml"
    with running_bus({1: "eastron-sdm120"}, silent=False) as port:
        assert call("discover", "--port", port, "-c", path, "--write", "--json").json["known"] == 1
        before = path.read_text()
        answer = call("discover", "--port", port, "-c", path, "--write", "--json")
    assert (answer.code, answer.json["known"]) == (1, 0)
    assert f"{port}: 설정에 있어요 (bus_1)." in answer.err
    assert path.read_text() == before


def test_nothing_found_is_told_and_nothing_written(call: Any, tmp_path: Path) -> None:
    path = tmp_path / "edge_config.yaml"
    answer = call("discover", "--port", "/dev/none", "-c", path, "--write", "--json")
    assert answer.code == 1
    assert "not there" in answer.err
    assert answer.json == {"known": 0, "drivers": ""}
    assert not path.exists()


def test_a_network_that_is_too_large_is_refused(call: Any, tmp_path: Path) -> None:
    answer = call("discover", "--port", "/dev/none", "--network", "10.0.0.0/8", "-c", tmp_path / "edge_config.yaml")
    assert answer.code == 2
    assert "10.0.0.0/24?" in answer.err
