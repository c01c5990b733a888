"""Salvage: what a damaged write-ahead log still holds goes into the database; what is known to be gone is named."""

import logging
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

import apsw

from gateway.journal import rescue, rows, schema
from gateway.journal.epoch import sync_folder
from gateway.journal.files import Files
from gateway.journal.orphans import Orphans, read_orphans
from gateway.journal.pages import TABLES, last_n
from gateway.journal.rows import WAITING, Epochs, Raw, key, split

log = logging.getLogger(__name__)

LASTING: Final = (1, 2, 3, 6)  # kind, source, mono_ns and body of an event: what freezing does not change
# A row that the database has as waiting had got its time: that never changes, and may have been sent.
REFREEZE: Final = {
    "e": f"UPDATE events SET time_ns = ?5, clock = ?6, crc = ?8 WHERE id = ?1 AND clock = {WAITING}",
    "s": f"UPDATE blocks SET time_ns = ?3, clock = ?4, data = ?5, crc = ?6 WHERE id = ?1 AND clock = {WAITING}",
}


class Salvaged(NamedTuple):
    """What came of it."""

    rows: int
    lost: list[tuple[str, int, int]]  # (stream, first key, last key) of one epoch: committed, and gone


def keep_orphans(files: Files) -> Orphans:
    """Return the orphans of the log, of which a copy is kept: salvaging writes over them, and may be cut off too."""
    if files.orphaned.exists():
        return read_orphans(files.orphaned)
    found = read_orphans(files.wal)
    if found.seen:
        log.warning("%s is damaged, and rows lie behind that", files.wal)
        beside = files.orphaned.with_name(files.orphaned.name + ".new")
        try:
            shutil.copyfile(files.wal, beside)
            with beside.open("rb") as copy:
                os.fsync(copy.fileno())
            beside.replace(files.orphaned)
            sync_folder(beside.parent)
        except OSError as error:  # a full disk
            log.warning("%s: no copy could be kept: %s", files.wal, error)
            beside.unlink(missing_ok=True)
    return found


def salvage(db: apsw.Connection, found: Orphans, known: Mapping[tuple[int, str], int], epochs: Epochs) -> Salvaged:
    """Add the orphans that are newer than all that the database has, in one transaction.

    `known`: the numbers up to which rows are known to have been committed, by (start, stream).
    What others have in the same file can be made from the events, and must be when there are new ones behind it:
    their tables are dropped.
    """
    if _taken_back(db, found.rows["e"].values()):
        log.warning("the orphans are of a transaction that failed: they are left alone")
        found = Orphans()
    ends = dict(known)
    for at, n in found.seen.items():
        ends[at] = max(n, ends.get(at, 0))
    total, lost = 0, []
    with db:
        for stream in TABLES:
            last = max(_last(db, stream), rows.read_meta(db, f"floor_{stream}"))
            fresh = [raw for row_id, raw in sorted(found.rows[stream].items()) if row_id > last]
            fresh = [raw for raw in fresh if split(raw[0])[0] in epochs]
            rescue.insert(db, stream, fresh)
            db.executemany(REFREEZE[stream], found.rows[stream].values())
            lost += [(stream, *part) for part in _missing(db, stream, last, ends)]
            total += len(fresh)
            if fresh and stream == "e":
                schema.drop_projections(db)
        _keep_starts(db, ends, epochs)
    if total or lost:
        log.warning("the end of the log was damaged: %d rows of it were salvaged", total)
    return Salvaged(total, lost)


def _last(db: apsw.Connection, stream: str) -> int:
    return next(db.execute(f"SELECT max(id) FROM {TABLES[stream]}"))[0] or 0


def _taken_back(db: apsw.Connection, events: Iterable[Raw]) -> bool:
    """Frames of a failed commit stay in the log until they are written over; its numbers are others' by now."""
    for row_id, *cells in events:
        for kept in db.execute(f"{rows.SELECT} WHERE id = ?", (row_id,)):
            if rows.whole(kept) and [kept[i] for i in LASTING] != [cells[i - 1] for i in LASTING]:
                return True
    return False


def _missing(
    db: apsw.Connection, stream: str, after: int, ends: Mapping[tuple[int, str], int]
) -> Iterator[tuple[int, int]]:
    """Yield the ranges of keys behind one that were given and have no row, epoch by epoch."""
    for (start, of), n in sorted(ends.items()):
        at, end = max(after, key(start, 0)), key(start, n)
        if of != stream or end <= at:
            continue
        select = f"SELECT id FROM {TABLES[stream]} WHERE id > ? AND id <= ? ORDER BY id"
        for row_id in [row_id for (row_id,) in db.execute(select, (at, end))] + [end + 1]:
            if row_id > at + 1:
                yield at + 1, row_id - 1
            at = row_id


def _keep_starts(db: apsw.Connection, ends: Mapping[tuple[int, str], int], epochs: Epochs) -> None:
    """From now on it is known who the starts before were, and how many rows they have had."""
    for epoch in epochs.values():
        rescue.keep_epoch(db, epoch)
        for stream in TABLES:
            n = max(last_n(db, stream, epoch.start), ends.get((epoch.start, stream), 0))
            db.execute("INSERT OR IGNORE INTO ends VALUES (?, ?, ?)", (epoch.start, stream, n))
