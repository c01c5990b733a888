"""What a search found, and how it is called in a configuration."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import count

from gateway.finding.cameras import FoundCamera
from gateway.finding.line import Line, Unit
from gateway.finding.listening import Heard
from gateway.finding.network import Host


@dataclass(slots=True)
class Findings:
    """Everything that was found."""

    lines: list[Line] = field(default_factory=list)
    hosts: list[Host] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    cameras: list[FoundCamera] = field(default_factory=list)

    @property
    def known(self) -> int:
        """Return how many devices were found of which it is known what they are."""
        return sum(bool(unit.candidates) for unit in self.units) + len(self.heard) + len(self.cameras)

    @property
    def unknown(self) -> int:
        """Return how many units answered of which it is not known what they are."""
        return sum(not unit.candidates for unit in self.units)

    @property
    def units(self) -> list[Unit]:
        """Return all units that answered."""
        return [unit for line in self.lines for unit in line.units] + [
            unit for host in self.hosts for unit in host.units
        ]


class Names:
    """Gives names that nothing has yet: meter_1, meter_2."""

    def __init__(self, taken: Collection[str]) -> None:
        self._taken = set(taken)

    def new(self, stem: str) -> str:
        """Return the next free name, and take it."""
        name = next(name for name in self._numbered(stem) if name not in self._taken)
        self._taken.add(name)
        return name

    @staticmethod
    def _numbered(stem: str) -> Iterator[str]:
        return (f"{stem}_{number}" for number in count(1))
