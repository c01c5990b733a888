"""Where the work stands, for those who do it: each order with what is left and late, and each open bundle."""

from collections import defaultdict
from typing import Any, Final

import apsw

from gateway.config.root import EdgeConfig
from gateway.reports import progress
from gateway.reports.ends import finals
from gateway.reports.plan import Plan
from gateway.reports.progress import Order
from gateway.work import stock
from gateway.work.catalogue import Catalogue
from gateway.work.projections import begun, masters
from gateway.work.shared import all_shared

Entry = dict[str, Any]
FINISHED_KEPT_NS: Final = 14 * 86_400_000_000_000  # how long a finished order is shown
MOST_BUNDLES: Final = 200
_MS: Final = 1_000_000


def standing(db: apsw.Connection, plan: Plan, config: EdgeConfig, today: str, now_ns: int) -> Entry:
    """Return the orders, late ones first, and what waits before each operation; `has`: what this shop works with.

    `today` is the shop's day, `2026-12-01`. An order is late when its due day is over and pieces are left.
    """
    found = progress.orders(db, plan)
    waits = progress.wip(db, found, plan)
    waiting = {one["operation"]: one["waiting"] for one in waits["operations"]}
    return {
        "as_of": now_ns // _MS,
        "today": today,
        "orders": _orders(db, plan, found, today, now_ns),
        "operations": [
            {"operation": code, "label": {"ko": step.ko, "en": step.en}, "waiting": waiting.get(code)}
            for code, step in plan.steps.items()
        ],
        "bottleneck": waits["bottleneck"],
        "has": _has(db, config),
    }


def _has(db: apsw.Connection, config: EdgeConfig) -> dict[str, bool]:
    labels = config.start.labels
    return {
        "bundles": bool({"coupon", "bundle"} & set(labels)) or _any(db, "work_open"),
        "jobs": "traveller" in labels or _any(db, "work_jobs"),
        "weighing": bool(config.work.metals),
        "equipment": bool(all_shared(db, config.work)),
        "tools": bool(config.work.tools),
    }


def _any(db: apsw.Connection, table: str) -> bool:
    return bool(list(db.execute(f"SELECT 1 FROM {table} LIMIT 1")))


def _orders(db: apsw.Connection, plan: Plan, found: list[Order], today: str, now_ns: int) -> list[Entry]:
    told = {one.key: one for one in masters.all_of(db, "order")}
    names = {one.key: one.body["name"] for one in masters.all_of(db, "style")}
    parts: dict[str, list[Order]] = defaultdict(list)
    for part in found:
        parts[part.order].append(part)
    entries = []
    for code in {*told, *parts} - {""}:
        master = told.get(code)
        if not (master and master.retired):
            entries.append(_order(code, master.body if master else {}, parts[code], plan, names, today))
    kept = [one for one in entries if one["finished"] is None or now_ns - one["finished"] * _MS < FINISHED_KEPT_NS]
    return sorted(kept, key=lambda one: (one["finished"] is not None, one["due"] or "9999", one["order"]))


def _order(code: str, body: Entry, parts: list[Order], plan: Plan, names: dict[str, str], today: str) -> Entry:
    style = body.get("style") or next((part.style for part in parts if part.style), None)
    route = plan.route(style or "")
    target = plan.targets.get(code) or None
    # Where nothing says which operation comes last, what was done at each is no output.
    made = sum(part.made(plan) for part in parts) if finals(route) else None
    left = None if target is None or made is None else max(0, target - made)
    ends = [part.finished_ns(plan) for part in parts]
    through = left == 0 if left is not None else bool(made) and None not in ends
    last_ns = max((at for part in parts for at in part.last_ns.values()), default=0)
    steps = {one: [0, 0] for one in route}
    for part in parts:
        for step, pieces in part.waits(plan).items():
            steps.setdefault(step, [0, 0])[1] += max(0, pieces)
        for step, pieces in part.done.items():
            steps.setdefault(step, [0, 0])[0] += pieces
    due = body.get("due")
    return {
        "order": code,
        "label": body.get("label"),
        "style": style,
        "name": names.get(style or ""),
        "due": due,
        "late": bool(due and due < today and not through),
        "target": target,
        "made": made,
        "left": left,
        "finished": last_ns // _MS if through else None,
        "steps": [{"operation": step, "done": done, "waiting": waits} for step, (done, waits) in steps.items()],
    }


def bundles(
    db: apsw.Connection, catalogue: Catalogue, workers: bool, order: str | None, operation: str | None
) -> Entry:
    """Return open bundles: what each waits for, or in whose hands it is, since when (ms UTC). `more`: not all of them.

    `order` and `operation` (that it waits for, or that is being done) narrow them down.
    """
    rows = db.execute(
        "SELECT bundle, order_code, style, size, colour FROM work_open LEFT JOIN work_bundles USING (bundle)"
        " WHERE ?1 IS NULL OR order_code = ?1 ORDER BY order_code, bundle",
        (order,),
    )
    found: list[Entry] = []
    for bundle, order_code, style, size, colour in list(rows):
        waits, held = stock.waiting(db, catalogue, bundle), begun.in_hand(db, bundle)
        if operation is not None and operation not in (*waits, *(one.operation for one in held)):
            continue
        if len(found) == MOST_BUNDLES:
            return {"bundles": found, "more": True}
        found.append(
            {
                "bundle": bundle,
                "order": order_code,
                "style": style,
                "size": size,
                "colour": colour,
                "pieces": stock.left(db, catalogue, bundle),
                "done": stock.operation_last(db, bundle),
                "waits_for": waits,
                "in_hand": [
                    {"operation": one.operation, "station": one.station, "since": one.time_ns // _MS}
                    | ({"worker": one.worker} if workers else {})
                    for one in held
                ],
                "since": _since(db, bundle),
            }
        )
    return {"bundles": found, "more": False}


def _since(db: apsw.Connection, bundle: str) -> int | None:
    """Return when something of a bundle was done last."""
    at = "SELECT time_ns FROM events WHERE id = (SELECT max(row) FROM work_paid WHERE bundle = ?)"
    found = db.execute(at, (bundle,)).fetchone()
    return found and int(found[0]) // _MS
