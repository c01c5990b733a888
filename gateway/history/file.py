"""The history's file: minutes in chunks of an hour, hours in chunks of a day, and how far the journal was read."""

import logging
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import apsw
import numpy as np

from gateway.event import Position
from gateway.history.buckets import DAY_S, HOUR_S, empty, laid_over, packed, rolled, unpacked
from sensors.batch import Float64s

log = logging.getLogger(__name__)

VERSION: Final = 1  # PRAGMA user_version
APPLICATION: Final = 0x476F6E68  # PRAGMA application_id: "Gonh"
MINUTES_KEEP_S: Final = 14 * DAY_S
HOURS_KEEP_S: Final = 2 * 365 * DAY_S
FORGOTTEN_AT_ONCE: Final = 4  # hours of minutes and days of hours, each time that an hour is kept
MINUTES, HOURS = 60, 24  # buckets in a chunk
POINT_BITS: Final = 24
# The id of a chunk is `<hour or day since 1970> << 24 | point`: what is written together stands together.
TABLES: Final = """
CREATE TABLE points (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE minutes (id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
CREATE TABLE hours (id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
CREATE TABLE place (one INTEGER PRIMARY KEY, start INTEGER NOT NULL, token TEXT NOT NULL, n INTEGER NOT NULL) STRICT;
"""

Chunks = Mapping[tuple[int, str], Float64s]  # minutes [60, 5] by hour since 1970 and point


class HistoryFile:
    """Opened, used and closed in one thread. Raises apsw.Error for what the disk refuses; damage makes it anew."""

    def __init__(self, path: Path, max_bytes: int, vfs: str | None = None) -> None:
        self._path, self._max_bytes, self._vfs = path, max_bytes, vfs

    def open(self) -> Position | None:
        """Return how far the journal was read; None for a file that is new, or is made anew because it is no use."""
        with suppress(FileNotFoundError, apsw.CorruptError, apsw.NotADBError):
            if self._path.stat().st_size and self._open():
                return self._place()
        self.anew()
        return None

    def _open(self) -> bool:
        self.db = apsw.Connection(str(self._path), vfs=self._vfs)
        self.db.pragma("locking_mode", "EXCLUSIVE")
        self.db.pragma("journal_mode", "WAL")
        self.db.pragma("synchronous", "NORMAL")
        return (self.db.pragma("application_id"), self.db.pragma("user_version")) == (APPLICATION, VERSION)

    def anew(self) -> None:
        """Throw the file away and make an empty one."""
        self.close()
        if self._path.exists():
            log.warning("%s is damaged or of another version: it is made anew, as far as the journal goes", self._path)
        for end in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + end).unlink(missing_ok=True)
        self._open()
        with self.db:
            self.db.execute(TABLES)
            self.db.pragma("application_id", APPLICATION)
            self.db.pragma("user_version", VERSION)

    def close(self) -> None:
        """Close the file; it can be opened again."""
        if hasattr(self, "db"):
            self.db.close(True)

    def _place(self) -> Position | None:
        return next((Position(*row) for row in self.db.execute("SELECT start, token, n FROM place")), None)

    # Writing

    def keep(self, chunks: Chunks, place: Position, now_s: int) -> None:
        """Lay minutes over those that are kept, the hours with them, and let go what is too old, in one transaction."""
        with self.db:
            for (hour, name), minutes in chunks.items():
                point = self._point(name)
                whole = laid_over(self._chunk("minutes", hour, point, MINUTES), minutes)
                self._put("minutes", hour, point, whole)
                day, at = divmod(hour, HOURS)
                hours = self._chunk("hours", day, point, HOURS)
                hours[at] = rolled(whole, MINUTES)[0]
                self._put("hours", day, point, hours)
            self.db.execute("INSERT OR REPLACE INTO place VALUES (1, ?, ?, ?)", place)
            self._forget("minutes", (now_s - MINUTES_KEEP_S) // HOUR_S)
            self._forget("hours", (now_s - HOURS_KEEP_S) // DAY_S)
            self._make_room()

    def _put(self, table: str, unit: int, point: int, buckets: Float64s) -> None:
        values = (unit << POINT_BITS | point, packed(buckets))
        self.db.execute(f"INSERT OR REPLACE INTO {table} VALUES (?, ?)", values)

    def _forget(self, table: str, before: int) -> None:
        """A few of the oldest at a time: a clock that is years ahead must not take the whole past."""
        (oldest,) = next(self.db.execute(f"SELECT min(id) FROM {table}"))
        if oldest is not None:
            before = min(before, (oldest >> POINT_BITS) + FORGOTTEN_AT_ONCE)
            self.db.execute(f"DELETE FROM {table} WHERE id < ?", (before << POINT_BITS,))

    def _make_room(self) -> None:
        """Beyond the bound the oldest minutes go, a twentieth at a time; hours only when there are none."""
        pragma = self.db.pragma
        used = (pragma("page_count") - pragma("freelist_count")) * pragma("page_size")
        if used <= self._max_bytes:
            return
        for table in ("minutes", "hours"):
            (rows,) = next(self.db.execute(f"SELECT count(*) FROM {table}"))
            if rows:
                oldest = f"SELECT id FROM {table} ORDER BY id LIMIT ?"
                self.db.execute(f"DELETE FROM {table} WHERE id IN ({oldest})", (rows // 20 + 1,))
                return

    # Reading

    def minutes(self, name: str, from_s: int, to_s: int) -> Float64s:
        """Return the minutes [(to_s - from_s) / 60, 5] of a point; `from_s` and `to_s` are whole hours."""
        return self._read("minutes", name, range(from_s // HOUR_S, to_s // HOUR_S), MINUTES)

    def hours(self, name: str, from_s: int, to_s: int) -> Float64s:
        """Return the hours [(to_s - from_s) / 3600, 5] of a point; `from_s` and `to_s` are whole days."""
        return self._read("hours", name, range(from_s // DAY_S, to_s // DAY_S), HOURS)

    def _read(self, table: str, name: str, units: range, rows: int) -> Float64s:
        point = self._known(name)
        if point is None:
            return empty(rows * len(units))
        return np.concatenate([empty(0), *(self._chunk(table, unit, point, rows) for unit in units)])

    def _chunk(self, table: str, unit: int, point: int, rows: int) -> Float64s:
        select = f"SELECT data FROM {table} WHERE id = ?"
        for (data,) in self.db.execute(select, (unit << POINT_BITS | point,)):
            return unpacked(data, rows)
        return empty(rows)

    def _known(self, name: str) -> int | None:
        return next((int(row[0]) for row in self.db.execute("SELECT id FROM points WHERE name = ?", (name,))), None)

    def _point(self, name: str) -> int:
        point = self._known(name)
        if point is None:
            self.db.execute("INSERT INTO points (name) VALUES (?)", (name,))
            point = self.db.last_insert_rowid()
        return point
