"""The catalogue: what a scan must know quickly, inside its transaction. The configuration is the base of it."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Final, Literal, NamedTuple, Protocol

import apsw

from gateway.config.parts import Text
from gateway.config.work import Operation, Work
from gateway.work.projections import bundles
from gateway.work.projections.bundles import Bundle

SPOKEN: Final = frozenset({"ko", "en"})  # languages that answers are told in; a worker's may be another
CodeKind = Literal["defect_code", "reason_code"]


class Known(NamedTuple):
    """A worker, as far as the journal may know of one."""

    badge: str  # as it was given: 0101 and 101 are one worker
    language: str | None  # one of SPOKEN; None: the screen's own


class Catalogue(Protocol):
    """Master data by its key; None for what is not known. All are called in the writer's thread, with its database."""

    def worker(self, db: apsw.Connection, number: int) -> Known | None: ...
    def operation(self, db: apsw.Connection, code: str) -> Operation | None: ...
    def operations(self, db: apsw.Connection) -> Iterable[Operation]: ...
    def before(self, db: apsw.Connection, operation: Operation, style: str | None) -> tuple[str, ...]: ...
    def after(self, db: apsw.Connection, code: str, style: str | None) -> Iterable[Operation]: ...
    def nearest_operation(self, db: apsw.Connection, code: str) -> str | None: ...
    def bundle(self, db: apsw.Connection, serial: str) -> Bundle | None: ...
    def route(self, db: apsw.Connection, style: str | None) -> list[list[str]] | None: ...
    def codes(self, db: apsw.Connection, kind: CodeKind) -> Mapping[str, Text]: ...
    def defect(self, db: apsw.Connection, code: str) -> Text | None: ...
    def reason(self, db: apsw.Connection, code: str) -> Text | None: ...
    def order(self, db: apsw.Connection, code: str) -> dict[str, str | int | None] | None: ...


class ConfiguredCatalogue:
    """The workers and operations of the configuration; bundles of the ledger."""

    def __init__(self, work: Work) -> None:
        self._workers = {int(worker.badge): Known(worker.badge, None) for worker in work.workers}
        self._operations = {operation.code: operation for operation in work.operations}
        self._codes: dict[CodeKind, dict[str, Text]] = {
            "defect_code": {defect.code: defect.label for defect in work.defects},
            "reason_code": {reason.code: reason.label for reason in work.reasons},
        }

    def worker(self, db: apsw.Connection, number: int) -> Known | None:
        """Return whose badge it is, by its number without leading zeros."""
        return self._workers.get(number)

    def operation(self, db: apsw.Connection, code: str) -> Operation | None:
        """Return an operation."""
        return self._operations.get(code)

    def operations(self, db: apsw.Connection) -> Iterable[Operation]:
        """Return all operations, in the order in which they were written."""
        return self._operations.values()

    def before(self, db: apsw.Connection, operation: Operation, style: str | None) -> tuple[str, ...]:
        """Return the operations that must be done before this one, of this style."""
        return operation.after

    def after(self, db: apsw.Connection, code: str, style: str | None) -> Iterator[Operation]:
        """Yield the operations that wait for this one, of this style."""
        return (one for one in self.operations(db) if code in self.before(db, one, style))

    def nearest_operation(self, db: apsw.Connection, code: str) -> str | None:
        """Return the code that is most like this one."""
        return next(iter(get_close_matches(code, [one.code for one in self.operations(db)], n=1)), None)

    def bundle(self, db: apsw.Connection, serial: str) -> Bundle | None:
        """Return a bundle that was told of: by an import, a split, a correction."""
        return bundles.known(db, serial)

    def route(self, db: apsw.Connection, style: str | None) -> None:
        """Return nothing: the configuration knows no routes."""

    def codes(self, db: apsw.Connection, kind: CodeKind) -> Mapping[str, Text]:
        """Return the names of all defects, or of all reasons for downtime."""
        return self._codes[kind]

    def defect(self, db: apsw.Connection, code: str) -> Text | None:
        """Return the name of a defect."""
        return self._codes["defect_code"].get(code)

    def reason(self, db: apsw.Connection, code: str) -> Text | None:
        """Return the name of a reason for downtime."""
        return self._codes["reason_code"].get(code)

    def order(self, db: apsw.Connection, code: str) -> dict[str, str | int | None] | None:
        """Return a work order: the configuration knows none."""
        return None
