"""Blocks: rows of one device as compressed columns, with the schema they were written with."""

import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from gateway.event import Body, Position
from gateway.journal import packing
from gateway.journal.rows import SYNCED, Corrupted, Epochs, Raw, position
from sensors.batch import Float64s, Int64s, UInt8s

FORMAT: Final = 2
FORMAT_1: Final = 1  # that older files hold: all values as changed bits
THINNED: Final = 0x80  # flag of the format: rows were taken out (see thinning.py)
HEAD: Final = struct.Struct("<BIH")  # format, rows T, columns K
CRC_HEAD: Final = struct.Struct("<qqqB")
MOST_BYTES: Final = 64 << 20  # of one block unpacked; more is damage
SELECT: Final = "SELECT id, schema, time_ns, clock, data, crc FROM blocks"
STATISTICS: Final = ("count", "mean", "min", "max", "last")


@dataclass(frozen=True, slots=True)
class Schema:
    """What the columns of a block mean: an event of kind `schema`, and where it stands."""

    position: Position
    device: str
    fields: tuple[str, ...]
    units: tuple[str, ...]
    tags: Mapping[str, str]
    profile: str | None
    version: int
    window_s: float | None  # of windows: their length; None for samples

    @classmethod
    def of(cls, place: Position, source: str, body: Body) -> "Schema":
        """Return the schema of an event's body."""
        return cls(
            place,
            source,
            tuple(body["fields"]),
            tuple(body["units"]),
            body.get("tags") or {},
            body.get("profile"),
            body.get("version") or 1,
            body.get("window_s"),
        )


class Window(Protocol):
    """A window of one device as the engine hands it over: statistics of shape [K]."""

    @property
    def mono_ns(self) -> int: ...
    @property
    def count(self) -> Float64s: ...
    @property
    def mean(self) -> Float64s: ...
    @property
    def min(self) -> Float64s: ...
    @property
    def max(self) -> Float64s: ...
    @property
    def last(self) -> Float64s: ...


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a block. `order` tells how the rows of a commit's blocks lay between each other."""

    mono_ns: Int64s  # [T]
    time_ns: Int64s  # [T], strictly increasing in one device
    order: Int64s  # [T], the ordinal of the row's batch within the commit
    values: Float64s  # [T, K]; of windows [T, 5 * n], statistic by statistic
    quality: UInt8s  # [T, K]; of windows [T, 0]


Known = Callable[[str, Int64s], bool]  # of a boot and times [T]: whether the reader needs no row of these
_NONE: Final[Int64s] = np.empty(0, np.int64)
_NOTHING: Final = Columns(_NONE, _NONE, _NONE, np.empty((0, 0)), np.empty((0, 0), np.uint8))


@dataclass(frozen=True, slots=True)
class Block:
    """A committed block."""

    position: Position
    schema: Schema
    boot: str
    clock: str  # "synced" or "unsynced"
    columns: Columns  # without rows: whoever reads knows them (see `Known`)

    @property
    def windows(self) -> Float64s:
        """Return the statistics of a block of windows as [T, 5, n]: count, mean, min, max, last."""
        values = self.columns.values
        return values.reshape(len(values), len(STATISTICS), -1)


def encode(columns: Columns) -> bytes:
    """Return the columns packed and compressed: times as differences, values as decimals where they are (`packing`)."""
    rows, wide = columns.values.shape
    parts = (
        packing.integers(columns.mono_ns[None]),
        packing.integers((columns.time_ns - columns.mono_ns)[None]),
        packing.integers(columns.order[None]),
        packing.floats(np.ascontiguousarray(columns.values.T)),
        packing.changes(np.ascontiguousarray(columns.quality.T)).tobytes(),
    )
    # Level 1: what is left after packing is no smaller at level 6, and takes up to twice as long.
    return HEAD.pack(FORMAT, rows, wide) + zlib.compress(b"".join(parts), 1)


def decode(data: bytes) -> Columns:
    """Return the columns of `encode`, of any version's, bit by bit. Raises Corrupted."""
    try:
        form, rows, wide = _head(data)
        unpacker = zlib.decompressobj()
        plain = unpacker.decompress(data[HEAD.size :], MOST_BYTES)
        columns = (_unpack if form == FORMAT else _unpack_1)(plain, rows, wide)
        if not unpacker.eof or columns.quality.shape[1] not in (0, wide):
            raise Corrupted("the block is cut short")
        return columns
    except (struct.error, zlib.error, ValueError, TypeError) as error:
        raise Corrupted(str(error)) from error


