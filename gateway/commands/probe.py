"""`gongbang probe`: one driver or device, read by the very driver that the daemon runs."""

import argparse
import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from barcodes.scan import Scan
from drivers.base import DriverConfig, Reading
from drivers.errors import DeviceGone, WrongConfiguration
from drivers.registry import build
from gateway.config.load import load
from gateway.table import PointTable
from gateway.tables.problem import steady
from sensors import quality as q
from sensors.batch import Batch
from sensors.measurement import Measurement
from sensors.text import TextReading

SAID = ("raw", "text", "measurement")  # what a reading without a value says


@dataclass(slots=True)
class Seen:
    """What was read so far, for the end and the exit code."""

    good: bool = False
    rows: list[dict[str, Any]] = field(default_factory=list)


def run(options: argparse.Namespace) -> int:
    """Read for a while and show values; 0 when something good came, 1 when nothing did, 2 for a name that is none."""
    config = load(Path(options.config))
    table = PointTable.of(config)
    driver = _find(config.drivers, table, options.name)
    if driver is None:
        names = [part.name for part in config.drivers] + [device.name for device in table.devices if device.driver]
        near = get_close_matches(options.name, names, 1)
        hint = f" {near[0]}?" if near else f" {', '.join(dict.fromkeys(names))}"
        print(f"{options.name}: 그런 연결이나 장치가 없어요. / no such driver or device.{hint}", file=sys.stderr)
        return 2
    seen = Seen()
    try:
        asyncio.run(_read(driver, table, options, seen))
    except (DeviceGone, WrongConfiguration) as error:
        print(f"{driver.name}: {error}", file=sys.stderr)
        return 1
    if not seen.rows:
        print(
            f"{options.name}: {options.for_s:g}초 동안 아무것도 오지 않았어요. 스캐너라면 그 사이에 찍어 주세요. / "
            f"nothing came in {options.for_s:g} s; with a scanner, scan something meanwhile.",
            file=sys.stderr,
        )
    if options.json:
        print(json.dumps(seen.rows, ensure_ascii=False))
    return 0 if seen.good else 1


def _find(drivers: tuple[DriverConfig, ...], table: PointTable, name: str) -> DriverConfig | None:
    owner = {device.name: device.driver for device in table.devices if device.driver}
    return next((part for part in drivers if part.name in (name, owner.get(name))), None)


async def _read(config: DriverConfig, table: PointTable, options: argparse.Namespace, seen: Seen) -> None:
    try:
        async with asyncio.timeout(options.for_s), build(config, table.slots(config.name)) as driver:
            async for reading in driver.readings():
                for row in _rows(reading, table):
                    if options.name not in (config.name, row.get("device")):
                        continue
                    seen.good |= row.get("quality", 0) < q.BAD
                    seen.rows.append(row)
                    if not options.json:
                        print(_line(row), flush=True)
    except TimeoutError:
        return


def _rows(reading: Reading, table: PointTable) -> list[dict[str, Any]]:
    match reading:
        case Batch():
            device = table.devices[reading.device]
            return [
                {
                    "device": device.name,
                    "point": point.name,
                    "value": None if quality >= q.BAD else float(value),
                    "unit": point.unit,
                    "quality": int(quality),
                }
                for point, value, quality in zip(device.points, reading.values[-1], reading.quality[-1], strict=True)
            ]
        case Scan():
            return [{"device": reading.scanner, "raw": reading.raw.decode("utf-8", "backslashreplace")}]
        case Measurement():
            taken = f"{reading.value:.9g} {_unit(reading.unit)}".rstrip()
            return [{"device": reading.device, "point": reading.point, "measurement": taken}]
        case TextReading():
            return [{"device": reading.device, "point": reading.point, "text": reading.text}]


def _unit(symbol: str) -> str:
    """Return the unit as it is shown: a bare number has none."""
    return "" if symbol == "1" else symbol


def _line(row: dict[str, Any]) -> str:
    now = time.strftime("%H:%M:%S")
    if "value" not in row:
        return f"{now}  {row['device']:20} {steady(next(row[key] for key in SAID if key in row))}"
    name = f"{row['device']}.{row['point']}"
    shown = q.NAMES[row["quality"]] if row["value"] is None else f"{row['value']:.9g} {_unit(row['unit'])}".rstrip()
    return f"{now}  {name:32} {shown}"
