"""Plan: what a shop's work is measured by: its calendar, its operations with their standard times, its routes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from zoneinfo import ZoneInfo

import apsw

from gateway import people
from gateway.config.work import Work
from gateway.pay.terms import Terms
from gateway.work.catalogue import Catalogue
from gateway.work.ledger_catalogue import LedgerCatalogue
from gateway.work.projections import masters

Route = Mapping[str, tuple[str, ...]]  # each operation with those that must come first


class Step(NamedTuple):
    """An operation, as reports show it."""

    ko: str
    en: str
    sam_s: float | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Routes are by style; '' is that of a style without one of its own."""

    terms: Terms
    steps: Mapping[str, Step]
    routes: Mapping[str, Route] = field(default_factory=dict)
    targets: Mapping[str, int] = field(default_factory=dict)  # pieces of each order that was told of
    _last: dict[str, frozenset[str]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, terms: Terms, catalogue: Catalogue, db: apsw.Connection) -> "Plan":
        """Read what a catalogue knows now."""
        operations = list(catalogue.operations(db))
        steps = {one.code: Step(one.label.ko, one.label.en, one.sam_s) for one in operations}
        styles = [style for (style,) in db.execute("SELECT DISTINCT style FROM work_progress")]
        routes = {
            style: {one.code: tuple(catalogue.before(db, one, style or None)) for one in operations}
            for style in {"", *styles}
        }
        orders = masters.all_of(db, "order")
        targets = {one.key: sum(line["quantity"] for line in one.body.get("lines") or ()) for one in orders}
        return cls(terms, steps, routes, targets)

    @classmethod
    def now(cls, terms: Terms, work: Work, db: apsw.Connection, now_ns: int) -> "Plan":
        """Read what a journal's masters say over the configuration."""
        return cls.of(terms, LedgerCatalogue(work, ZoneInfo(terms.workshop.timezone), lambda: now_ns), db)

    def route(self, style: str) -> Route:
        """Return a style's route."""
        return self.routes.get(style) or self.routes.get("", {})

    def first(self) -> frozenset[str]:
        """Return the operations with which any route begins."""
        return frozenset(code for route in self.routes.values() for code, first in route.items() if not first)

    def last(self, style: str) -> frozenset[str]:
        """Return the operations that no other waits for: what passed them is output."""
        route = self.route(style)
        if style not in self._last:
            self._last[style] = frozenset(route) - {one for first in route.values() for one in first}
        return self._last[style]

    def is_last(self, style: str, operation: str) -> bool:
        """Return whether pieces that passed an operation are output; one that no route knows makes none."""
        return operation in self.last(style)

    def sam_s(self) -> dict[str, float | None]:
        """Return the standard times, seconds a piece."""
        return {code: step.sam_s for code, step in self.steps.items()}

    def labels(self) -> dict[str, dict[str, str]]:
        """Return the operations' names in both languages, by code."""
        return {code: {"ko": step.ko, "en": step.en} for code, step in self.steps.items()}


def names(db: apsw.Connection, work: Work) -> dict[str, str]:
    """Return the workers' names by badges without leading zeros: the ledger's over the configuration's."""
    return {str(int(one.badge)): one.name for one in work.workers} | people.names(db)
