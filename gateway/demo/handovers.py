"""What is weighed and scanned at a simulated jeweller's counter: metal goes out, comes back lighter, dust is recovered.

Pure: a seeded stream of (seconds until, scanner or scale, code or grams). Now and then more is lost than is allowed.
"""

from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import Final

from barcodes.ticket import Badge, Command, EquipmentTicket, LotTicket, OperationTicket, Ours, encode
from gateway.config.root import EdgeConfig
from gateway.demo.bundles import Planned

SETTLED_S: Final = 3.0  # on the pan, before anybody scans
TOO_MUCH: Final = 0.12  # of hand-overs
MILLIGRAM: Final = Decimal("0.001")


class Handovers:
    """The counter of a jeweller's shop."""

    def __init__(self, config: EdgeConfig, scanners: list[str], scales: list[str], seed: int = 17) -> None:
        self._rng, self._work = Random(seed), config.work
        self._scanners, self._scales = scanners, scales
        self._operations = [one for one in config.work.operations if one.loss_percent is not None]
        self._next_lot = 231

    def scans(self) -> Iterator[Planned]:
        """Yield the day's scans and weights, for ever; none where nothing can be weighed."""
        if not (self._scanners and self._scales and self._work.metals and self._operations):
            return
        while True:
            yield from self._piece()

    def _piece(self) -> Iterator[Planned]:
        worker, operation = self._rng.choice(self._work.workers), self._rng.choice(self._operations)
        lot = LotTicket(f"{self._rng.choice(self._work.metals).code}{self._next_lot:04d}")
        self._next_lot += 1
        grams = Decimal(self._rng.randint(4_000, 30_000)) * MILLIGRAM
        share = Decimal(str(operation.loss_percent or 0)) / 100
        share *= Decimal(str(round(self._rng.uniform(1.1, 1.6) if self._rng.random() < TOO_MUCH else 0.7, 3)))
        lost = (grams * share).quantize(MILLIGRAM)
        dust = (lost * Decimal("0.4")).quantize(MILLIGRAM)
        badge = Badge(int(worker.badge))
        yield from self._hand(grams, badge, lot, OperationTicket(operation.code), Command("ISSUE"))
        if self._work.equipment and self._rng.random() < 0.5:
            shared = EquipmentTicket(self._work.equipment[0].name)
            yield from self._codes(shared)
            yield Planned(20.0, self._scanners[0], encode(shared).encode())
        yield from self._hand(grams - lost, badge, lot, Command("RETURN"))
        if dust >= Decimal("0.02"):
            yield from self._hand(dust, badge, lot, Command("RECOVER"))

    def _hand(self, grams: Decimal, *tickets: Ours) -> Iterator[Planned]:
        """Put it on the pan, let it come to rest, scan, and take it off."""
        yield Planned(2.0, self._scales[0], str(grams).encode())
        yield Planned(SETTLED_S, self._scanners[0], encode(tickets[0]).encode())
        yield from self._codes(*tickets[1:])
        yield Planned(1.0, self._scales[0], b"0")

    def _codes(self, *tickets: Ours) -> Iterator[Planned]:
        for ticket in tickets:
            yield Planned(self._rng.uniform(1.5, 3.0), self._scanners[0], encode(ticket).encode())
