"""What a shop calls its things, as labels take it: the configuration's names, and over them those of the ledger."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

import apsw

from barcodes.labels.design import Designs
from gateway import people
from gateway.config.label_design import LabelDesign
from gateway.config.root import EdgeConfig
from gateway.work.projections import masters

Names = Mapping[str, str]  # by code or name, in the workshop's language


@dataclass(frozen=True, slots=True)
class Shop:
    """Names by what stands on tickets; rates and routes as they are today, '' is any style."""

    designs: Designs
    workers: Mapping[int, str]
    operations: Names
    defects: Names
    reasons: Names
    equipment: Names
    stations: Names
    rates: Mapping[tuple[str, str], str] = field(default_factory=dict)  # won a piece, by style and operation
    routes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # operations in their order, by style

    @classmethod
    def of(cls, config: EdgeConfig) -> "Shop":
        """Return what the configuration knows."""
        language, work = config.workshop.language, config.work

        def coded(parts: Iterable[Any]) -> Names:
            return {part.code: getattr(part.label, language) for part in parts}

        def named(parts: Iterable[Any]) -> Names:
            return {part.name: getattr(part.label, language) if part.label else part.name for part in parts}

        return cls(
            Designs(language, {}, {"shop": config.workshop.name}),
            {int(worker.badge): worker.name for worker in work.workers},
            coded(work.operations),
            coded(work.defects),
            coded(work.reasons),
            named((*config.machines, *work.equipment, *work.tools)),
            named(config.stations),
        ).redesigned(config.labels)

    def redesigned(self, own: Iterable[LabelDesign]) -> Self:
        """Return it with some labels otherwise."""
        ours = Designs.ours(self.designs.language)
        made = {one.name: one.over(ours.of(one.name)) for one in own}
        return replace(self, designs=replace(self.designs, own={**self.designs.own, **made}))

    def with_ledger(self, db: apsw.Connection, today: str) -> "Shop":
        """Return it with the ledger's masters; names of people from their own table. `today`: `2026-12-01`."""
        routes: dict[str, tuple[str, ...]] = {}
        for master in _now(db, "route", today):
            routes[master.key] = tuple(code for step in master.body["steps"] for code in step)
        rates = {
            (master.body.get("style") or "", master.body["operation"]): master.body["won"]
            for master in _now(db, "rate", today)
        }
        return replace(
            self,
            designs=replace(self.designs, known={**self.designs.known, "day": today}),
            workers={**self.workers} | {int(badge): name for badge, name in people.names(db).items()},
            operations=self._over(db, "operation", self.operations),
            defects=self._over(db, "defect_code", self.defects),
            reasons=self._over(db, "reason_code", self.reasons),
            equipment=self._over(db, "equipment", self.equipment),
            rates=rates,
            routes=routes,
        )

    def _over(self, db: apsw.Connection, kind: str, names: Names) -> Names:
        laid = dict(names)
        for master in masters.all_of(db, kind):
            if master.retired:
                laid.pop(master.key, None)
            else:
                laid[master.key] = master.body[self.designs.language]
        return laid

    def won(self, style: str | None, operation: str) -> str | None:
        """Return what a piece pays today: the rate of the style, else of all."""
        return self.rates.get((style or "", operation)) or self.rates.get(("", operation))

    def steps(self, style: str | None) -> Iterable[str]:
        """Return the operations of a style: its route, else that of all styles, else every operation."""
        return self.routes.get(style or "") or self.routes.get("") or self.operations


def _now(db: apsw.Connection, kind: str, today: str) -> Iterable[masters.Master]:
    """Return the masters that are in force today, one of each key."""
    newest = {master.key: master for master in masters.all_of(db, kind) if master.since <= today}
    return [master for master in newest.values() if not master.retired]
