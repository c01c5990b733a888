"""Where the work stands now: what waits in front of each operation, and how long orders took."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import apsw

from gateway.figures.timeline import Span
from gateway.figures.work import waiting
from gateway.reports.plan import Plan


@dataclass(slots=True)
class Order:
    """All that was ever done of one order and style; '' where no order was told."""

    order: str
    style: str
    done: dict[str, int] = field(default_factory=dict)
    scrap: dict[str, int] = field(default_factory=dict)
    first_ns: int = 0
    last_ns: dict[str, int] = field(default_factory=dict)  # by operation
    unbegun: dict[str, int] = field(default_factory=dict)  # pieces of its bundles, in front of each first operation

    def waits(self, plan: Plan) -> dict[str, int]:
        """Return what waits in front of each operation."""
        route = plan.route(self.style)
        found = waiting(self.done, self.scrap, 0, route)
        return found | {operation: self.unbegun.get(operation, 0) for operation, first in route.items() if not first}

    def made(self, plan: Plan) -> int:
        """Return the pieces that are through."""
        return sum(pieces for operation, pieces in self.done.items() if plan.is_last(self.style, operation))

    def finished_ns(self, plan: Plan) -> int | None:
        """Return when the last piece was through; None while some are on their way."""
        if any(self.waits(plan).values()):
            return None
        ends = [at for operation, at in self.last_ns.items() if plan.is_last(self.style, operation)]
        return max(ends, default=None)


def orders(db: apsw.Connection, plan: Plan) -> list[Order]:
    """Return all orders and styles of which anything was done, or of which there is an open bundle."""
    found: dict[tuple[str, str], Order] = {}
    rows = db.execute("SELECT order_code, style, operation, what, quantity, first_ns, last_ns FROM work_progress")
    for code, style, operation, what, quantity, first_ns, last_ns in rows:
        order = found.setdefault((code, style), Order(code, style, first_ns=first_ns))
        order.first_ns = min(order.first_ns, first_ns)
        if what == "done":
            order.done[operation] = quantity
            order.last_ns[operation] = last_ns
        elif what == "scrap":
            order.scrap[operation] = quantity
    for operation in plan.first():
        for code, style, quantity in _unbegun(db, operation):
            if not plan.route(style).get(operation, ("",)):
                found.setdefault((code, style), Order(code, style)).unbegun[operation] = quantity
    return list(found.values())


def _unbegun(db: apsw.Connection, operation: str) -> list[tuple[str, str, int]]:
    """Return the pieces of open bundles of which an operation is not done, by order and style."""
    return list(
        db.execute(
            "SELECT coalesce(order_code, ''), coalesce(style, ''), sum(quantity)"
            " FROM work_open CROSS JOIN work_bundles AS one USING (bundle)"
            " WHERE NOT EXISTS (SELECT 1 FROM work_paid WHERE operation = ?"
            " AND work_paid.bundle IN (one.bundle, one.parent)) GROUP BY 1, 2",
            (operation,),
        )
    )


def wip(db: apsw.Connection, found: list[Order], plan: Plan) -> dict[str, Any]:
    """Return what waits in front of each operation now, over all orders, and where most waits.

    Where no bundle was told of, nobody knows what waits in front of the first operations.
    """
    sums: dict[str, int] = defaultdict(int)
    for order in found:
        for operation, pieces in order.waits(plan).items():
            sums[operation] += pieces
    told = bool(list(db.execute("SELECT 1 FROM work_bundles LIMIT 1")))
    unknown = frozenset() if told else plan.first()
    shown = {operation: pieces for operation, pieces in sums.items() if operation not in unknown}
    most = max(shown.items(), key=lambda one: one[1], default=("", 0))
    return {
        "operations": [{"operation": operation, "waiting": pieces} for operation, pieces in shown.items()],
        "not_known": sorted(unknown),
        "bottleneck": most[0] if most[1] > 0 else None,
    }


def lead_times_s(found: list[Order], plan: Plan, span: Span) -> list[float]:
    """Return how long each order took, from its first piece to its last, of those that were finished in a span."""
    ends = [(order.first_ns, order.finished_ns(plan)) for order in found if order.order]
    return [(end - start) / 1e9 for start, end in ends if end is not None and span[0] <= end < span[1]]
