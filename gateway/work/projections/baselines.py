"""Baselines that were written down by hand: how the shop worked when all of it was paper."""

import json
from typing import Any, Final, NamedTuple

import apsw

from gateway.work.entries import Entry, Shape
from gateway.work.projection import At, Projection, Tables, Word

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS work_baselines(
    row INTEGER PRIMARY KEY, first TEXT NOT NULL, last TEXT NOT NULL, figures TEXT NOT NULL,
    source TEXT NOT NULL) STRICT;
"""


class Baseline(NamedTuple):
    """Figures of some days, as somebody told them."""

    row: int
    first: str  # local dates, ISO; both belong to it
    last: str
    figures: dict[str, Any]  # by the names of `gateway.reports.evidence.measure`, decimals as text
    source: str  # what they were taken from


def _baseline(tables: Tables, entry: Entry, at: At) -> None:
    figures = json.dumps(entry["figures"], sort_keys=True)
    values = (at.row, entry["from"], entry["to"], figures, entry["source"])
    tables.apart("INSERT OR REPLACE INTO work_baselines VALUES(?,?,?,?,?)", values)


def _take_back(tables: Tables, row: int, at: At) -> None:
    tables.apart("DELETE FROM work_baselines WHERE row = ?", (row,))


def newest(db: apsw.Connection) -> Baseline | None:
    """Return the baseline that was told last."""
    for row, first, last, figures, source in db.execute("SELECT * FROM work_baselines ORDER BY row DESC LIMIT 1"):
        return Baseline(row, first, last, json.loads(figures), source)
    return None


BASELINE: Final = Shape({"from": str, "to": str, "figures": dict, "source": str})
PROJECTION: Final = Projection(SCHEMA, {"baseline": Word(_baseline, BASELINE)}, _take_back)
