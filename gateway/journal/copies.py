"""Rows as they stand in the file, for whoever replicates them: checked, but neither parsed nor unpacked."""

from typing import NamedTuple

from gateway.event import Position
from gateway.journal import blocks, rows
from gateway.journal.rows import SYNCED, Epochs, Raw


class EventCopy(NamedTuple):
    """An event; `body` is its JSON."""

    position: Position
    kind: str
    source: str
    mono_ns: int
    boot: str
    time_ns: int
    clock: str  # "synced" or "unsynced"
    body: bytes


class BlockCopy(NamedTuple):
    """A block; `data` is what `blocks.encode` made."""

    position: Position
    schema: Position  # the event that names its columns
    boot: str
    clock: str
    time_ns: int  # of its last row
    data: bytes


def event_copy(raw: Raw, epochs: Epochs) -> EventCopy:
    """Return the event of a row as selected by rows.SELECT. Raises Corrupted."""
    rows.check(raw)
    row_id, kind, source, mono_ns, time_ns, clock, body, _ = raw
    place = rows.position(row_id, epochs)
    boot = epochs[place.start].boot
    return EventCopy(place, kind.decode(), source.decode(), mono_ns, boot, time_ns, _said(clock), body)


def block_copy(raw: Raw, epochs: Epochs) -> BlockCopy:
    """Return the block of a row as selected by blocks.SELECT. Raises Corrupted."""
    blocks.check(raw)
    row_id, schema, time_ns, clock, data, _ = raw
    place = rows.position(row_id, epochs)
    return BlockCopy(place, rows.position(schema, epochs), epochs[place.start].boot, _said(clock), time_ns, data)


def _said(clock: int) -> str:
    return "synced" if clock == SYNCED else "unsynced"
