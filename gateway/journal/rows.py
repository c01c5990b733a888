"""Rows of events as they stand in the file: their key, their JSON, their CRC."""

import struct
import zlib
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import apsw
import orjson

from gateway.event import Body, Position, Row

Stream = str  # "e" for events, "s" for blocks of samples
WAITING: Final = 0  # its UTC waits for the clock
SYNCED: Final = 1
UNSYNCED: Final = 2  # frozen without the clock's word
N_BITS: Final = 40  # 10^12 rows in an epoch, 8 million starts
N_MASK: Final = (1 << N_BITS) - 1
HEAD: Final = struct.Struct("<qqqB")
# As BLOB: a flipped bit in a text must become a wrong CRC, not an error of decoding that ends the whole reading.
SELECT: Final = (
    "SELECT id, CAST(kind AS BLOB), CAST(source AS BLOB), mono_ns, time_ns, clock, CAST(body AS BLOB), crc FROM events"
)

Raw = tuple[Any, ...]


class Corrupted(Exception):
    """A row whose CRC does not fit what stands in it: count it, leave it out, go on."""


class Epoch(NamedTuple):
    """One run of the daemon."""

    start: int
    token: str
    boot: str


Epochs = Mapping[int, Epoch]  # by start counter


def key(start: int, n: int) -> int:
    """Return the integer key of row `n` of an epoch."""
    return start << N_BITS | n


def split(row_id: int) -> tuple[int, int]:
    """Return (start counter, n) of an integer key."""
    return row_id >> N_BITS, row_id & N_MASK


def position(row_id: int, epochs: Epochs) -> Position:
    """Return the place of a row. Raises Corrupted when its epoch is not known."""
    start, n = split(row_id)
    if start not in epochs:
        raise Corrupted(f"row {row_id} is of an unknown epoch")
    return Position(start, epochs[start].token, n)


def place(row_id: int, epochs: Epochs) -> Position | None:
    """Return the place of a key; None for 0, the beginning, and for one of an epoch that is not known."""
    return position(row_id, epochs) if row_id and split(row_id)[0] in epochs else None


def after_key(after: Position | None, epochs: Epochs) -> int:
    """Return the key behind which reading goes on; a place of an epoch of another token counts by its order."""
    if after is None:
        return 0
    epoch = epochs.get(after.start)
    if epoch is not None and epoch.token != after.token:
        return key(after.start, 0 if after.token < epoch.token else N_MASK)
    return key(after.start, after.n)


def written(place: Position) -> str:
    """Return `<start>-<token>:<n>`, the way a place is named in a `gap` event."""
    return f"{place.epoch}:{place.n}"


def dumps(body: Body) -> bytes:
    """Return the body as JSON, keys sorted, NaN as null. Raises TypeError for what JSON cannot say."""
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY)


def crc(row_id: int, kind: bytes, source: bytes, mono_ns: int, time_ns: int, clock: int, body: bytes) -> int:
    """Return the CRC32 over everything in the row, its key too."""
    return zlib.crc32(b"\0".join((HEAD.pack(row_id, mono_ns, time_ns, clock), kind, source, body)))


def check(raw: Raw) -> None:
    """Raise Corrupted unless the CRC fits."""
    if not whole(raw):
        raise Corrupted(f"row {raw[0]}: the CRC does not fit")


def whole(raw: Raw) -> bool:
    """Return whether the CRC fits. A flipped type byte gives anything at all in any column."""
    row_id, kind, source, mono_ns, time_ns, clock, body, kept = raw
    try:
        fits: bool = zlib.crc32(b"\0".join((HEAD.pack(row_id, mono_ns, time_ns, clock), kind, source, body))) == kept
    except (TypeError, struct.error):
        return False
    return fits


def decode(raw: Raw, epochs: Epochs) -> Row:
    """Return the event of a row as selected by SELECT. Raises Corrupted."""
    check(raw)
    row_id, kind, source, mono_ns, time_ns, clock, body, _ = raw
    place = position(row_id, epochs)
    boot = epochs[place.start].boot
    said = "synced" if clock == SYNCED else "unsynced"
    return Row(place, kind.decode(), source.decode(), mono_ns, boot, time_ns, said, orjson.loads(body))


def cells_crc(*cells: str | int) -> int:
    """Return the CRC32 of a small row: an epoch, a cursor, a time, a number of meta."""
    return zlib.crc32("\0".join(map(str, cells)).encode())


def read_meta(db: apsw.Connection, name: str) -> int:
    """Return a number of the table meta, 0 when it is not there or damaged."""
    for value, crc in db.execute("SELECT value, crc FROM meta WHERE key = ?", (name,)):
        if cells_crc(name, value) == crc:
            return int(value)
    return 0
