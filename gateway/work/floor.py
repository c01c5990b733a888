"""The shop floor: what stands at which station, and what its instruments say at the moment of a scan."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, Protocol

from drivers.scale import ScaleConfig
from gateway.config.floor import Equipment
from gateway.config.root import EdgeConfig


class Weighed(NamedTuple):
    """What a scale weighed last."""

    scale: str
    measurement: str  # which one: it counts once
    mono_ns: int
    value: float
    unit: str
    stable: bool  # it still lies there, at rest


class Instruments(Protocol):
    """What the ledger may ask of the readings; called in the writer's thread, it waits for nothing."""

    def weighed(self, scale: str) -> Weighed | None: ...
    def counted(self, machine: str) -> int | None: ...
    def kwh(self, machine: str) -> Decimal | None: ...


class NoInstruments:
    """A shop whose readings nobody knows: a replay of scans, a test."""

    def weighed(self, scale: str) -> Weighed | None:
        """Return nothing."""
        return None

    def counted(self, machine: str) -> int | None:
        """Return nothing."""
        return None

    def kwh(self, machine: str) -> Decimal | None:
        """Return nothing."""
        return None


@dataclass(frozen=True, slots=True)
class Floor:
    """Machines and scales by the station where they stand."""

    machines: Mapping[str, str | None]  # each machine's station
    scales: Mapping[str, str | None]  # likewise; a scale that names none weighs for all
    instruments: Instruments

    @classmethod
    def of(cls, config: EdgeConfig, instruments: Instruments | None = None) -> "Floor":
        """Read a configuration."""
        scales = {one.name: one.station for one in config.drivers if isinstance(one, ScaleConfig) and one.enabled}
        machines = {one.name: one.station for one in config.machines}
        return cls(machines, scales, instruments or NoInstruments())

    def meter_kwh(self, shared: Equipment) -> Decimal | None:
        """Return what the meter of shared equipment shows, where one is known."""
        return self.instruments.kwh(shared.machine) if shared.machine else None

    def machine_at(self, station: str) -> str | None:
        """Return the machine of a station, None where there is none, or several."""
        here = [name for name, at in self.machines.items() if at == station]
        return here[0] if len(here) == 1 else None

    def scales_at(self, station: str) -> list[str]:
        """Return the scales that weigh for a station: its own, else those that stand nowhere."""
        own = [name for name, at in self.scales.items() if at == station]
        return own or [name for name, at in self.scales.items() if at is None]

    def weighed_at(self, station: str) -> Weighed | None:
        """Return the newest weighing at a station."""
        found = [one for scale in self.scales_at(station) if (one := self.instruments.weighed(scale))]
        return max(found, key=lambda one: one.mono_ns, default=None)
