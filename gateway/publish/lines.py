"""InfluxDB's line protocol, from arrays and rows. Pure: blocks and events in, bytes out, a line for each row.

Samples: measurement = the profile, or `device`; tags `workshop`, `gateway`, `device`, and `machine` and `station`
where they apply; each point a float field. Windows: measurement `<that>_<seconds>s` (`device_10s`), five fields for
each point: `<point>_count`, `_mean`, `_min`, `_max`, `_last`. What is bad (quality 16 and above, not finite, a window
without a good value) is left out; a row of which nothing is left gives no line.

Events: measurement `event`, tags `workshop`, `gateway`, `kind`, `source`; numbers and truth values as floats, texts as
strings, `id` the event's identity. What lies deeper is named through (`message_ko`), a list is its JSON, null is
absent. A field has one type in a whole measurement, whatever the kind: see NUMBERS.

A row whose time never met a synchronised clock has the field `unsynced` = 1. Times are in nanoseconds.

The protocol (docs.influxdata.com, "Line protocol reference") cannot say everything. In measurements, tags and field
keys a control character becomes a blank, and a backslash that would escape what follows it becomes a slash; `#` at a
line's beginning would make it a comment and gets a backslash. A field named like a tag or `time` gets a `_`. Line
breaks in texts become `\\n`: VictoriaMetrics cuts lines before it looks for quotes.
"""

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from gateway.event import Row
from gateway.journal.blocks import STATISTICS, Block
from gateway.publish.payloads import SYNCED, bad_codes
from sensors.batch import Float64s, Int64s

Bools = NDArray[np.bool_]

DEVICE: Final = "device"
EVENT: Final = "event"
UNSYNCED: Final = b",unsynced=1"
TAKEN: Final = frozenset({"workshop", "gateway", "device", "machine", "station", "time", "unsynced"})
EVENT_TAKEN: Final = frozenset({"workshop", "gateway", "kind", "source", "time", "unsynced", "id"})
# Names that are numbers in some kind of event: a text of this name is `<name>_text` (a scan's `raw`, a count's `raw`).
NUMBERS: Final = frozenset(
    {"after_s", "defective", "delta", "inspected", "kwh", "minutes", "raw", "reset", "rows", "total", "value"}
)
KEYS: Final = 4096  # remembered escaped: a shop has some hundred names
CELLS: Final = 4000  # converted at once: some milliseconds of a Raspberry Pi
ESCAPES_NEXT: Final = re.compile(r"\\(?=[\\ ,=]|$)")
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
SPECIAL: Final = re.compile(r"([ ,=])")
BREAKS: Final = re.compile(r"[\n\r\x00]")
SHOWN: Final = {"\n": "\\n", "\r": "\\r", "\x00": "\\0"}


