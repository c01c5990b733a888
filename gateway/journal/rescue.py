"""Rescue: a database that cannot be opened or written is set aside, and what is whole in it goes on in a new one."""

import logging
from pathlib import Path
from typing import Final

import apsw

from gateway.journal import blocks, rows
from gateway.journal.pages import SELECTS, TABLES, fetch, read_ends, read_epochs
from gateway.journal.rows import N_MASK, Epoch, Raw

log = logging.getLogger(__name__)

CHUNK: Final = 1000
# Copied as they are, each as far as it can be read. Projections are not: they are made anew from the events.
PLAIN: Final = ("epochs", "epochs_twin", "ends", "cursors", "gaps", "lasts", "meta", "dead_letters")


def set_aside(database: Path) -> Path:
    """Rename the database and its WAL, never over one that was set aside before; returns the new name."""
    n = 1
    while (aside := database.with_name(f"{database.name}.damaged-{n}")).exists():
        n += 1
    wal, index = (database.with_name(database.name + end) for end in ("-wal", "-shm"))
    if wal.exists():
        wal.rename(aside.with_name(aside.name + "-wal"))
    index.unlink(missing_ok=True)
    if database.exists():
        database.rename(aside)
    return aside


def copy(damaged: Path, db: apsw.Connection) -> int:
    """Copy every row that is whole into the new database; returns how many. Damage is logged, not raised."""
    try:
        old = apsw.Connection(str(damaged), flags=apsw.SQLITE_OPEN_READWRITE)
    except apsw.Error as error:
        log.warning("%s: nothing could be rescued: %s", damaged, error)
        return 0
    try:
        for table in PLAIN:
            _copy_plain(old, db, table)
        return sum(_copy_stream(old, db, stream) for stream in TABLES)
    except (apsw.CorruptError, apsw.NotADBError) as error:
        log.warning("%s: no more could be rescued: %s", damaged, error)
        return 0
    finally:
        old.close(True)


def _copy_plain(old: apsw.Connection, db: apsw.Connection, table: str) -> None:
    with db:
        try:
            found = old.execute(f"SELECT * FROM {table}")
            for row in found:
                names = ", ".join(column[0] for column in found.get_description())  # the old file may have fewer
                db.execute(f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({', '.join('?' * len(row))})", row)
        except (apsw.Error, UnicodeDecodeError) as error:  # as far as it went
            log.warning("the table %s was rescued in part: %s", table, error)


def _copy_stream(old: apsw.Connection, db: apsw.Connection, stream: str) -> int:
    """The keys of the run that ended with the damage have no known end: they are tried as far as rows come."""
    epochs = read_epochs(old)
    ends = {(start, of): N_MASK for start in epochs for of in TABLES} | _ends(old)
    kept, at, barren = 0, 0, 0
    while barren < 50:
        page = fetch(old, ends, stream, at, max(epochs, default=0) + 1 << rows.N_BITS, CHUNK)
        whole = [raw for raw in page.raws if _whole(stream, raw, epochs)]
        insert(db, stream, whole)
        kept, at, barren = kept + len(whole), page.last, 0 if page.raws else barren + 1
        if not page.more:
            break
    return kept


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
