"""What is published, as JSON in exactly the forms of the MQTT contract. Pure: arrays and rows in, bytes out."""

import itertools
import json
from collections.abc import Iterator, Sequence
from typing import Any, Final, Protocol

import numpy as np
import orjson
from numpy.typing import NDArray

from gateway.event import Row
from gateway.journal.blocks import Window as Columns
from sensors.batch import Float64s, Int64s, UInt8s
from sensors.quality import BAD, NOT_A_NUMBER

Bools = NDArray[np.bool_]

SYNCED: Final = "synced"
CELLS: Final = 4000  # of one message at the most: about 64 kB, which every broker's default lets pass
STATISTICS: Final = ("mean", "min", "max", "last")


class Window(Columns, Protocol):
    """Statistics of K neighbouring points over `window_s` seconds that ended at `mono_ns`; all columns are [K]."""

    @property
    def device(self) -> int: ...
    @property
    def window_s(self) -> int: ...
    @property
    def first(self) -> int: ...


def utc_ms(time_ns: int) -> orjson.Fragment:
    """Return UTC ns as a JSON number of ms, exact: a float64 would round to 244 ns and make two rows one."""
    return orjson.Fragment(_utc_ms(time_ns))


def _utc_ms(time_ns: int) -> str:
    whole, rest = divmod(time_ns, 1_000_000)
    return f"{whole}.{rest:06d}".rstrip("0") if rest else str(whole)


def data(
    gateway: str,
    fields: Sequence[str],
    time_ns: Int64s,
    values: Float64s,
    quality: UInt8s,
    chosen: Bools,
    clock: str = SYNCED,
) -> Iterator[bytes]:
    """Yield the messages of a device's T rows of K fields, in order: one row in the short form, several in the long.

    `chosen` [T, K] says which values go out; a row of which none is chosen stays home. Bad ones are left out and
    named. In the long form a null is what an absent field is in the short one: unchanged.
    """
    if len(chosen) > 1:  # a poll is one row
        kept = np.flatnonzero(chosen.any(axis=1))
        time_ns, values, quality, chosen = time_ns[kept], values[kept], quality[kept], chosen[kept]
    elif not np.count_nonzero(chosen):
        return
    codes = bad_codes(values, quality)
    for run in _runs(codes):
        bad = {fields[k]: int(codes[run.start, k]) for k in codes[run.start].nonzero()[0].tolist()}
        form = _short if run.stop - run.start == 1 else _long
        body = form(fields, time_ns[run], values[run], chosen[run] & (codes[run] == 0))
        yield _json({"gateway": gateway} | body | ({"bad": bad} if bad else {}) | _unsynced(clock))


def bad_codes(values: Float64s, quality: UInt8s) -> UInt8s:
    """Return [T, K]: 0 where the value may be sent, else the quality that says why not. JSON has no NaN and no inf."""
    if not np.count_nonzero(quality) and np.count_nonzero(np.isfinite(values)) == values.size:
        return np.zeros(quality.shape, np.uint8)
    codes = np.where(quality >= BAD, quality, 0).astype(np.uint8)
    codes[(codes == 0) & ~np.isfinite(values)] = NOT_A_NUMBER
    return codes


def _runs(codes: UInt8s) -> Iterator[slice]:
    """Yield slices of neighbouring rows that have the same bad points, each short enough for one message."""
    if len(codes) == 1:
        yield slice(0, 1)
        return
    turns = np.flatnonzero((codes[1:] != codes[:-1]).any(axis=1)) + 1
    most = max(1, CELLS // max(1, codes.shape[1]))
    borders = [0, *turns.tolist(), len(codes)]
    for start, stop in itertools.pairwise(borders):
        for begin in range(start, stop, most):
            yield slice(begin, min(begin + most, stop))


def _short(fields: Sequence[str], time_ns: Int64s, values: Float64s, sent: Bools) -> dict[str, Any]:
    row = values[0].tolist()
    named = {fields[k]: row[k] for k in sent[0].nonzero()[0].tolist()}
    return {"ts": utc_ms(int(time_ns[0])), "values": named}


def _long(fields: Sequence[str], time_ns: Int64s, values: Float64s, sent: Bools) -> dict[str, Any]:
    columns = np.flatnonzero(sent.any(axis=0))
    cells = values if sent.all() else np.where(sent, values, np.nan)[:, columns]  # NaN is written as null
    written = orjson.dumps(np.ascontiguousarray(cells), option=orjson.OPT_SERIALIZE_NUMPY)[2:-2].decode().split("],[")
    before = "," if len(columns) else ""
    rows = ",".join(f"[{_utc_ms(ts)}{before}{row}]" for ts, row in zip(time_ns.tolist(), written, strict=True))
    return {"fields": [fields[k] for k in columns.tolist()], "rows": orjson.Fragment(f"[{rows}]")}


def _unsynced(clock: str) -> dict[str, str]:
    return {} if clock == SYNCED else {"clock": clock}


def window(
    gateway: str, fields: Sequence[str], time_ns: int, window_s: int, part: Columns, clock: str = SYNCED
) -> bytes | None:
    """Return the message of a window; a point without a good value in it is left out, None if none is left."""
    columns = [getattr(part, which).tolist() for which in STATISTICS]
    values = {
        name: {"count": int(count)} | dict(zip(STATISTICS, row, strict=True))
        for name, count, *row in zip(fields, part.count.tolist(), *columns, strict=True)
        if count > 0
    }
    head = {"gateway": gateway, "ts": utc_ms(time_ns), "window_s": window_s}
    return _json(head | {"values": values} | _unsynced(clock)) if values else None


def event(gateway: str, row: Row) -> bytes:
    """Return the message of an event; what an event's body says never replaces its identity, time, kind or source."""
    head = {"id": row.id(gateway), "gateway": gateway, "ts": utc_ms(row.time_ns), "kind": row.kind}
    head |= {"source": row.source} | _unsynced(row.clock)
    return _json({**head, **row.body, **head})


def status(gateway: str, time_ns: int, state: str, **more: str | int) -> bytes:
    """Return the retained message that says whether the gateway is there; `more`: version, epoch, clock, ..."""
    return _json({"gateway": gateway, "ts": utc_ms(time_ns), "state": state} | more)


def _json(body: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(body)
    except TypeError:  # an integer of more than 64 bits, in an event's body
        plain = {key: float(orjson.dumps(v)) if isinstance(v, orjson.Fragment) else v for key, v in body.items()}
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()
