"""Rows: a message of the journal, checked and laid out as the cells that the store binds."""

from typing import Any, Final, Literal, NamedTuple

import orjson

from gateway.event import Position
from gateway.publish.replica import BlockRow, EventRow, Malformed, read_blocks, read_events

Stream = Literal["e", "s"]
Cells = tuple[Any, ...]  # start, token, n, and then the columns of the stream's table
MOST: Final = 2**63 - 1  # what SQLite's integers hold


class Rows(NamedTuple):
    """Neighbouring rows of one stream, in its order, and the row behind which they stand."""

    stream: Stream
    after: Position | None
    cells: list[Cells]
    again: bool = False  # beside the chain: what no broker took before

    @property
    def last(self) -> Position | None:
        """Return the position of the last row; of a message without any, the one behind which it stands."""
        return Position(*self.cells[-1][:3]) if self.cells else self.after


def read(gateway: str, stream: Stream, payload: bytes, now_ms: int) -> Rows:
    """Return the rows of a payload that came on a gateway's topic. Raises Malformed."""
    message = read_events(payload) if stream == "e" else read_blocks(payload)
    if message.gateway != gateway:
        raise Malformed(f"{message.gateway!r} writes on the topic of {gateway!r}")
    try:
        cells = [_event(row) if isinstance(row, EventRow) else _block(row, now_ms) for row in message.rows]
    except (TypeError, ValueError) as error:  # a body too deep to write again
        raise Malformed(str(error)) from error
    _check(message.after, cells)
    return Rows(stream, message.after, cells, message.again)


def _event(row: EventRow) -> Cells:
    position, kind, source, mono_ns, boot, time_ns, clock, body = row
    if not -MOST <= mono_ns <= MOST or not -MOST <= time_ns <= MOST:
        raise ValueError("a time beyond 64 bits")
    return (*position, kind, source, mono_ns, boot, time_ns, clock, orjson.dumps(body).decode())


def _block(row: BlockRow, now_ms: int) -> Cells:
    return (*row.position, *row.schema, row.boot, row.clock, row.data, now_ms)


def _check(after: Position | None, cells: list[Cells]) -> None:
    """Refuse rows out of order: what is told of the last one would not be true of those before it."""
    before: Cells = after or ()
    for cell in cells:
        place = cell[:3]
        if place <= before or place[0] > MOST or place[2] > MOST:
            raise Malformed(f"{place} does not follow {tuple(before)}")
        before = place
