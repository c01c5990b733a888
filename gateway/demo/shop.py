"""The simulated shop: its machines, and the meters that follow what they draw. Pure: a seed gives one day."""

import math
from collections.abc import Callable
from random import Random

from gateway.demo.machines import Cutter, FusingHeater, Iron, Lathe, Machine, Press, Room, Sewing, Values
from gateway.demo.trade_machines import Offset, Polisher
from sensors.point import Point
from sensors.quantities import UNITS

STEP_S = 0.1


class Shop:
    """All that the sensors of `edge_config.yaml` can see; a point that it does not know gets a slow wave of its own."""

    def __init__(self, seed: int = 17, trade: str = "sewing") -> None:
        self.time_s = self._left_s = 0.0
        rng = [Random(seed + n) for n in range(1, 12)]
        self.press, self.iron = Press(rng[0]), Iron(rng[1])
        self.machines: list[Machine] = [
            self.press,
            self.iron,
            Cutter(rng[2]),
            Lathe(rng[3]),
            FusingHeater(rng[4]),
            Room(rng[5]),
            Sewing(rng[6], "sew_1", (), 10),
            Sewing(rng[7], "sew_2", (("sew", 5.0), ("idle", 40.0)), 10),
            Sewing(rng[8], "sew_3", (), 13),
            Sewing(rng[9], "sew_4", (("off", 9.0), ("idle", 6.0)), 13),
        ]
        loads = {"meter_1": (self.press.watts, 0.82), "meter_3": (self.iron.watts, 1.0)}
        match trade:  # what other trades have besides
            case "metal":
                self.machines.append(Lathe(Random(seed + 12), "mill_1"))
            case "jewellery":
                polisher = Polisher(Random(seed + 12))
                self.machines += [polisher, FusingHeater(Random(seed + 13), "furnace_1", 1025.0)]
                loads["meter_1"] = polisher.watts, 0.7
            case "printing":
                offset = Offset(Random(seed + 12))
                self.machines.append(offset)
                loads["meter_1"] = offset.watts, 0.85
        self.meters = {name: Meter(rng[10], *load) for name, load in loads.items()}
        self.readings: dict[str, Values] = {}
        self.advance(STEP_S)

    def advance(self, seconds: float) -> None:
        """Let time pass, in whole steps of STEP_S; what is left over is kept for the next time."""
        steps, self._left_s = divmod(self._left_s + seconds, STEP_S)
        for _ in range(int(steps)):
            self.time_s += STEP_S
            for machine in self.machines:
                machine.advance(STEP_S)
            for meter in self.meters.values():
                meter.advance(STEP_S)
        self._read()

    def value(self, device: str, point: Point) -> float:
        """Return what a sensor reads now, in the point's unit."""
        known = self.readings.get(device, {})
        if point.name not in known:
            return self._wave(f"{device}.{point.name}", point)
        unit = UNITS[point.unit]
        return (known[point.name] - unit.offset) / unit.scale

    def _read(self) -> None:
        for machine in self.machines:
            self.readings.update(machine.values())
        for name, meter in self.meters.items():
            self.readings[name] = meter.values()

    def _wave(self, name: str, point: Point) -> float:
        """Return something plausible for a point that no machine of ours has."""
        phase = sum(name.encode())
        if point.type == "bool" or point.bit is not None or point.kind == "state":
            return 0.0
        if point.kind == "counter":
            return float(phase + self.time_s // 5)
        low, high = max(point.low or 0.0, 0.0), min(point.high or 100.0, 100.0)
        return low + (high - low) * (0.5 + 0.2 * math.sin(self.time_s / 40 + phase))


class Meter:
    """A power meter on the mains (220 V, 60 Hz)."""

    def __init__(self, rng: Random, load: Callable[[], float], power_factor: float) -> None:
        self._rng, self._load, self._power_factor = rng, load, power_factor
        self.power = 0.0
        self.energy_wh = float(rng.randint(100_000, 900_000))

    def advance(self, step_s: float) -> None:
        """Count energy; the power shown follows the load within a second, as meters do."""
        self.power += (self._load() - self.power) * min(1.0, step_s / 0.4)
        self.energy_wh += self.power * step_s / 3600

    def values(self) -> Values:
        """Return the readings of both kinds of meter."""
        voltage = 221 + self._rng.gauss(0, 0.6)
        apparent = self.power / self._power_factor
        return {
            "voltage": voltage,
            "current": apparent / voltage,
            "power": self.power,
            "apparent_power": apparent,
            "reactive_power": math.sqrt(max(0.0, apparent**2 - self.power**2)),
            "power_factor": self._power_factor,
            "frequency": 60 + self._rng.gauss(0, 0.01),
            "energy": self.energy_wh,
            "energy_total": self.energy_wh,
            "energy_exported": 0.0,
            "overload": 0.0,
        }
