"""Rescue: a database that cannot be opened or written is set aside, and what is whole in it goes on in a new one."""

import logging
from pathlib import Path
from typing import Final

import apsw

from gateway.journal import blocks, rows
from gateway.journal.carving import carve
from gateway.journal.epoch import sync_folder
from gateway.journal.files import Files
from gateway.journal.pages import SELECTS, TABLES, fetch, read_ends, read_epochs
from gateway.journal.rows import N_MASK, Epoch, Raw

log = logging.getLogger(__name__)

CHUNK: Final = 1000
# Copied as they are, each as far as it can be read. Projections are not: they are made anew from the events.
PLAIN: Final = ("epochs", "epochs_twin", "ends", "cursors", "gaps", "lasts", "meta", "dead_letters", "people")


def swap(files: Files) -> Path:
    """Put the rescued database in the place of the damaged one, which is set aside; returns its new name."""
    n = 1
    while (aside := _aside(files, n)).exists():
        n += 1
    files.database.rename(aside)
    finish(files)
    return aside


def finish(files: Files) -> None:
    """Go on with a swap that was cut off: the damaged database is away already, so the rescued one is whole."""
    if files.database.exists() or not files.rescued.exists():
        return
    n = 1
    while _aside(files, n + 1).exists():
        n += 1
    if files.wal.exists():
        files.wal.rename(_aside(files, n, "-wal"))
    files.database.with_name(files.database.name + "-shm").unlink(missing_ok=True)
    files.rescued.rename(files.database)
    sync_folder(files.database.parent)


def _aside(files: Files, n: int, end: str = "") -> Path:
    return files.database.with_name(f"{files.database.name}.damaged-{n}{end}")


def discard(database: Path) -> None:
    """Remove a database that was not finished."""
    for end in ("", "-wal", "-shm"):
        database.with_name(database.name + end).unlink(missing_ok=True)


def copy(damaged: Path, db: apsw.Connection) -> int:
    """Copy every row that is whole into the new database; returns how many. Damage is logged, not raised.

    First by SQLite, as far as its trees lead; where they do not lead to the end, from the pages alone. A full disk
    ends it: events go first.
    """
    try:
        whole = _copy_tables(damaged, db)
    except apsw.Error as error:
        log.warning("%s: no more could be copied: %s", damaged, error)
        whole = False
    if not whole:
        try:
            _carve(damaged, db)
        except (apsw.Error, OSError) as error:
            log.warning("%s: no more could be rescued: %s", damaged, error)
    return int(sum(next(db.execute(f"SELECT count(*) FROM {table}"))[0] for table in TABLES.values()))


def _copy_tables(damaged: Path, db: apsw.Connection) -> bool:
    """Return whether the trees of both streams lead to their ends: of a large file, carving takes minutes."""
    old = apsw.Connection(str(damaged), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        for table in PLAIN:
            _copy_plain(old, db, table)
        for stream in TABLES:
            _copy_stream(old, db, stream)
        return bool(read_epochs(old)) and all(_leads_to_its_end(old, table) for table in TABLES.values())
    finally:
        old.close(True)


def _leads_to_its_end(old: apsw.Connection, table: str) -> bool:
    try:
        return all(True for _ in old.execute(f"SELECT crc FROM {table}"))
    except apsw.CorruptError:
        return False


def _carve(damaged: Path, db: apsw.Connection) -> None:
    """What was let go, because its time was over or space ended, is not brought back."""
    over = rows.read_meta(db, "floor_s")
    for found in carve(damaged, damaged.with_name(damaged.name + "-wal")):
        with db:
            for epoch in found.epochs.values():
                keep_epoch(db, epoch)
            insert(db, "e", list(found.rows["e"].values()))
            insert(db, "s", [raw for row_id, raw in found.rows["s"].items() if row_id > over])
    evicted = "SELECT first, last FROM gaps WHERE stream = ? AND cause IN ('space', 'disk full')"
    for stream, table in TABLES.items():
        db.executemany(f"DELETE FROM {table} WHERE id BETWEEN ? AND ?", list(db.execute(evicted, (stream,))))


def keep_epoch(db: apsw.Connection, epoch: Epoch) -> None:
    """Note an epoch, in both of its places."""
    for table in ("epochs", "epochs_twin"):
        db.execute(f"INSERT OR IGNORE INTO {table} VALUES (?, ?, ?, ?)", (*epoch, rows.cells_crc(*epoch)))


def _copy_plain(old: apsw.Connection, db: apsw.Connection, table: str) -> None:
    with db:
        try:
            found = old.execute(f"SELECT * FROM {table}")
            for row in found:
                names = ", ".join(column[0] for column in found.get_description())  # the old file may have fewer
                db.execute(f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({', '.join('?' * len(row))})", row)
        except (apsw.Error, UnicodeDecodeError) as error:  # as far as it went
            log.warning("the table %s was rescued in part: %s", table, error)


def _copy_stream(old: apsw.Connection, db: apsw.Connection, stream: str) -> None:
    """The keys of the run that ended with the damage have no known end: they are tried as far as rows come."""
    epochs = read_epochs(old)
    ends = {(start, of): N_MASK for start in epochs for of in TABLES} | _ends(old)
    at, barren = 0, 0
    while barren < 50:
        page = fetch(old, ends, stream, at, max(epochs, default=0) + 1 << rows.N_BITS, CHUNK)
        whole = [raw for raw in page.raws if _whole(stream, raw, epochs)]
        insert(db, stream, whole)
        at, barren = page.last, 0 if page.raws else barren + 1
        if not page.more:
            break


def _ends(old: apsw.Connection) -> dict[tuple[int, str], int]:
    try:
        return read_ends(old)
    except apsw.Error:
        return {}


def _whole(stream: str, raw: Raw, epochs: dict[int, Epoch]) -> bool:
    fits = rows.whole(raw) if stream == "e" else blocks.whole(raw)
    return fits and rows.split(raw[0])[0] in epochs


def insert(db: apsw.Connection, stream: str, found: list[Raw]) -> None:
    """Insert whole rows, as they were read, under their own keys; those that are there stay as they are."""
    wide = SELECTS[stream].count(",") + 1
    with db:
        db.executemany(
            f"INSERT OR IGNORE INTO {TABLES[stream]} VALUES ({', '.join('?' * wide)})",
            [tuple(_text(value, stream) for value in raw) for raw in found],
        )


def _text(value: object, stream: str) -> object:
    """Events were read as bytes; their CRC fits, so these are the texts that were written."""
    return value.decode() if stream == "e" and isinstance(value, bytes) else value
