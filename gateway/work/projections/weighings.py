"""What was weighed at hand-overs: metal issued, returned, recovered. Weights are Decimal, as text.

`grams` is what the pan held, stones among it; `stones_ct` is what of it were stones (1 ct = 0.2 g). `measurement` names
the weighing: it counts once.
"""

from decimal import Decimal
from typing import Final

import apsw

from gateway.work.entries import Shape
from gateway.work.loss import Weighing
from gateway.work.projections.log import Log

LOG: Final = Log(
    "work_weighings",
    "weigh",
    Shape(
        {"action": str, "lot": str, "operation": str, "worker": str, "grams": str},
        {"stones_ct": str, "station": str, "scale": str, "measurement": str, "note": str},
    ),
    index="lot",
)


def of_lot(db: apsw.Connection, lot: str) -> list[Weighing]:
    """Return what was weighed of a lot."""
    return [_weighing(row) for row in LOG.read(db, "lot = ?", (lot,))]


def between(db: apsw.Connection, since_ns: int, to_ns: int) -> list[Weighing]:
    """Return all that was weighed of the lots that were weighed in a time, UTC."""
    touched = "lot IN (SELECT lot FROM work_weighings WHERE time_ns >= ?1 AND time_ns < ?2) AND time_ns < ?2"
    return [_weighing(row) for row in LOG.read(db, touched, (since_ns, to_ns))]


def used(db: apsw.Connection, measurement: str) -> bool:
    """Return whether a weighing was given to a ticket before; one that was taken back may be given again."""
    return bool(LOG.read(db, "measurement = ?", (measurement,), newest=1))


def _weighing(row: dict[str, str]) -> Weighing:
    stones = Decimal(row["stones_ct"] or 0)
    return Weighing(
        int(row["time_ns"]),
        row["action"],
        row["lot"],
        row["operation"],
        row["worker"],
        Decimal(row["grams"]),
        stones,
        row["station"],
    )
