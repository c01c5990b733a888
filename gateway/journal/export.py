"""Export: events and samples of a journal's file as tables, some rows at a time, beside whoever writes it."""

import csv
import json
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from typing import Any, Final, TextIO

import numpy as np

from gateway.event import Row
from gateway.journal import blocks, rows
from gateway.journal.blocks import Block, Schema
from gateway.journal.pages import fetch
from gateway.journal.reader import JournalReader
from gateway.journal.rows import Corrupted, Raw, key, written
from gateway.tables.write import FORMULA, printable
from sensors.quality import BAD

CHUNK: Final = 500
HEAD: Final = ("at", "time", "clock", "kind", "source")
SAMPLE_HEAD: Final = ("time", "clock", "device")

Cells = dict[str, Any]


@dataclass(slots=True)
class Export:
    """What is wanted: times are UTC ns, `to_ns` left out. `damaged` counts the rows that could not be read."""

    reader: JournalReader
    zone: tzinfo | None
    from_ns: int = 0
    to_ns: int = 1 << 62
    kind: str | None = None
    device: str | None = None
    after: int = 0  # a key up to which nothing of the time stands
    damaged: int = 0

    def events(self) -> Iterator[Cells]:
        """Yield events, their bodies' fields beside the head."""
        for row in self.rows():
            yield self._head(row) | {
                (name if name not in HEAD else f"{name}_"): value for name, value in row.body.items()
            }

    def event_columns(self) -> list[str]:
        """Return the columns of `events`: it takes a walk of its own, for each kind has fields of its own."""
        names = {name for cells in self.events() for name in cells}
        self.damaged = 0
        return [*HEAD, *sorted(names.difference(HEAD))]

    def samples(self) -> Iterator[Cells]:
        """Yield rows of samples; values of bad quality are left out and named."""
        for block in self.blocks():
            columns, fields = block.columns, block.schema.fields
            for row in np.flatnonzero((columns.time_ns >= self.from_ns) & (columns.time_ns < self.to_ns)).tolist():
                values, quality = columns.values[row].tolist(), columns.quality[row].tolist()
                head = {
                    "time": self._time(int(columns.time_ns[row])),
                    "clock": block.clock,
                    "device": block.schema.device,
                }
                good = {
                    name: v for name, v, q in zip(fields, values, quality, strict=True) if q < BAD and np.isfinite(v)
                }
                bad = {name: q for name, q in zip(fields, quality, strict=True) if name not in good}
                yield head | good | ({"bad": bad} if bad else {})

    def sample_columns(self) -> list[str]:
        """Return the columns of `samples`."""
        fields = [name for schema in self.schemas().values() if self._wants(schema) for name in schema.fields]
        return [*SAMPLE_HEAD, *dict.fromkeys(fields), "bad"]

    def _head(self, row: Row) -> Cells:
        at = (written(row.position), self._time(row.time_ns), row.clock, row.kind, row.source)
        return dict(zip(HEAD, at, strict=True))

    def _time(self, time_ns: int) -> str:
        whole, rest = divmod(time_ns, 1_000_000_000)
        there = datetime.fromtimestamp(whole, self.zone).astimezone(self.zone)
        return f"{there:%Y-%m-%dT%H:%M:%S}.{rest // 1_000_000:03d}{there:%z}"

    def rows(self) -> Iterator[Row]:
        for raw in self._raws("e"):
            row = self._whole(partial(rows.decode, raw, self.reader.epochs))
            if row is None or not self.from_ns <= row.time_ns < self.to_ns or self.kind not in (None, row.kind):
                continue
            if self.device in (None, row.source, row.body.get("device"), row.source.partition(".")[0]):
                yield row

    def blocks(self, devices: Container[str] | None = None) -> Iterator[Block]:
        """Yield the blocks of samples that begin or end in the time, of these devices or the one that is wanted."""
        schemas = self.schemas()
        for raw in self._raws("s"):
            schema = schemas.get(raw[1])
            if schema is not None and (not self._wants(schema, devices) or raw[2] < self.from_ns):
                continue
            block = self._whole(partial(blocks.block_of, raw, self.reader.epochs, schemas))
            if block is not None:
                yield block

    def _wants(self, schema: Schema, devices: Container[str] | None = None) -> bool:
        wanted = self.device in (None, schema.device) if devices is None else schema.device in devices
        return schema.window_s is None and wanted

    def schemas(self) -> dict[int, Schema]:
        found = {}
        for raw in self.reader.db.execute(f"{rows.SELECT} WHERE kind = 'schema' ORDER BY id"):
            row = self._whole(partial(rows.decode, raw, self.reader.epochs))
            if row is not None:
                found[key(row.position.start, row.position.n)] = Schema.of(row.position, row.source, row.body)
        return found

    def _whole(self, decode: Callable[[], Any]) -> Any:
        try:
            return decode()
        except Corrupted:
            self.damaged += 1
            return None

    def _raws(self, stream: str) -> Iterator[Raw]:
        """Each chunk is a look of its own: a long one would keep the daemon from emptying its WAL."""
        at, behind = self.after, self.reader.last_key()
        ends = self.reader.known_ends()
        while True:
            page = fetch(self.reader.db, ends, stream, at, behind, CHUNK)
            yield from page.raws
            if not page.more:
                return
            at = page.last


def write_csv(file: TextIO, columns: Sequence[str], entries: Iterable[Cells]) -> None:
    """Write a table that no spreadsheet takes for formulas."""
    table = csv.writer(file)
    table.writerow([cell(name) for name in columns])
    table.writerows([cell(entry.get(name)) for name in columns] for entry in entries)


def write_lines(file: TextIO, entries: Iterable[Cells]) -> None:
    """Write a JSON object a line."""
    file.writelines(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)


def cell(value: Any) -> Any:
    """Return what stands in a cell: numbers as they are, what is more than a text as JSON, nothing as a formula."""
    if value is None or isinstance(value, int | float):
        return value
    text = printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    return f"'{text}" if FORMULA.match(text) else text
