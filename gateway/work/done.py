"""What was done of operations, as columns: what each worker did, of bundles and without, for what asks for months.

A deed is what one event says of one operation of a bundle: a line of the ledger, or one for each who has a share.
Names of bundles and operations are not in the columns: reading them takes as long as all the rest.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import apsw
import numpy as np
import orjson

from gateway.figures.timeline import Bools
from sensors.batch import Int64s

NEVER: Final = int(np.iinfo(np.int64).min)  # a time that nobody knows
_FOREVER: Final = int(np.iinfo(np.int64).max)
_FROM: Final = (
    "FROM work_lines WHERE row >= ? AND time_ns < ? AND what = 'done' AND corrects_row IS NULL AND waiting = 0"
)
_COLUMNS: Final = ("row", "n", "time_ns", "quantity", "bundle IS NOT NULL", "worker", "station")
# A column at once as JSON, which is quicker than a row at a time.
_LINES: Final = f"SELECT {', '.join(f'json_group_array({one})' for one in _COLUMNS)} {_FROM}"
_SAME: Final = (
    "SELECT line.row, line.n FROM work_lines AS line JOIN work_lines AS other ON other.row = line.row"
    " AND other.n = line.n - 1 AND other.bundle IS line.bundle AND other.operation = line.operation"
    " WHERE line.row >= ? AND line.n > 0"
)
_CORRECTED: Final = "SELECT DISTINCT corrects_row FROM work_lines WHERE corrects_row >= ?"
Crew = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deeds:
    """N deeds in the order of their times, all [N]. `before_ns`: when those who did it did the one before, or NEVER."""

    row: Int64s
    n: Int64s  # of the line that stands for it
    time_ns: Int64s
    pieces: Int64s
    of_bundle: Bools
    station: Int64s  # places in `stations`
    crew: Int64s  # places in `crews`
    before_ns: Int64s
    stations: list[str]
    crews: list[Crew]


def deeds(db: apsw.Connection, since: int, to_ns: int) -> Deeds:
    """Return what was done from a row on and before a UTC time, and not taken back."""
    ((*numbers, worker, station),) = map(_loaded, db.execute(_LINES, (since, to_ns)))
    lines = np.array(numbers, np.int64)
    who, workers = _places(worker)
    where, stations = _places(station)
    order = np.argsort(lines[2], kind="stable")  # the table's own order is that of rows
    taken_back = [row for (row,) in db.execute(_CORRECTED, (since,))]
    if taken_back:
        order = order[~np.isin(lines[0, order], taken_back)]
    (row, n, time_ns, quantity, of_bundle), who = lines[:, order], who[order]
    first = np.flatnonzero(_begins(db, since, row, n))
    crew, crews = _crews(who, workers, first)
    before_ns = summed(np.minimum, _before(time_ns, who), first)
    return Deeds(
        row[first],
        n[first],
        time_ns[first],
        summed(np.add, quantity, first),
        of_bundle[first] > 0,
        where[order][first],
        crew,
        np.where(before_ns == _FOREVER, NEVER, before_ns),
        stations,
        crews,
    )


def _loaded(columns: Iterable[Any]) -> list[Any]:
    return [orjson.loads(column) for column in columns]


def _places(texts: Sequence[str]) -> tuple[Int64s, list[str]]:
    """Return where each stands among those that there are."""
    known = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    return np.fromiter(map(known.__getitem__, texts), np.int64, len(texts)), list(known)


def _begins(db: apsw.Connection, since: int, row: Int64s, n: Int64s) -> Bools:
    """Return which lines are the first of a deed: not those of another's share in what the line before says."""
    begins = np.ones(len(row), np.bool_)
    more = np.flatnonzero(row[1:] == row[:-1]) + 1
    if len(more):
        same = set(db.execute(_SAME, (since,)))
        begins[more] = [key not in same for key in zip(row[more].tolist(), n[more].tolist(), strict=True)]
    return begins


def _before(time_ns: Int64s, who: Int64s) -> Int64s:
    """Return for each line when its worker had done the one before, else _FOREVER."""
    order = np.argsort(who, kind="stable")
    before = np.full(len(who), _FOREVER)
    same = who[order][1:] == who[order][:-1]
    before[order[1:][same]] = time_ns[order[:-1][same]]
    return before


def _crews(who: Int64s, workers: list[str], first: Int64s) -> tuple[Int64s, list[Crew]]:
    """Return who did each deed; nearly all were done by one."""
    known: dict[Crew, int] = {(worker,): place for place, worker in enumerate(workers)}
    crew, ends = who[first], np.append(first[1:], len(who))
    for deed in np.flatnonzero(ends - first > 1).tolist():
        together = tuple(sorted({workers[one] for one in who[first[deed] : ends[deed]].tolist()}))
        crew[deed] = known.setdefault(together, len(known))
    return crew, list(known)


def summed(how: np.ufunc, values: Int64s, first: Int64s) -> Int64s:
    """Return numbers added up, or so, from each of these places to the next; NumPy refuses none at all."""
    found: Int64s = how.reduceat(values, first) if len(first) else values
    return found
