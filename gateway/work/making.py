"""The making of the ledger's tables anew: the events of the journal folded in bulk, many in a transaction.

Most of a year is coupons: events that did one `done` without shares. Of those that follow one another each projection
writes all at once; whatever else an event did goes the way of a scan.
"""

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Final

import apsw

from gateway.event import Row
from gateway.journal import rows
from gateway.work import fold
from gateway.work.entries import KINDS, Entry, entries_in
from gateway.work.projection import At, Coupons, Projection, Tables
from gateway.work.projections import ALL

AT_ONCE: Final = 2000  # events that are read at once, some 2 MB
_KINDS: Final = {kind.encode() for kind in KINDS}
_MUST: Final = itemgetter("operation", "quantity", "worker", "station")
_DONE: Final = [word.coupons for one in ALL if (word := one.words.get("done")) and word.coupons]
_OTHER: Final = (KeyError, TypeError, ValueError, AttributeError)  # entries of another version, which must not stop all


def rebuild(db: apsw.Connection, events: Iterable[Row]) -> None:
    """Make the tables anew from events, in commit order."""
    fold.begin(db)
    making = Making(db)
    making.add(*raws(events))
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

    def add(self, found: Iterable[rows.Raw], boots: Mapping[int, str]) -> int:
        """Fold events as they stand in the file, `boots` by start; return how many are damaged, and left out."""
        mine = [raw for raw in found if raw[1] in _KINDS]
        whole = [raw for raw in mine if rows.whole(raw)]
        coupons = Coupons()
        for raw, entries in zip(whole, entries_in(whole), strict=True):
            if _coupon(raw, entries, coupons):
                continue
            self._write(coupons)
            coupons = Coupons()
            self._fold(raw, entries, boots)
        self._write(coupons)
        return len(mine) - len(whole)

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

    def _fold(self, raw: rows.Raw, entries: list[Entry], boots: Mapping[int, str]) -> None:
        self.events += bool(entries)
        row, _, _, mono_ns, time_ns, clock, _, _ = raw
        at = At(row, boots.get(row >> rows.N_BITS, ""), mono_ns, time_ns, int(clock != rows.SYNCED))
        try:
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


def _coupon(raw: rows.Raw, entries: list[Entry], coupons: Coupons) -> bool:
    """Take a coupon, and return whether it was one."""
    if len(entries) != 1 or raw[5] != rows.SYNCED:
        return False
    entry = entries[0]
    try:
        if entry["do"] != "done" or "shares" in entry:
            return False
        operation, quantity, worker, station = _MUST(entry)
    except (KeyError, TypeError):
        return False
    get = entry.get
    bundle = get("bundle")
    if bundle is not None and type(bundle) is not str:
        return False
    coupons.made.append((raw[0], raw[4], bundle, operation, get("order"), get("style"), worker, station, quantity))
    coupons.last.append(bool(get("last")))
    return True
