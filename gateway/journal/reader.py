"""Reading a journal from another process, while the daemon writes it or when nobody does. Never writes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw

from gateway.errors import StorageFailed
from gateway.event import Row
from gateway.journal import rows
from gateway.journal.epoch import read_watermark
from gateway.journal.pages import TABLES, last_n, read_ends, read_epochs
from gateway.journal.rows import Corrupted, Epoch, key, split
from gateway.journal.schema import APPLICATION


@dataclass(frozen=True, slots=True)
class Stats:
    """A journal at a glance."""

    used_bytes: int
    file_bytes: int  # database, WAL and ballast
    epoch: str
    starts: int
    events: int
    blocks: int
    kinds: dict[str, int]
    waiting: int  # rows whose time waits for the clock
    first_time_ns: int | None
    last_time_ns: int | None
    cursors: dict[str, int]  # "publisher/stream": how many rows it has still to send
    dead_letters: int
    gaps: int


class JournalReader:
    """A read-only connection. Made by `open_reader`."""

    def __init__(self, path: Path, db: apsw.Connection) -> None:
        self.path, self.db = path, db
        self.epochs: dict[int, Epoch] = read_epochs(db)
        self.ends = read_ends(db)

    def known_ends(self) -> dict[tuple[int, str], int]:
        """Return the last number of each epoch, of the newest the last that stands in the file."""
        newest = max(self.epochs, default=0)
        return self.ends | {(newest, stream): last_n(self.db, stream, newest) for stream in TABLES}

    def meta(self, name: str) -> int:
        """Return a number of the table meta, 0 when it is not there or damaged."""
        return rows.read_meta(self.db, name)

    def last_key(self) -> int:
        """Return a key behind every row."""
        return key(max(self.epochs, default=0) + 1, 0)

    def tail(self, limit: int, kinds: Sequence[str] | None = None) -> list[Row]:
        """Return the newest whole events, the oldest of them first."""
        only = "" if kinds is None else f"WHERE kind IN ({', '.join('?' * len(kinds))})"
        found: list[Row] = []
        for raw in self.db.execute(f"{rows.SELECT} {only} ORDER BY id DESC LIMIT ?", (*(kinds or ()), limit)):
            try:
                found.append(rows.decode(raw, self.epochs))
            except Corrupted:
                continue
        return found[::-1]

    def stats(self) -> Stats:
        """Return what stands in the journal; counts every row, so seconds on a large one."""
        pragma = self.db.pragma
        kinds = dict(self.db.execute("SELECT kind, count(*) FROM events GROUP BY kind ORDER BY kind"))
        first, last = self._one("SELECT min(time_ns), max(time_ns) FROM events WHERE clock != 0")
        newest = self.epochs[max(self.epochs)] if self.epochs else None
        return Stats(
            used_bytes=(pragma("page_count") - pragma("freelist_count")) * pragma("page_size"),
            file_bytes=sum(file.stat().st_size for file in self._files()),
            epoch=f"{newest.start}-{newest.token}" if newest else "",
            starts=len(self.epochs),
            events=sum(kinds.values()),
            blocks=self._one("SELECT count(*) FROM blocks")[0],
            kinds=kinds,
            waiting=sum(self._one(f"SELECT count(*) FROM {table} WHERE clock = 0")[0] for table in TABLES.values()),
            first_time_ns=first,
            last_time_ns=last,
            cursors={f"{name}/{stream}": self._behind(stream, at) for name, stream, at in self._cursors()},
            dead_letters=self._one("SELECT count(*) FROM dead_letters")[0],
            gaps=self._one("SELECT count(*) FROM gaps")[0],
        )

    def lost_behind(self, stream: str) -> tuple[int, int] | None:
        """Return the keys (first, last) that the watermark beside the file knows and the file does not have."""
        mark = read_watermark(self.path.with_name(self.path.name + ".start"))
        if mark is None:
            return None
        known = key(mark.start, mark.e if stream == "e" else mark.s)
        (last,) = self._one(f"SELECT max(id) FROM {TABLES[stream]}")
        at_least = max(last or 0, key(mark.start, 0))
        return (at_least + 1, known) if known > at_least else None

    def _files(self) -> list[Path]:
        ends = ("", "-wal", ".ballast")
        return [file for end in ends if (file := self.path.with_name(self.path.name + end)).exists()]

    def _cursors(self) -> list[Any]:
        return list(self.db.execute("SELECT name, stream, id FROM cursors ORDER BY name, stream"))

    def _behind(self, stream: str, at: int) -> int:
        (count,) = self._one(f"SELECT count(*) FROM {TABLES[stream]} WHERE id > ?", at)
        return int(count)

    def name(self, row_id: int) -> str:
        """Return `<epoch>:<n>` of a key."""
        start, n = split(row_id)
        return f"{start}-{self.epochs[start].token}:{n}" if start in self.epochs else f"{start}:{n}"

    def _one(self, sql: str, *values: Any) -> Any:
        return next(self.db.execute(sql, values))


@contextmanager
def open_reader(path: Path) -> Iterator[JournalReader]:
    """Open a journal for reading. Raises FileNotFoundError, StorageFailed for what is no journal."""
    if not path.exists():
        raise FileNotFoundError(f"{path}: there is no journal")
    try:
        db = _connect(path)
    except apsw.Error as error:
        raise StorageFailed(f"{path}: cannot be read: {error}") from error
    try:
        if db.pragma("application_id") != APPLICATION:
            raise StorageFailed(f"{path}: is not a journal")
        yield JournalReader(path, db)
    finally:
        db.close(True)


def _connect(path: Path) -> apsw.Connection:
    """Without a daemon and without the right to write beside it, the file stands still and may be read as such."""
    try:
        db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        db.set_busy_timeout(2000)
        db.pragma("application_id")
    except (apsw.CantOpenError, apsw.ReadOnlyError):
        flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
        db = apsw.Connection(f"{path.absolute().as_uri()}?immutable=1", flags=flags)
    return db
