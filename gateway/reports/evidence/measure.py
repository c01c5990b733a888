"""The figures of evidence, from raw rows alone: whoever has the pack works them out again."""

from collections import defaultdict
from typing import Any, Final, NamedTuple

import orjson

from gateway.figures.ratio import rounded
from gateway.figures.timeline import clipped, merged, without
from gateway.pay import hours as at_work
from gateway.pay.hours import QUARTER_NS, Mark, stays
from gateway.pay.piecework import badge
from gateway.reports.evidence.raw import LINE, MARK, Raw
from gateway.reports.evidence.throughput import bundles_s, lead_time, loss, lots_s, orders_s
from gateway.reports.plan import Plan

FORMULA: Final = "evidence / 2"


class Measure(NamedTuple):
    """What is measured."""

    ko: str
    en: str
    unit: str
    formula_ko: str
    formula_en: str
    better: int  # 1: more is better, -1: less, 0: neither


MEASURES: Final[dict[str, Measure]] = {
    "output_per_h": Measure(
        "시간당 생산량",
        "Output per hour",
        "pcs/h",
        "작업지시마다 마지막 공정을 지난 수량 ÷ 일한 시간",
        "pieces that passed the last operation of their order / hours worked",
        1,
    ),
    "dhu": Measure(
        "100개당 불량",
        "Defects per hundred",
        "%",
        "불량 ÷ (완성 수량 + 폐기) × 100",
        "defects / (output + scrap) x 100",
        -1,
    ),
    "lead_time_h": Measure(
        "묶음 소요 시간(중간값)",
        "Lead time of a bundle (median)",
        "h",
        "첫 공정의 첫 기록부터 마지막 공정의 마지막 기록까지, 그 사이에 시작해 끝난 묶음의 중간값",
        "first line at a first operation to last line at a last one, median of bundles begun and ended in the time",
        -1,
    ),
    "order_lead_time_h": Measure(
        "작업지시 소요 시간(중간값)",
        "Lead time of a work order (median)",
        "h",
        "작업지시의 세팅이나 첫 기록부터 마지막 완성까지, 그 사이에 시작해 끝난 작업지시의 중간값",
        "set-up or first line of a work order to its last output, median of orders begun and finished in the time",
        -1,
    ),
    "lot_lead_time_h": Measure(
        "귀금속 로트 소요 시간(중간값)",
        "Lead time of a lot of metal (median)",
        "h",
        "처음 내준 때부터 마지막으로 돌려받은 때까지, 그 사이에 시작해 모두 돌아온 로트의 중간값",
        "first issue of a lot to its last return, median of lots begun and wholly returned in the time",
        -1,
    ),
    "loss_percent": Measure(
        "해리율",
        "Metal loss",
        "%",
        "(내준 것 - 돌려받은 것 - 회수한 것) ÷ 내준 것 × 100. 보석을 뺀 g, 그 사이에 내주고 돌려받은 것",
        "(issued - returned - recovered) / issued x 100, g without stones, of what was issued and returned in the time",
        -1,
    ),
    "manual_share": Measure(
        "손으로 넣은 비율",
        "Share entered by hand",
        "1",
        "스캔이 아닌 방법으로 적은 수량 ÷ 모든 수량",
        "pieces recorded otherwise than by a scan / all pieces",
        -1,
    ),
    "kwh_per_piece": Measure(
        "한 개당 전력량",
        "Energy per piece",
        "kWh",
        "기계가 쓴 전력량 ÷ 완성 수량",
        "energy of the machines / output",
        -1,
    ),
    "coverage": Measure(
        "자료가 덮는 시간",
        "Time covered by data",
        "1",
        "게이트웨이가 돈 계획 시간 ÷ 계획한 시간",
        "planned time in which the gateway ran / planned time",
        0,
    ),
}
_AT: Final = {name: place for place, name in enumerate(LINE)}


