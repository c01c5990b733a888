"""A plan: what a list would change in the shop, before it does. The same rows over the same shop make the same plan."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import orjson

from gateway.people import Person
from gateway.tables import entries as make
from gateway.tables.entries import Misplaced
from gateway.tables.layout import LAYOUTS
from gateway.tables.present import Present, said
from gateway.tables.problem import Problem, Wrong, shown
from gateway.tables.records import Record, Table
from gateway.work.entries import Entry
from gateway.work.projections import masters
from gateway.work.projections.masters import KEYS

MOST_SHOWN: Final = 300  # changes that a preview lists; the others are counted
GROUPED: Final = {"routes": ("style", "from"), "orders": ("order",)}  # rows that make one thing together
Unit = list[Entry]


@dataclass(slots=True)
class Count:
    """What would become of the rows of a kind."""

    new: int = 0
    changed: int = 0
    same: int = 0


@dataclass(slots=True)
class Plan:
    """What is to be done. Each unit is kept as a whole."""

    counts: dict[str, Count] = field(default_factory=dict)  # by kind of list
    units: list[Unit] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)  # for the preview
    problems: list[Problem] = field(default_factory=list)
    skipped: list[Problem] = field(default_factory=list)
    bundles: int = 0  # that would be made, with serials of their own

    @property
    def digest(self) -> str:
        """Return what tells this plan from another."""
        told = [self.units, [list(one) for one in self.people], [one.entry() for one in self.problems]]
        return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def plan(tables: Iterable[Table], at: Present, bundle_of: int | None = None) -> Plan:
    """Return what the tables would change. Lists that others build on come first, whatever their order in the file.

    `bundle_of`: pieces of the bundles that are made for new orders whose rows name none; None makes none.
    """
    made, order = Plan(), list(LAYOUTS)
    for table in sorted(tables, key=lambda one: order.index(one.kind)):
        made.counts.setdefault(table.kind, Count())
        made.problems += table.problems
        made.skipped += table.skipped
        if table.kind in GROUPED:
            _grouped(made, table, at, bundle_of)
        else:
            for record in table.records:
                _single(made, table, record, at)
    return made


def _single(made: Plan, table: Table, record: Record, at: Present) -> None:
    found = _tried(made, table, [record], lambda: make.SINGLE[table.kind](record, at))
    if found is None:
        return
    person = _tried(made, table, [record], lambda: make.person(record, at)) if table.kind == "workers" else None
    before = at.people.get(person.number) if person else None
    (entry,) = found
    known = _before(at, entry)
    if table.kind == "workers" and person and (person != (before or Person(person.number))):
        made.people.append(person)
        at.people[person.number] = person
        status = "changed" if known else "new"
        _count(made, table.kind, status, record.row, entry, person._asdict(), before and before._asdict())
        if known is None or known.get("retired"):
            made.units.append([entry])
            _lay(at, entry)
        return
    if table.kind == "bookings" and "name" in record.values and "worker" not in entry:
        text = {
            "ko": "이름만으로는 누구인지 몰라서 이름 없이 넣어요. 사번을 적어 주세요.",
            "en": "The name alone does not say who it is; it is left out. Write the badge.",
        }
        made.skipped.append(Problem(table.sheet, record.cells.get("name", str(record.row)), None, text))
    _keep(made, table.kind, record.row, at, [entry])


def _grouped(made: Plan, table: Table, at: Present, bundle_of: int | None) -> None:
    """Rows of one thing are kept together, or not at all."""
    groups: dict[tuple[str, ...], list[Record]] = {}
    for record in table.records:
        groups.setdefault(tuple(str(record.values.get(name)) for name in GROUPED[table.kind]), []).append(record)
    spoilt = {tuple(str(values.get(name)) for name in GROUPED[table.kind]) for values in table.bad}
    nobodys = any(GROUPED[table.kind][0] not in values for values in table.bad)  # it may be of any of them
    for key, records in groups.items():
        if key in spoilt or nobodys:
            text = {
                "ko": "같은 것의 다른 줄이 틀려서 함께 넣지 않아요.",
                "en": "Another row of the same thing is wrong: left out with it.",
            }
            made.skipped.append(Problem(table.sheet, str(records[0].row), None, text))
            continue
        build = partial(make.route if table.kind == "routes" else make.order, records, at)
        entry = _tried(made, table, records, build)
        if entry is None:
            continue
        fresh = table.kind == "orders" and _before(at, entry) is None
        cut = _tried(made, table, records, partial(make.bundles, entry, bundle_of)) if fresh else []
        if cut is None:
            continue
        made.bundles += len(cut)
        _keep(made, table.kind, records[0].row, at, [entry, *cut])


def _tried(made: Plan, table: Table, records: list[Record], work: Callable[[], Any]) -> Any:
    """Return what the work returns; None when a record is wrong, which is told with its cell."""
    try:
        return work()
    except Wrong as wrong:
        name = wrong.field if isinstance(wrong, Misplaced) else ""
        told = wrong.record if isinstance(wrong, Misplaced) else None
        record = told or next((one for one in records if name in one.values), records[0])
        found = record.values.get(name)
        place = record.cells.get(name, str(record.row))
        made.problems.append(Problem(table.sheet, place, None if found is None else shown(found), wrong.text))
        return None


def _before(at: Present, entry: Entry) -> Entry | None:
    """Return what is in force of the same key and day."""
    if entry["do"] == "bundle":
        return at.bundles.get(entry["bundle"])
    since = (entry.get("from") or "") if entry["do"] in masters.DATED else ""
    known = at.masters.get(entry["do"], {}).get((KEYS[entry["do"]](entry), since))
    return known.body if known and not known.retired else None


def _keep(made: Plan, kind: str, row: int, at: Present, unit: Unit) -> None:
    entry = unit[0]
    before = _before(at, entry)
    if before is not None and said(before) == said(entry):
        made.counts[kind].same += 1
        return
    _count(made, kind, "new" if before is None else "changed", row, entry, said(entry), before and said(before))
    made.units.append(unit)
    _lay(at, entry)


def _lay(at: Present, entry: Entry) -> None:
    if entry["do"] == "bundle":
        at.bundles[entry["bundle"]] = entry
    else:
        at.add(entry)


def _count(
    made: Plan, kind: str, status: str, row: int, entry: Entry, values: dict[str, Any], before: dict[str, Any] | None
) -> None:
    count = made.counts[kind]
    if status == "new":
        count.new += 1
    else:
        count.changed += 1
    if len(made.changes) < MOST_SHOWN:
        made.changes.append({"kind": kind, "row": row, "status": status, "values": values, "before": before})
