"""CONTRIBUTING does what it says: its device is read, its driver runs, with nothing else added."""

import importlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from drivers.registry import DRIVERS, build
from gateway.commands.main import _parser
from gateway.config import schema
from gateway.config.load import load
from gateway.engine.engine import Engine
from gateway.errors import ConfigurationError
from gateway.table import PointTable
from sensors import profile
from sensors.quality import GOOD, OUT_OF_RANGE, SENSOR_FAULT
from tests.guide import BLOCK
from tests.profiles.test_round_trip import read

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")


def block(file: str) -> str:
    """The block of code whose first line names this file."""
    (code,) = [code for _, code in BLOCK.findall(TEXT) if code.startswith(f"# {file}\n")]
    return code.partition("\n")[2] if file.endswith(".py") else code


SHOP = """\
workshop: {id: shop-1, name: 시험 공방}
drivers:
  - name: bus_1
    type: modbus_rtu
    port: /dev/ttyUSB8
    devices:
      - {name: dryer_1, profile: our-dryer, unit: 7}
machines: [{name: dryer, device: dryer_1}]
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A configuration, and beside it the device of CONTRIBUTING."""
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "our-dryer.yaml").write_text(block("profiles/our-dryer.yaml"), "utf-8")
    file = tmp_path / "edge_config.yaml"
    file.write_text(SHOP, "utf-8")
    return file


def test_a_device_is_a_file_and_nothing_else(shop: Path) -> None:
    """The configuration knows its points, its machine's states and its frames."""
    config = load(shop, "en")
    table = PointTable.of(config)
    Engine(config, table)
    assert table.names[:4] == ["dryer_1.inlet", "dryer_1.drum", "dryer_1.heating", "dryer_1.door"]
    assert [(state.state, state.when) for state in config.machines[0].states] == [
        ("run", "dryer_1.heating == 1"),
        ("idle", "dryer_1.heating == 0"),
    ]


def test_the_device_of_the_text_is_read_from_a_real_server(shop: Path) -> None:
    with profile.beside(shop.parent / "profiles"):
        shown = {"inlet": -1.5, "drum": 30.5, "heating": 1.0, "door": 0.0}
        found, _ = read(shown, profile="our-dryer", unit=7)
        assert found == {name: (value, GOOD) for name, value in shown.items()}
        found, _ = read(shown | {"inlet": 3276.7, "drum": 151.0}, profile="our-dryer", unit=7)
        assert (found["inlet"][1], found["drum"][1]) == (SENSOR_FAULT, OUT_OF_RANGE)


def test_a_mistake_in_the_file_is_told_with_its_line(shop: Path) -> None:
    file = shop.parent / "profiles" / "our-dryer.yaml"
    file.write_text(file.read_text("utf-8").replace("drum: 30.5", "drum: 31.5").replace("bit: 0", "bit: 16"), "utf-8")
    with pytest.raises(ConfigurationError) as wrong:
        load(shop, "en")
    (problem,) = wrong.value.problems
    assert re.search(r"our-dryer.yaml:\d+: heating.bit: not 16; nearest: 15", problem)
    file.write_text(file.read_text("utf-8").replace("bit: 16", "bit: 0"), "utf-8")
    with pytest.raises(ConfigurationError, match=r"golden 1: drum: 30\.5, not 31\.5"):
        load(shop, "en")


def test_the_command_of_the_text_is_understood() -> None:
    (command,) = re.findall(r"^gongbang (.*)$", TEXT, re.MULTILINE)
    assert _parser().parse_args(command.split()).read == ["input:0:3"]


def test_a_driver_is_a_module_a_line_and_its_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The module runs as written, by the line of the table; strict mypy and ruff have nothing to say."""
    (tmp_path / "thermal_zone.py").write_text(block("drivers/thermal_zone.py"), "utf-8")
    name, place = re.findall(r'"(\w+)": "drivers\.(.*)"', block("drivers/registry.py"))[0]
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(DRIVERS, name, place)  # type: ignore[arg-type] # a dict, which only tests change
    schema._typed_model.cache_clear()
    zone = tmp_path / "temp"
    zone.write_text("48250\n", "ascii")
    file = tmp_path / "edge_config.yaml"
    driver = f"{{name: self_1, type: thermal_zone, zone: {zone}}}"
    file.write_text(f"workshop: {{id: shop-1, name: 시험 공방}}\ndrivers: [{driver}]\n", "utf-8")
    config = load(file, "en")
    table = PointTable.of(config)
    assert table.names == ["self_1.temperature"]
    module: Any = importlib.import_module("thermal_zone")
    assert isinstance(build(config.drivers[0], table.slots("self_1")), module.ThermalZone)
    file.write_text(file.read_text("utf-8").replace("zone:", "zoen:"), "utf-8")
    with pytest.raises(ConfigurationError, match="nearest: zone"):
        load(file, "en")


def test_the_test_of_the_driver_passes_and_its_module_is_clean(tmp_path: Path) -> None:
    for file in ("drivers/thermal_zone.py", "tests/drivers/test_thermal_zone.py"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(block(file), "utf-8")
    for inside in ROOT.glob("drivers/*.py"):
        if not (tmp_path / "drivers" / inside.name).exists():
            (tmp_path / "drivers" / inside.name).symlink_to(inside)
    for package in ("sensors", "barcodes"):
        (tmp_path / package).symlink_to(ROOT / package)

    def run(*words: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", *words], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, done.stdout + done.stderr

    run("pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), "tests/drivers/test_thermal_zone.py")
    run("ruff", "check", "--no-cache", "--config", str(ROOT / "pyproject.toml"), "drivers/thermal_zone.py")
    run("ruff", "format", "--check", "--no-cache", "--config", str(ROOT / "pyproject.toml"), "drivers/thermal_zone.py")
