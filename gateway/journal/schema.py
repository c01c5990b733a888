"""The tables of the journal's file, and how its connection is set up."""

import contextlib
import re
from pathlib import Path
from typing import Final

import apsw

from gateway.errors import ConfigurationError

VERSION: Final = 1  # PRAGMA user_version
APPLICATION: Final = 0x476F6E67  # PRAGMA application_id: "Gong"
WAL_LIMIT_BYTES: Final = 8 << 20
PAGE_BYTES: Final = 1024  # of a new file: a commit writes whole pages, of which little is new (decision 19)

# An id is `start << 40 | n`: one integer key, in commit order through all epochs (see rows.key).
# `clock`: 0 waits for the clock, 1 synced, 2 frozen unsynced.
TABLES: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL, crc INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE epochs (start INTEGER PRIMARY KEY, token TEXT NOT NULL, boot TEXT NOT NULL, crc INTEGER NOT NULL) STRICT;
CREATE TABLE epochs_twin (
  start INTEGER PRIMARY KEY, token TEXT NOT NULL, boot TEXT NOT NULL, crc INTEGER NOT NULL) STRICT;
CREATE TABLE ends (
  start INTEGER NOT NULL, stream TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (start, stream)) STRICT, WITHOUT ROWID;
CREATE TABLE events (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, source TEXT NOT NULL, mono_ns INTEGER NOT NULL,
  time_ns INTEGER NOT NULL, clock INTEGER NOT NULL, body TEXT NOT NULL, crc INTEGER NOT NULL) STRICT;
CREATE INDEX events_waiting ON events (id) WHERE clock = 0;
CREATE INDEX events_rare ON events (kind) WHERE kind NOT IN ('count', 'scan', 'state');
CREATE TABLE blocks (
  id INTEGER PRIMARY KEY, schema INTEGER NOT NULL, time_ns INTEGER NOT NULL, clock INTEGER NOT NULL,
  data BLOB NOT NULL, crc INTEGER NOT NULL) STRICT;
CREATE INDEX blocks_waiting ON blocks (id) WHERE clock = 0;
CREATE TABLE lasts (
  kind TEXT NOT NULL, source TEXT NOT NULL, time_ns INTEGER NOT NULL, crc INTEGER NOT NULL,
  PRIMARY KEY (kind, source))
  STRICT, WITHOUT ROWID;
CREATE TABLE snapshots (
  id INTEGER PRIMARY KEY, event INTEGER NOT NULL, block INTEGER NOT NULL, start INTEGER NOT NULL,
  mono_ns INTEGER NOT NULL, data BLOB NOT NULL, crc INTEGER NOT NULL) STRICT;
CREATE TABLE cursors (
  name TEXT NOT NULL, stream TEXT NOT NULL, id INTEGER NOT NULL, crc INTEGER NOT NULL,
  PRIMARY KEY (name, stream)) STRICT, WITHOUT ROWID;
CREATE TABLE gaps (
  stream TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, cause TEXT NOT NULL,
  PRIMARY KEY (stream, first, last)) STRICT, WITHOUT ROWID;
CREATE TABLE dead_letters (
  id INTEGER PRIMARY KEY, publisher TEXT NOT NULL, stream TEXT NOT NULL, row INTEGER NOT NULL,
  time_ns INTEGER NOT NULL, reason TEXT NOT NULL) STRICT;
"""
# Columns that came later: files of every age get them when they are opened, behind those that they have.
ADDED: Final = {
    "cursors": ("began", "acknowledged", "refused", "redriven", "skipped", "gone"),
    "dead_letters": ("again",),
}
INDEXES: Final = """
CREATE INDEX IF NOT EXISTS letters_of ON dead_letters (publisher, stream, row);
CREATE INDEX IF NOT EXISTS letters_again ON dead_letters (publisher, stream, row) WHERE again = 1;
"""
OWN: Final = re.findall(r"CREATE TABLE (\w+)", TABLES)
# Names of people, who must be forgotten when they ask for it: kept beside the events, made from none of them, and never
# sent. Files of every age get it when they are opened.
PEOPLE: Final = """
CREATE TABLE IF NOT EXISTS people (
  number INTEGER PRIMARY KEY, name TEXT, language TEXT, since TEXT, left TEXT, note TEXT) STRICT;
