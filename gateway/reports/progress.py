"""Where the work stands now: what waits in front of each operation, how far each order is, how long orders took."""

from collections import defaultdict
from collections.abc import Iterator
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
    loaded: int | None = None  # pieces of its bundles; None: no bundle was told of

    def waits(self, plan: Plan) -> dict[str, int | None]:
        """Return what waits in front of each operation; None in front of the first ones without any bundle."""
        route = plan.route(self.style)
        found: dict[str, int | None] = dict(waiting(self.done, self.scrap, self.loaded or 0, route))
        if self.loaded is None:
            found |= {operation: None for operation, first in route.items() if not first}
        return found

    def made(self, plan: Plan) -> int:
        """Return the pieces that are through."""
        return sum(pieces for operation, pieces in self.done.items() if plan.is_last(self.style, operation))

    def finished_ns(self, plan: Plan) -> int | None:
        """Return when the last piece was through; None while some are on their way."""
        begun = max(self.done.values(), default=0)
        if not begun or any(waits for waits in self.waits(plan).values()):
            return None
        ends = [at for operation, at in self.last_ns.items() if plan.is_last(self.style, operation)]
        return max(ends, default=None)


def orders(db: apsw.Connection) -> list[Order]:
    """Return all orders and styles, as far as anything was done of them."""
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
    for code, style, quantity in _loaded(db):
        if (code, style) in found:
            found[code, style].loaded = quantity
    return list(found.values())


def wip(found: list[Order], plan: Plan) -> dict[str, Any]:
    """Return what waits in front of each operation now, over all orders, and where most waits."""
    sums: dict[str, int] = defaultdict(int)
    unknown: set[str] = set()
    for order in found:
        for operation, pieces in order.waits(plan).items():
            if pieces is None:
                unknown.add(operation)
            else:
                sums[operation] += pieces
    most = max(sums.items(), key=lambda one: one[1], default=("", 0))
    return {
        "operations": [{"operation": operation, "waiting": pieces} for operation, pieces in sums.items()],
        "not_known": sorted(unknown - sums.keys()),
        "bottleneck": most[0] if most[1] > 0 else None,
    }


def lead_times_s(found: list[Order], plan: Plan, span: Span) -> list[float]:
    """Return how long each order took, from its first piece to its last, of those that were finished in a span."""
    ends = [(order.first_ns, order.finished_ns(plan)) for order in found if order.order]
    return [(end - start) / 1e9 for start, end in ends if end is not None and span[0] <= end < span[1]]


def _loaded(db: apsw.Connection) -> Iterator[tuple[str, str, int]]:
    """Yield the pieces of all bundles by order and style; what was split counts by its parts: they may be short."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for sign, rows in (
        (1, "SELECT order_code, style, sum(quantity) FROM work_bundles WHERE parent IS NULL GROUP BY 1, 2"),
        (1, "SELECT order_code, style, quantity FROM work_bundles WHERE parent IS NOT NULL"),
        (
            -1,
            "SELECT order_code, style, quantity FROM work_bundles WHERE bundle IN"
            " (SELECT parent FROM work_bundles WHERE parent IS NOT NULL)",
        ),
    ):
        for code, style, quantity in db.execute(rows):
            sums[code or "", style or ""] += sign * quantity
    yield from ((code, style, pieces) for (code, style), pieces in sums.items())