def times(data: bytes) -> Int64s:
    """Return the column `mono_ns` alone: it stands first, so the rest stays packed. Raises Corrupted."""
    try:
        form, rows, _ = _head(data)
        if form == FORMAT_1:
            return decode(data).mono_ns
        plain = zlib.decompressobj().decompress(data[HEAD.size :], 2 + 8 * rows)  # two widths, and at most so much
        return packing.Unpacker(plain).integers(1, rows).ravel()
    except (struct.error, zlib.error, ValueError, TypeError) as error:
        raise Corrupted(str(error)) from error


def _head(data: bytes) -> tuple[int, int, int]:
    """Return the format, how many rows, how many columns of values."""
    form, rows, wide = HEAD.unpack_from(data)
    form &= ~THINNED
    if form not in (FORMAT, FORMAT_1):
        raise Corrupted(f"block format {form} is not known")
    if rows * max(wide, 3) * 8 > MOST_BYTES:
        raise Corrupted(f"{rows} rows of {wide} columns are no block")
    return form, rows, wide


def _unpack(plain: bytes, rows: int, wide: int) -> Columns:
    packed = packing.Unpacker(plain)
    mono_ns, later_ns, order = (packed.integers(1, rows)[0] for _ in range(3))
    values = packed.floats(wide, rows)
    return _columns(mono_ns, later_ns, order, values, packed.rest())


def _unpack_1(plain: bytes, rows: int, wide: int) -> Columns:
    at = rows * 8
    steps = [packing.unshuffled(plain[i * at : (i + 1) * at], 8, rows).view(np.int64) for i in range(3)]
    end = 3 * at + rows * wide * 8
    changed = packing.unshuffled(plain[3 * at : end], 8, rows * wide).reshape(wide, rows)
    values = np.bitwise_xor.accumulate(changed, axis=1).view(np.float64)
    mono_ns, later_ns, order = map(np.cumsum, steps)
    return _columns(mono_ns, later_ns, order, values, plain[end:])


def _columns(mono_ns: Int64s, later_ns: Int64s, order: Int64s, values: Float64s, left: bytes) -> Columns:
    """The quality is what is left: a block of windows has none."""
    rows = values.shape[1]
    changed = np.frombuffer(left, np.uint8).reshape(-1 if left else 0, rows)
    quality = np.bitwise_xor.accumulate(changed, axis=1)
    return Columns(mono_ns, mono_ns + later_ns, order, np.ascontiguousarray(values.T), np.ascontiguousarray(quality.T))


def crc(row_id: int, schema: int, time_ns: int, clock: int, data: bytes) -> int:
    """Return the CRC32 over everything in the block's row, its key too."""
    return zlib.crc32(data, zlib.crc32(CRC_HEAD.pack(row_id, schema, time_ns, clock)))


def check(raw: Raw) -> None:
    """Raise Corrupted unless the CRC fits."""
    row_id, schema, time_ns, clock, data, kept = raw
    try:
        fits = crc(row_id, schema, time_ns, clock, data) == kept
    except (TypeError, struct.error) as error:
        raise Corrupted(f"block {row_id}: {error}") from error
    if not fits:
        raise Corrupted(f"block {row_id}: the CRC does not fit")


def whole(raw: Raw) -> bool:
    """Return whether the CRC fits."""
    try:
        check(raw)
    except Corrupted:
        return False
    return True


def block_of(raw: Raw, epochs: Epochs, schemas: Mapping[int, Schema], known: Known | None = None) -> Block:
    """Return the block of a row as selected by SELECT, not unpacked if it is `known`. Raises Corrupted."""
    check(raw)
    row_id, schema, _, clock, data, _ = raw
    place = position(row_id, epochs)
    if schema not in schemas:
        raise Corrupted(f"block {row_id}: its schema cannot be read")
    said = "synced" if clock == SYNCED else "unsynced"
    boot = epochs[place.start].boot
    columns = _NOTHING if known and known(boot, times(data)) else decode(data)
    return Block(place, schemas[schema], boot, said, columns)
