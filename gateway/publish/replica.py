"""The wire format between a gateway and the support center: rows of the journal up, how far they are durable down.

`journal/e`: `{"gateway", "after", "rows": [[epoch, n, kind, source, mono_ns, boot, time_ns, clock, body], ...]}`
`journal/s`: `{"gateway", "after", "rows": [[epoch, n, schema, boot, clock, data], ...]}`, `data` the block as base64
`ack/<e|s>`: `{"at": "<epoch>:<n>" or null}`, and with a refusal `"missing": "<epoch>:<n>"`
`ack/copy`: `{"ms", "witness_ms", "ok", "said"}`, retained: what came of restoring the center's rows for a test

`after` is the row behind which the gateway read these (null: at the beginning). The center takes them when it has that
row, for then nothing between is missing, and answers with their last row, also when it had them all before. Else it
takes nothing and answers how far it has the chain and which `after` is `missing`; the gateway goes on from there. The
center may also say how far it is unasked, as when it has connected: a gateway that waits for it then begins at once.
A row that no broker took and that comes later after all has `"again": true` and `after` null: it is taken beside the
chain, which stays where it is, and the answer is its place.
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
    again: bool = False


class Blocks(NamedTuple):
    """What a message on `journal/s` carries."""

    gateway: str
    after: Position | None
    rows: Sequence[BlockRow]
    again: bool = False


class Ack(NamedTuple):
    """What the center says of a stream: how far it has it, durably; None: nothing of it."""

    at: Position | None
    missing: Position | None = None  # the `after` that it does not have: nothing of that message was taken


class Copied(NamedTuple):
    """What came of restoring the center's copy for a test. Times are UTC ms."""

    ms: int  # when that was done
    witness_ms: int  # of when the journal's witness was, against which it was held
    ok: bool
    said: list[str]  # what differs


def write_events(message: Events) -> bytes:
    """Return the payload of events."""
    return joined(message.gateway, message.after, [event_cells(*row) for row in message.rows])


def write_blocks(message: Blocks) -> bytes:
    """Return the payload of blocks."""
    return joined(message.gateway, message.after, [block_cells(row) for row in message.rows])


def event_cells(at: Position, *cells: str | int | Body | orjson.Fragment) -> bytes:
    """Return one row of a payload of events, from the fields of an EventRow; its body may be JSON written before."""
    return orjson.dumps([at.epoch, at.n, *cells])


def block_cells(row: BlockRow) -> bytes:
    """Return one row of a payload of blocks."""
    at, schema, boot, clock, data = row
    return orjson.dumps([at.epoch, at.n, place(schema), boot, clock, base64.b64encode(data).decode()])


def joined(gateway: str, after: Position | None, cells: Sequence[bytes], *, again: bool = False) -> bytes:
    """Return the payload of rows that were written one by one."""
    head = orjson.dumps({"gateway": gateway, "after": after and place(after)} | ({"again": True} if again else {}))
    return b"".join((head[:-1], b',"rows":[', b",".join(cells), b"]}"))


def read_events(payload: bytes) -> Events:
    """Return what a payload of events says. Raises Malformed."""
    return Events(*_read(payload, _event))


def read_blocks(payload: bytes) -> Blocks:
    """Return what a payload of blocks says. Raises Malformed."""
    return Blocks(*_read(payload, _block))


def write_ack(at: Position | None, missing: Position | None = None) -> bytes:
    """Return the payload that says how far the center has a stream; `missing` makes it a refusal."""
    return orjson.dumps({"at": at and place(at)} | ({"missing": place(missing)} if missing else {}))


def read_ack(payload: bytes) -> Ack:
    """Return what the center says of a stream. Raises Malformed."""
    body = _object(payload)
    if "at" not in body:
        raise Malformed("`at` is not there")
    return Ack(*(value if value is None else _place(value) for value in (body["at"], body.get("missing"))))


def write_copied(copied: Copied) -> bytes:
    """Return the payload that says what came of a test."""
    return orjson.dumps(copied._asdict())


def read_copied(payload: bytes) -> Copied:
    """Return what the center says of its copy. Raises Malformed."""
    body = _object(payload)
    copied = Copied(*(body.get(name) for name in Copied._fields))  # type: ignore[arg-type] # looked at below
    kinds = (type(copied.ms), type(copied.witness_ms), type(copied.ok), type(copied.said))
    if kinds != (int, int, bool, list) or not all(isinstance(one, str) for one in copied.said):
        raise Malformed(f"{sorted(body)} is nothing about a copy")
    return copied


def place(position: Position) -> str:
    """Return a position as text: `<epoch>:<n>`."""
    return f"{position.epoch}:{position.n}"


def _read(payload: bytes, row: Any) -> tuple[str, Position | None, list[Any], bool]:
    body = _object(payload)
    try:
        after = body["after"]
        rows = [row(*cells) for cells in body["rows"]]
        return str(body["gateway"]), None if after is None else _place(after), rows, body.get("again") is True
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
