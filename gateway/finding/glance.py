"""A glance at what a search proposes, before anybody accepts it: its values now, read by the drivers of the proposal.

Nothing is kept, counted, answered or written. It lasts while somebody looks, for the wires are the daemon's once the
proposal is accepted.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from barcodes.scan import Scan
from barcodes.text import decode
from drivers.base import DriverConfig, Reading
from drivers.errors import DeviceGone, WrongConfiguration
from drivers.registry import build
from gateway.config.load import judge
from gateway.config.root import EdgeConfig
from gateway.table import PointTable
from sensors import quality as q
from sensors.batch import Batch
from sensors.text import TextReading

log = logging.getLogger("gongbang")

LOOKED_S: Final = 5.0  # after the last look
AGAIN_S: Final = 2.0  # until a wire that is gone is tried again
APART: Final = ("camera", "hid_scanner")  # processes of their own; a keyboard would be taken from who types on it
ALONE: Final = "workshop: {{id: glance, name: glance}}\ndrivers:\n{drivers}\n"

Entry = dict[str, Any]


def proposed(drivers: str, path: Path) -> EdgeConfig | None:
    """Return what proposed lines mean beside the configuration at `path`, whose profiles they may name."""
    return judge(ALONE.format(drivers=drivers), path).config


class Glance:
    """Reads the drivers of a configuration of its own until nobody has looked for a while."""

    def __init__(self, config: EdgeConfig) -> None:
        self._table = PointTable.of(config)
        self._drivers = [driver for driver in config.drivers if driver.type not in APART]  # type: ignore[attr-defined] # each config has it
        self._batches: dict[int, Batch] = {}
        self._said: dict[str, tuple[str, int]] = {}
        self._trouble: dict[str, str] = {}
        self._loop = asyncio.get_running_loop()
        self._until_s = self._loop.time() + LOOKED_S
        self._task = asyncio.create_task(self._read_all())

    @property
    def over(self) -> bool:
        """Whether nothing is read any more."""
        return self._task.done()

    def look(self, ts: Callable[[int], float]) -> Entry:
        """Return the values now, what was scanned last, and why a wire is silent, by the proposal's names."""
        self._until_s = self._loop.time() + LOOKED_S
        values = [entry for batch in self._batches.values() for entry in self._entries(batch, ts)]
        said = [{"device": device, "text": text, "ts": ts(mono_ns)} for device, (text, mono_ns) in self._said.items()]
        trouble = [{"driver": driver, "text": text} for driver, text in self._trouble.items()]
        return {"values": values, "said": said, "trouble": trouble}

    async def end(self) -> None:
        """Give the wires back."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _read_all(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                readers = [group.create_task(self._read(driver)) for driver in self._drivers]
                while (left_s := self._until_s - self._loop.time()) > 0:  # noqa: ASYNC110 - every look moves the end
                    await asyncio.sleep(left_s)
                for reader in readers:
                    reader.cancel()
        except Exception:
            log.exception("looking at what was found failed")

    async def _read(self, config: DriverConfig) -> None:
        while True:
            try:
                async with build(config, self._table.slots(config.name)) as driver:
                    async for reading in driver.readings():
                        self._trouble.pop(config.name, None)
                        self._take(reading)
            except (DeviceGone, WrongConfiguration) as error:
                self._trouble[config.name] = str(error)
            await asyncio.sleep(AGAIN_S)

    def _take(self, reading: Reading) -> None:
        match reading:
            case Batch():
                self._batches[reading.device] = reading
            case Scan():
                self._said[reading.scanner] = (decode(reading.raw) or repr(reading.raw), reading.mono_ns)
            case TextReading():
                self._said[reading.device] = (reading.text, reading.mono_ns)

    def _entries(self, batch: Batch, ts: Callable[[int], float]) -> list[Entry]:
        device, at = self._table.devices[batch.device], ts(int(batch.mono_ns[-1]))
        return [
            {
                "name": f"{device.name}.{point.name}",
                "device": device.name,
                "driver": device.driver,
                "label": point.label,
                "value": round(float(value), 6) if quality < q.BAD else None,
                "unit": point.unit,
                "kind": point.kind,
                "quality": int(quality),
                "quality_name": q.NAMES.get(int(quality), str(quality)),
                "ts": at,
            }
            for point, value, quality in zip(device.points, batch.values[-1], batch.quality[-1], strict=True)
        ]
