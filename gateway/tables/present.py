"""What a shop knows already: the masters of the configuration under those of the ledger, people, and bundles."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import apsw

from gateway import people
from gateway.people import Person
from gateway.work.entries import Entry
from gateway.work.projections import masters
from gateway.work.projections.masters import KEYS, Master

Place = tuple[str, str]  # key, the day from which it is valid
_NOTHING: Final = (None, "", False)
Base = Mapping[str, Any]  # `work` of the configuration, as JSON


@dataclass(slots=True)
class Present:
    """All that a row of a list may name or change."""

    masters: dict[str, dict[Place, Master]] = field(default_factory=dict)  # by kind
    people: dict[int, Person] = field(default_factory=dict)
    bundles: dict[str, Entry] = field(default_factory=dict)
    _in_force: dict[str, dict[str, Entry]] = field(default_factory=dict)  # each until something of the kind is added

    def in_force(self, kind: str) -> dict[str, Entry]:
        """Return what is not retired of a kind, by its keys. It is asked for each row of a list."""
        if kind not in self._in_force:
            of_kind = self.masters.get(kind, {}).items()
            self._in_force[kind] = {key: one.body for (key, _), one in of_kind if not one.retired}
        return self._in_force[kind]

    def add(self, entry: Entry) -> None:
        """Lay an entry over what is there."""
        kind = entry["do"]
        self._in_force.pop(kind, None)
        since = (entry.get("from") or "") if kind in masters.DATED else ""
        key = KEYS[kind](entry)
        body = {name: value for name, value in entry.items() if name != "do"}
        self.masters.setdefault(kind, {})[key, since] = Master(key, since, bool(entry.get("retired")), body, 0)


def look(db: apsw.Connection, base: Base) -> Present:
    """Return what is known now."""
    found = Present()
    for entry in of_configuration(base):
        found.add(entry)
    for kind in KEYS:
        for master in masters.all_of(db, kind):
            found.masters.setdefault(kind, {})[master.key, master.since] = master
    found.people = {int(one["badge"]): Person(int(one["badge"]), one["name"]) for one in base.get("workers", ())}
    found.people |= {person.number: person for person in people.everybody(db)}
    columns = ("bundle", "order", "style", "size", "colour", "quantity")
    rows = db.execute("SELECT bundle, order_code, style, size, colour, quantity FROM work_bundles ORDER BY bundle")
    found.bundles = {row[0]: {"do": "bundle", **dict(zip(columns, row, strict=True))} for row in rows}
    return found


def of_configuration(base: Base) -> list[Entry]:
    """Return the entries that would say what the configuration says."""
    found = [{"do": "worker", "worker": one["badge"]} for one in base.get("workers", ())]
    for one in base.get("operations", ()):
        sam = one.get("sam_s")
        entry = {"do": "operation", "operation": one["code"], **one["label"], "after": list(one.get("after") or ())}
        found.append(entry | ({"sam_s": f"{sam:g}"} if sam else {}))
    for kind, name in (("defect_code", "defects"), ("reason_code", "reasons")):
        for one in base.get(name, ()):
            found.append({"do": kind, "code": one["code"], **one["label"], "planned": one.get("planned", False)})
    for one in base.get("equipment", ()):
        label = one.get("label") or {"ko": one["name"], "en": one["name"]}
        found.append({"do": "equipment", "equipment": one["name"], **label, "machine": one.get("machine")})
    return found


def said(entry: Entry) -> Entry:
    """Return what an entry says, by which two are compared: without its word and what is empty in it."""
    return {name: value for name, value in entry.items() if name != "do" and value not in _NOTHING and value != []}
