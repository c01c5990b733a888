"""Machines that only some trades have: a sheet-fed press, a polishing motor. Pure, as those of `machines`."""

from random import Random
from typing import ClassVar

from gateway.demo.machines import Machine, Script, Values


class Offset(Machine):
    """A sheet-fed press: made ready with some sheets, then a run; rarely its guard is open."""

    WATTS: ClassVar[Values] = {"setup": 260.0, "run": 1850.0, "idle": 90.0, "guard": 45.0}
    A_SECOND: ClassVar[Values] = {"setup": 0.4, "run": 1.6}  # sheets

    def __init__(self, rng: Random) -> None:
        self.sheets = float(rng.randint(100_000, 900_000))
        super().__init__(rng)

    def script(self) -> Script:
        while True:
            yield "setup", self.rng.uniform(40, 80)
            for _ in range(self.rng.randint(2, 4)):
                yield "run", self.rng.uniform(60, 150)
                yield ("guard" if self.rng.random() < 0.15 else "idle"), self.rng.uniform(10, 25)

    def advance(self, step_s: float) -> None:
        super().advance(step_s)
        self.sheets += self.A_SECOND.get(self.phase, 0.0) * step_s

    def watts(self) -> float:
        """Return the power that the press draws."""
        return self.near(self.WATTS[self.phase])

    def values(self) -> dict[str, Values]:
        signals = {"setup": float(self.phase == "setup"), "guard": float(self.phase == "guard")}
        return {"offset_1": {"sheets": float(int(self.sheets)), **signals}}


class Polisher(Machine):
    """A polishing motor that several people use, and now and then leave on."""

    WATTS: ClassVar[Values] = {"polish": 380.0, "idle": 70.0, "off": 0.5}

    def script(self) -> Script:
        while True:
            for _ in range(self.rng.randint(2, 5)):
                yield "polish", self.rng.uniform(20, 60)
                yield "idle", self.rng.uniform(5, 20)
            yield "off", self.rng.uniform(30, 90)

    def watts(self) -> float:
        """Return the power that the motor draws."""
        return self.near(self.WATTS[self.phase])

    def values(self) -> dict[str, Values]:
        return {}
