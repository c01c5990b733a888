"""The tables of the center's file, and how its connections are set up."""

from pathlib import Path
from typing import Final

import apsw

VERSION: Final = 1  # PRAGMA user_version
APPLICATION: Final = 0x476F6E43  # PRAGMA application_id: "GonC"
CHECKPOINT_PAGES: Final = 4000
# Behind the file's name: what is made for a while, of a copy (`center.copy`); by a command when the center did not.
COPY, BY_HAND = ".copy", "by-hand"

# Every key begins with the shop, so that the rows of one lie together and a larger store can be divided by it.
# `era` numbers a stream's epochs in the order in which they came: a card that was made anew counts its starts from 1.
# `floor`: samples up to this number were here and went when their days were over.
TABLES: Final = """
CREATE TABLE shops (
  id INTEGER PRIMARY KEY, workshop TEXT NOT NULL, gateway TEXT NOT NULL,
  events INTEGER NOT NULL DEFAULT 0, blocks INTEGER NOT NULL DEFAULT 0, lost INTEGER NOT NULL DEFAULT 0,
  malformed INTEGER NOT NULL DEFAULT 0, says TEXT, since_ms INTEGER, last_ms INTEGER,
  told TEXT NOT NULL DEFAULT '{}', UNIQUE (workshop, gateway)) STRICT;
CREATE TABLE epochs (
  shop INTEGER NOT NULL, stream TEXT NOT NULL, era INTEGER NOT NULL, start INTEGER NOT NULL, token TEXT NOT NULL,
  floor INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (shop, stream, era), UNIQUE (shop, stream, start, token)) STRICT, WITHOUT ROWID;
CREATE TABLE chains (
  shop INTEGER NOT NULL, stream TEXT NOT NULL, start INTEGER NOT NULL, token TEXT NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY (shop, stream)) STRICT, WITHOUT ROWID;
CREATE TABLE events (
  shop INTEGER NOT NULL, start INTEGER NOT NULL, token TEXT NOT NULL, n INTEGER NOT NULL,
  kind TEXT NOT NULL, source TEXT NOT NULL, mono_ns INTEGER NOT NULL, boot TEXT NOT NULL,
  time_ns INTEGER NOT NULL, clock TEXT NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (shop, start, token, n)) STRICT, WITHOUT ROWID;
CREATE INDEX events_rare ON events (shop, kind) WHERE kind NOT IN ('count', 'scan', 'state');
CREATE TABLE blocks (
  shop INTEGER NOT NULL, start INTEGER NOT NULL, token TEXT NOT NULL, n INTEGER NOT NULL,
  schema_start INTEGER NOT NULL, schema_token TEXT NOT NULL, schema_n INTEGER NOT NULL,
  boot TEXT NOT NULL, clock TEXT NOT NULL, data BLOB NOT NULL, taken_ms INTEGER NOT NULL,
  PRIMARY KEY (shop, start, token, n)) STRICT, WITHOUT ROWID;
CREATE TABLE alarms (
  shop INTEGER NOT NULL, rule TEXT NOT NULL, severity TEXT NOT NULL, message TEXT NOT NULL,
  since_ms INTEGER NOT NULL, acknowledged INTEGER NOT NULL, PRIMARY KEY (shop, rule)) STRICT, WITHOUT ROWID;
"""


class NotOurs(Exception):
    """The file is none of the center's, or a newer version wrote it."""


def connect(path: Path) -> apsw.Connection:
    """Open the writer's connection, and make the tables where there are none. Raises NotOurs and apsw.Error.

    FULL: a commit is on the medium when it returns; only then is it acknowledged.
    """
    db = apsw.Connection(str(path))
    try:
        db.set_busy_timeout(2000)
        _make(db, path)
        db.pragma("journal_mode", "WAL")
        db.pragma("synchronous", "FULL")
        db.pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
        db.pragma("cache_size", -16384)  # KiB
    except BaseException:
        db.close(True)
        raise
    return db


def connect_reader(path: Path) -> apsw.Connection:
    """Open a connection that only looks. Raises apsw.Error."""
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    db.set_busy_timeout(2000)
    return db


def _make(db: apsw.Connection, path: Path) -> None:
    application, version = db.pragma("application_id"), db.pragma("user_version")
    (tables,) = next(db.execute("SELECT count(*) FROM sqlite_master"))
    if (tables and application != APPLICATION) or version > VERSION:
        raise NotOurs(
            f"{path}: 센터의 파일이 아니거나 새 판이 쓴 파일이에요. / is no file of the center, or of a newer version."
        )
    if not tables:
        db.pragma("page_size", 8192)  # a row with an event's or a block's body stays on its page
        with db:
            db.execute(TABLES)
            db.pragma("application_id", APPLICATION)
            db.pragma("user_version", VERSION)
