"""The schemas of the configuration that runs: what the columns of each device, and of its windows, mean."""

import asyncio

from gateway.config.root import EdgeConfig
from gateway.engine.windows import WINDOWS_S
from gateway.event import Body
from gateway.journal.blocks import Schema
from gateway.journal.journal import Journal
from gateway.table import DeviceEntry, PointTable


class Schemas:
    """By the device's index in the point table."""

    def __init__(self, samples: list[Schema], windows: dict[tuple[int, int], Schema]) -> None:
        self._samples, self._windows = samples, windows

    @classmethod
    async def declare(cls, journal: Journal, config: EdgeConfig, table: PointTable) -> "Schemas":
        """Declare every device's schema; one that is unchanged keeps the event that it has."""
        bodies = [_body(config, device) for device in table.devices]
        names = [device.name for device in table.devices]
        declared = await asyncio.gather(  # together, so that they share a commit
            *(journal.declare(name, body) for name, body in zip(names, bodies, strict=True)),
            *(
                journal.declare(name, body | {"window_s": window_s})
                for window_s in WINDOWS_S
                for name, body in zip(names, bodies, strict=True)
            ),
        )
        places = [(index, window_s) for window_s in WINDOWS_S for index in range(len(names))]
        return cls(declared[: len(names)], dict(zip(places, declared[len(names) :], strict=True)))

    def of(self, device: int) -> Schema:
        """Return the schema of a device's samples."""
        return self._samples[device]

    def of_windows(self, device: int, window_s: int) -> Schema:
        """Return the schema of a device's windows of this length."""
        return self._windows[device, window_s]


def _body(config: EdgeConfig, device: DeviceEntry) -> Body:
    return {
        "fields": [point.name for point in device.points],
        "units": [point.unit for point in device.points],
        "profile": device.profile,
        "version": device.version,
        "tags": _tags(config, device.name),
    }


def _tags(config: EdgeConfig, device: str) -> dict[str, str]:
    """Return the machine that counts by this device or is driven by it, and its station."""
    for machine in config.machines:
        if machine.device == device or (machine.count or "").startswith(f"{device}."):
            return {"machine": machine.name} | ({"station": machine.station} if machine.station else {})
    return {}
