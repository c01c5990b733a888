"""The journal's file as its writer thread sees it: the connection, the epoch, rows in, rows out."""

import contextlib
import logging
import os
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import apsw
import orjson

from gateway.clock import Clock
from gateway.errors import ConfigurationError
from gateway.event import Event, Row
from gateway.journal import blocks, rescue, rows, schema
from gateway.journal.ballast import drop_ballast
from gateway.journal.epoch import Watermark, read_watermark, write_watermark
from gateway.journal.files import Files, lock
from gateway.journal.header import mend_header
from gateway.journal.pages import RARE, SELECTS, TABLES, Page, fetch, fetch_recent, passed, read_ends, read_epochs
from gateway.journal.rows import SYNCED, UNSYNCED, WAITING, Epoch, Raw, key, position, split
from gateway.journal.salvage import keep_orphans, salvage
from gateway.journal.times import Mark, Progress

log = logging.getLogger(__name__)

# Where a flipped bit makes another word of the schema, SQL is wrong that was right.
DAMAGE: Final = (apsw.CorruptError, apsw.NotADBError, apsw.SQLError, UnicodeDecodeError)
NEWEST: Final = 500  # events among which the newest of a source is looked for: some seconds of the busiest shop


class Store:
    """One journal, open. Every method runs in the writer's thread; those that write, inside its transaction."""

    def __init__(self, files: Files, clock: Clock, hold_s: float, vfs: str | None = None) -> None:
        self.files = files
        self.clock = clock
        self.hold_ns = int(hold_s * 1e9)
        self.epochs: dict[int, Epoch] = {}
        self.progress = Progress()
        self.ends: dict[tuple[int, str], int] = {}
        self.lost: list[tuple[str, int, int]] = []  # (stream, first, last) of numbers that a damaged WAL took
        self.salvaged = 0  # rows of a damaged WAL that were put back at this start
        self.damaged = False  # the file refused what must be written
        self.rescued: Path | None = None  # the damaged file that was set aside at this start
        self._vfs = vfs
        self._frozen_at_once: int | None = None
        self._times_saved_ns = 0

    def open(self) -> None:
        """Take the lock, open the file, begin an epoch. Raises ConfigurationError, apsw.Error and OSError.

        A file that is damaged where it must be whole is set aside and rescued; a full disk gets the ballast.
        """
        self.files.database.parent.mkdir(parents=True, exist_ok=True)
        self._lock = lock(self.files.lock)
        outside = read_watermark(self.files.watermark)
        try:
            try:
                rescue.finish(self.files)
                self._orphans = keep_orphans(self.files)  # before SQLite takes the log and writes over them
                if self.files.marker.exists():
                    raise apsw.CorruptError("it refused a commit")
                self._open(outside)
            except DAMAGE as error:
                self._rescue(outside, error)
            except (apsw.FullError, apsw.IOError, OSError):
                if not drop_ballast(self.files.ballast):
                    raise
                self._open(outside)
        except BaseException:
            self.close()
            raise

    def _open(self, outside: Watermark | None) -> None:
        self._close_database()
        mend_header(self.files.database, outside)
        self.db = schema.connect(self.files.database, self._vfs)
        self._take_up(outside)
        self._begin_epoch()
        self._load_progress()
        self._probe()

    def _rescue(self, outside: Watermark | None, error: Exception) -> None:
        self._close_database()
        if outside is None and isinstance(error, apsw.NotADBError):  # nothing says that it was ever ours
            problem = f"{self.files.database}: is not a journal; name another file under journal.path"
            raise ConfigurationError([problem]) from error
        log.error("the journal is damaged (%s): what is whole goes into a new one", error)
        drop_ballast(self.files.ballast)
        rescue.discard(self.files.rescued)  # of a rescue that was cut off
        with contextlib.closing(schema.connect(self.files.rescued, self._vfs)) as db:
            rows_kept = rescue.copy(self.files.database, db)
            db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)  # all of it is in the one file that is renamed
        self.rescued = rescue.swap(self.files)
        log.error("%d rows were rescued; the damaged file is %s", rows_kept, self.rescued)
        self.files.marker.unlink(missing_ok=True)
        self._open(outside)

    def refuse(self) -> None:
        """Note that the file is damaged where it must be whole: the daemon ends, and its next start rescues it."""
        self.damaged = True
        with contextlib.suppress(OSError):
            self.files.marker.touch()

    def _probe(self) -> None:
        """Read what is small, write a row of each stream and take it back: damage there would refuse every commit."""
        for table in rescue.PLAIN:
            self._one(f"SELECT count(*) FROM {table}")
        self._all("SELECT data FROM snapshots")
        self._one(f"SELECT count(*) FROM events INDEXED BY events_rare WHERE {RARE}")
        self.begin()
        row_id = key(self.epoch.start, rows.N_MASK)
        self.db.execute("INSERT INTO events VALUES (?, 'probe', '', 0, 0, 0, '', 0)", (row_id,))
        self.db.execute("INSERT INTO blocks VALUES (?, 0, 0, 0, x'', 0)", (row_id,))
        self.db.execute("ROLLBACK")

    def close(self) -> None:
        """Close the connection (which checkpoints) and give the lock back."""
        try:
            self._close_database()
        finally:
            os.close(self._lock)

    def _close_database(self) -> None:
        if hasattr(self, "db"):
            try:
                self.db.close()
            except apsw.Error as error:  # a full disk: all is in the WAL, and comes from there at the next start
                log.warning("%s: closed without a checkpoint: %s", self.files.database, error)

    # The epoch

    def _take_up(self, outside: Watermark | None) -> None:
        """Settle what the starts before have left: what their log still holds, what it lost, and how far they came.

        Then the log begins anew: damage to it costs nothing that is older than this start.
        """
        self.epochs = self._orphans.epochs | read_epochs(self.db)
        told = [passed(self.db), read_ends(self.db)]
        if outside is not None:
            self.epochs.setdefault(outside.start, Epoch(outside.start, outside.token, outside.boot))
            told.append({(outside.start, "e"): outside.e, (outside.start, "s"): outside.s})
        known = {at: max(one.get(at, 0) for one in told) for one in told for at in one}
        self.salvaged, self.lost = salvage(self.db, self._orphans, known, self.epochs)
        self.ends = read_ends(self.db)
        self.files.orphaned.unlink(missing_ok=True)
        with contextlib.suppress(apsw.BusyError, apsw.FullError, apsw.IOError):  # later, then
            self.db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)

    def _begin_epoch(self) -> None:
        """The larger counter wins, and the file outside is written first: no start is ever used twice."""
        start = max(0, *self.epochs, *(split(self.last_id(stream))[0] for stream in TABLES)) + 1
        self.epoch = Epoch(start, secrets.token_hex(2), self.clock.boot_id)
        write_watermark(self.files.watermark, Watermark(*self.epoch))
        with self.db:
            rescue.keep_epoch(self.db, self.epoch)
        self.epochs[start] = self.epoch

    def write_watermark(self) -> None:
        """Write how far the streams are committed. Raises OSError."""
        numbers = self.progress.numbers
        write_watermark(self.files.watermark, Watermark(*self.epoch, numbers["e"], numbers["s"]))

    # Last times and waiting rows

    def _load_progress(self) -> None:
        """The saved times, and those of the rows that came after they were saved."""
        for kind, source, time_ns, crc in self.db.execute("SELECT kind, source, time_ns, crc FROM lasts"):
            if rows.cells_crc(kind, source, time_ns) == crc:
                self.progress.load((kind, source), time_ns)
        for raw in self._readable("e", self.meta("lasts_e")):
            self.progress.load((raw[1].decode(), raw[2].decode()), raw[4])
        for raw in self._readable("s", self.meta("lasts_s")):
            source = self.block_source(raw[1])
            if source is not None:
                self.progress.load(source, raw[2])
        for stream in TABLES:
            self.find_waiting(stream)

    def _readable(self, stream: str, after: int) -> Iterator[Raw]:
        """Frozen rows whose CRC fits; the damaged ones are told when they are read to be sent."""
        whole, state = (rows.whole, 5) if stream == "e" else (blocks.whole, 3)
        page = self.fetch(stream, after, None, 1000)
        while page.raws or page.more:
            yield from (raw for raw in page.raws if whole(raw) and raw[state] != WAITING)
            page = self.fetch(stream, page.last, None, 1000)

    def save_times(self, every_s: float = 0.0) -> None:
        """Keep the last times, so that a start need not read the whole file; inside the transaction.

        Not before `every_s` have passed since: a start reads the few rows that came later.
        """
        now_ns = self.clock.mono_ns()
        if now_ns < self._times_saved_ns + every_s * 1e9:
            return
        self._times_saved_ns = now_ns
        unsaved = [(*last, rows.cells_crc(*last)) for last in self.progress.unsaved()]
        self.db.executemany("INSERT OR REPLACE INTO lasts VALUES (?, ?, ?, ?)", unsaved)
        for stream in TABLES:
            waiting, newest = self.progress.waiting[stream], key(self.epoch.start, self.progress.numbers[stream])
            self.set_meta(f"lasts_{stream}", newest if waiting is None else waiting - 1)
        self.progress.saved()

    def find_waiting(self, stream: str) -> None:
        """Look for the first row whose time is not frozen: reading to send stops before it."""
        (first,) = self._one(f"SELECT min(id) FROM {TABLES[stream]} WHERE clock = 0")
        self.progress.waiting[stream] = first

    # Transactions

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing of what stands inside, rows, numbers and times alike; what ended it goes on outwards."""
        mark = self.begin()
        try:
            yield
            self.commit()
        except BaseException:
            self.rollback(mark)
            raise

    def begin(self) -> Mark:
        """Begin a transaction; whether its rows may be frozen at once is decided here."""
        self.db.execute("BEGIN IMMEDIATE")
        self._frozen_at_once = SYNCED if self.clock.synced else (UNSYNCED if self.hold_ns <= 0 else None)
        return self.progress.mark()

    def commit(self) -> None:
        """Commit; what was taken stays taken."""
        self.db.execute("COMMIT")
        self.progress.kept()

    def rollback(self, mark: Mark) -> None:
        """Undo the transaction, which SQLite may have ended by itself on a full disk."""
        if self.db.in_transaction:
            self.db.execute("ROLLBACK")
        self.progress.back(mark)

    # Rows in

    def append(self, event: Event) -> Row:
        """Add an event. Raises TypeError for a body that JSON cannot say."""
        body = rows.dumps(event.body)
        state = self._state("e")
        time_ns = self.clock.time_ns(event.mono_ns)
        if state != WAITING:
            time_ns = self.progress.after((event.kind, event.source), time_ns, state == SYNCED)
        row_id = key(self.epoch.start, self.progress.next("e"))
        kind, source = event.kind.encode(), event.source.encode()
        crc = rows.crc(row_id, kind, source, event.mono_ns, time_ns, state, body)
        self.db.execute(
            "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (row_id, event.kind, event.source, event.mono_ns, time_ns, state, body.decode(), crc),
        )
        self._waits("e", row_id, state)
        place, clock = position(row_id, self.epochs), "synced" if state == SYNCED else "unsynced"
        times = event.mono_ns, self.epoch.boot, time_ns
        return Row(place, event.kind, event.source, *times, clock, orjson.loads(body))

    def append_block(self, schema_id: int, source: tuple[str, str], columns: blocks.Columns, state: int) -> None:
        """Add a block whose times are frozen already (`state` SYNCED or UNSYNCED) or wait."""
        if self.progress.waiting["s"] is not None:
            state = WAITING
        time_ns = int(columns.time_ns[-1])
        if state != WAITING:
            self.progress.remember(source, time_ns)
        row_id = key(self.epoch.start, self.progress.next("s"))
        data = blocks.encode(columns)
        crc = blocks.crc(row_id, schema_id, time_ns, state, data)
        self.db.execute("INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?)", (row_id, schema_id, time_ns, state, data, crc))
        self._waits("s", row_id, state)

    def _state(self, stream: str) -> int:
        """Nothing is frozen before what waits in front of it: the order of time is the order of the stream."""
        if self.progress.waiting[stream] is not None or self._frozen_at_once is None:
            return WAITING
        return self._frozen_at_once

    def _waits(self, stream: str, row_id: int, state: int) -> None:
        if state == WAITING and self.progress.waiting[stream] is None:
            self.progress.waiting[stream] = row_id

    # Rows out

    def last_id(self, stream: str) -> int:
        """Return the key of the stream's newest row, 0 when it is empty."""
        (last,) = self._one(f"SELECT max(id) FROM {TABLES[stream]}")
        return last or 0

    def fetch(self, stream: str, after: int, before: int | None, limit: int) -> Page:
        """Return rows of keys between `after` and `before`, both left out, around what is damaged."""
        before = before if before is not None else key(self.epoch.start + 1, 0)
        return fetch(self.db, self.known_ends(), stream, after, before, limit)

    def known_ends(self) -> dict[tuple[int, str], int]:
        """Return the last number given in each epoch, by (start, stream). From any thread: it reads memory alone."""
        return self.ends | {(self.epoch.start, stream): n for stream, n in self.progress.numbers.items()}

    def waiting(self, stream: str, limit: int) -> list[Raw]:
        """Return the first rows whose time is not frozen."""
        return self._all(f"{SELECTS[stream]} WHERE clock = 0 ORDER BY id LIMIT ?", limit)

    def bound(self, stream: str, frozen_only: bool) -> int | None:
        """Return the key before which reading stops: that of the first row whose time is not frozen."""
        return self.progress.waiting[stream] if frozen_only else None

    def fetch_recent(self, limit: int, kinds: Sequence[str] | None, before: int | None) -> list[Raw]:
        """Return the newest events, newest first, of the given kinds."""
        before = before if before is not None else key(self.epoch.start + 1, 0)
        return fetch_recent(self.db, self.known_ends(), before, kinds, limit)

    def event(self, row_id: int) -> Row | None:
        """Return one event; None when it is not there or damaged."""
        for raw in self.fetch("e", row_id - 1, row_id + 1, 1).raws:
            try:
                return rows.decode(raw, self.epochs)
            except rows.Corrupted:
                return None
        return None

    def newest(self, kind: str, source: str) -> Row | None:
        """Return the newest event of a kind from a source, among the newest of all; None, too, where it is damaged."""
        newest = f"SELECT id, kind, source FROM events ORDER BY id DESC LIMIT {NEWEST}"
        try:
            found = self._all(f"SELECT id FROM ({newest}) WHERE kind = ? AND source = ? LIMIT 1", kind, source)
        except apsw.CorruptError:
            return None
        return self.event(found[0][0]) if found else None

    def schemas_of(self, device: str) -> list[Row]:
        """Return the device's schemas, the newest first, as far as they are whole."""
        found = []
        select = f"SELECT id FROM events WHERE kind = 'schema' AND {RARE} AND source = ? ORDER BY id DESC LIMIT 20"
        try:
            ids = self._all(select, device)
        except apsw.CorruptError:
            return []  # it is declared anew
        for (row_id,) in ids:
            row = self.event(row_id)
            if row is not None:
                found.append(row)
        return found

    def block_source(self, schema_id: int) -> tuple[str, str] | None:
        """Return what the times of a schema's blocks are counted by; None when it cannot be read."""
        row = self.event(schema_id)
        return None if row is None else source_of(row.source, row.body.get("window_s"))

    # Small things

    def _all(self, sql: str, *values: Any) -> list[Raw]:
        return list(self.db.execute(sql, values))

    def _one(self, sql: str, *values: Any) -> Any:
        return next(self.db.execute(sql, values))

    def meta(self, name: str) -> int:
        """Return a number of the table meta, 0 when it is not there or damaged."""
        return rows.read_meta(self.db, name)

    def set_meta(self, name: str, value: int) -> None:
        """Keep a number; inside the transaction."""
        self.db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?, ?)", (name, value, rows.cells_crc(name, value)))

    def name(self, row_id: int) -> str:
        """Return `<epoch>:<n>`; of an epoch that cannot be read, its start counter alone."""
        try:
            return rows.written(position(row_id, self.epochs))
        except rows.Corrupted:
            start, n = split(row_id)
            return f"{start}:{n}"


def source_of(device: str, window_s: float | None) -> tuple[str, str]:
    """Return what the times of blocks are counted by: a device's samples, and each length of its windows."""
    return ("", device) if window_s is None else (f"window {window_s:g}", device)
