"""What events tell of machines, as columns: states, counts and energy, in the order in which they stand in the journal.

Packed, a row takes some bytes, a twentieth of its event, and thousands are read as quickly as some tens of them.
"""

import struct
import zlib
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import orjson

from gateway.journal import packing
from gateway.journal.rows import Corrupted, Epochs, Raw, decode
from gateway.states import STATES
from sensors.batch import Float64s, Int64s

KINDS: Final = ("state", "count", "energy")
STATE, COUNT, ENERGY = range(len(KINDS))
WANTED: Final = "kind IN ('state', 'count', 'energy')"
PARTS: Final = 4
FORMAT: Final = 1
HEAD: Final = struct.Struct("<BIH")  # format, rows, bytes of the names
MOST_BYTES: Final = 64 << 20  # more than any that was packed
_CODES: Final = {state: float(code) for code, state in enumerate(STATES)}
_NONE: Final = float("nan")


class MachineRows(NamedTuple):
    """N events. `parts` [4, N]: of a state its code; of a count pieces, seconds a piece (NaN unknown), missed, bounced;
    of energy kW (NaN unknown), the UTC ms at which its quarter hour began, the seconds that are known of it.
    """

    names: list[str]
    time_ns: Int64s  # [N], UTC
    who: Int64s  # [N], places in `names`
    kinds: Int64s  # [N], places in KINDS
    parts: Float64s

    def head(self, count: int) -> "MachineRows":
        """Return the first so many."""
        time_ns, who, kinds = (each[:count] for each in (self.time_ns, self.who, self.kinds))
        return MachineRows(self.names, time_ns, who, kinds, self.parts[:, :count])

    def pack(self) -> bytes:
        """Return it as bytes, which `unpack` takes."""
        names = orjson.dumps(self.names)
        columns = packing.integers(self.time_ns[None]), packing.integers(np.stack((self.who, self.kinds)))
        packed = b"".join((*columns, packing.floats(self.parts)))
        return HEAD.pack(FORMAT, len(self.time_ns), len(names)) + zlib.compress(names + packed, 1)

    @classmethod
    def unpack(cls, data: bytes) -> "MachineRows":
        """Return what was packed. Raises Corrupted."""
        try:
            form, count, size = HEAD.unpack_from(data)
            if form != FORMAT:
                raise Corrupted(f"a page of format {form}")
            unpacker = packing.Unpacker(zlib.decompressobj().decompress(data[HEAD.size :], MOST_BYTES))
            names = orjson.loads(unpacker.take(size))
            (time_ns,), (who, kinds) = unpacker.integers(1, count), unpacker.integers(2, count)
            return cls(names, time_ns, who, kinds, unpacker.floats(PARTS, count))
        except (struct.error, zlib.error, ValueError, TypeError) as error:
            raise Corrupted(str(error)) from error


def joined(some: Sequence[MachineRows]) -> MachineRows:
    """Return rows one behind the other."""
    places: dict[str, int] = {}
    who = [np.array([places.setdefault(name, len(places)) for name in one.names])[one.who] for one in some]
    time_ns, kinds = (np.concatenate(each) for each in ([one.time_ns for one in some], [one.kinds for one in some]))
    parts = np.concatenate([one.parts for one in some], axis=1)
    return MachineRows(list(places), time_ns, np.concatenate(who), kinds, parts)


class Gathering:
    """Rows of events on their way to columns."""

    def __init__(self) -> None:
        self._names: dict[str, int] = {}
        self._times: list[int] = []
        self._about: list[tuple[int, int]] = []
        self._parts: list[tuple[float, ...]] = []

    def __len__(self) -> int:
        return len(self._times)

    def add(self, raw: Raw, epochs: Epochs) -> int:
        """Take an event as `rows.SELECT` has it; return its UTC ns. Raises Corrupted."""
        row = decode(raw, epochs)
        try:
            parts = _PARTS_OF[row.kind](row.body)
        except (KeyError, TypeError) as error:
            raise Corrupted(f"row {raw[0]}: {error!r}") from error
        self._parts.append(parts)
        self._times.append(row.time_ns)
        self._about.append((self._names.setdefault(row.source, len(self._names)), KINDS.index(row.kind)))
        return row.time_ns

    def rows(self) -> MachineRows:
        """Return what was taken."""
        who, kinds = np.array(self._about, np.int64).reshape(-1, 2).T
        parts = np.array(self._parts, np.float64).reshape(-1, PARTS).T
        return MachineRows(list(self._names), np.array(self._times, np.int64), who, kinds, np.ascontiguousarray(parts))


def _state(body: Any) -> tuple[float, ...]:
    return _CODES[body["state"]], 0.0, 0.0, 0.0


def _count(body: Any) -> tuple[float, ...]:
    return body["delta"], _or_none(body.get("cycle_s")), body.get("missed", 0), body.get("bounced", 0)


def _energy(body: Any) -> tuple[float, ...]:
    return _or_none(body["kw"]), body["from"], body["known_s"], 0.0


def _or_none(value: float | None) -> float:
    return _NONE if value is None else value


_PARTS_OF: Final = {"state": _state, "count": _count, "energy": _energy}
