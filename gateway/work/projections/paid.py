"""What is paid: one operation of one bundle, once. The table refuses a second payment."""

from typing import Final

import apsw

from gateway.work.coupons import Coupons
from gateway.work.entries import Entry
from gateway.work.projection import At, Into, Projection, Tables, Values, Word
from gateway.work.projections import lines

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS work_paid(
    bundle TEXT NOT NULL, operation TEXT NOT NULL, row INTEGER NOT NULL,
    PRIMARY KEY(bundle, operation)) WITHOUT ROWID, STRICT;
"""


def _done(tables: Tables, entry: Entry, at: At) -> None:
    if entry.get("bundle") is not None:
        tables.insert(_INTO, (entry["bundle"], entry["operation"], at.row))


def _coupons(tables: Tables, coupons: Coupons) -> None:
    tables.gather(_INTO, [(made[2], made[3], made[0]) for made in coupons.made if made[2] is not None])


def _paid_before(tables: Tables, values: Values) -> None:
    """What took the earlier payment back is among rows that are lost: it is paid to whom it was paid last."""
    bundle, operation, row = values
    for (earlier,) in list(
        tables.execute("SELECT row FROM work_paid WHERE bundle = ? AND operation = ?", (bundle, operation))
    ):
        lines.replace(tables, earlier, row, bundle, operation)
    tables.execute("INSERT OR REPLACE INTO work_paid VALUES(?,?,?)", values)


_INTO: Final = Into("INSERT INTO work_paid", 3, clash=_paid_before)


def _take_back(tables: Tables, row: int, at: At) -> None:
    """Free what an event paid: it can be done again."""
    tables.execute(
        "DELETE FROM work_paid WHERE row = ?1 AND (bundle, operation) IN"
        " (SELECT bundle, operation FROM work_lines WHERE row = ?1 AND what = 'done' AND corrects_row IS NULL)",
        (row,),
    )


def paid_row(db: apsw.Connection, bundle: str, operation: str) -> int | None:
    """Return the key of the event that paid this operation of this bundle; None when it is not paid."""
    select = "SELECT row FROM work_paid WHERE bundle = ? AND operation = ?"
    found = db.execute(select, (bundle, operation)).fetchone()
    return found and int(found[0])


def rows(db: apsw.Connection, bundle: str) -> list[int]:
    """Return the events that paid a bundle's operations, in their order."""
    return [row for (row,) in db.execute("SELECT DISTINCT row FROM work_paid WHERE bundle = ? ORDER BY 1", (bundle,))]


def operations(db: apsw.Connection, bundle: str) -> list[str]:
    """Return the operations of a bundle that are paid."""
    return [code for (code,) in db.execute("SELECT operation FROM work_paid WHERE bundle = ?", (bundle,))]


PROJECTION: Final = Projection(SCHEMA, {"done": Word(_done, lines.DONE, _coupons)}, _take_back)
