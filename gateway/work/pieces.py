"""What a machine counted since something was scanned, from its count events: in the same database as the ledger."""

from typing import NamedTuple

import apsw


class Pieces(NamedTuple):
    """Pieces that were counted, and the keys of the events of the first and the last."""

    counted: int
    first: int
    last: int


def counted_since(db: apsw.Connection, machine: str, row: int) -> Pieces | None:
    """Return what a machine counted behind an event's key; None when nothing was."""
    select = (
        "SELECT sum(json_extract(body, '$.delta')), min(id), max(id) FROM events"
        " WHERE id > ? AND kind = 'count' AND source = ? AND json_extract(body, '$.delta') > 0"
    )
    for counted, first, last in db.execute(select, (row, machine)):
        return Pieces(int(counted), first, last) if counted else None
    return None
