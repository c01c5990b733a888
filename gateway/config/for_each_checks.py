"""What is written once for each: there is something that it is made for, and what is made has names of its own."""

from collections.abc import Sequence
from typing import Any

from gateway.config.for_each import ALL, LONGEST_NAME, ForEach, OfEach, devices_of, subjects
from gateway.config.messages import nearest, shown
from gateway.config.places import Path
from gateway.config.prune import Tree
from gateway.config.report import Report
from gateway.config.root import EdgeConfig
from gateway.config.watch import LONGEST_NAME as LONGEST_WATCH


def check_for_each(config: EdgeConfig, tree: Tree, report: Report) -> None:
    """Report what is made for nothing, and made names that are too long or there already."""
    parts: tuple[tuple[str, Sequence[OfEach]], ...] = (
        ("rules", config.rules), ("signals", config.signals), ("watch", config.watch),
    )  # fmt: skip
    for section, written in parts:
        for i, one in enumerate(written):
            if one.for_each is not None and not any(cut[0] in ("drivers", "machines") for cut in tree.cuts):
                _subjects(config, one.for_each, tree.place((section, i, "for_each")), report)
    made: tuple[tuple[str, Sequence[tuple[int, OfEach]], int], ...] = (
        ("rules", config.made_rules, LONGEST_NAME), ("signals", config.made_signals, LONGEST_NAME),
        ("watch", config.made_watches, LONGEST_WATCH),
    )  # fmt: skip
    for section, all_made, limit in made:
        _names(section, config, all_made, limit, tree, report)


def _subjects(config: EdgeConfig, wanted: ForEach, place: Path, report: Report) -> None:
    meant = subjects(wanted.model_copy(update={"without": ()}), config.drivers, config.machines)
    for j, name in enumerate(wanted.without):
        if name not in [one.name for one in meant]:
            fields: dict[str, Any] = {"thing_ko": "기기나 기계", "thing_en": "device or machine", "where": "for_each"}
            near = nearest(name, [one.name for one in meant])
            report.add((*place, "without", j), "unknown_name", value=shown(name), near=near, **fields)
    if any(one.name not in wanted.without for one in meant):
        return
    devices = list(devices_of(config.drivers))
    known = {
        "machine": [ALL, *(one.kind for one in config.machines if one.kind)],
        "profile": [one.profile for one in devices if one.profile],
        "point": [point.name for one in devices for point in one.points],
    }
    key = next(key for key in known if getattr(wanted, key) is not None)
    value = getattr(wanted, key)
    report.add((*place, key), "for_each_none", value=shown(value), near=nearest(value, dict.fromkeys(known[key])))


def _names(
    section: str, config: EdgeConfig, all_made: Sequence[tuple[int, OfEach]], limit: int, tree: Tree, report: Report
) -> None:
    """What is made has a name that is short enough, and nobody else's: of both, what is made is told."""
    written = getattr(config, section)
    first = {one.name: tree.place((section, i, "name")) for i, one in all_made if written[i].for_each is None}
    for i, one in all_made:
        place = tree.place((section, i, "name"))
        if written[i].for_each is None or report.touches(place):
            continue
        if len(one.name) > limit:
            report.add(place, "made_name_long", value=one.name, limit=limit)
        elif (before := first.setdefault(one.name, place)) != place:
            free = f"{written[i].name}_each"
            report.add(place, "duplicate_name", name=one.name, first=report.document.line(before), free=free)
