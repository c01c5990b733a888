"""What a device's profile says about the machine behind it: its states and its counter, by the device's name."""

import re
from collections.abc import Iterable

from drivers.base import DriverConfig, Name
from gateway.config.plant import Machine, State
from sensors.profile_model import Meaning

OWN = re.compile(r"(?<![\w.])device\.(?=[a-z])")  # a profile calls its own points device.<point>


def meaning_of(device: str, drivers: Iterable[DriverConfig]) -> tuple[bool, Meaning | None]:
    """Return whether there is a device of this name, and what its profile says about its machine."""
    for driver in drivers:
        for part in getattr(driver, "devices", ()):
            if part.name == device:
                known = getattr(part, "known", None)
                return True, known.machine if known is not None else None
    return False, None


def with_meaning(machine: Machine, drivers: Iterable[DriverConfig]) -> Machine:
    """Return the machine with what it leaves to its device filled in; as it is when there is nothing to fill in."""
    if machine.device is None or machine.states:
        return machine
    _, meaning = meaning_of(machine.device, drivers)
    if meaning is None:
        return machine
    states = tuple(State(state=one.state, when=spelt(one.when, machine.device)) for one in meaning.states)
    count = machine.count or (meaning.count and spelt(meaning.count, machine.device))
    return machine.model_copy(update={"states": states, "count": count})


def spelt(expression: str, device: Name) -> str:
    """Return a profile's expression with the device's name in it: `device.trip == 1` is `inv_1.trip == 1`."""
    return OWN.sub(f"{device}.", expression)
