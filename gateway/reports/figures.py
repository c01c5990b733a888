"""All figures of work of a span, each with what was divided by what, and how much of the time the data covers."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import apsw

from gateway.figures.ratio import Ratio, rounded
from gateway.figures.timeline import Span, clipped, merged, without
from gateway.figures.work import FORMULA, against_target, balance, dhu, first_pass, lead_times, line_efficiency, rolled
from gateway.pay.book import hours_of
from gateway.pay.hours import Hours
from gateway.pay.piecework import badge, by_number
from gateway.reports import output, progress
from gateway.reports.output import Cell, Made
from gateway.reports.plan import Plan
from gateway.reports.progress import Order

Entry = dict[str, Any]


def figures(
    db: apsw.Connection, plan: Plan, span: Span, now_ns: int, gaps: Sequence[Span] = (), workers: bool = False
) -> Entry:
    """Return the figures of a span (UTC ns). `gaps`: when the gateway did not run. `workers`: each worker's, too."""
    cells, hours = output.cells(db, span), hours_of(db, plan.terms, span, now_ns)
    operations = output.grouped(cells, "operation")
    later = output.scrapped_later(db, span) if any(one.scrap for one in operations.values()) else []
    orders = progress.orders(db, plan)
    people = output.operators(db, span)
    covered = _coverage(plan, (span[0], min(span[1], now_ns)), gaps)
    yields = _first_passes(operations, later, covered)
    found: Entry = {
        "formula": FORMULA,
        "from": span[0] // 1_000_000,
        "to": span[1] // 1_000_000,
        "coverage": covered.entry(),
        "output": _output(cells, plan),
        "hours": [{"ts": ts, **made.entry()} for ts, made in _hours(db, plan, span)],
        "operations": [_operation(plan, code, made, people, yields[code]) for code, made in operations.items()],
        "styles": _each("style", output.grouped(cells, "style")),
        "orders": _orders(cells, orders, plan),
        "stations": _each("station", output.by(db, "station", span)),
        "efficiency": _efficiency(operations, plan, list(hours.values())),
        "quality": _quality(operations, cells, plan, later, yields, covered),
        "balance": _balances(cells, plan, people),
        "wip": {"as_of": now_ns // 1_000_000, **progress.wip(db, orders, plan)},
        "lead_time": lead_times(progress.lead_times_s(orders, plan, span)),
    }
    if workers:
        found["workers"] = _workers(db, plan, span, hours)
    return found


def _coverage(plan: Plan, span: Span, gaps: Sequence[Span]) -> Ratio:
    """Return the share of the planned time in which the gateway ran."""
    planned = plan.terms.day.planned(span) if span[0] < span[1] else []
    holes = merged(gaps)
    seen = [part for one in planned for part in without(one, clipped(holes, one))]
    planned_s, seen_s = (sum(stop - start for start, stop in some) / 1e9 for some in (planned, seen))
    return Ratio(seen_s, planned_s, seen_s / planned_s if planned_s else None)


def _output(cells: list[Cell], plan: Plan) -> int:
    return sum(one.quantity for one in cells if one.what == "done" and _is_output(one, plan))


def _is_output(cell: Cell, plan: Plan) -> bool:
    return plan.is_output(cell.order, cell.style, cell.operation)


def _hours(db: apsw.Connection, plan: Plan, span: Span) -> list[tuple[int, Made]]:
    begins_ns = plan.terms.day.midnight_ns(span[0])
    return list(output.hours(output.by(db, "quarter", span), -(begins_ns // output.QUARTER_NS) % 4))


def _each(name: str, groups: dict[str, Made]) -> list[Entry]:
    return [{name: key or None, **made.entry()} for key, made in groups.items()]


def _orders(cells: list[Cell], orders: list[Order], plan: Plan) -> list[Entry]:
    """Return each order's pieces in the span, and all that it ever made against its target.

    `sure`: something says at which operation its pieces are output. Otherwise nobody knows what is left.
    """
    made: dict[str, int] = defaultdict(int)
    unsure = set[str]()
    for order in orders:
        made[order.order] += order.made(plan)
        unsure |= set() if plan.sure(order.order, order.style) else {order.order}
    through = [one for one in cells if _is_output(one, plan)]
    output_of = {code: one.done for code, one in output.grouped(through, "order").items()}
    return [
        {
            "order": code or None,
            **one.entry(),
            "output": output_of.get(code, 0),
            "sure": code not in unsure,
            "progress": _progress(made[code], plan.targets.get(code), code not in unsure) if code else None,
        }
        for code, one in output.grouped(cells, "order").items()
    ]


def _progress(made: int, target: int | None, sure: bool) -> Entry:
    told = against_target(made, target)
    return told if sure else told | {"ratio": None, "left": None}


def _operation(plan: Plan, code: str, made: Made, people: dict[str, int], fpy: Ratio) -> Entry:
    step = plan.steps.get(code)
    return {
        "operation": code,
        "label": {"ko": step.ko, "en": step.en} if step else None,
        "sam_s": step and step.sam_s,
        "operators": people.get(code, 0),
        **made.entry(),
        "fpy": fpy.entry(),
    }


def _first_passes(operations: dict[str, Made], later: list[Cell], covered: Ratio) -> dict[str, Ratio]:
    """Return right first time by started: the scrapped too, but for those `later` ones that are among the done."""
    among = {code: one.scrap for code, one in output.grouped(later, "operation").items()}
    return {
        code: first_pass(
            made.done + made.scrap - among.get(code, 0), made.wrong - made.scrap, made.scrap, covered.coverage
        )
        for code, made in operations.items()
    }


def _efficiency(operations: dict[str, Made], plan: Plan, hours: list[Hours]) -> Entry:
    worked_s = sum(one.total_s for one in hours)
    all_s = worked_s + sum(one.unseen_s for one in hours)
    sure = (worked_s - sum(one.doubt_s for one in hours)) / all_s if all_s else None
    pieces = {code: made.done for code, made in operations.items()}
    ratio, unknown = line_efficiency(pieces, plan.sam_s(), worked_s, sure)
    return {**ratio.entry(), "without_sam": unknown}


def _quality(
    operations: dict[str, Made],
    cells: list[Cell],
    plan: Plan,
    later: list[Cell],
    yields: dict[str, Ratio],
    covered: Ratio,
) -> Entry:
    """Return DHU over what came out at the end, the scrapped too, and the yields of all operations together."""
    defects = sum(made.defect for made in operations.values())
    scrap = sum(made.scrap for made in operations.values())
    inspected = _output(cells, plan) + scrap - sum(one.quantity for one in later if _is_output(one, plan))
    per_hundred = dhu(defects, inspected, covered.coverage)
    value = per_hundred.value
    return {
        "dhu": {**per_hundred.entry(), "value": None if value is None else round(100 * value, 2)},
        "rolled_yield": rounded(rolled([yields[code] for code, made in operations.items() if made.done])),
    }


def _balances(cells: list[Cell], plan: Plan, people: dict[str, int]) -> list[Entry]:
    """Return the balance of each style of which at least two operations have a standard time."""
    found = []
    for style in dict.fromkeys(one.style for one in cells):
        made = {one.operation for one in cells if one.style == style and one.what == "done"}
        seconds = {code: sam_s for code in sorted(made) if (sam_s := plan.sam_s().get(code))}
        if len(seconds) > 1:
            found.append({"style": style or None, **balance(seconds, people).entry()})
    return found


def _workers(db: apsw.Connection, plan: Plan, span: Span, hours: dict[str, Hours]) -> list[Entry]:
    made: dict[str, Made] = {}
    pieces: dict[str, dict[str, int]] = {}
    for worker, operation, what, quantity in output.sums(db, "worker, operation, what", span):
        one = badge(worker)
        made.setdefault(one, Made()).add(what, quantity)
        if what == "done":
            done = pieces.setdefault(one, {})
            done[operation] = done.get(operation, 0) + quantity
    found, sam_s = [], plan.sam_s()
    for worker in sorted(made.keys() | hours.keys(), key=by_number):
        told = hours.get(worker, Hours())
        ratio, unknown = line_efficiency(pieces.get(worker, {}), sam_s, told.total_s, told.coverage)
        entry = {**ratio.entry(), "without_sam": unknown}
        base = {"worker": worker or None, **made.get(worker, Made()).entry(), "operations": pieces.get(worker, {})}
        found.append({**base, **told.entry(), "efficiency": entry})
    return found
