"""Figures of work as a document: the report of a shift, a day or some days."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

from gateway.reports.document import Cell, Document, Page, Table
from gateway.reports.words import Words

Figures = Mapping[str, Any]  # as `gateway.reports.figures` tells them
MOST_HOURS = 48  # of longer spans each hour is no table that anybody reads


def report(
    figures: Figures, title: str, when: str, names: Mapping[str, str], zone: tzinfo, foot: str, words: Words
) -> Document:
    """Return the document. `when`: the days, and the shift, as people say it."""
    tables = [_operations(figures, words), *_orders(figures, words)]
    if len(figures["hours"]) <= MOST_HOURS:
        tables.append(_hours(figures, zone, words))
    tables += _each(figures, "stations", "station", words)
    if "workers" in figures:
        tables.append(_workers(figures, names, words))
    missing = figures["efficiency"]["without_sam"]
    notes = [words("without_sam", names=", ".join(missing))] if missing else []
    unsure = [one["order"] or "-" for one in figures["orders"] if one["output"] and not one["sure"]]
    notes += [words("unsure", orders=", ".join(unsure))] if unsure else []
    notes.append(words("formula", formula=figures["formula"]))
    page = Page(title, [(words("period"), when), *_facts(figures, words)], tables, notes)
    return Document(f"work-{when.replace(' ', '').replace('~', '_')}", foot, [page], tables[0], figures)


def _facts(figures: Figures, words: Words) -> list[tuple[str, str]]:
    quality, lead = figures["quality"], figures["lead_time"]
    dhu = quality["dhu"]["value"]
    facts = [
        ("output", f"{figures['output']:,}"),
        ("efficiency", _percent(figures["efficiency"]["value"], words)),
        ("dhu", words("not_known") if dhu is None else f"{dhu:g}"),
        ("yield", _percent(quality["rolled_yield"], words)),
        ("lead", words("not_known") if lead["median_s"] is None else f"{lead['median_s'] / 3600:.1f} h"),
        ("bottleneck", figures["wip"]["bottleneck"] or "-"),
        ("coverage", _percent(figures["coverage"]["value"], words)),
    ]
    return [(words(key), value) for key, value in facts]


def _operations(figures: Figures, words: Words) -> Table:
    waits = {one["operation"]: one["waiting"] for one in figures["wip"]["operations"]}
    parts = ("operation", "done", "defect", "repair", "scrap", "fpy", "operators", "sam", "wip")
    rows: list[list[Cell]] = []
    for one in figures["operations"]:
        label = one["label"] and words.either(one["label"]["ko"], one["label"]["en"])
        name = f"{label} ({one['operation']})" if label else one["operation"]
        yields, sam = _percent(one["fpy"]["value"], words), one["sam_s"]
        counts = [one[what] for what in ("done", "defect", "repair", "scrap")]
        sam_s = None if sam is None else Decimal(f"{sam:g}")
        rows.append([name, *counts, yields, one["operators"], sam_s, waits.get(one["operation"])])
    return Table(words("by_operation"), [words(part) for part in parts], rows)


def _hours(figures: Figures, zone: tzinfo, words: Words) -> Table:
    rows = [
        [f"{datetime.fromtimestamp(one['ts'] / 1000, zone):%m-%d %H:00}", *(one[what] for what in ("done", "defect"))]
        for one in figures["hours"]
    ]
    return Table(words("by_hour"), [words(part) for part in ("hour", "done", "defect")], rows)


def _each(figures: Figures, group: str, name: str, words: Words) -> list[Table]:
    """Return the table of a group, if anything is known by it."""
    rows: list[list[Cell]] = [
        [one[name], *(one[what] for what in ("done", "defect", "repair", "scrap"))]
        for one in figures[group]
        if one[name] is not None
    ]
    headers = [words(part) for part in (name, "done", "defect", "repair", "scrap")]
    return [Table(words(f"by_{name}"), headers, rows)] if rows else []


def _orders(figures: Figures, words: Words) -> list[Table]:
    """Return what became of each order in the time, and how far it is."""
    rows: list[list[Cell]] = []
    for one in figures["orders"]:
        if progress := one["progress"]:
            ratio = progress["ratio"] and progress["ratio"]["value"]
            share = "" if ratio is None else _percent(ratio, words)
            rows.append([one["order"], one["output"], one["defect"], progress["made"], progress["target"], share])
    headers = [words(part) for part in ("order", "output", "defect", "so_far", "target", "progress")]
    return [Table(words("by_order"), headers, rows)] if rows else []


def _workers(figures: Figures, names: Mapping[str, str], words: Words) -> Table:
    parts = ("badge", "name", "done", "defect", "hours", "doubt", "efficiency")
    rows: list[list[Cell]] = [
        [
            one["worker"],
            names.get(one["worker"], ""),
            one["done"],
            one["defect"],
            Decimal(str(one["hours"])),
            Decimal(str(one["doubt_h"])),
            _percent(one["efficiency"]["value"], words),
        ]
        for one in figures["workers"]
        if one["worker"] is not None
    ]
    return Table(words("by_worker"), [words(part) for part in parts], rows)


def _percent(value: float | None, words: Words) -> str:
    return words("not_known") if value is None else f"{100 * value:.1f} %"