"""
# What some thousand events on end tell of machines (gateway.journal.machine_pages): made from them.
PAGES: Final = """
CREATE TABLE IF NOT EXISTS machine_pages (
  last INTEGER PRIMARY KEY, first INTEGER NOT NULL, data BLOB NOT NULL, crc INTEGER NOT NULL) STRICT;
"""


def connect(path: Path, vfs: str | None = None) -> apsw.Connection:
    """Open the writer's only connection and make the tables where there are none.

    A `vfs` of tests has no shared memory, so it takes the file for itself. Raises ConfigurationError for a file made
    by a newer version, and apsw.Error for one that cannot be read or is not as it was made.
    """
    db = apsw.Connection(str(path), vfs=vfs)
    try:
        _set_up(db, exclusive=vfs is not None)
        _make(db, path)
    except BaseException:
        db.close()
        raise
    return db


def _set_up(db: apsw.Connection, exclusive: bool) -> None:
    """FULL: a commit is on the medium when it returns. Checkpoints are the writer's own, when it has nothing to do."""
    db.set_busy_timeout(2000)
    db.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)  # else many a statement is compiled again for each value bound to it
    if exclusive:
        db.pragma("locking_mode", "EXCLUSIVE")
    db.pragma("page_size", PAGE_BYTES)  # a file that is there keeps its own
    db.pragma("journal_mode", "WAL")
    db.pragma("synchronous", "FULL")
    db.pragma("wal_autocheckpoint", 0)
    db.pragma("journal_size_limit", WAL_LIMIT_BYTES)
    db.pragma("cell_size_check", "ON")
    db.pragma("cache_size", -2048)  # KiB


def _make(db: apsw.Connection, path: Path) -> None:
    version = db.pragma("user_version")
    if version > VERSION:
        raise ConfigurationError(
            [
                f"{path}: written by a newer version (journal format {version}, this program knows {VERSION}); "
                "update gongbang, or name another file under journal.path"
            ]
        )
    if version == 0:
        (tables,) = next(db.execute("SELECT count(*) FROM sqlite_master"))
        if tables:
            raise ConfigurationError([f"{path}: is another program's database; name another file under journal.path"])
        with db:
            db.execute(TABLES)
            db.pragma("application_id", APPLICATION)
            db.pragma("user_version", VERSION)
    _check(db)
    _grow(db)


def _check(db: apsw.Connection) -> None:
    """A flipped bit may make another name or type, which SQLite takes for what it is. Raises CorruptError."""
    with contextlib.closing(apsw.Connection(":memory:")) as made:
        made.execute(TABLES)
        for table in OWN:
            whole, found = (list(one.execute(f"PRAGMA table_info({table})")) for one in (made, db))
            added = {name for _, name, *_ in found[len(whole) :]}
            if found[: len(whole)] != whole or not added.issubset(ADDED.get(table, ())):
                raise apsw.CorruptError(f"the table {table} is not as it was made")


def _grow(db: apsw.Connection) -> None:
    for table, columns in ADDED.items():
        known = {name for _, name, *_ in db.execute(f"PRAGMA table_info({table})")}
        for column in columns:
            if column not in known:
                db.execute(f"ALTER TABLE {table} ADD COLUMN {column} INTEGER NOT NULL DEFAULT 0")
    db.execute(INDEXES)
    db.execute(PEOPLE)
    db.execute(PAGES)


def drop_projections(db: apsw.Connection) -> None:
    """Drop every table that is not the journal's own: whoever made it makes it again, from the events."""
    for (name,) in list(db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")):
        if name not in (*OWN, "people"):
            db.execute(f'DROP TABLE "{name}"')
