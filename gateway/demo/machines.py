"""The machines of the simulated shop. Pure: time is passed in, chance comes from a seeded generator.

A machine follows its script: phases with a length in seconds, or until something holds. `values` are what its sensors
read, by the names of `edge_config.yaml` and in the base units of `sensors.quantities`. Numbers are of the size that
real machines have; only heat moves faster.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from random import Random
from typing import ClassVar

Length = float | Callable[[], bool]  # seconds, or a condition that ends the phase
Script = Iterator[tuple[str, Length]]
Values = dict[str, float]


class Machine(ABC):
    """A machine that goes through the phases of its script."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self._noise = Random(rng.getrandbits(32))  # apart: how often it is read must not change the day
        self._script = self.script()
        self._elapsed_s = 0.0
        self.phase, self._length = next(self._script)

    @abstractmethod
    def script(self) -> Script:
        """Yield phases for ever."""

    def advance(self, step_s: float) -> None:
        """Let `step_s` pass."""
        self._elapsed_s += step_s
        if self._length() if callable(self._length) else self._elapsed_s >= self._length:
            self.phase, self._length = next(self._script)
            self._elapsed_s = 0.0
            self.entered(self.phase)

    def entered(self, phase: str) -> None:  # noqa: B027 - most machines have nothing to do then
        """Do what happens once at the start of a phase."""

    @abstractmethod
    def values(self) -> dict[str, Values]:
        """Return the readings: {device: {point: value}}."""

    def near(self, value: float, share: float = 0.03) -> float:
        """Return the value as a sensor reads it."""
        return value * (1 + self._noise.gauss(0, share))


def approach(value: float, target: float, step_s: float, tau_s: float) -> float:
    """Return a first-order step from `value` towards `target` with time constant `tau_s`."""
    return target + (value - target) * math.exp(-step_s / tau_s)


class Sewing(Machine):
    """A sewing machine: bursts and pauses, a thread trim per piece, a break between bundles."""

    AMPERES: ClassVar[Values] = {"off": 0.02, "idle": 0.31, "sew": 2.4, "pause": 0.36, "trim": 0.9}

    def __init__(self, rng: Random, device: str, first: tuple[tuple[str, float], ...], bursts: int) -> None:
        self.device, self._first, self._bursts = device, first, bursts
        self.stitches, self.pieces = float(rng.randint(40_000, 900_000)), rng.randint(50, 900)
        super().__init__(rng)

    def script(self) -> Script:
        yield from self._first
        bursts = self.rng.randint(1, 3)  # the first piece is half done
        while True:
            for _ in range(self.rng.randint(6, 12)):
                for _ in range(bursts):
                    yield "sew", self.rng.uniform(3, 9)
                    yield "pause", self.rng.uniform(1.5, 5)
                yield "trim", 0.6
                bursts = self.rng.randint(self._bursts - 2, self._bursts + 2)
            yield "idle", self.rng.uniform(25, 70)

    def entered(self, phase: str) -> None:
        self.pieces += phase == "trim"

    def advance(self, step_s: float) -> None:
        super().advance(step_s)
        if self.phase == "sew":
            self.stitches += 55 * step_s

    def values(self) -> dict[str, Values]:
        current = self.near(self.AMPERES[self.phase], 0.08)
        return {self.device: {"current": current, "stitches": self.stitches, "pieces": self.pieces}}


class Press(Machine):
    """A press. Now and then its oil runs low and it overheats; its worker stops it, lets it cool, and fills oil up."""

    WATTS: ClassVar[Values] = {"run": 560.0, "low_oil": 610.0, "idle": 55.0, "cooling": 52.0, "jam": 48.0}
    WARM_DEGC: ClassVar[Values] = {"run": 66.0, "low_oil": 95.0}  # where the temperature goes; else to the room's
    STROKE_S = 2.5

    def __init__(self, rng: Random) -> None:
        self.strokes = rng.randint(100_000, 200_000)
        self.temperature = 73.0
        self._stroke_s = 0.0
        super().__init__(rng)

    def script(self) -> Script:
        yield "run", 4.0
        while True:
            yield "low_oil", lambda: self.temperature >= 86
            yield "cooling", lambda: self.temperature <= 62
            for _ in range(self.rng.randint(3, 5)):
                yield "run", self.rng.uniform(50, 140)
                yield self.rng.choice(("idle", "idle", "jam")), self.rng.uniform(12, 35)

    def advance(self, step_s: float) -> None:
        super().advance(step_s)
        target = self.WARM_DEGC.get(self.phase, 24.0)
        self.temperature = approach(self.temperature, target, step_s, 25.0 if target > 24 else 60.0)
        if self.phase in self.WARM_DEGC:
            self._stroke_s += step_s
            strokes, self._stroke_s = divmod(self._stroke_s, self.STROKE_S)
            self.strokes += int(strokes)

    def watts(self) -> float:
        """Return the power that the press draws, highest in the stroke."""
        swing = 1 + 0.25 * math.sin(2 * math.pi * self._stroke_s / self.STROKE_S) if self.phase in self.WARM_DEGC else 1
        return self.near(self.WATTS[self.phase] * swing)

    def values(self) -> dict[str, Values]:
        return {
            "press_1": {
                "strokes": self.strokes,
                "temperature": self.temperature + self._noise.gauss(0, 0.1),
                "fault": float(self.phase == "jam"),
                "pressure": self.near(620_000 if self.phase in self.WARM_DEGC else 550_000, 0.01),
            }
        }