def measures(raw: Raw, plan: Plan) -> dict[str, Any]:
    """Return each figure with its numerator, denominator and value; None where there is nothing to divide by.

    `applies` is false where nothing of the kind was recorded: a jeweller's metal has no bundles.
    """
    covered_s, planned_s = _covered(raw, plan)
    coverage = covered_s / planned_s if planned_s else None
    output = sum(line[_AT["quantity"]] for line in _done(raw) if _is_output(line, plan))
    made = _of_kinds(raw)
    energy_kwh, energy_known = _energy(raw)
    pieces = bool(_done(raw))
    found = {
        "output_per_h": (output, _hours(raw, plan) / 3600, 1, pieces),
        "dhu": (_sum(raw, "defect"), output + _scrapped(raw, plan), 100, pieces),
        "manual_share": (made["work"], made["scan"] + made["work"], 1, pieces),
        "kwh_per_piece": (energy_kwh, output if energy_known else 0, 1, pieces),
        "coverage": (covered_s, planned_s, 1, True),
    }
    told = {name: _entry(*parts, coverage) for name, parts in found.items()}
    bundles = any(line[_AT["bundle"]] is not None for line in _done(raw))
    orders = any(line[_AT["order_code"]] for line in raw.lines) or bool(raw.jobs)
    times = {
        "lead_time_h": lead_time(bundles_s(raw, plan), "bundles", bundles),
        "order_lead_time_h": lead_time(orders_s(raw, plan), "orders", orders),
        "lot_lead_time_h": lead_time(lots_s(raw), "lots", bool(raw.weighings)),
    }
    told |= {name: one | {"coverage": rounded(coverage)} for name, one in times.items()}
    told["loss_percent"] = loss(raw, coverage)
    return {name: told[name] for name in MEASURES}


def _entry(numerator: float, denominator: float, scale: int, applies: bool, coverage: float | None) -> dict[str, Any]:
    value = scale * numerator / denominator if denominator > 0 else None
    parts = {"numerator": round(numerator, 4), "denominator": round(denominator, 4)}
    return {"value": rounded(value) if applies else None, **parts, "coverage": rounded(coverage), "applies": applies}


def _done(raw: Raw) -> list[list[Any]]:
    return [line for line in raw.lines if line[_AT["what"]] == "done"]


def _sum(raw: Raw, what: str) -> int:
    return sum(line[_AT["quantity"]] for line in raw.lines if line[_AT["what"]] == what)


def _scrapped(raw: Raw, plan: Plan) -> int:
    """Return the pieces scrapped, but for those that are output already: recorded at their end, and scrapped then."""
    ended = {line[_AT["bundle"]] for line in _done(raw) if line[_AT["bundle"]] and _is_output(line, plan)}
    scrap = [line for line in raw.lines if line[_AT["what"]] == "scrap"]
    apart = [line for line in scrap if line[_AT["bundle"]] not in ended or not _is_output(line, plan)]
    return sum(line[_AT["quantity"]] for line in apart)


def _is_output(line: list[Any], plan: Plan) -> bool:
    return plan.is_output(line[_AT["order_code"]] or "", line[_AT["style"]] or "", line[_AT["operation"]])


def _of_kinds(raw: Raw) -> dict[str, int]:
    """Return the pieces that were done and not taken back, by the kind of the event that told them."""
    kinds = {event[0]: event[1] for event in raw.events}
    taken = {line[_AT["corrects_row"]] for line in raw.lines}
    sums = {"scan": 0, "work": 0}
    for line in _done(raw):
        kind = kinds.get(line[0], "")
        if line[_AT["corrects_row"]] is None and line[0] not in taken and kind in sums:
            sums[kind] += line[_AT["quantity"]]
    return sums


def _hours(raw: Raw, plan: Plan) -> float:
    """Return the seconds worked by all."""
    hold_ns = int(plan.terms.badge_hold_s * 1e9)
    marks = [dict(zip(MARK, mark, strict=True)) for mark in raw.marks]
    told = [Mark(one["time_ns"], one["station"], badge(one["worker"]), one["leaves"]) for one in marks]
    active: dict[str, list[int]] = defaultdict(list)
    for line in _done(raw):
        if line[_AT["quantity"]] > 0:
            active[badge(line[_AT["worker"]])].append(line[_AT["time_ns"]] // QUARTER_NS)
    terms = plan.terms
    found = at_work.hours(stays(told, hold_ns, raw.span[1]), active, terms.day.breaks(raw.span), raw.span, terms.days)
    return sum(one.total_s for one in found.values())


def _energy(raw: Raw) -> tuple[float, bool]:
    """Return the energy of quarter hours that lie in the span, in kWh, and whether any is known."""
    bodies = [orjson.loads(event[6]) for event in raw.events if event[1] == "energy"]
    within = [one for one in bodies if raw.span[0] <= one["from"] * 1_000_000 < raw.span[1]]
    return sum(one["kwh"] for one in within), bool(within)


def _covered(raw: Raw, plan: Plan) -> tuple[float, float]:
    planned = plan.terms.day.planned(raw.span)
    holes = merged(raw.gaps)
    seen = [part for one in planned for part in without(one, clipped(holes, one))]
    covered_s, planned_s = (sum(stop - start for start, stop in some) / 1e9 for some in (seen, planned))
    return covered_s, planned_s
