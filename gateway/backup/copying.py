"""The copy itself: one moment of a database that somebody goes on writing."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import apsw

from gateway.backup.gentle import AT_ONCE, settle
from gateway.journal.reader import JournalReader, open_reader

STEPS_BYTES: Final = AT_ONCE


@contextmanager
def moment(journal: Path) -> Iterator[JournalReader]:
    """One view of a journal, from beginning to end: its writer goes on, and its WAL waits for us to be emptied.

    Raises FileNotFoundError, StorageFailed, apsw.Error.
    """
    with open_reader(journal) as reader:
        reader.db.execute("BEGIN")
        yield JournalReader(journal, reader.db)  # of the epochs as they are in this view


def copy(reader: JournalReader, to: Path) -> None:
    """Copy the reader's view into a new file by SQLite's backup. Raises apsw.Error and OSError.

    In an open transaction it is not begun anew when the writer commits.
    """
    try:
        _copy(reader, to)
    except apsw.IOError:
        _ask_why(to)
        raise


def _ask_why(to: Path) -> None:
    """SQLite does not tell what the system said: have it say so again. Raises OSError."""
    with to.open("ab") as file:
        file.write(bytes(STEPS_BYTES))
        file.flush()
        os.fsync(file.fileno())


def _copy(reader: JournalReader, to: Path) -> None:
    pages = max(1, STEPS_BYTES // reader.db.pragma("page_size"))
    with closing(apsw.Connection(str(to))) as db, to.open("rb") as file:
        db.pragma("journal_mode", "OFF")  # a copy that was cut off is thrown away
        db.pragma("synchronous", "OFF")
        with db.backup("main", reader.db, "main") as backup:
            while not backup.done:
                backup.step(pages)
                settle(file.fileno())


def discard(database: Path) -> None:
    """Remove a database and what SQLite has beside it."""
    for end in ("", "-journal", "-wal", "-shm"):
        Path(f"{database}{end}").unlink(missing_ok=True)


def new(path: Path) -> Path:
    """Make an empty file that nobody else may read, in the place of one that was left over. Raises OSError."""
    discard(path)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    return path
