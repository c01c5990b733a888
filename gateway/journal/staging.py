"""Staging: samples that wait, in memory and for some seconds, until they are committed as blocks."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from gateway.clock import Clock
from gateway.event import Position
from gateway.journal.blocks import Columns, Schema, Window
from gateway.journal.freeze import increasing
from gateway.journal.rows import SYNCED, WAITING, key
from gateway.journal.store import source_of
from gateway.journal.times import bound
from gateway.losses import Account
from sensors.batch import Batch, Float64s, Int64s, UInt8s

OBJECT_BYTES: Final = 800  # of the row and its four arrays, besides what is in them
MOST_BYTES: Final = 16 << 20  # kept in memory while the disk refuses


@dataclass(slots=True)
class Rows:
    """Some rows of one schema as they came."""

    schema: Schema
    order: int
    state: int
    mono_ns: Int64s
    time_ns: Int64s
    values: Float64s
    quality: UInt8s

    @property
    def source(self) -> tuple[str, str]:
        return source_of(self.schema.device, self.schema.window_s)

    @property
    def bytes(self) -> int:
        return OBJECT_BYTES + self.values.nbytes + self.quality.nbytes + 2 * self.mono_ns.nbytes


@dataclass(frozen=True, slots=True)
class Staged:
    """One block to be."""

    schema_id: int
    source: tuple[str, str]
    state: int
    columns: Columns


@dataclass(slots=True)
class Staging:
    """The loop's side of the samples. UTC is frozen here, so that what is sent live bears the time that is kept."""

    clock: Clock
    file_waiting: bool = False  # rows in the file, or on their way there, wait for the clock: later ones behind them
    untold: int = 0  # rows thrown away because the disk refused for too long, not yet told by a gap event
    came: int = 0  # rows ever staged
    dropped: int = 0  # of them: thrown away
    kept: int = 0  # of them: committed
    taken: int = 0  # how often rows that wait were taken: what is known of the file before is old
    _rows: list[Rows] = field(default_factory=list)
    _waiting: list[Rows] = field(default_factory=list)  # of the rows staged here, those that wait
    _bytes: int = 0
    _order: int = 0
    _on_the_way: int = 0  # rows taken and neither settled nor put back
    _last_ns: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        """Return how much waits here."""
        return self._bytes

    def load(self, last_ns: dict[tuple[str, str], int], file_waiting: bool) -> None:
        """Take what the file says: the last times, and whether rows in it wait."""
        self._last_ns |= last_ns
        self.file_waiting = file_waiting

    def add_batch(self, batch: Batch, schema: Schema) -> Int64s | None:
        """Stage a batch; returns the UTC of its rows [T] when that is frozen."""
        return self._add(schema, batch.mono_ns, batch.values, batch.quality)

    def add_window(self, window: Window, schema: Schema) -> Int64s | None:
        """Stage a window as one row of five statistics for each point."""
        parts = (window.count, window.mean, window.min, window.max, window.last)
        values = np.concatenate([np.asarray(part, np.float64) for part in parts]).reshape(1, -1)
        return self._add(schema, np.array([window.mono_ns], np.int64), values, np.zeros((1, 0), np.uint8))

    def take(self) -> list[Rows]:
        """Return what is staged, and begin anew."""
        self._thaw()
        taken, self._rows, self._bytes, self._order = self._rows, [], 0, 0
        self._on_the_way += sum(len(rows.mono_ns) for rows in taken)
        if self._waiting:
            self.taken += 1
            self.file_waiting, self._waiting = True, []
        return taken

    def account(self) -> Account:
        """Return what became of the rows that were staged in this run; what is being committed still waits."""
        waiting = sum(len(rows.mono_ns) for rows in self._rows) + self._on_the_way
        return Account(
            "rows", self.came, {("kept", ""): self.kept, ("waiting", ""): waiting, ("lost", "storage"): self.dropped}
        )

    def settled(self, taken: list[Rows]) -> None:
        """Note that what was taken is committed."""
        rows = sum(len(rows.mono_ns) for rows in taken)
        self.kept += rows
        self._on_the_way -= rows

    def put_back(self, taken: list[Rows]) -> int:
        """Stage again what could not be committed; returns how many of the oldest rows there is no room for."""
        self._rows = taken + self._rows
        self._on_the_way -= sum(len(rows.mono_ns) for rows in taken)
        self._bytes += sum(rows.bytes for rows in taken)
        for order, rows in enumerate(self._rows):
            rows.order = order
        self._order = len(self._rows)
        gone = self._make_room()
        self._waiting = [rows for rows in self._rows if rows.state == WAITING]
        return gone

    def _make_room(self) -> int:
        gone, rows = 0, 0
        while self._bytes > MOST_BYTES:
            self._bytes -= self._rows[gone].bytes
            rows += len(self._rows[gone].mono_ns)
            gone += 1
        del self._rows[:gone]
        self.untold += rows
        self.dropped += rows
        return rows

    def _add(self, schema: Schema, mono_ns: Int64s, values: Float64s, quality: UInt8s) -> Int64s | None:
        if values.shape[1] != len(schema.fields) * (1 if schema.window_s is None else 5):
            raise ValueError(f"{schema.device}: {values.shape[1]} columns for the fields {', '.join(schema.fields)}")
        if not len(mono_ns):
            return mono_ns
        rows = Rows(schema, self._order, WAITING, mono_ns, mono_ns, values, quality)
        self._order += 1
        self._bytes += rows.bytes
        self.came += len(mono_ns)
        self._rows.append(rows)
        self._waiting.append(rows)
        self._thaw()
        if rows.state == SYNCED:
            return rows.time_ns
        rows.time_ns = mono_ns + self.clock.time_ns(0)  # as it seems now
        return None

    def _thaw(self) -> None:
        """Freeze all staged rows that wait, in their order, when nothing in the file waits before them."""
        if self._waiting and not self.file_waiting and self.clock.synced:
            for rows in self._waiting:
                self._freeze(rows)
            self._waiting = []

    def _freeze(self, rows: Rows) -> None:
        time_ns, source = rows.mono_ns + self.clock.time_ns(0), rows.source
        rows.time_ns = increasing(time_ns, bound(self._last_ns.get(source), int(time_ns[0]), right=True))
        rows.time_ns.setflags(write=False)
        rows.state = SYNCED
        self._last_ns[source] = int(rows.time_ns[-1])


def blocks_of(staged: list[Rows]) -> list[Staged]:
    """Return one block for each schema and state, those of frozen rows first, as they stand first in the stream."""
    groups: dict[tuple[bool, Position], list[Rows]] = {}
    for rows in staged:
        groups.setdefault((rows.state == WAITING, rows.schema.position), []).append(rows)
    return [_block(group) for _, group in sorted(groups.items(), key=lambda item: item[0][0])]


def _block(group: list[Rows]) -> Staged:
    schema = group[0].schema
    columns = Columns(
        np.concatenate([rows.mono_ns for rows in group]),
        np.concatenate([rows.time_ns for rows in group]),
        np.repeat(np.array([rows.order for rows in group], np.int64), [len(rows.mono_ns) for rows in group]),
        np.concatenate([rows.values for rows in group]),
        np.concatenate([rows.quality for rows in group]),
    )
    return Staged(key(schema.position.start, schema.position.n), group[0].source, group[0].state, columns)
