"""What waits where, by hand."""

from typing import Any

from gateway.config.parts import Text
from gateway.config.work import Operation, Work
from gateway.reports import progress
from gateway.reports.plan import Plan
from tests.pay.conftest import TERMS, Books, ns

ROUTE = (("CUT", ()), ("FRONT", ("CUT",)), ("IRON", ("FRONT",)))
WORK = Work(operations=tuple(Operation(code=code, label=Text(ko=code, en=code), after=after) for code, after in ROUTE))
OF = {"order": "A1", "style": "S1"}


def test_an_order_with_bundles_and_jobs_waits_in_both() -> None:
    books = Books()

    def job(operation: str, quantity: int, scrap: int = 0, **style: str) -> None:
        about: dict[str, Any] = {"operation": operation, "order": "A1", "worker": "7", "station": "metal_1"}
        told: list[dict[str, Any]] = [{"do": "job", "action": "supply", "quantity": 99, **about}]
        told += [{"do": "job", "action": "output", "quantity": quantity, "scrap": scrap, **about}]
        told += [{"do": "done", "quantity": quantity, **about, **style}]
        told += [{"do": "scrap", "quantity": scrap, **about, **style}] if scrap else []
        books.enter("2026-11-02T10:00", *told)

    def waits() -> list[int]:
        plan = Plan.now(TERMS, WORK, books.db, ns("2026-11-02T12:00"))
        found = progress.wip(books.db, progress.orders(books.db, plan), plan)["operations"]
        return [{one["operation"]: one["waiting"] for one in found}[code] for code, _ in ROUTE]

    for bundle in ("1", "2"):
        books.enter("2026-11-02T09:00", {"do": "bundle", "bundle": bundle, "quantity": 20, **OF})
    books.done("2026-11-02T09:30", "7", "CUT", 20, bundle="1", **OF)
    assert waits() == [20, 20, 0]
    job("CUT", 30, style="S1")
    assert waits() == [20, 50, 0], "30 that no bundle holds wait, too"
    books.done("2026-11-02T10:30", "7", "FRONT", 20, bundle="1", **OF)
    assert waits() == [20, 30, 20]
    job("IRON", 12, 3, style="S1")
    assert waits() == [20, 30, 5], "ironed by job out of what the bundle has brought"
    job("FRONT", 4)  # told without its style: a part of the order of its own, as before
    assert waits()[0] == 20
