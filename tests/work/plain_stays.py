"""Stays as one would work them out by hand, line by line: slow, obvious, and the measure of `gateway.work.stays`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import apsw
import orjson

SLACK_NS = 120_000_000_000  # of one moment


@dataclass
class Plain:
    """A stay; `begin_ns` None: nobody knows; `machine` None: the station has several."""

    station: str
    machine: str | None
    workers: tuple[str, ...]
    how: str
    begin_ns: int | None
    end_ns: int
    parts: list[Any] = field(default_factory=list)
    overlaps: bool = False


def plain_stays(db: apsw.Connection, machines: Mapping[str, Sequence[str]], since: int) -> list[Plain]:
    """Return the stays of bundles that any row from a key on tells of."""
    found = piled(coupons(db, machines, since))
    for stay in found:
        stay.overlaps = any(clash(stay, other) for other in found if other is not stay)
    return found


def coupons(db: apsw.Connection, machines: Mapping[str, Sequence[str]], since: int) -> list[Plain]:
    lines = db.execute(
        "SELECT row, bundle, operation, order_code, time_ns, worker, station, quantity FROM work_lines AS line"
        " WHERE row >= ? AND what = 'done' AND corrects_row IS NULL AND waiting = 0"
        " AND NOT EXISTS (SELECT 1 FROM work_lines WHERE corrects_row = line.row) ORDER BY time_ns, row, n",
        (since,),
    )
    stays, last = [], {}
    for (row, bundle, operation, order), told in groupby(lines, lambda line: line[:4]):
        deed = list(told)
        at, station, workers = deed[0][4], deed[0][6], tuple(sorted({line[5] for line in deed}))
        if bundle is not None and station in machines:
            here = machines[station]
            stay = Plain(station, here[0] if len(here) == 1 else None, workers, "out", None, at)
            begun = begun_at(db, row, bundle, operation, station)
            if begun is not None:
                stay.how, stay.begin_ns = "in_out", begun
            else:
                stay.begin_ns = min((last[one] for one in workers if one in last), default=None)
            if stay.begin_ns is None:
                came = [ns for one in workers if (ns := badge(db, since, row, station, one)) is not None and ns < at]
                stay.begin_ns = min(came, default=None)
            stay.parts.append((row, bundle, order, operation, sum(line[7] for line in deed)))
            stays.append(stay)
        for worker in workers:
            last[worker] = at
    return stays


def begun_at(db: apsw.Connection, row: int, bundle: str, operation: str, station: str) -> int | None:
    found = db.execute(
        "SELECT time_ns FROM work_begun"
        " WHERE done_row = ? AND bundle = ? AND operation = ? AND station = ? AND waiting = 0",
        (row, bundle, operation, station),
    )
    return next((at for (at,) in found), None)


def badge(db: apsw.Connection, since: int, before: int, station: str, worker: str) -> int | None:
    for at, body in db.execute(
        "SELECT time_ns, body FROM events WHERE id >= ? AND id < ? ORDER BY id", (since, before)
    ):
        for entry in orjson.loads(body)["entries"]:
            if (entry["do"], entry.get("station"), entry.get("worker")) == ("badge", station, worker):
                return int(at)
    return None


def piled(found: list[Plain]) -> list[Plain]:
    piles: list[Plain] = []
    latest: dict[Any, Plain] = {}
    for stay in found:
        key = (stay.station, stay.workers)
        pile = latest.get(key)
        if pile is None or not (
            stay.end_ns - pile.end_ns <= SLACK_NS or (stay.begin_ns or pile.end_ns) < pile.end_ns - SLACK_NS
        ):
            latest[key] = stay
            piles.append(stay)
            continue
        known = pile.begin_ns is not None and stay.begin_ns is not None
        pile.begin_ns = min(pile.begin_ns or 0, stay.begin_ns or 0) if known else None
        pile.end_ns = stay.end_ns
        pile.parts += stay.parts
    return piles


def clash(stay: Plain, other: Plain) -> bool:
    """Whether both were at one machine at the same time, by more than what is of one moment."""
    if stay.machine is None or stay.machine != other.machine or stay.begin_ns is None or other.begin_ns is None:
        return False
    first, second = sorted((stay, other), key=lambda one: (one.begin_ns, one.end_ns))
    return second.begin_ns < first.end_ns - SLACK_NS and second.end_ns - second.begin_ns > SLACK_NS
