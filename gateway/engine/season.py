"""What time of day it is, for what is usual at that time. Only this of the engine asks for UTC and the shop's zone."""

from enum import StrEnum
from typing import Final

from gateway.workday import Workday

HOURS: Final = 24


class SeasonName(StrEnum):
    """What a value's usual may depend on."""

    ALWAYS = "always"
    HOUR = "hour"
    SHIFT = "shift"


class Season:
    """Tells the season of mono times. `offset_ns` is UTC less mono, set by whoever knows: the clock, or a recording."""

    def __init__(self, workday: Workday) -> None:
        self._workday = workday
        self._shifts = [shift.name for shift in workday.shifts]
        self.offset_ns = 0

    def planned(self, mono_ns: int) -> bool:
        """Return whether work is planned."""
        return self._workday.works(mono_ns + self.offset_ns)

    def time_of_day_h(self, mono_ns: int) -> float:
        """Return the hours that the clock on the wall shows, 0 to 24: 22.5 at half past ten in the evening."""
        return self._workday.time_of_day_h(mono_ns + self.offset_ns)

    def slots(self, name: SeasonName) -> int:
        """Return how many seasons there are of a kind; of shifts, the time without one is one too."""
        return {SeasonName.ALWAYS: 1, SeasonName.HOUR: HOURS, SeasonName.SHIFT: len(self._shifts) + 1}[name]

    def slot(self, name: SeasonName, mono_ns: int) -> int:
        """Return which season it is."""
        if name == SeasonName.HOUR:
            return self._workday.hour(mono_ns + self.offset_ns)
        if name == SeasonName.SHIFT:
            shift = self._workday.shift(mono_ns + self.offset_ns)
            return len(self._shifts) if shift is None else self._shifts.index(shift)
        return 0
