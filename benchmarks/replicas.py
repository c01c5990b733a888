"""Gateways that are made up: their rows and messages, for the center's benchmark and its tests."""

from collections.abc import Sequence
from typing import Any

import orjson

from center.store import Store
from gateway.event import Position
from gateway.publish import replica
from gateway.publish.replica import BlockRow, Blocks, EventRow, Events

GATEWAY = "gw_1"
PLACE = ("changsin-017", GATEWAY)
UTC_MS = 1_764_000_000_000


def event(position: Position, kind: str = "scan", source: str = "scanner_1", **body: Any) -> EventRow:
    """A row as the journal has it."""
    time_ns = UTC_MS * 1_000_000 + position.start * 10**12 + position.n * 10**9
    return EventRow(position, kind, source, position.n * 10**9, f"boot-{position.start}", time_ns, "synced", body)


def journal(*sizes: int) -> list[EventRow]:
    """Rows of several starts, so many each."""
    return [
        event(Position(start, f"{start:04x}", n + 1), raw=f"T-{start}-{n}")
        for start, size in enumerate(sizes, 1)
        for n in range(size)
    ]


def block(position: Position) -> BlockRow:
    """A block of samples as the journal has it."""
    data = f"{position.epoch}:{position.n}".encode() * 20
    return BlockRow(position, Position(position.start, position.token, 1), f"boot-{position.start}", "synced", data)


def events_message(rows: Sequence[EventRow], first: int, stop: int, gateway: str = GATEWAY) -> bytes:
    """The message of some neighbouring rows of a journal."""
    after = rows[first - 1].position if first else None
    return replica.write_events(Events(gateway, after, rows[first:stop]))


def blocks_message(rows: Sequence[BlockRow], first: int, stop: int, gateway: str = GATEWAY) -> bytes:
    """The message of some neighbouring blocks."""
    after = rows[first - 1].position if first else None
    return replica.write_blocks(Blocks(gateway, after, rows[first:stop]))


def kept(store: Store, place: tuple[str, str] = PLACE) -> list[EventRow]:
    """The events of a shop as they stand in the file, in order."""
    select = (
        "SELECT start, token, n, kind, source, mono_ns, boot, time_ns, clock, body FROM events WHERE shop = "
        "(SELECT id FROM shops WHERE workshop = ? AND gateway = ?) ORDER BY start, n"
    )
    return [
        EventRow(Position(*row[:3]), *row[3:9], orjson.loads(row[9]))  # type: ignore[arg-type] # STRICT columns
        for row in store.db.execute(select, place)
    ]
