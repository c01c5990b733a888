"""A shop for the engine: devices with points behind a real driver's configuration, rows in seconds."""

import importlib.util
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from gateway.config.root import EdgeConfig
from gateway.engine.engine import Engine, Output
from gateway.event import Event
from gateway.table import PointTable
from sensors.batch import Batch

SECOND_NS = 1_000_000_000
Row = tuple[float, Sequence[float]]
NO_REPLY = 18


def config_of(devices: Mapping[str, Sequence[str | dict[str, Any]]], **parts: Any) -> EdgeConfig:
    """Return a configuration with these devices on one Modbus server; a point is a name or its options."""
    listed = [
        {
            "name": name,
            "unit": number + 1,
            "points": [
                {"address": 4 * place, "type": "f32"} | ({"name": point} if isinstance(point, str) else point)
                for place, point in enumerate(points)
            ],
        }
        for number, (name, points) in enumerate(devices.items())
    ]
    driver = {"name": "plc_1", "type": "modbus_tcp", "host": "127.0.0.1", "devices": listed}
    message = {"message": {"ko": "알람이에요", "en": "An alarm"}}
    parts["rules"] = [message | rule for rule in parts.get("rules", ())]
    drivers = [driver] if listed else []
    return EdgeConfig.model_validate({"workshop": {"id": "w-1", "name": "공방"}, "drivers": drivers, **parts})


@dataclass
class Bench:
    """An engine and what came out of it."""

    engine: Engine
    events: list[Event] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)

    def batch(self, device: str, rows: Sequence[Row]) -> Batch:
        """Return a batch of rows (seconds, values); NaN is a reading that failed."""
        number = self.engine.table.device_index(device)
        values = np.array([list(row) for _, row in rows], np.float64)
        quality = np.where(np.isnan(values), NO_REPLY, 0).astype(np.uint8)
        times = np.array([round(at_s * SECOND_NS) for at_s, _ in rows], np.int64)
        return Batch(number, self.engine.table.devices[number].first, times, values, quality)

    def feed(self, device: str, *rows: Row) -> list[Event]:
        """Feed rows as one batch and return the new events."""
        return self._keep(self.engine.feed(self.batch(device, rows)))

    def tick(self, *seconds: float) -> list[Event]:
        """Let these whole seconds pass and return the new events."""
        return [event for at_s in seconds for event in self._keep(self.engine.tick(round(at_s * SECOND_NS)))]

    def _keep(self, output: Output) -> list[Event]:
        self.outputs.append(output)
        self.events.extend(output.events)
        return output.events


def told(events: Sequence[Event]) -> list[tuple[object, ...]]:
    """Return events short: seconds, source, and what happened."""
    found: list[tuple[object, ...]] = []
    for event in events:
        what = {"alarm": ("action",), "state": ("state",), "count": ("delta", "total")}[event.kind]
        found.append((event.mono_ns / SECOND_NS, event.source, *(event.body[key] for key in what)))
    return found


def make_bench(devices: Mapping[str, Sequence[str | dict[str, Any]]], **parts: Any) -> Bench:
    """Return an engine of these devices, rules, machines and signals."""
    config = config_of(devices, **parts)
    return Bench(Engine(config, PointTable.of(config)))


@pytest.fixture(scope="session")
def bench() -> Callable[..., Bench]:
    return make_bench


@pytest.fixture(scope="session")
def make_shop() -> Callable[..., Bench]:
    """As `bench`, for tests of many examples."""
    return make_bench


@pytest.fixture(scope="session")
def make_config() -> Callable[..., EdgeConfig]:
    return config_of


@pytest.fixture(scope="session")
def reference() -> ModuleType:
    """The plain evaluator that says what an expression means."""
    path = Path(__file__).parents[1] / "language" / "reference.py"
    spec = importlib.util.spec_from_file_location("language_reference", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look their module up there
    spec.loader.exec_module(module)
    return module
