"""A journal out of the rows that a center has of it, and whether it comes to what the gateway's witness says.

The center's rows have the same cells and the same JSON as the journal's own: numbers, CRCs and the ledger follow.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

import apsw

from gateway.backup import archive, copies, copying, gentle, manifest, witness
from gateway.backup.manifest import Manifest
from gateway.backup.restore import SLIGHT as SLIGHT  # what a first start leaves, before anything was done
from gateway.backup.sums import rebuild
from gateway.event import Position
from gateway.journal import blocks, cursors, gaps, rescue, rows, schema
from gateway.journal import verify as rows_of
from gateway.journal.pages import TABLES, last_n
from gateway.journal.reader import JournalReader
from gateway.journal.rows import SYNCED, UNSYNCED, Epoch, Raw, key

CHUNK: Final = 1000
NAMED: Final = 20
KEEP_FREE_BYTES: Final = 500_000_000  # on the disk of the copy: it is the center's own
Cells = tuple[Any, ...]


class NoRoom(Exception):
    """The disk is too full for a copy."""


@dataclass(frozen=True, slots=True)
class Replicated:
    """One journal as a center has it, in the order of its rows."""

    events: Iterable[Cells]  # start, token, n, kind, source, mono_ns, boot, time_ns, clock, body (JSON)
    blocks: Iterable[Cells]  # start, token, n, start and n of its schema, boot, clock, data
    floor: Callable[[], Position | None]  # samples up to here went when their time was over; asked behind the last one
    publisher: str | None  # who sent them: it goes on behind them


def make(to: Path, given: Replicated) -> None:
    """Write the journal, with its ledger made from the events. Raises NoRoom, apsw.Error, OSError."""
    copying.new(to)
    with closing(schema.connect(to)) as db:
        db.pragma("synchronous", "OFF")  # what was cut off is thrown away
        db.pragma("wal_autocheckpoint", CHUNK)
        epochs: dict[int, Epoch] = {}
        for stream, cells, raw in (("e", given.events, _event), ("s", given.blocks, _block)):
            left = iter(cells)
            while some := list(islice(left, CHUNK)):
                _see_room(to)
                rescue.insert(db, stream, [raw(one) for one in some])
                epochs |= {one[0]: Epoch(one[0], one[1], one[6 if stream == "e" else 5]) for one in some}
        with db:
            _keep_books(db, epochs, given)
        rebuild(JournalReader(to, db))
        db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)


def pack(database: Path, folder: Path, workshop: str, gateway: str) -> tuple[Path, Manifest]:
    """Write the file of a copy, as a gateway's own backups are. It is as old as its last row. Raises OSError."""
    with closing(apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY)) as db:
        made = manifest.of(JournalReader(database, db), workshop, gateway, 0)
    made = replace(made, made_ms=made.last_ms or 0)
    at = datetime.fromtimestamp(made.made_ms / 1e3, UTC)
    file = folder / copies.name(workshop, gateway, made.start, made.n, at)
    part = file.with_name(file.name + copies.PART)
    try:
        with gentle.create(part) as out:
            made = archive.write(out, database, made, {}, None)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return file, made


def differing(database: Path, body: dict[str, Any]) -> list[str]:
    """Return what is not in a copy, or is otherwise, than in the journal that wrote the witness."""
    report = rows_of.verify(database)
    found = report.names[:NAMED]
    with closing(apsw.Connection(str(database))) as db:
        found += [text for (text,) in db.execute(f"PRAGMA integrity_check({NAMED})") if text != "ok"]
        if (events := witness.events(db, body["left_out"])) != body["events"]:
            found.append(
                f"events: {events['rows']} {events['sum']:x}, not {body['events']['rows']} {body['events']['sum']:x}"
            )
        if body["made_by"] == witness.MADE_BY:
            made = witness.ledger(db)
            found += [f"ledger: {name}" for name, one in body["ledger"].items() if made.get(name) != one]
    return found


def _see_room(to: Path) -> None:
    if shutil.disk_usage(to.parent).free < KEEP_FREE_BYTES:
        raise NoRoom(f"less than {KEEP_FREE_BYTES // 10**6} MB are free in {to.parent}")


def _event(cells: Cells) -> Raw:
    start, _, n, kind, source, mono_ns, _, time_ns, clock, body = cells
    values = (key(start, n), kind.encode(), source.encode(), mono_ns, time_ns, _state(clock), body.encode())
    return (*values, rows.crc(*values))


def _block(cells: Cells) -> Raw:
    """Its time is not sent: it is that of its last row. One that cannot be unpacked is found damaged."""
    start, _, n, schema_start, schema_n, _, clock, data = cells
    time_ns = 0
    with suppress(rows.Corrupted, IndexError):
        time_ns = int(blocks.decode(data).time_ns[-1])
    values = (key(start, n), key(schema_start, schema_n), time_ns, _state(clock), data)
    return (*values, blocks.crc(*values))


def _state(clock: str) -> int:
    return SYNCED if clock == "synced" else UNSYNCED


def _keep_books(db: apsw.Connection, epochs: dict[int, Epoch], given: Replicated) -> None:
    """Write what the journal keeps beside its rows: epochs and their ends, what is told gone, the cursor."""
    newest = max(epochs, default=0)
    for start, epoch in epochs.items():
        rescue.keep_epoch(db, epoch)
        for stream in TABLES:
            if start != newest and (n := last_n(db, stream, start)):
                db.execute("INSERT INTO ends VALUES (?, ?, ?)", (start, stream, n))
    if floor := given.floor():
        cells = ("floor_s", key(floor.start, floor.n))
        db.execute("INSERT INTO meta VALUES (?, ?, ?)", (*cells, rows.cells_crc(*cells)))
    db.executemany("INSERT OR IGNORE INTO gaps VALUES (?, ?, ?, ?)", list(_gone(db)))
    for stream, table in TABLES.items():
        (last,) = next(db.execute(f"SELECT max(id) FROM {table}"))
        if given.publisher and last:
            cursors.begin_at(db, (given.publisher, stream), last)


def _gone(db: apsw.Connection) -> Iterator[witness.Told]:
    """Yield the numbers without a row that the journal itself has told gone: what is missing beside them is damage."""
    told = list(witness.told(db))
    ends = {(start, stream): n for start, stream, n in db.execute("SELECT start, stream, n FROM ends")}
    for stream, table in TABLES.items():
        ids = (row_id for (row_id,) in db.execute(f"SELECT id FROM {table} ORDER BY id"))
        for first, last, _ in gaps.holes(stream, 0, ids, ends):
            for of, start, stop, cause in told:
                if of == stream and start <= last and first <= stop:
                    yield stream, max(first, start), min(last, stop), cause
