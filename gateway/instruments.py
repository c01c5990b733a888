"""What the instruments say at the moment of a scan: the last weighing, pieces counted, energy.

Asked in the journal's thread while the loop goes on: it holds single values, each replaced whole.
"""

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from gateway.engine.plan import meter_of
from gateway.live import Live
from gateway.work.floor import Weighed
from sensors.measurement import Measurement
from sensors.quality import BAD, GOOD

TENTH_WH: Final = Decimal("0.0001")  # in kWh


class Instruments:
    """Looks at the engine's present values; a weighing is what its scale said when it came to rest."""

    def __init__(self, live: Live) -> None:
        self._weighings: Mapping[str, Measurement] = {}
        self._live = live

    def take(self, taken: Measurement) -> None:
        """Remember what was measured last."""
        self._weighings = {**self._weighings, taken.device: taken}

    def weighed(self, scale: str) -> Weighed | None:
        """Return what a scale weighed last, and whether it still lies there at rest."""
        taken = self._weighings.get(scale)
        if taken is None:
            return None
        index = self._live.table.index(f"{scale}.{taken.point}")
        lies = self._live.engine.quality[index] == GOOD and math.isclose(self._live.engine.values[index], taken.value)
        which = f"{scale}:{taken.mono_ns}"
        return Weighed(scale, which, taken.mono_ns, taken.value, taken.unit, bool(taken.stable and lies))

    def counted(self, machine: str) -> int | None:
        """Return all that a machine's counter counted; it begins anew with the engine's memory."""
        return self._value(f"machines.{machine}.count")

    def kwh(self, machine: str) -> Decimal | None:
        """Return what a machine's energy counter shows; None where it has none, or cannot be read."""
        point = next((one.energy for one in self._live.config.machines if one.name == machine), None)
        if point is None:
            return None
        meter = meter_of(self._live.table, point)
        if not meter.counts or self._live.engine.quality[meter.point] >= BAD:
            return None
        shown = Decimal(repr(float(self._live.engine.values[meter.point])))
        return (shown * Decimal(repr(meter.scale))).quantize(TENTH_WH)

    def _value(self, name: str) -> int | None:
        try:
            value = float(self._live.engine.values[self._live.table.index(name)])
        except KeyError:
            return None
        return None if math.isnan(value) else int(value)
