"""Sums of the work done, over the ledger's lines: what `/api/v1/work/...` and the screens show."""

from typing import Any, Final

import apsw

from gateway.work.projections.lines import HOUR_NS

SINCE: Final = f"""
WITH done AS (
  SELECT operation, worker, quantity, corrects_row, row || ' ' || coalesce(bundle, n) AS coupon FROM work_lines
  WHERE what = 'done' AND time_ns >= ?1 AND waiting = 0
  AND row >= (SELECT min(row) FROM work_hours WHERE hour >= ?1 / {HOUR_NS}) UNION ALL
  SELECT operation, worker, quantity, corrects_row, row || ' ' || coalesce(bundle, n)
  FROM work_lines LEFT JOIN events ON events.id = work_lines.row
  WHERE what = 'done' AND waiting = 1 AND coalesce(events.time_ns, work_lines.time_ns) >= ?1)
"""


def summary(db: apsw.Connection, since_ns: int) -> dict[str, Any]:
    """Return pieces and coupons paid since a UTC time: in all, by operation, and by worker and operation.

    What was taken back counts against the time when it was. What was kept while the clock was wrong has the time that
    the journal has given it since.
    """
    columns = ("pieces", "coupons")
    coupons = (
        "count(DISTINCT iif(corrects_row IS NULL, coupon, NULL)) - count(DISTINCT iif(corrects_row, coupon, NULL))"
    )
    sums = f"coalesce(sum(quantity), 0) AS pieces, {coupons} AS coupons FROM done"
    total = db.execute(f"{SINCE} SELECT {sums}", (since_ns,)).fetchall()[0]
    some = "HAVING pieces <> 0 OR coupons <> 0"
    operations = db.execute(f"{SINCE} SELECT operation, {sums} GROUP BY 1 {some} ORDER BY 1", (since_ns,))
    workers = db.execute(f"{SINCE} SELECT worker, operation, {sums} GROUP BY 1, 2 {some} ORDER BY 1, 2", (since_ns,))
    return {
        **dict(zip(columns, total, strict=True)),
        "operations": [dict(zip(("operation", *columns), row, strict=True)) for row in operations],
        "workers": [dict(zip(("worker", "operation", *columns), row, strict=True)) for row in workers],
    }


def sessions(db: apsw.Connection) -> dict[str, str]:
    """Return the badge scanned last at each station that was not logged out."""
    return dict(db.execute("SELECT station, worker FROM work_session ORDER BY mono_ns"))
