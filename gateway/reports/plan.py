"""Plan: what a shop's work is measured by: its calendar, its operations with their standard times, its routes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from zoneinfo import ZoneInfo

import apsw

from gateway import people
from gateway.config.work import Work
from gateway.pay.terms import Terms
from gateway.reports.ends import End, Route, Sum, end
from gateway.work.catalogue import Catalogue
from gateway.work.ledger_catalogue import LedgerCatalogue
from gateway.work.projections import masters

Part = tuple[str, str]  # an order and a style; '' where none was told


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
    ends: Mapping[Part, End] = field(default_factory=dict)  # where the pieces of an order and style are output

    @classmethod
    def of(cls, terms: Terms, catalogue: Catalogue, db: apsw.Connection) -> "Plan":
        """Read what a catalogue knows now."""
        operations = list(catalogue.operations(db))
        steps = {one.code: Step(one.label.ko, one.label.en, one.sam_s) for one in operations}
        styles = [style for (style,) in db.execute("SELECT DISTINCT style FROM work_progress")]
        routes, told = dict[str, Route](), set[str]()
        for style in {"", *styles}:
            steps_told = catalogue.route(db, style or None)
            on_it = {code for step in steps_told or () for code in step}
            told |= {style} if on_it else set()
            some = [one for one in operations if not on_it or one.code in on_it]
            routes[style] = {one.code: tuple(catalogue.before(db, one, style or None)) for one in some}
        orders = masters.all_of(db, "order")
        targets = {one.key: sum(line["quantity"] for line in one.body.get("lines") or ()) for one in orders}
        styles_of = {one.key: one.body["style"] for one in orders}
        return cls(terms, steps, routes, targets, _ends(db, routes, told, styles_of))

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

    def is_output(self, order: str, style: str, operation: str) -> bool:
        """Return whether pieces of an order and style that passed an operation are output."""
        found = self.ends.get((order, style))
        return found is not None and found.operation == operation

    def sure(self, order: str, style: str) -> bool:
        """Return whether something says where an order ends: else its output is a guess."""
        found = self.ends.get((order, style))
        return found is None or found.sure

    def sam_s(self) -> dict[str, float | None]:
        """Return the standard times, seconds a piece."""
        return {code: step.sam_s for code, step in self.steps.items()}

    def labels(self) -> dict[str, dict[str, str]]:
        """Return the operations' names in both languages, by code."""
        return {code: {"ko": step.ko, "en": step.en} for code, step in self.steps.items()}


def _ends(
    db: apsw.Connection, routes: Mapping[str, Route], told: set[str], styles_of: Mapping[str, str]
) -> dict[Part, End]:
    """Return the end of each order and style. What was done of an order before its style was told is of that style."""
    parts: dict[Part, list[Sum]] = {}
    names: dict[Part, Part] = {}
    for row in db.execute(
        "SELECT order_code, style, operation, quantity, last_ns FROM work_progress WHERE what = 'done'"
    ):
        one = Sum(*row)
        part = names[one.order, one.style] = one.order, one.style or styles_of.get(one.order) or ""
        parts.setdefault(part, []).append(one)
    found: dict[Part, End] = {}
    for name, part in names.items():
        style = part[1] if part[1] in routes else ""
        if (known := end(routes[style], style in told, parts[part])) is not None:
            found[name] = known
    return found


def names(db: apsw.Connection, work: Work) -> dict[str, str]:
    """Return the workers' names by badges without leading zeros: the ledger's over the configuration's."""
    return {str(int(one.badge)): one.name for one in work.workers} | people.names(db)
