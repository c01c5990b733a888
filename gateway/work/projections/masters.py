"""Master data: workers, operations, styles, routes, rates, orders, codes, equipment, bookings, and who agreed to what.

Each entry is the whole of a thing: the newest of a key replaces those before, which stay to be looked at, and come
forth again when it is taken back. Rates and routes are valid from a day on; `since` is '' for all others. What was
retired stands there as such: it is not offered any more, and what was done with it keeps its name.

A worker is a badge's number here; the name is in `people`, which is no projection.
"""

import zlib
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import apsw
import orjson

from gateway.work.entries import Entry, Shape
from gateway.work.projection import At, Projection, Tables, Word

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS work_masters(
    kind TEXT NOT NULL, key TEXT NOT NULL, since TEXT NOT NULL, row INTEGER NOT NULL, retired INTEGER NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY(kind, key, since, row)) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS work_masters_row ON work_masters(row);
CREATE INDEX IF NOT EXISTS work_masters_booked ON work_masters(kind, json_extract(body, '$.from'))
    WHERE kind = 'booking';
CREATE TABLE IF NOT EXISTS work_masters_version(one INTEGER PRIMARY KEY, version INTEGER NOT NULL) STRICT;
"""
DATED: Final = ("route", "rate")  # valid from a day on
SHOP: Final = ""  # whose consent it is, where a `consent` names no worker
_BETWEEN: Final = "\x1f"  # in keys of two parts


class Master(NamedTuple):
    """One thing as it is now, or from a day on."""

    key: str
    since: str  # the day from which it is valid, '' for always
    retired: bool
    body: Entry  # without `do`
    row: int  # key of the event that said so


def number(badge: str) -> str:
    """Return a badge without leading zeros: 0101 and 101 are one worker."""
    return str(int(badge))


def rate_key(style: str | None, operation: str) -> str:
    """Return the key of a rate; None is the rate of all styles that have none of their own."""
    return f"{style or ''}{_BETWEEN}{operation}"


def _consent_key(entry: Entry) -> str:
    worker = entry.get("worker")
    return f"{number(worker) if worker else SHOP}{_BETWEEN}{entry['purpose']}"


KEYS: Final[Mapping[str, Callable[[Entry], str]]] = {
    "worker": lambda entry: number(entry["worker"]),
    "operation": lambda entry: str(entry["operation"]),
    "style": lambda entry: str(entry["style"]),
    "route": lambda entry: entry.get("style") or "",
    "rate": lambda entry: rate_key(entry.get("style"), entry["operation"]),
    "order": lambda entry: str(entry["order"]),
    "defect_code": lambda entry: str(entry["code"]),
    "reason_code": lambda entry: str(entry["code"]),
    "equipment": lambda entry: str(entry["equipment"]),
    "booking": lambda entry: str(entry["booking"]),
    "consent": _consent_key,
}


def _write(tables: Tables, entry: Entry, at: At) -> None:
    kind = entry["do"]
    body = {name: value for name, value in entry.items() if name != "do"}
    since = (entry.get("from") or "") if kind in DATED else ""
    values = (KEYS[kind](entry), since, at.row, int(bool(entry.get("retired"))))
    written = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    tables.apart("INSERT OR REPLACE INTO work_masters VALUES(?,?,?,?,?,?)", (kind, *values, written.decode()))
    _turn(tables, written + str(values).encode())


def _turn(tables: Tables, by: bytes) -> None:
    """Make another version, which tells one content from another even where a number of an event was used again."""
    tables.apart(
        "INSERT INTO work_masters_version VALUES(1, ?1) ON CONFLICT DO UPDATE SET version = (version * 31 + ?1) % ?2",
        (zlib.crc32(by), 1 << 40),
    )


def _take_back(tables: Tables, row: int, at: At) -> None:
    if list(tables.apart("DELETE FROM work_masters WHERE row = ? RETURNING row", (row,))):
        _turn(tables, str(row).encode())


def version(db: apsw.Connection) -> int:
    """Return what changes with every change: who keeps what it read looks at this first."""
    found = db.execute("SELECT version FROM work_masters_version").fetchone()
    return int(found[0]) if found else 0


_NEWEST: Final = "SELECT key, since, retired, body, max(row) FROM work_masters WHERE kind = ?"


def all_of(db: apsw.Connection, kind: str, key: str | None = None) -> list[Master]:
    """Return the masters of a kind, or of one key, those that are retired too, by their keys and days."""
    only, values = ("", (kind,)) if key is None else (" AND key = ?", (kind, key))
    found = db.execute(f"{_NEWEST}{only} GROUP BY key, since ORDER BY key, since", values)
    return [Master(key, since, bool(gone), orjson.loads(body), row) for key, since, gone, body, row in found]


def booked(db: apsw.Connection, since: str) -> list[Master]:
    """Return the bookings that begin, or once began, at a local time (`2026-12-01T14:00`) or later."""
    select = "SELECT DISTINCT key FROM work_masters WHERE kind = 'booking' AND json_extract(body, '$.from') >= ?"
    return [master for (key,) in list(db.execute(select, (since,))) for master in all_of(db, "booking", key)]


def one(db: apsw.Connection, kind: str, key: str, day: str = "") -> Master | None:
    """Return one that is not retired: of those that are valid from a day, the newest at that day (`2026-12-01`)."""
    found = [master for master in all_of(db, kind, key) if master.since <= day and not master.retired]
    return found[-1] if found else None


_KEEP: Final = {"retired": bool}
_NAMES: Final = {"ko": str, "en": str}
SHAPES: Final[Mapping[str, Shape]] = {
    "worker": Shape({"worker": str}, _KEEP),
    "operation": Shape({"operation": str, **_NAMES}, {"after": list, "sam_s": str, **_KEEP}),
    "style": Shape({"style": str, "name": str}, _KEEP),
    "route": Shape({"steps": list}, {"style": str, "from": str, **_KEEP}),
    "rate": Shape({"operation": str, "won": str, "from": str}, {"style": str, **_KEEP}),
    "order": Shape({"order": str, "style": str}, {"label": str, "due": str, "lines": list, **_KEEP}),
    "defect_code": Shape({"code": str, **_NAMES}, _KEEP),
    "reason_code": Shape({"code": str, **_NAMES}, {"planned": bool, **_KEEP}),
    "equipment": Shape({"equipment": str, **_NAMES}, {"machine": str, **_KEEP}),
    "booking": Shape({"booking": str, "equipment": str, "from": str, "to": str}, {"worker": str, **_KEEP}),
    "consent": Shape({"purpose": str, "granted": bool}, {"worker": str, "until": str}),
}
PROJECTION: Final = Projection(SCHEMA, {do: Word(_write, shape) for do, shape in SHAPES.items()}, _take_back)
