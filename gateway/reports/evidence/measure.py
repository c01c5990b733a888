"""The figures of evidence, from raw rows alone: whoever has the pack works them out again."""

from collections import defaultdict
from statistics import median
from typing import Any, Final, NamedTuple

import orjson

from gateway.figures.ratio import rounded
from gateway.figures.timeline import clipped, merged, without
from gateway.pay import hours as at_work
from gateway.pay.hours import QUARTER_NS, Mark, stays
from gateway.pay.piecework import badge
from gateway.reports.evidence.raw import LINE, MARK, Raw
from gateway.reports.plan import Plan

FORMULA: Final = "evidence / 1"


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
        "마지막 공정을 지난 수량 ÷ 일한 시간",
        "pieces that passed a last operation / hours worked",
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
    """Return each figure with its numerator, denominator and value; None where there is nothing to divide by."""
    covered_s, planned_s = _covered(raw, plan)
    coverage = covered_s / planned_s if planned_s else None
    output = sum(line[_AT["quantity"]] for line in _done(raw) if _is_last(line, plan))
    made = _of_kinds(raw)
    energy_kwh, energy_known = _energy(raw)
    found = {
        "output_per_h": (output, _hours(raw, plan) / 3600, 1),
        "dhu": (_sum(raw, "defect"), output + _sum(raw, "scrap"), 100),
        "manual_share": (made["work"], made["scan"] + made["work"], 1),
        "kwh_per_piece": (energy_kwh, output if energy_known else 0, 1),
        "coverage": (covered_s, planned_s, 1),
    }
    told = {name: _entry(*parts, coverage) for name, parts in found.items()}
    lead_s = _lead_times_s(raw, plan)
    value = rounded(median(lead_s) / 3600) if lead_s else None
    told["lead_time_h"] = {"value": value, "bundles": len(lead_s), "coverage": rounded(coverage)}
    return {name: told[name] for name in MEASURES}


def _entry(numerator: float, denominator: float, scale: int, coverage: float | None) -> dict[str, Any]:
    value = scale * numerator / denominator if denominator > 0 else None
    parts = {"numerator": round(numerator, 4), "denominator": round(denominator, 4)}
    return {"value": rounded(value), **parts, "coverage": rounded(coverage)}


def _done(raw: Raw) -> list[list[Any]]:
    return [line for line in raw.lines if line[_AT["what"]] == "done"]


def _sum(raw: Raw, what: str) -> int:
    return sum(line[_AT["quantity"]] for line in raw.lines if line[_AT["what"]] == what)


def _is_last(line: list[Any], plan: Plan) -> bool:
    return plan.is_last(line[_AT["style"]] or "", line[_AT["operation"]])


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


def _lead_times_s(raw: Raw, plan: Plan) -> list[float]:
    first, last = dict[str, int](), dict[str, int]()
    for line in _done(raw):
        bundle, at = line[_AT["bundle"]], line[_AT["time_ns"]]
        if bundle is None or line[_AT["quantity"]] <= 0:
            continue
        if not plan.route(line[_AT["style"]] or "").get(line[_AT["operation"]], ("",)):
            first[bundle] = min(at, first.get(bundle, at))
        if _is_last(line, plan):
            last[bundle] = max(at, last.get(bundle, at))
    return [(last[bundle] - first[bundle]) / 1e9 for bundle in sorted(first.keys() & last.keys())]


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