def block_lines(block: Block, workshop: str, gateway: str) -> Iterator[list[bytes]]:
    """Yield the lines of a block of samples or windows, some at once, so that others may have the loop in between."""
    schema = block.schema
    tags = {"workshop": workshop, "gateway": gateway, "device": schema.device, **schema.tags}
    measurement = schema.profile or DEVICE
    if schema.window_s is None:
        keys, sent = _points(schema.fields), bad_codes(block.columns.values, block.columns.quality) == 0
    else:
        measurement = f"{measurement}_{schema.window_s:g}s"
        keys, sent = _statistics(schema.fields), _counted(block.windows)
    head = series(measurement, tags)
    tail = b"" if block.clock == SYNCED else UNSYNCED
    columns, some = block.columns, max(1, CELLS // max(1, len(keys)))
    for start in range(0, len(columns.time_ns), some):
        rows = slice(start, start + some)
        yield row_lines(head, keys, columns.time_ns[rows], columns.values[rows], sent[rows], tail)


def _points(fields: Sequence[str]) -> list[bytes]:
    return [key(_free(name, TAKEN)) for name in fields]


def _statistics(fields: Sequence[str]) -> list[bytes]:
    return [key(f"{name}_{which}") for which in STATISTICS for name in fields]


def _counted(windows: Float64s) -> Bools:
    """Return [T, 5 * n], True where the point had a good value in the window."""
    sent: Bools = np.broadcast_to(windows[:, :1] > 0, windows.shape) & np.isfinite(windows)
    return sent.reshape(len(windows), -1)


def row_lines(
    head: bytes, keys: Sequence[bytes], time_ns: Int64s, values: Float64s, sent: Bools, tail: bytes = b""
) -> list[bytes]:
    """Return a line for each of T rows of which something is sent, in order. `values` and `sent` are [T, K].

    Rows that send the same points share a template, and all their numbers are written by one call: shortest decimals
    that read back as the same float64.
    """
    kept = np.flatnonzero(sent.any(axis=1))
    if len(kept) == len(sent) and sent.all():
        return _alike(head, keys, time_ns, values, tail)
    masks, member = np.unique(sent[kept], axis=0, return_inverse=True)
    lines: list[bytes] = [b""] * len(kept)
    for number, mask in enumerate(masks):
        places = np.flatnonzero(member.reshape(-1) == number)
        rows, columns = kept[places], np.flatnonzero(mask)
        named = [keys[k] for k in columns.tolist()]
        alike = _alike(head, named, time_ns[rows], values[np.ix_(rows, columns)], tail)
        for place, line in zip(places.tolist(), alike, strict=True):
            lines[place] = line
    return lines


def _alike(head: bytes, keys: Sequence[bytes], time_ns: Int64s, values: Float64s, tail: bytes) -> list[bytes]:
    """Return the lines of rows that send every one of the keys."""
    if not values.size:
        return []
    head, *names = (part.replace(b"%", b"%%") for part in (head, *keys))
    template = head + b" " + b",".join(name + b"=%b" for name in names) + tail + b" %d"
    numbers = orjson.dumps(np.ascontiguousarray(values), option=orjson.OPT_SERIALIZE_NUMPY)[2:-2].split(b"],[")
    return [template % (*row.split(b","), at) for row, at in zip(numbers, time_ns.tolist(), strict=True)]


def event_line(row: Row, workshop: str, gateway: str) -> bytes:
    """Return the line of an event."""
    tags = {"workshop": workshop, "gateway": gateway, "kind": row.kind, "source": row.source}
    fields = {b"id": text(row.id(gateway))} | dict(_fields(_flat(row.body.items())))
    tail = b"" if row.clock == SYNCED else UNSYNCED
    return b"%b %b%b %d" % (
        series(EVENT, tags),
        b",".join(name + b"=" + value for name, value in fields.items()),
        tail,
        row.time_ns,
    )


def _flat(items: Iterable[tuple[str, Any]], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in items:
        if isinstance(value, Mapping):
            yield from _flat(value.items(), f"{above}{name}_")
        elif value is not None:
            yield above + name, value


def _fields(items: Iterable[tuple[str, Any]]) -> Iterator[tuple[bytes, bytes]]:
    for name, value in items:
        number = _number(value)
        if number is None and name in NUMBERS:
            name += "_text"
        written = key(_free(name, EVENT_TAKEN))
        if written:
            yield written, text(_said(value)) if number is None else number


def _number(value: Any) -> bytes | None:
    """Return a number or truth value as a float field, None for what is neither or fits none."""
    if not isinstance(value, int | float):
        return None
    try:
        return orjson.dumps(float(value)) if math.isfinite(value) else None
    except OverflowError:  # an integer of hundreds of digits
        return None


def _said(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _free(name: str, taken: frozenset[str]) -> str:
    return f"{name}_" if name in taken else name


def series(measurement: str, tags: Mapping[str, str]) -> bytes:
    """Return the beginning of a line: the measurement, and the tags that are not empty, in order."""
    name = _measurement(measurement)
    pairs = ((key(tag), key(value)) for tag, value in sorted(tags.items()))
    return b",".join((name, *(tag + b"=" + value for tag, value in pairs if tag and value)))


def _measurement(name: str) -> bytes:
    name = plain(name).replace(",", "\\,").replace(" ", "\\ ") or DEVICE
    return _bytes(f"\\{name}" if name.startswith("#") else name)


@lru_cache(KEYS)
def key(name: str) -> bytes:
    """Return a tag's key or value, or a field's key, escaped."""
    return _bytes(SPECIAL.sub(r"\\\1", plain(name)))


def plain(name: str) -> str:
    """Return a name without what line protocol cannot say: control characters, backslashes that would escape."""
    return ESCAPES_NEXT.sub("/", CONTROL.sub(" ", name))


def text(value: str) -> bytes:
    """Return a text as a string field."""
    shown = BREAKS.sub(lambda found: SHOWN[found[0]], value)
    return _bytes('"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"')


def _bytes(said: str) -> bytes:
    return said.encode("utf-8", "replace")  # half a surrogate pair is no UTF-8
