"""The making of the ledger's tables anew: the events of the journal folded in bulk, many in a transaction.

Most of a year is coupons: events that did one `done` without shares. Of those that follow one another each projection
writes all at once; whatever else an event did goes the way of a scan.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import apsw

from gateway.event import Row
from gateway.journal import rows
from gateway.work import fold
from gateway.work.coupons import Coupons, Reader, Run
from gateway.work.entries import entries_in
from gateway.work.projection import At, Projection, Tables
from gateway.work.projections import ALL

_DONE: Final = [word.coupons for one in ALL if (word := one.words.get("done")) and word.coupons]
_OTHER: Final = (KeyError, TypeError, ValueError, AttributeError)  # entries of another version, which must not stop all


def rebuild(db: apsw.Connection, events: Iterable[Row]) -> None:
    """Make the tables anew from events, in commit order."""
    fold.begin(db)
    making = Making(db)
    found, boots = raws(events)
    making.add(Reader().runs(found), boots)
    making.end()
    fold.finish(db)


def raws(events: Iterable[Row]) -> tuple[list[rows.Raw], dict[int, str]]:
    """Return events as they would stand in the file, and the boots by start."""
    found, boots = [], {}
    for row in events:
        at = fold.at(row)
        boots[row.position.start] = row.boot
        clock = rows.WAITING if at.waiting else rows.SYNCED
        cells = (at.row, row.kind.encode(), row.source.encode(), at.mono_ns, at.time_ns, clock, rows.dumps(row.body))
        found.append((*cells, rows.crc(*cells)))
    return found, boots


class Making:
    """Some events, in one transaction; `end` before it is committed."""

    def __init__(self, db: apsw.Connection) -> None:
        self._tables = Tables(db, bulk=True)
        self._tables.told = {into: told for one in ALL for into, told in one.told.items()}
        self._filled = {table for table in fold.TABLES if db.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone()}
        self._words: set[str] = set()  # that were written here
        self._holding = self._find_holding()
        self.events = 0  # that held entries

    def add(self, runs: Iterable[Run], boots: Mapping[int, str]) -> None:
        """Fold events, `boots` by start."""
        for made, last, other in runs:
            self._write(Coupons(made, last))
            if other:
                self._fold(other, boots)

    def end(self) -> None:
        """Write what gathered."""
        self._tables.flush()
        for one in ALL:
            if one.end:
                one.end(self._tables)
        self._tables.flush()
        for error, entries in self._tables.refused.items():
            fold.count(self._tables, f"malformed: {error}"[:80], entries)

    def _write(self, coupons: Coupons) -> None:
        self.events += len(coupons.made)
        if coupons.made:
            self._meet({"done"})
            for write in _DONE:
                write(self._tables, coupons)

    def _fold(self, raw: rows.Raw, boots: Mapping[int, str]) -> None:
        row, _, _, mono_ns, time_ns, clock, _, _ = raw
        at = At(row, boots.get(row >> rows.N_BITS, ""), mono_ns, time_ns, int(clock != rows.SYNCED))
        try:
            entries = entries_in(raw)
            self.events += bool(entries)
            self._meet({str(entry.get("do")) for entry in entries})
            fold.fold(self._tables, entries, at, self._holding)
        except _OTHER as error:
            fold.count(self._tables, f"malformed: {error!r}"[:80])

    def _meet(self, words: set[str]) -> None:
        if not words <= self._words:
            self._words |= words
            self._holding = self._find_holding()

    def _find_holding(self) -> list[Projection]:
        """Return the projections that hold anything: those alone can take back what was done."""
        return [
            one for one in ALL if self._words & one.words.keys() or self._filled.intersection((*one.tables, *one.held))
        ]
