"""The wire format between a gateway and the support center: rows of the journal up, how far they are durable down.

`journal/e`: `{"gateway", "after", "rows": [[epoch, n, kind, source, mono_ns, boot, time_ns, clock, body], ...]}`
`journal/s`: `{"gateway", "after", "rows": [[epoch, n, schema, boot, clock, data], ...]}`, `data` the block as base64
`ack/<e|s>`: `{"at": "<epoch>:<n>" or null}`

`after` is the row behind which the gateway read these (null: at the beginning). The center takes them when it has that
row, for then nothing between is missing; else it answers how far it has them, and the gateway goes on from there.
Pure: rows in, bytes out, and back.
"""

import base64
import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import orjson

from gateway.event import Body, Position

PLACE: Final = re.compile(r"(\d{1,7})-([0-9a-f]{4}):(\d{1,13})")
EPOCH: Final = re.compile(r"(\d{1,7})-([0-9a-f]{4})")


class Malformed(Exception):
    """A message that is none of ours, or not whole."""


class EventRow(NamedTuple):
    """An event as it stands in the journal, its UTC frozen."""

    position: Position
    kind: str
    source: str
    mono_ns: int
    boot: str
    time_ns: int
    clock: str  # "synced" or "unsynced"
    body: Body


class BlockRow(NamedTuple):
    """A block of samples; `data` is what `gateway.journal.blocks.encode` makes."""

    position: Position
    schema: Position  # the event of kind `schema` that names its columns
    boot: str
    clock: str
    data: bytes


class Events(NamedTuple):
    """What a message on `journal/e` carries: neighbouring rows in the order of the journal."""

    gateway: str
    after: Position | None
    rows: Sequence[EventRow]


class Blocks(NamedTuple):
    """What a message on `journal/s` carries."""

    gateway: str
    after: Position | None
    rows: Sequence[BlockRow]


def write_events(message: Events) -> bytes:
    """Return the payload of events."""
    return _write(message, [[row.position.epoch, row.position.n, *row[1:]] for row in message.rows])


def write_blocks(message: Blocks) -> bytes:
    """Return the payload of blocks."""
    rows = [
        [at.epoch, at.n, place(schema), boot, clock, base64.b64encode(data).decode()]
        for at, schema, boot, clock, data in message.rows
    ]
    return _write(message, rows)


def read_events(payload: bytes) -> Events:
    """Return what a payload of events says. Raises Malformed."""
    return Events(*_read(payload, _event))


def read_blocks(payload: bytes) -> Blocks:
    """Return what a payload of blocks says. Raises Malformed."""
    return Blocks(*_read(payload, _block))


def write_ack(at: Position | None) -> bytes:
    """Return the payload that says how far the center has a stream, durably; None: nothing of it."""
    return orjson.dumps({"at": at and place(at)})


def read_ack(payload: bytes) -> Position | None:
    """Return how far the center has a stream. Raises Malformed."""
    at = _object(payload).get("at")
    return None if at is None else _place(at)


def place(position: Position) -> str:
    """Return a position as text: `<epoch>:<n>`."""
    return f"{position.epoch}:{position.n}"


def _write(message: Events | Blocks, rows: list[list[Any]]) -> bytes:
    after = message.after and place(message.after)
    return orjson.dumps({"gateway": message.gateway, "after": after, "rows": rows})


def _read(payload: bytes, row: Any) -> tuple[str, Position | None, list[Any]]:
    body = _object(payload)
    try:
        after = body["after"]
        rows = [row(*cells) for cells in body["rows"]]
        return str(body["gateway"]), None if after is None else _place(after), rows
    except (KeyError, TypeError, ValueError) as error:
        raise Malformed(f"{type(error).__name__}: {error}") from error


def _object(payload: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise Malformed(str(error)) from error
    if not isinstance(body, dict):
        raise Malformed("not a JSON object")
    return body


def _event(
    epoch: str, n: int, kind: str, source: str, mono_ns: int, boot: str, time_ns: int, clock: str, body: Body
) -> EventRow:
    for value, wanted in ((kind, str), (source, str), (mono_ns, int), (time_ns, int), (body, dict)):
        if type(value) is not wanted:
            raise TypeError(f"{value!r} is no {wanted.__name__}")
    return EventRow(_position(epoch, n), kind, source, mono_ns, str(boot), time_ns, str(clock), body)


def _block(epoch: str, n: int, schema: str, boot: str, clock: str, data: str) -> BlockRow:
    return BlockRow(_position(epoch, n), _place(schema), str(boot), str(clock), base64.b64decode(data, validate=True))


def _position(epoch: str, n: int) -> Position:
    found = EPOCH.fullmatch(epoch)
    if not found or type(n) is not int or n < 1:
        raise ValueError(f"{epoch!r}:{n!r} is no place in a journal")
    return Position(int(found[1]), found[2], n)


def _place(text: object) -> Position:
    found = PLACE.fullmatch(str(text))
    if not found:
        raise Malformed(f"{text!r} is no place in a journal: <start>-<4 hex>:<n>")
    return Position(int(found[1]), found[2], int(found[3]))
