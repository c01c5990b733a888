"""Where the work stands now: what waits in front of each operation, and how long orders took."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

import apsw

from gateway.figures.timeline import Span
from gateway.figures.work import waiting
from gateway.reports.plan import Part, Plan
from gateway.work import stock

# Of open bundles: the operations that are done of each or of what it was split from; what was told of each; and of
# those that nobody told of what was done last.
_DONE: Final = (
    "WITH RECURSIVE up(bundle, part) AS (SELECT bundle, bundle FROM work_open UNION"
    " SELECT one.parent, up.part FROM up JOIN work_bundles AS one USING (bundle) WHERE one.parent IS NOT NULL)"
    " SELECT up.part, paid.operation FROM up JOIN work_paid AS paid USING (bundle)"
)
_TOLD: Final = (
    "SELECT bundle, 1, coalesce(order_code, ''), coalesce(style, ''), quantity"
    " FROM work_open CROSS JOIN work_bundles USING (bundle)"
)
_UNTOLD: Final = (
    "SELECT open.bundle, 0, coalesce(line.order_code, ''), coalesce(line.style, ''), sum(line.quantity)"
    " FROM work_open AS open CROSS JOIN work_lines AS line ON line.row ="
    " (SELECT max(row) FROM work_paid WHERE work_paid.bundle = open.bundle) AND line.bundle = open.bundle"
    " WHERE line.what = 'done' AND line.corrects_row IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM work_bundles WHERE work_bundles.bundle = open.bundle) GROUP BY 1, 3, 4"
)


@dataclass(slots=True)
class Order:
    """All that was ever done of one order and style; '' where no order was told."""

    order: str
    style: str
    done: dict[str, int] = field(default_factory=dict)
    scrap: dict[str, int] = field(default_factory=dict)
    first_ns: int = 0
    last_ns: dict[str, int] = field(default_factory=dict)  # by operation
    in_bundles: dict[str, int] | None = None  # pieces of its open bundles in front of each operation; None: no bundles
    in_jobs: dict[str, int] = field(default_factory=dict)  # where there are bundles, too: what jobs did, without them
    scrap_in_jobs: dict[str, int] = field(default_factory=dict)

    def waits(self, plan: Plan) -> dict[str, int]:
        """Return what waits in front of each operation.

        What jobs did of an order in bundles waits for the next operation, or was taken from what waited for theirs; of
        the first operations nobody knows what they took it from.
        """
        route = plan.route(self.style)
        if self.in_bundles is not None:
            passed = waiting(self.in_jobs, self.scrap_in_jobs, 0, route)
            return {
                operation: max(0, self.in_bundles.get(operation, 0) + (passed[operation] if first else 0))
                for operation, first in route.items()
            }
        return waiting(self.done, self.scrap, 0, route) | {one: 0 for one, first in route.items() if not first}

    def made(self, plan: Plan) -> int:
        """Return the pieces that are through."""
        return sum(self.done.get(operation, 0) for operation in self._end(plan))

    def finished_ns(self, plan: Plan) -> int | None:
        """Return when the last piece was through; None while some are on their way.

        Where nothing says how an order ends, what was done last is the end, once all that was ordered is made.
        """
        if any(self.waits(plan).values()):
            return None
        if not plan.sure(self.order, self.style):
            wanted = self.made(plan) >= plan.targets.get(self.order, 0)
            return max(self.last_ns.values(), default=None) if wanted else None
        return next((self.last_ns.get(operation) for operation in self._end(plan)), None)

    def _end(self, plan: Plan) -> list[str]:
        found = plan.ends.get((self.order, self.style))
        return [found.operation] if found else []


def orders(db: apsw.Connection, plan: Plan) -> list[Order]:
    """Return all orders and styles of which anything was done, or of which there is an open bundle.

    What was set up or started at a machine has begun, before any piece of it was told.
    """
    found: dict[tuple[str, str], Order] = {}
    begun = dict(
        db.execute(
            'SELECT "order", min(time_ns) FROM work_jobs WHERE taken_back IS NULL AND waiting = 0 GROUP BY "order"'
        )
    )
    rows = db.execute("SELECT order_code, style, operation, what, quantity, first_ns, last_ns FROM work_progress")
    for code, style, operation, what, quantity, first_ns, last_ns in rows:
        order = found.setdefault((code, style), Order(code, style, first_ns=first_ns))
        order.first_ns = min(order.first_ns, first_ns, begun.get(code, first_ns))
        if what == "done":
            order.done[operation] = quantity
            order.last_ns[operation] = last_ns
        elif what == "scrap":
            order.scrap[operation] = quantity
    for (code, style), waits in _in_bundles(db, plan).items():
        found.setdefault((code, style), Order(code, style)).in_bundles = waits
    if told_of_bundles(db):
        for one in found.values():  # where pieces go in bundles and no job was told, none but those wait
            if one.in_bundles is None and one.order not in begun:
                one.in_bundles = {}
    _add_jobs(db, found)
    return list(found.values())


def _add_jobs(db: apsw.Connection, found: dict[Part, Order]) -> None:
    """Add what was made by jobs to the part of an order that goes in bundles, as far as no other part has it."""
    rows = db.execute(
        'SELECT "order", operation, sum(coalesce(quantity, 0)), sum(coalesce(scrap, 0)) FROM work_jobs'
        " WHERE taken_back IS NULL AND action = 'output' AND operation IS NOT NULL GROUP BY 1, 2"
        " HAVING sum(coalesce(quantity, 0) + coalesce(scrap, 0)) > 0"
    )
    parts: dict[str, list[Order]] = defaultdict(list)
    for one in found.values():
        parts[one.order].append(one)
    for code, operation, quantity, scrap in rows:
        bundled = [one for one in parts[code] if one.in_bundles is not None]
        if len(bundled) == 1:
            others = [one for one in parts[code] if one.in_bundles is None]
            bundled[0].in_jobs[operation] = quantity - sum(one.done.get(operation, 0) for one in others)
            bundled[0].scrap_in_jobs[operation] = scrap - sum(one.scrap.get(operation, 0) for one in others)


def told_of_bundles(db: apsw.Connection) -> bool:
    """Return whether anybody told how many pieces a bundle has."""
    return bool(list(db.execute("SELECT 1 FROM work_bundles LIMIT 1")))


def _in_bundles(db: apsw.Connection, plan: Plan) -> dict[Part, dict[str, int]]:
    """Return how many pieces of open bundles wait for each operation, by order and style, as the ledger knows them.

    What was short or scrapped is gone, wherever that was told: sums of what was done cannot say so.
    """
    done: dict[str, set[str]] = defaultdict(set)
    for bundle, operation in db.execute(_DONE):
        done[bundle].add(operation)
    found: dict[Part, dict[str, int]] = {}
    for bundle, told, code, style, quantity in [*db.execute(_TOLD), *db.execute(_UNTOLD)]:
        pieces = max(0, quantity - stock.scrapped(db, bundle)) if told else quantity
        waits = found.setdefault((code, style), {})
        for operation, first in plan.route(style).items():
            if operation not in done[bundle] and done[bundle].issuperset(first) and (first or told):
                waits[operation] = waits.get(operation, 0) + pieces
    return found


def wip(db: apsw.Connection, found: list[Order], plan: Plan) -> dict[str, Any]:
    """Return what waits in front of each operation now, over all orders, and where most waits.

    Where no bundle was told of, nobody knows what waits in front of the first operations.
    """
    sums: dict[str, int] = defaultdict(int)
    for order in found:
        for operation, pieces in order.waits(plan).items():
            sums[operation] += pieces
    unknown = frozenset() if told_of_bundles(db) else plan.first()
    shown = {operation: pieces for operation, pieces in sums.items() if operation not in unknown}
    most = max(shown.items(), key=lambda one: one[1], default=("", 0))
    return {
        "operations": [{"operation": operation, "waiting": pieces} for operation, pieces in shown.items()],
        "not_known": sorted(unknown),
        "bottleneck": most[0] if most[1] > 0 else None,
    }


def whole(found: list[Order], plan: Plan, span: Span) -> list[str]:
    """Return the orders that were begun and finished in a span."""
    parts: dict[str, list[Order]] = defaultdict(list)
    for order in found:
        parts[order.order].append(order)
    ends = {
        code: (min(one.first_ns for one in each), [one.finished_ns(plan) for one in each])
        for code, each in parts.items()
        if code
    }
    return sorted(
        code
        for code, (first_ns, finished) in ends.items()
        if span[0] <= first_ns and all(at is not None and at < span[1] for at in finished)
    )


def lead_times_s(found: list[Order], plan: Plan, span: Span) -> list[float]:
    """Return how long each order took, from its first piece to its last, of those that were finished in a span."""
    ends = [(order.first_ns, order.finished_ns(plan)) for order in found if order.order]
    return [(end - start) / 1e9 for start, end in ends if end is not None and span[0] <= end < span[1]]
