"""Sums of the work done, from the paid table: what `/api/v1/work/...` and the screens show."""

from typing import Any

import apsw


def summary(db: apsw.Connection, since_ns: int) -> dict[str, Any]:
    """Return pieces and coupons paid since a UTC time: in all, by operation, and by worker and operation."""
    where = "FROM work_paid WHERE time_ns >= ?"
    columns = ("pieces", "coupons")
    sums = "coalesce(sum(quantity), 0), count(*)"
    total = db.execute(f"SELECT {sums} {where}", (since_ns,)).fetchall()[0]
    operations = db.execute(f"SELECT operation, {sums} {where} GROUP BY 1 ORDER BY 1", (since_ns,))
    workers = db.execute(f"SELECT worker, operation, {sums} {where} GROUP BY 1, 2 ORDER BY 1, 2", (since_ns,))
    return {
        **dict(zip(columns, total, strict=True)),
        "operations": [dict(zip(("operation", *columns), row, strict=True)) for row in operations],
        "workers": [dict(zip(("worker", "operation", *columns), row, strict=True)) for row in workers],
    }


def sessions(db: apsw.Connection) -> dict[str, str]:
    """Return the badge scanned last at each station that was not logged out."""
    return dict(db.execute("SELECT station, worker FROM work_session"))
