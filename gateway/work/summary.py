"""Sums of the work done, from the paid table: what `/api/v1/work/...` and the screens show."""

from typing import Any, Final

import apsw

from gateway.work.tables import HOUR_NS

SINCE: Final = f"""
WITH paid AS (
  SELECT operation, worker, quantity FROM work_paid WHERE time_ns >= ?1 AND waiting = 0
  AND row >= (SELECT min(row) FROM work_hours WHERE hour >= ?1 / {HOUR_NS}) UNION ALL
  SELECT operation, worker, quantity FROM work_paid LEFT JOIN events ON events.id = work_paid.row
  WHERE waiting = 1 AND coalesce(events.time_ns, work_paid.time_ns) >= ?1)
"""


def summary(db: apsw.Connection, since_ns: int) -> dict[str, Any]:
    """Return pieces and coupons paid since a UTC time: in all, by operation, and by worker and operation.

    What was paid while the clock was wrong has the time that the journal has given it since.
    """
    columns = ("pieces", "coupons")
    sums = "coalesce(sum(quantity), 0), count(*) FROM paid"
    total = db.execute(f"{SINCE} SELECT {sums}", (since_ns,)).fetchall()[0]
    operations = db.execute(f"{SINCE} SELECT operation, {sums} GROUP BY 1 ORDER BY 1", (since_ns,))
    workers = db.execute(f"{SINCE} SELECT worker, operation, {sums} GROUP BY 1, 2 ORDER BY 1, 2", (since_ns,))
    return {
        **dict(zip(columns, total, strict=True)),
        "operations": [dict(zip(("operation", *columns), row, strict=True)) for row in operations],
        "workers": [dict(zip(("worker", "operation", *columns), row, strict=True)) for row in workers],
    }


def sessions(db: apsw.Connection) -> dict[str, str]:
    """Return the badge scanned last at each station that was not logged out."""
    return dict(db.execute("SELECT station, worker FROM work_session"))
