"""How many pieces there are: of a bundle now, of those with defects, and at each operation."""

import apsw

from gateway.work.catalogue import Catalogue
from gateway.work.entries import Entry
from gateway.work.projections import begun, bundles, paid


def family(db: apsw.Connection, bundle: str) -> list[str]:
    """Return a bundle and those that it was split from, the nearest first."""
    found: list[str] = []
    serial: str | None = bundle
    while serial is not None and serial not in found:
        found.append(serial)
        known = bundles.known(db, serial)
        serial = known.parent if known else None
    return found


def paid_row(db: apsw.Connection, bundle: str, operation: str) -> int | None:
    """Return the event that paid an operation of a bundle, or of what it was split from."""
    rows = (paid.paid_row(db, serial, operation) for serial in family(db, bundle))
    return next((row for row in rows if row is not None), None)


def paid_in_parts(db: apsw.Connection, bundle: str, operation: str) -> bool:
    """Return whether an operation is paid of a bundle or of any part that was split off it."""
    if paid.paid_row(db, bundle, operation) is not None:
        return True
    return any(paid_in_parts(db, part.bundle, operation) for part in bundles.parts(db, bundle))


def workers_of(db: apsw.Connection, row: int) -> list[str]:
    """Return who did what an event did."""
    rows = db.execute(
        "SELECT DISTINCT worker FROM work_lines WHERE row = ? AND what = 'done' AND corrects_row IS NULL ORDER BY n",
        (row,),
    )
    return [worker for (worker,) in rows]


def scrapped(db: apsw.Connection, bundle: str) -> int:
    """Return how many pieces of a bundle were scrapped."""
    return _sum(db, "what = 'scrap' AND bundle = ?", bundle)


def available(db: apsw.Connection, catalogue: Catalogue, bundle: str, told: int | None = None) -> int | None:
    """Return how many pieces a bundle has now; `told` is what its coupon says. None when nobody knows.

    A coupon may say less than the bundle has, never more. Of a bundle that nobody told of nothing is scrapped: whoever
    scraps tells of it.
    """
    known = catalogue.bundle(db, bundle)
    has = max(0, known.quantity - scrapped(db, bundle)) if known else None
    return min((size for size in (has, told) if size is not None), default=None)


def open_defects(db: apsw.Connection, bundle: str, operation: str, without: int = 0) -> int:
    """Return how many pieces have a defect that was neither repaired nor scrapped; without what one event did."""
    sums = "SELECT coalesce(sum(CASE what WHEN 'defect' THEN quantity ELSE -quantity END), 0) FROM work_lines"
    ((pieces,),) = db.execute(
        f"{sums} WHERE bundle = ? AND operation = ? AND what IN ('defect', 'repair', 'scrap') AND what <> 'done'"
        " AND row <> ?",
        (bundle, operation, without),
    )
    return int(pieces)


def defective_operations(db: apsw.Connection, bundle: str) -> list[str]:
    """Return the operations at which a bundle has open defects."""
    found = db.execute(
        "SELECT DISTINCT operation FROM work_lines WHERE bundle = ? AND what = 'defect' AND what <> 'done'", (bundle,)
    )
    return [operation for (operation,) in list(found) if open_defects(db, bundle, operation) > 0]


def on_route(db: apsw.Connection, catalogue: Catalogue, style: str | None, operation: str) -> bool:
    """Return whether a style needs an operation: one that its route was told without is no part of its way."""
    steps = catalogue.route(db, style)
    return not steps or any(operation in step for step in steps)


def waiting(db: apsw.Connection, catalogue: Catalogue, bundle: str) -> list[str]:
    """Return the operations whose turn it is: not done yet, and all before them are."""
    known = catalogue.bundle(db, bundle)
    style = known.style if known else None
    whole = family(db, bundle)
    done = {code for serial in whole for code in paid.operations(db, serial)}
    found = []
    for operation in catalogue.operations(db):
        if not on_route(db, catalogue, style, operation.code):
            continue
        before = catalogue.before(db, operation, style)
        if operation.code not in done and all(code in done for code in before) and (before or known):
            found.append(operation.code)
    return found


def wip(db: apsw.Connection, catalogue: Catalogue) -> dict[str, int]:
    """Return how many pieces wait before each operation, or are in it: those of the open bundles whose turn it is."""
    pieces: dict[str, int] = {}
    for (bundle,) in list(db.execute("SELECT bundle FROM work_open")):
        for operation in waiting(db, catalogue, bundle):
            pieces[operation] = pieces.get(operation, 0) + (
                available(db, catalogue, bundle, done_last(db, bundle)) or 0
            )
    return pieces


def done_last(db: apsw.Connection, bundle: str) -> int | None:
    """Return how many pieces of a bundle were done when one of its operations was last; None when none was."""
    select = "SELECT sum(quantity) FROM work_lines WHERE what = 'done' AND bundle = ?1 AND row = (SELECT max(row)"
    found = db.execute(f"{select} FROM work_paid WHERE bundle = ?1) AND corrects_row IS NULL", (bundle,)).fetchone()
    return found and found[0]


def operation_last(db: apsw.Connection, bundle: str) -> str | None:
    """Return the operation of a bundle that was done last."""
    select = "SELECT operation FROM work_paid WHERE bundle = ? ORDER BY row DESC LIMIT 1"
    found = db.execute(select, (bundle,)).fetchone()
    return found and str(found[0])


def left(db: apsw.Connection, catalogue: Catalogue, bundle: str) -> int:
    """Return how many pieces a bundle has, by what was told of it, else by what was done last."""
    told = None if catalogue.bundle(db, bundle) else done_last(db, bundle)
    return available(db, catalogue, bundle, told) or 0


def told(db: apsw.Connection, catalogue: Catalogue, bundle: str, pieces: int) -> list[Entry]:
    """Return the entry that tells of a bundle that nobody told of: what is taken out of it needs something to be in."""
    known = catalogue.bundle(db, bundle)
    return [] if known else [{"do": "bundle", "bundle": bundle, "quantity": pieces}]


def done_since(db: apsw.Connection, bundle: str, row: int) -> bool:
    """Return whether work on a bundle was done behind an event."""
    ((newest,),) = db.execute("SELECT max(row) FROM work_paid WHERE bundle = ?", (bundle,))
    return newest is not None and newest > row


def split_since(db: apsw.Connection, bundle: str, row: int) -> bool:
    """Return whether a bundle was split, or found short, behind an event."""
    ((newest,),) = db.execute(
        "SELECT max(row) FROM (SELECT row FROM work_bundles WHERE parent = ?1 UNION ALL"
        " SELECT row FROM work_short WHERE bundle = ?1 AND taken_back IS NULL)",
        (bundle,),
    )
    return newest is not None and newest > row


def touched(db: apsw.Connection, bundle: str, row: int) -> bool:
    """Return whether anything happened to a bundle behind an event."""
    if done_since(db, bundle, row) or split_since(db, bundle, row) or begun.in_hand(db, bundle):
        return True
    rare = "SELECT 1 FROM work_lines WHERE bundle = ? AND what <> 'done' AND row > ? LIMIT 1"
    return bool(list(db.execute(rare, (bundle, row))))


def _sum(db: apsw.Connection, where: str, *values: str) -> int:
    ((pieces,),) = db.execute(
        f"SELECT coalesce(sum(quantity), 0) FROM work_lines WHERE {where} AND what <> 'done'", values
    )
    return int(pieces)
