"""One worker's pay by day: the same pieces and rates as on the wage slip, each on the day whose rate counts."""

from collections import defaultdict
from datetime import date
from typing import Any

import apsw

from gateway.pay.book import rate_in, sums
from gateway.pay.hours import QUARTER_NS
from gateway.pay.period import period_of, rates
from gateway.pay.piecework import FORMULA, Pieces, badge, slips
from gateway.pay.terms import Terms


def days_of(db: apsw.Connection, terms: Terms, first: date, last: date, worker: str) -> dict[str, Any]:
    """Return the days of one worker, each with its pieces and exact amount (won, as text) and what it is made of.

    What takes back or puts right pieces of an earlier day stands on that day: its rate is the one that counts.
    """
    period, by_day = period_of(db, terms, first, last), defaultdict[str, list[Pieces]](list)
    for _, style, operation, rated, quantity, late, corrects in sums(db, period, "rated", worker):
        day = terms.date_of(rated * QUARTER_NS).isoformat()
        by_day[day].append(Pieces(worker, style, operation, day, quantity, late, corrects))
    rate = rate_in(period, rates(db))
    told = {day: slips(made, rate)[0].entry() for day, made in sorted(by_day.items())}
    days = [{"day": day, **{name: one[name] for name in ("amount", "pieces", "items")}} for day, one in told.items()]
    return {"formula": FORMULA, "worker": badge(worker), "days": [one for one in days if one["items"]]}
