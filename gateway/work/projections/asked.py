"""What a scanner's dialogue waits for: a quantity that needs its ticket, a split that needs its parts."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import apsw
import orjson

from gateway.work.entries import Entry, Shape
from gateway.work.projection import At, Projection, Tables, Word

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS work_asked(
    scanner TEXT NOT NULL PRIMARY KEY, what TEXT NOT NULL, about TEXT NOT NULL, boot TEXT NOT NULL,
    mono_ns INTEGER NOT NULL) WITHOUT ROWID, STRICT;
"""


class Asked(NamedTuple):
    """A question that a scanner's next tickets answer: what it is, and what is known already."""

    scanner: str
    what: str
    about: Mapping[str, Any]
    boot: str
    mono_ns: int


def _ask(tables: Tables, entry: Entry, at: At) -> None:
    about = orjson.dumps(entry["about"], option=orjson.OPT_SORT_KEYS).decode()
    values = (entry["scanner"], entry["what"], about, at.boot, at.mono_ns)
    tables.apart("INSERT OR REPLACE INTO work_asked VALUES(?,?,?,?,?)", values)


def _settle(tables: Tables, entry: Entry, at: At) -> None:
    tables.apart("DELETE FROM work_asked WHERE scanner = ?", (entry["scanner"],))


def asked(db: apsw.Connection, scanner: str) -> Asked | None:
    """Return what was asked last at a scanner and not answered, however long ago."""
    for _, what, about, boot, mono_ns in db.execute("SELECT * FROM work_asked WHERE scanner = ?", (scanner,)):
        return Asked(scanner, what, orjson.loads(about), boot, mono_ns)
    return None


PROJECTION: Final = Projection(
    SCHEMA,
    {
        "ask": Word(_ask, Shape({"scanner": str, "what": str, "about": dict})),
        "answered": Word(_settle, Shape({"scanner": str})),
    },
)
