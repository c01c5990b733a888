"""The catalogue of the ledger: its masters over those of the configuration. Read again when their version changed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo

import apsw

from gateway import people
from gateway.config.parts import Text
from gateway.config.work import Operation, Work
from gateway.work.catalogue import SPOKEN, CodeKind, Known
from gateway.work.entries import Entry
from gateway.work.projections import bundles, masters
from gateway.work.projections.bundles import Bundle

Steps = list[list[str]]


@dataclass(slots=True)
class Read:
    """The masters that a scan asks for, as they stood at a version."""

    version: int
    workers: dict[int, str]
    operations: dict[str, Operation]
    routes: dict[str, list[tuple[str, Steps]]]  # by style, '' for all: (since, steps), the latest day first
    names: dict[str, dict[str, Text]] = field(default_factory=dict)  # of defect and reason codes


class LedgerCatalogue:
    """What is in force now. `now_ns` returns the UTC by which days are told in the shop's zone."""

    def __init__(self, work: Work, zone: ZoneInfo, now_ns: Callable[[], int]) -> None:
        self._base, self._zone, self._now_ns = work, zone, now_ns
        self._read: Read | None = None

    def today(self) -> str:
        """Return the day in the shop, `2026-12-01`."""
        return datetime.fromtimestamp(self._now_ns() / 1e9, self._zone).date().isoformat()

    def worker(self, db: apsw.Connection, number: int) -> Known | None:
        """Return whose badge it is; None for nobody's, and for that of somebody who has left."""
        badge = self._masters(db).workers.get(number)
        if badge is None:
            return None
        person = people.of(db, number)
        if person and person.left and person.left < self.today():
            return None
        return Known(badge, person.language if person and person.language in SPOKEN else None)

    def operation(self, db: apsw.Connection, code: str) -> Operation | None:
        """Return an operation."""
        return self._masters(db).operations.get(code)

    def operations(self, db: apsw.Connection) -> Iterable[Operation]:
        """Return all operations: those of the configuration in its order, then the others by their codes."""
        return self._masters(db).operations.values()

    def route(self, db: apsw.Connection, style: str | None) -> Steps | None:
        """Return the route of a style as it is today, else that of all styles, else None."""
        routes = self._masters(db).routes
        if not routes:
            return None
        today = self.today()
        for key in (style or "", ""):
            found = next((steps for since, steps in routes.get(key, ()) if since <= today), None)
            if found is not None:
                return found
        return None

    def before(self, db: apsw.Connection, operation: Operation, style: str | None) -> tuple[str, ...]:
        """Return the operations that must be done before: the step before it in the route, else what it says itself."""
        steps = self.route(db, style) or []
        for place, step in enumerate(steps):
            if operation.code in step:
                return tuple(steps[place - 1]) if place else ()
        return operation.after

    def after(self, db: apsw.Connection, code: str, style: str | None) -> Iterator[Operation]:
        """Yield the operations that wait for this one, of this style."""
        return (one for one in self.operations(db) if code in self.before(db, one, style))

    def nearest_operation(self, db: apsw.Connection, code: str) -> str | None:
        """Return the code that is most like this one."""
        return next(iter(get_close_matches(code, self._masters(db).operations, n=1)), None)

    def bundle(self, db: apsw.Connection, serial: str) -> Bundle | None:
        """Return a bundle that was told of: by an import, a split, a correction."""
        return bundles.known(db, serial)

    def codes(self, db: apsw.Connection, kind: CodeKind) -> Mapping[str, Text]:
        """Return the names of all defects, or of all reasons for downtime."""
        return self._masters(db).names[kind]

    def defect(self, db: apsw.Connection, code: str) -> Text | None:
        """Return the name of a defect."""
        return self._masters(db).names["defect_code"].get(code)

    def reason(self, db: apsw.Connection, code: str) -> Text | None:
        """Return the name of a reason for downtime."""
        return self._masters(db).names["reason_code"].get(code)

    def order(self, db: apsw.Connection, code: str) -> dict[str, str | int | None] | None:
        """Return a work order: its label, style, due day and pieces."""
        found = masters.one(db, "order", code)
        if found is None:
            return None
        pieces = sum(line["quantity"] for line in found.body.get("lines") or ())
        return {
            "order": code,
            "label": found.body.get("label"),
            "style": found.body["style"],
            "due": found.body.get("due"),
            "quantity": pieces,
        }

    def _masters(self, db: apsw.Connection) -> Read:
        version = masters.version(db)
        if self._read is None or self._read.version != version:
            self._read = _read(db, self._base, version)
        return self._read


def _read(db: apsw.Connection, base: Work, version: int) -> Read:
    workers = {int(worker.badge): worker.badge for worker in base.workers}
    operations = {operation.code: operation for operation in base.operations}
    for master in masters.all_of(db, "worker"):
        _lay(workers, int(master.key), master, workers.get(int(master.key), master.body["worker"]))
    for master in masters.all_of(db, "operation"):
        _lay(operations, master.key, master, operation_of(master.body, operations.get(master.key)))
    read = Read(version, workers, operations, {})
    for master in masters.all_of(db, "route"):
        if not master.retired:
            read.routes.setdefault(master.key, []).insert(0, (master.since, master.body["steps"]))
    for kind, parts in (("defect_code", base.defects), ("reason_code", base.reasons)):
        named = read.names[kind] = {part.code: part.label for part in parts}
        for master in masters.all_of(db, kind):
            _lay(named, master.key, master, Text(ko=master.body["ko"], en=master.body["en"]))
    return read


def _lay(over: dict[Any, Any], key: Any, master: masters.Master, value: Any) -> None:
    if master.retired:
        over.pop(key, None)
    else:
        over[key] = value


def operation_of(body: Entry, base: Operation | None = None) -> Operation:
    """Return the operation that an entry tells of; what entries do not tell is the configuration's."""
    return Operation(
        loss_percent=base and base.loss_percent,
        code=body["operation"],
        label=Text(ko=body["ko"], en=body["en"]),
        after=tuple(body.get("after") or ()),
        sam_s=float(body["sam_s"]) if body.get("sam_s") else None,
    )
