"""In which settings a line is asked, and which units first: as the devices that are known are delivered."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from drivers.serial_port import PARITY_LETTER, Parity
from sensors.profile_model import Profile, Rtu

FIRST_UNITS: Final = range(1, 11)  # whoever numbers devices begins with them
ALL_UNITS: Final = range(1, 248)  # Modbus over serial line V1.02, 2.2


class Setting(NamedTuple):
    """Speed and parity. Stop bits need not be tried: two are silence to whoever expects one."""

    baudrate: int
    parity: Parity

    @property
    def stop_bits(self) -> int:
        """Return the stop bits to ask with."""
        return 2 if self.parity == "none" else 1

    def __str__(self) -> str:
        return f"{self.baudrate} 8{PARITY_LETTER[self.parity]}"


def settings(profiles: Iterable[Profile]) -> list[Setting]:
    """Return the settings in which devices are delivered or were found, the most common first."""
    counted = Counter(setting for profile in profiles for setting in talks_at(profile))
    return sorted(counted, key=lambda setting: (-counted[setting], setting))


def first_units(profiles: Iterable[Profile]) -> list[int]:
    """Return the units that are asked first: the lowest, and those that factories give."""
    return sorted({*FIRST_UNITS, *(rtu.unit for profile in profiles for rtu in talks(profile))})


def talks(profile: Profile) -> Sequence[Rtu]:
    """Return all settings in which a device of the profile is known to talk."""
    return (*([profile.rtu] if profile.rtu else []), *profile.rtu_also)


def talks_at(profile: Profile) -> list[Setting]:
    """Return their speeds and parities."""
    return [Setting(rtu.baudrate, rtu.parity) for rtu in talks(profile)]
