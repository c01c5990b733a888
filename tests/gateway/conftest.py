"""A small shop for the daemon's parts: a configuration, a clock moved by hand, and a disk that is full when told."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from full_disk import FullDisk

from gateway.config.root import EdgeConfig
from gateway.engine.engine import Engine
from gateway.table import PointTable
from sensors.batch import Batch

SECOND = 1_000_000_000
NOON = 1_795_316_400 * SECOND  # 2026-11-22 12:00 in Seoul

SHOP: dict[str, Any] = {
    "workshop": {"id": "shop-1", "name": "공방", "day_start": "09:00", "day_end": "18:00"},
    "stations": [{"name": "metal_1", "label": {"ko": "프레스", "en": "Press"}, "group": {"ko": "금속", "en": "Metal"}}],
    "drivers": [
        {
            "name": "plc_1",
            "type": "modbus_tcp",
            "host": "127.0.0.1",
            "devices": [
                {
                    "name": "press_1",
                    "unit": 1,
                    "points": [
                        {"name": "power", "address": 0, "type": "f32", "unit": "W"},
                        {"name": "temperature", "address": 2, "type": "f32", "unit": "degC"},
                        {"name": "strokes", "kind": "counter", "address": 4, "type": "u16"},
                    ],
                }
            ],
        },
        {"name": "scanner_1", "type": "serial_scanner", "port": "/dev/ttyACM0", "station": "metal_1"},
    ],
    "machines": [
        {
            "name": "press",
            "label": {"ko": "프레스 1", "en": "Press 1"},
            "station": "metal_1",
            "states": [{"state": "run", "when": "press_1.power > 100 W"}],
            "count": "press_1.strokes",
            "target": 90,
        },
        {"name": "lathe", "states": [{"state": "run", "when": "press_1.power > 500 W"}]},
    ],
    "rules": [
        {
            "name": "warm",
            "when": "press_1.temperature > 60 degC",
            "severity": "warning",
            "message": {"ko": "프레스가 따뜻해요", "en": "The press is warm"},
        },
        {
            "name": "overheat",
            "when": "press_1.temperature > 80 degC",
            "value": "press_1.temperature",
            "severity": "critical",
            "machine": "press",
            "message": {"ko": "프레스 과열", "en": "Press is overheating"},
            "action": {"ko": "기계를 멈춰 주세요", "en": "Stop the machine"},
        },
    ],
    "work": {
        "workers": [{"badge": "7", "name": "은하"}],
        "operations": [{"code": "SEW", "label": {"ko": "봉제", "en": "Sewing"}}],
    },
}


@dataclass
class HandClock:
    """A clock that stands until it is told; UTC is mono plus an offset."""

    now_ns: int = 1000 * SECOND
    offset_ns: int = NOON - 1000 * SECOND
    synced: bool = True
    boot_id: str = "boot-1"

    def mono_ns(self) -> int:
        return self.now_ns

    def time_ns(self, mono_ns: int) -> int:
        return mono_ns + self.offset_ns

    def pass_s(self, seconds: float) -> int:
        """Let time pass; return the new mono time."""
        self.now_ns += int(seconds * SECOND)
        return self.now_ns


@dataclass
class Shop:
    """A configuration with its table and its engine, and rows for the press."""

    config: EdgeConfig
    clock: HandClock
    folder: Path

    def __post_init__(self) -> None:
        self.table = PointTable.of(self.config)
        self.engine = Engine(self.config, self.table)

    @property
    def journal_path(self) -> Path:
        return self.folder / "journal.db"

    def row(self, power: float = 0.0, temperature: float = 20.0, strokes: float = 0.0, quality: int = 0) -> Batch:
        """Return a reading of the press, now."""
        values = np.array([[power, temperature, strokes]])
        return Batch(0, 0, np.array([self.clock.now_ns], np.int64), values, np.full((1, 3), quality, np.uint8))


@pytest.fixture
def clock() -> HandClock:
    """Return a clock that stands at noon and is synchronised."""
    return HandClock()


@pytest.fixture
def shop(clock: HandClock, tmp_path: Path) -> Shop:
    """Return the small shop."""
    return Shop(EdgeConfig.model_validate(SHOP), clock, tmp_path)


@pytest.fixture
def disk() -> Iterator[FullDisk]:
    """Return the disk; a journal is opened on it by `vfs=disk.name`."""
    disk = FullDisk()
    yield disk
    disk.unregister()
