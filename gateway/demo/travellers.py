"""What is scanned in a simulated shop that works by travellers: jobs that are set up, run and end.

Pure: a seeded stream of (seconds until, scanner, code).
"""

from collections.abc import Iterator
from random import Random
from typing import Final

from barcodes.ticket import (
    Badge,
    Command,
    DefectTicket,
    EquipmentTicket,
    Ours,
    QuantityTicket,
    ReasonTicket,
    Traveller,
    encode,
)
from gateway.config.root import EdgeConfig
from gateway.demo.bundles import Planned
from gateway.work.ledger import stations

FIRST_ORDER: Final = 2611
OPERATIONS: Final = {"lathe": "TURN", "mill": "MILL", "bench": "DEBURR", "press": "PRINT", "binding": "BIND"}
NEAR_MISS: Final = 0.05  # of jobs


class Travellers:
    """The people at the scanners of a metal or a print shop."""

    def __init__(self, config: EdgeConfig, scanners: list[str], seed: int = 17) -> None:
        self._rng, self._work = Random(seed), config.work
        at = stations(config)
        self._scanners = [name for name in scanners if at.get(name) in OPERATIONS]
        self._operation = {name: OPERATIONS[at[name]] for name in self._scanners}
        self._supplies = config.workshop.trade == "printing"
        self._next_order = FIRST_ORDER

    def scans(self) -> Iterator[Planned]:
        """Yield the day's scans, for ever; none where there is no scanner at a known station, or no worker."""
        if not (self._scanners and self._work.workers):
            return
        for n, name in enumerate(self._scanners):
            worker = self._work.workers[n % len(self._work.workers)]
            yield Planned(1.5, name, _raw(Badge(int(worker.badge))))
        days = {name: self._day(name) for name in self._scanners}
        while True:
            name = self._rng.choice(self._scanners)
            for ticket in next(days[name]):
                yield Planned(self._rng.uniform(3.2, 5.0), name, _raw(ticket))

    def _day(self, scanner: str) -> Iterator[tuple[Ours, ...]]:
        """Yield what is scanned together, job after job."""
        while True:
            order, self._next_order = f"{self._next_order}A", self._next_order + 1
            yield from self._job(Traveller(order, self._operation[scanner]))

    def _job(self, traveller: Traveller) -> Iterator[tuple[Ours, ...]]:
        yield traveller, Command("SETUP")
        if self._supplies:
            yield traveller, Command("ISSUE"), QuantityTicket(500)
        yield (Command("START"),)
        for _ in range(self._rng.randint(2, 4)):
            yield traveller, QuantityTicket(self._rng.randint(4, 20))
            yield from self._happens(traveller)
        yield (Command("STOP"),)

    def _happens(self, traveller: Traveller) -> Iterator[tuple[Ours, ...]]:
        """Yield what may happen beside the work."""
        chance = self._rng.random()
        if chance < 0.25 and self._work.defects:
            defect = self._rng.choice(self._work.defects)
            yield traveller, DefectTicket(defect.code), QuantityTicket(self._rng.randint(1, 3))
        elif chance < 0.5 and self._work.reasons:
            yield (ReasonTicket(self._rng.choice(self._work.reasons).code),)
        elif chance < 0.65 and self._work.tools:
            yield (EquipmentTicket(self._rng.choice(self._work.tools).name),)
        elif chance < 0.8 and self._work.equipment:
            yield (EquipmentTicket(self._work.equipment[0].name),)
        elif chance < 0.8 + NEAR_MISS:
            yield (Command("NEARMISS"),)


def _raw(ticket: Ours) -> bytes:
    return encode(ticket).encode()
