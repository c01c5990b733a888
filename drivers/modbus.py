"""What Modbus RTU and TCP have in common: many devices, each in its own rhythm, take turns on one wire."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Final, Self

from drivers.base import Counters, Reading, Slots
from drivers.errors import DeviceGone
from drivers.modbus_device import ModbusConfig
from drivers.modbus_unit import Unit
from drivers.modbus_wire import Wire

PATIENCE_S: Final = 5.0  # a silent unit that is overdue for so long is asked even if others are due


class ModbusBus(ABC):
    """One wire with its units. Units that answer go first, so that a dead one costs them one time-out at the most."""

    def __init__(self, config: ModbusConfig, slots: Slots) -> None:
        self.counters = Counters()
        self._name = config.name
        self._wire: Wire | None = None
        self.units = [
            Unit(device, slots[device.name], self.counters, self.wire_time)
            for device in config.devices
            if device.name in slots
        ]

    @abstractmethod
    async def connect(self) -> Wire:
        """Return the open wire; DeviceGone or WrongConfiguration says why there is none."""

    def wire_time(self, count: int, bits: bool) -> float:
        """Return the seconds that a request and its reply of `count` registers or bits take on the wire itself."""
        return 0.0

    async def __aenter__(self) -> Self:
        self._wire = await self.connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._wire is not None:
            await self._wire.close()
        self._wire = None

    async def readings(self) -> AsyncIterator[Reading]:
        """Yield a row of each device in its rhythm, for ever; texts when they changed.

        When the wire is gone every device yields one row of NO_REPLY, then DeviceGone is raised.
        """
        clock = asyncio.get_running_loop().time
        for unit in self.units:
            unit.begin(clock())
        try:
            while True:
                unit = self._next(clock())
                if (wait_s := unit.due_s - clock()) > 0:
                    await asyncio.sleep(wait_s)
                for reading in await self._poll(unit):
                    yield reading
        except DeviceGone:
            for unit in self.units:
                yield unit.silent()
            raise

    async def read_once(self, device: str) -> list[Reading]:
        """Poll one device now, outside any rhythm (for `probe`); KeyError when the bus has no device of this name."""
        for unit in self.units:
            if unit.config.name == device:
                return await self._poll(unit)
        raise KeyError(device)

    async def _poll(self, unit: Unit) -> list[Reading]:
        """Return what one poll of the unit gives, and set when it is due again."""
        if self._wire is None:
            raise DeviceGone(f"{self._name}: not connected")
        clock = asyncio.get_running_loop().time
        row = await unit.poll(self._wire, clock)
        self.counters.received += 1
        self.counters.overruns += unit.next_due(clock())
        return [row, *unit.texts()]

    def _next(self, now_s: float) -> Unit:
        """Return whose turn it is: of those that are due, first who answers or costs nothing; else who is due next."""
        due = [unit for unit in self.units if unit.due_s <= now_s]
        return min(due or self.units, key=lambda unit: (self._may_cost(unit, now_s), unit.due_s))

    def _may_cost(self, unit: Unit, now_s: float) -> bool:
        """Return whether the unit did not answer last time and will be asked again, so that it may cost a time-out."""
        return not unit.well and unit.asks(now_s) and 0 <= now_s - unit.due_s < PATIENCE_S