class Cutter(Machine):
    """A cloth cutter: cuts, breaks, and rarely someone presses the emergency stop."""

    AMPERES: ClassVar[Values] = {"cut": 3.4, "idle": 0.45, "estop": 0.02}

    def __init__(self, rng: Random) -> None:
        self.cuts = rng.randint(3_000, 9_000)
        super().__init__(rng)

    def script(self) -> Script:
        yield "idle", 6.0
        while True:
            for _ in range(self.rng.randint(8, 20)):
                yield "cut", self.rng.uniform(4, 11)
                yield "idle", self.rng.uniform(4, 12)
            yield "idle", self.rng.uniform(30, 90)
            if self.rng.random() < 0.2:
                yield "estop", self.rng.uniform(15, 30)

    def entered(self, phase: str) -> None:
        self.cuts += phase == "cut"

    def values(self) -> dict[str, Values]:
        stopped = float(self.phase == "estop")
        return {"cutter_1": {"current": self.near(self.AMPERES[self.phase], 0.06), "cuts": self.cuts, "estop": stopped}}


class Lathe(Machine):
    """A lathe: set up for a job, then piece after piece; its tool wears, and sometimes it chatters or stops."""

    AMPERES: ClassVar[Values] = {"setup": 1.1, "cut": 4.6, "chatter": 4.9, "load": 2.0, "alarm": 0.6}
    RPM: ClassVar[Values] = {"setup": 0.0, "cut": 1250.0, "chatter": 1240.0, "load": 1250.0, "alarm": 0.0}

    def __init__(self, rng: Random, device: str = "lathe_1") -> None:
        self.device = device
        self.pieces = rng.randint(200, 2_000)
        self.wear = 0.0  # 0 new to 1 worn
        super().__init__(rng)

    def script(self) -> Script:
        setup_s = 16.0
        while True:
            yield "setup", setup_s
            self.wear = 0.0
            for _ in range(self.rng.randint(10, 18)):
                chatters = self.wear > 0.7 and self.rng.random() < 0.15
                yield ("chatter" if chatters else "cut"), self.rng.uniform(36, 42)
                yield "load", self.rng.uniform(5, 9)
                if self.rng.random() < 0.05:
                    yield "alarm", self.rng.uniform(10, 25)
            setup_s = self.rng.uniform(60, 120)

    def entered(self, phase: str) -> None:
        self.pieces += phase == "load"
        self.wear = min(1.0, self.wear + 0.03)

    def values(self) -> dict[str, Values]:
        vibration = {"cut": 1.3 + 1.2 * self.wear, "chatter": 5.6, "load": 0.6}.get(self.phase, 0.1)
        return {
            self.device: {
                "current": self.near(self.AMPERES[self.phase]),
                "speed": self.near(self.RPM[self.phase], 0.002),
                "vibration": self.near(vibration, 0.06),
                "pieces": self.pieces,
                "setup": float(self.phase == "setup"),
                "alarm": float(self.phase == "alarm"),
            }
        }


class Iron(Machine):
    """A steam iron whose element switches on and off."""

    WATTS: ClassVar[Values] = {"heat": 1420.0, "hold": 8.0, "off": 0.6}

    def script(self) -> Script:
        while True:
            for _ in range(self.rng.randint(8, 16)):
                yield "heat", self.rng.uniform(8, 15)
                yield "hold", self.rng.uniform(12, 35)
            yield "off", self.rng.uniform(60, 150)

    def watts(self) -> float:
        """Return the power that the iron draws."""
        return self.near(self.WATTS[self.phase])

    def values(self) -> dict[str, Values]:
        return {}


class FusingHeater(Machine):
    """The heater of a fusing press with its controller; rarely the controller lets it go too far."""

    def __init__(self, rng: Random, device: str = "heater_1", set_degc: float = 150.0) -> None:
        self.device, self.set_degc = device, set_degc
        self.temperature = set_degc - 2.0
        super().__init__(rng)

    def script(self) -> Script:
        while True:
            for _ in range(self.rng.randint(120, 240)):
                yield "heat", lambda: self.temperature >= self.set_degc + 1.5
                yield "coast", lambda: self.temperature <= self.set_degc - 1.5
            yield "heat", lambda: self.temperature >= self.set_degc + 28

    def advance(self, step_s: float) -> None:
        super().advance(step_s)
        target = self.set_degc + (70 if self.phase == "heat" else -90)
        self.temperature = approach(self.temperature, target, step_s, 150.0)

    def values(self) -> dict[str, Values]:
        heating = 100.0 if self.phase == "heat" else 0.0
        amperes = self.near(6.1) if heating else 0.0
        return {
            self.device: {
                "temperature": self.temperature,
                "setpoint": self.set_degc,
                "heating": heating,
                "cooling": 0.0,  # it has none
                "heater_current": amperes,
            }
        }


class Room(Machine):
    """The air of the shop: slow waves, and now and then a dry spell."""

    def __init__(self, rng: Random) -> None:
        self.time_s = 0.0
        self.humidity = 46.0
        super().__init__(rng)

    def script(self) -> Script:
        while True:
            yield "mild", self.rng.uniform(400, 900)
            yield "dry", self.rng.uniform(120, 240)

    def advance(self, step_s: float) -> None:
        super().advance(step_s)
        self.time_s += step_s
        self.humidity = approach(self.humidity, 31.0 if self.phase == "dry" else 46.0, step_s, 45.0)

    def values(self) -> dict[str, Values]:
        wave = math.sin(self.time_s / 90)
        return {"climate_1": {"temperature": 23.5 + 0.8 * wave, "humidity": self.humidity + 1.5 * wave}}
