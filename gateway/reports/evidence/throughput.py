"""How long bundles, orders and lots took, and what metal was lost, from raw rows alone. Times in seconds."""

from decimal import Decimal
from statistics import median
from typing import Any

from gateway.figures.ratio import rounded
from gateway.reports.evidence.raw import JOB, LINE, WEIGHING, Raw
from gateway.reports.plan import Plan
from gateway.work.loss import Balance, Weighing, balances, text

Entry = dict[str, Any]


def lead_time(took_s: list[float], of: str, applies: bool) -> Entry:
    """Return the median in hours, and of how many."""
    value = rounded(median(took_s) / 3600) if took_s else None
    return {"value": value, of: len(took_s), "applies": applies}


def bundles_s(raw: Raw, plan: Plan) -> list[float]:
    """Return how long each bundle took, from a first operation to its last, of those begun and ended in the span."""
    first, last = dict[str, int](), dict[str, int]()
    for line in raw.lines:
        one = dict(zip(LINE, line, strict=True))
        bundle, at = one["bundle"], one["time_ns"]
        if one["what"] != "done" or bundle is None or one["quantity"] <= 0:
            continue
        style = one["style"] or ""
        if not plan.route(style).get(one["operation"], ("",)):
            first[bundle] = min(at, first.get(bundle, at))
        if plan.is_output(one["order_code"] or "", style, one["operation"]):
            last[bundle] = max(at, last.get(bundle, at))
    return _between(first, last)


def orders_s(raw: Raw, plan: Plan) -> list[float]:
    """Return how long each order took, from its set-up or first line to its last output, of `raw.orders`."""
    first, last = dict[str, int](), dict[str, int]()
    for row in raw.jobs:
        job = dict(zip(JOB, row, strict=True))
        first[job["order"]] = min(job["time_ns"], first.get(job["order"], job["time_ns"]))
    for line in raw.lines:
        one = dict(zip(LINE, line, strict=True))
        order, style, at = one["order_code"] or "", one["style"] or "", one["time_ns"]
        first[order] = min(at, first.get(order, at))
        ends = plan.is_output(order, style, one["operation"]) or not plan.sure(order, style)
        if ends and one["what"] == "done" and one["quantity"] > 0:
            last[order] = max(at, last.get(order, at))
    whole = set(raw.orders)
    return _between({order: at for order, at in first.items() if order in whole}, last)


def lots_s(raw: Raw) -> list[float]:
    """Return how long each lot took, from its first issue to its last return, of those begun and returned."""
    first, last = dict[str, int](), dict[str, int]()
    held = {key.lot for key, balance in balances(_weighings(raw)).items() if balance.held}
    before = {one.lot for one in _weighings(raw) if one.time_ns < raw.span[0]}
    for one in _weighings(raw):
        if one.lot in held | before:
            continue
        if one.action == "issue":
            first[one.lot] = min(one.time_ns, first.get(one.lot, one.time_ns))
        elif one.action == "return":
            last[one.lot] = max(one.time_ns, last.get(one.lot, one.time_ns))
    return _between(first, last)


def loss(raw: Raw, coverage: float | None) -> Entry:
    """Return the loss in percent of what was issued, by hand-overs begun and returned in the span; grams as text."""
    found = _closed(raw)
    issued = sum((one.issued for one in found), Decimal(0))
    lost = sum((one.out for one in found), Decimal(0))
    value = float((lost / issued * 100).quantize(Decimal("0.0001"))) if issued else None
    parts = {"numerator": text(lost), "denominator": text(issued), "coverage": rounded(coverage)}
    return {"value": value, **parts, "applies": bool(raw.weighings)}


def _closed(raw: Raw) -> list[Balance]:
    weighings = _weighings(raw)
    before = {(one.lot, one.operation, one.worker) for one in weighings if one.time_ns < raw.span[0]}
    return [balance for key, balance in balances(weighings).items() if key not in before and not balance.held]


def _weighings(raw: Raw) -> list[Weighing]:
    found = []
    for row in raw.weighings:
        one = dict(zip(WEIGHING, row, strict=True))
        stones = Decimal(one["stones_ct"] or 0)
        about = (one["lot"], one["operation"], one["worker"], Decimal(one["grams"]), stones, one["station"])
        found.append(Weighing(one["time_ns"], one["action"], *about))
    return found


def _between(first: dict[str, int], last: dict[str, int]) -> list[float]:
    return [(last[one] - first[one]) / 1e9 for one in sorted(first.keys() & last.keys())]
