"""Bundles: where each comes from, how many pieces it has now, which are open; what was split off, what was short.

A bundle is open from when it is told of or worked on until its last operation is done, as the verdict on that said.
"""

from typing import Any, Final, NamedTuple

import apsw
import orjson

from gateway.work.coupons import Coupons
from gateway.work.entries import Entry, Shape
from gateway.work.projection import At, Into, Projection, Tables, Values, Word
from gateway.work.projections import lines

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS work_bundles(
    bundle TEXT NOT NULL PRIMARY KEY, parent TEXT, order_code TEXT, style TEXT, size TEXT, colour TEXT,
    quantity INTEGER NOT NULL, row INTEGER NOT NULL) WITHOUT ROWID, STRICT;
CREATE INDEX IF NOT EXISTS work_bundles_parent ON work_bundles(parent) WHERE parent IS NOT NULL;
CREATE TABLE IF NOT EXISTS work_short(
    row INTEGER NOT NULL, n INTEGER NOT NULL, bundle TEXT NOT NULL, quantity_before INTEGER, quantity INTEGER NOT NULL,
    reason TEXT NOT NULL, station TEXT, taken_back INTEGER, PRIMARY KEY(row, n)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS work_split(
    row INTEGER NOT NULL, bundle TEXT NOT NULL, station TEXT, taken_back INTEGER,
    PRIMARY KEY(row, bundle)) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS work_open(bundle TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID, STRICT;
"""
_INTO: Final = Into("INSERT OR REPLACE INTO work_bundles", 8)
_OPEN: Final = "INSERT OR IGNORE INTO work_open SELECT value FROM json_each(?)"
_CLOSE: Final = "DELETE FROM work_open WHERE bundle IN (SELECT value FROM json_each(?))"


class Bundle(NamedTuple):
    """A bundle as it is now."""

    bundle: str
    parent: str | None
    order_code: str | None
    style: str | None
    size: str | None
    colour: str | None
    quantity: int
    row: int


def _bundle(tables: Tables, entry: Entry, at: At) -> None:
    """A bundle is known; a later entry of the same serial replaces what was known of it."""
    of = (entry.get(name) for name in ("order", "style", "size", "colour"))
    tables.insert(_INTO, (entry["bundle"], None, *of, entry["quantity"], at.row))
    _open(tables, entry["bundle"])


def _open(tables: Tables, bundle: str, is_open: bool = True) -> None:
    """In bulk only what a bundle is at last is written."""
    if tables.bulk:
        _states(tables)[bundle] = is_open
    else:
        _write(tables, [bundle], is_open)


def _write(tables: Tables, names: list[str], is_open: bool) -> None:
    tables.apart(_OPEN if is_open else _CLOSE, (orjson.dumps(names).decode(),))


def _states(tables: Tables) -> dict[str, bool]:
    found: dict[str, bool] = tables.seen.setdefault("open", {})
    return found


def _end(tables: Tables) -> None:
    states = _states(tables)
    for is_open in (True, False):
        _write(tables, [bundle for bundle, state in states.items() if state is is_open], is_open)


def _work(tables: Tables, entry: Entry, at: At) -> None:
    if (bundle := entry.get("bundle")) is not None:
        _open(tables, bundle, not entry.get("last"))


def _coupons(tables: Tables, coupons: Coupons) -> None:
    pairs = zip(coupons.made, coupons.last, strict=True)
    _states(tables).update({made[2]: not last for made, last in pairs if made[2] is not None})


def _split(tables: Tables, entry: Entry, at: At) -> None:
    """Parts inherit what the whole was. The whole stays, as their parent: it is worked on no more."""
    whole = known(tables, entry["bundle"])
    of: Values = whole[2:6] if whole else (None, None, None, None)
    if whole is None:
        total = sum(part["quantity"] for part in entry["into"])
        tables.insert(_INTO, (entry["bundle"], None, *of, total, at.row))
    for part in entry["into"]:
        tables.insert(_INTO, (part["bundle"], entry["bundle"], *of, part["quantity"], at.row))
        _open(tables, part["bundle"])
    _open(tables, entry["bundle"], False)
    tables.execute(
        "INSERT OR IGNORE INTO work_split VALUES(?,?,?,NULL)", (at.row, entry["bundle"], entry.get("station"))
    )


def _short(tables: Tables, entry: Entry, at: At) -> None:
    whole = known(tables, entry["bundle"])
    if whole is None:
        tables.insert(_INTO, (entry["bundle"], *(None,) * 5, entry["quantity"], at.row))
    else:
        tables.execute("UPDATE work_bundles SET quantity = ? WHERE bundle = ?", (entry["quantity"], entry["bundle"]))
    before = whole and whole.quantity
    values = (at.row, at.lines, entry["bundle"], before, entry["quantity"], entry["reason"])
    tables.execute("INSERT INTO work_short VALUES(?,?,?,?,?,?,?,NULL)", (*values, entry.get("station")))
    at.lines += 1


def _take_back(tables: Tables, row: int, at: At) -> None:
    """What was split is whole, and open; so is what was done last. What was told of a bundle stays known."""
    select = "SELECT bundle, parent FROM work_bundles WHERE row = ? AND parent IS NOT NULL"
    gone = list(tables.execute(select, (row,)))
    done = "SELECT bundle FROM work_lines WHERE row = ? AND what = 'done' AND bundle IS NOT NULL"
    for bundle, _ in gone:
        _open(tables, bundle, False)
    for bundle in [parent for _, parent in gone] + [one for (one,) in list(tables.execute(done, (row,)))]:
        _open(tables, bundle)
    for bundle, before in list(
        tables.execute(
            "SELECT bundle, quantity_before FROM work_short WHERE row = ? AND taken_back IS NULL ORDER BY n DESC",
            (row,),
        )
    ):
        if before is not None:
            tables.execute("UPDATE work_bundles SET quantity = ? WHERE bundle = ?", (before, bundle))
    tables.execute("UPDATE work_short SET taken_back = ? WHERE row = ? AND taken_back IS NULL", (at.row, row))
    tables.execute("UPDATE work_split SET taken_back = ? WHERE row = ? AND taken_back IS NULL", (at.row, row))
    tables.execute("DELETE FROM work_bundles WHERE row = ? AND parent IS NOT NULL", (row,))


def known(db: Tables | apsw.Connection, bundle: str) -> Bundle | None:
    """Return what is known of a bundle."""
    found = list(db.execute("SELECT * FROM work_bundles WHERE bundle = ?", (bundle,)))
    return Bundle(*found[0]) if found else None


def parts(db: Tables | apsw.Connection, bundle: str) -> list[Bundle]:
    """Return the bundles that it was split into; none when it is whole."""
    found: list[Any] = list(db.execute("SELECT * FROM work_bundles WHERE parent = ? ORDER BY bundle", (bundle,)))
    return [Bundle(*row) for row in found]


_OF: Final = {"order": str, "style": str, "size": str, "colour": str}


def _last(db: apsw.Connection, station: str, after: int) -> int | None:
    ((row,),) = db.execute(
        "SELECT max(row) FROM (SELECT row FROM work_short WHERE row > ?1 AND station = ?2 AND taken_back IS NULL"
        " UNION ALL SELECT row FROM work_split WHERE row > ?1 AND station = ?2 AND taken_back IS NULL)",
        (after, station),
    )
    return row and int(row)


_BEGIN: Final = Shape({"bundle": str, "operation": str, "worker": str, "station": str})
_TOLD: Final = {"station": str, "worker": str}
PROJECTION: Final = Projection(
    SCHEMA,
    {
        "begin": Word(_work, _BEGIN),
        "done": Word(_work, lines.DONE, _coupons),
        "bundle": Word(_bundle, Shape({"bundle": str, "quantity": int}, _OF)),
        "split": Word(_split, Shape({"bundle": str, "into": list}, _TOLD)),
        "short": Word(_short, Shape({"bundle": str, "quantity": int, "reason": str}, _TOLD)),
    },
    _take_back,
    held=("work_lines",),
    last=_last,
    end=_end,
)
