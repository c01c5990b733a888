"""Stays: which bundles and jobs were at which station when, as scans tell it; to hold them against the machine there.

A bundle that was scanned IN was there until it was scanned as done. One that is scanned only when it is done was there
since whoever did it had done the one before, wherever; his first one since his badge. What the same workers had at a
station at the same time, or scanned within two minutes, is one stay: only its sum can be compared. Stays of others at
the same machine that overlap are marked, for nobody knows whose a piece was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

import apsw
import numpy as np
import orjson

from gateway.figures.timeline import Bools, Span
from gateway.journal.period import first_key
from gateway.journal.reader import JournalReader
from gateway.work.done import NEVER, Crew, Deeds, deeds, summed
from gateway.work.jobs import Job, jobs
from gateway.work.projections.jobs import JOBS
from sensors.batch import Int64s

DAY_NS: Final = 86_400_000_000_000
LOOKED_BACK_NS: Final = 4 * DAY_NS  # for what a worker did before: over a weekend
JOBS_LOOKED_BACK_NS: Final = 14 * DAY_NS
SLACK_NS: Final = 120_000_000_000  # scans this near to each other are of one moment
SEVERAL: Final = -1  # instead of a machine: the station has several, and nobody said which
How = Literal["in_out", "out", "job"]
Machines = Mapping[str, Sequence[str]]  # of each station
_BEGUN: Final = """
SELECT line.row, line.n, begun.station, begun.time_ns FROM work_begun AS begun JOIN work_lines AS line
ON line.row = begun.done_row AND line.bundle = begun.bundle AND line.operation = begun.operation
WHERE begun.done_row >= ? AND begun.waiting = 0
"""
_ABOUT: Final = "SELECT row, bundle, order_code, operation FROM work_lines WHERE row = ? AND n = ?"
_BADGES: Final = (
    "SELECT id, time_ns, body FROM events"
    " WHERE id BETWEEN ? AND ? AND kind = 'scan' AND instr(body, ?) AND json_valid(body)"
)


class Part(NamedTuple):
    """What was scanned of one operation: of a bundle, or of a job, which has none."""

    row: int
    bundle: str | None
    order: str | None
    operation: str | None
    pieces: int


class Stay(NamedTuple):
    """Some work at a station: what can be told of it beside its numbers."""

    station: str
    workers: Crew
    how: How
    parts: list[Part]


@dataclass(frozen=True, slots=True)
class Stays:
    """N stays in the order of their ends, all [N]; UTC ns, `from_ns` is NEVER where nobody knows."""

    names: list[str]
    machine: Int64s  # places in `names`, or SEVERAL
    from_ns: Int64s
    to_ns: Int64s
    scanned: Int64s  # pieces
    overlaps: Bools
    _piles: "_Piles"
    _jobs: list[Job]
    _place: Int64s  # among the piles, behind them among the jobs

    def stay(self, n: int) -> Stay:
        """Return what can be told of one."""
        place, behind = int(self._place[n]), len(self._piles.first)
        if place < behind:
            return self._piles.stay(place)
        job = self._jobs[place - behind]
        part = Part(job.row, None, job.order, job.operation, job.quantity + job.scrap)
        return Stay(job.station, tuple(sorted(job.workers)), "job", [part])

    def holding(self, row: int) -> list[int]:
        """Return which of them have a part of an event."""
        found: list[int] = np.flatnonzero(np.isin(self._place, self._piles.holding(row))).tolist()
        return found


@dataclass(frozen=True, slots=True)
class _Piles:
    """N stays of bundles: `first` [N] is where the deeds of each begin in `which` [M], which are places in `done`.

    Of each deed, `from_ns` [M] is when it began, or NEVER, and `in_out` [M] whether it was scanned IN.
    """

    db: apsw.Connection
    done: Deeds
    which: Int64s
    from_ns: Int64s
    in_out: Bools
    first: Int64s

    def stay(self, n: int) -> Stay:
        """Return one."""
        done, first = self.done, self.first[n]
        here = self.which[first : self.first[n + 1] if n + 1 < len(self.first) else None]
        parts: list[Part] = []
        for one in here.tolist():
            about: tuple[Any, ...] = next(self.db.execute(_ABOUT, (int(done.row[one]), int(done.n[one]))))
            parts.append(Part._make((*about, int(done.pieces[one]))))
        at = here[0]
        how: How = "in_out" if self.in_out[first] else "out"
        return Stay(done.stations[done.station[at]], done.crews[done.crew[at]], how, parts)

    def holding(self, row: int) -> Int64s:
        """Return which of them have a part of an event."""
        return np.searchsorted(self.first, np.flatnonzero(self.done.row[self.which] == row), "right") - 1


def stays(reader: JournalReader, machines: Machines, span: Span) -> Stays:
    """Return what ended within a span, UTC ns, at the stations whose machines are named."""
    names = [name for here in machines.values() for name in here]
    since, to_ns = first_key(reader, span[0] - LOOKED_BACK_NS), span[1] + LOOKED_BACK_NS
    piles = _piled(reader.db, since, deeds(reader.db, since, to_ns), machines)
    done, last = piles.done, piles.which[np.append(piles.first, len(piles.which))[1:] - 1]
    alone = np.array([_only(names, machines.get(name, ())) for name in done.stations], np.int64)
    of_piles = (
        alone[done.station[last]],
        summed(np.minimum, piles.from_ns, piles.first),
        done.time_ns[last],
        summed(np.add, done.pieces[piles.which], piles.first),
    )
    stopped = _stopped(reader.db, machines, (span[0], to_ns))
    of_jobs = [(_only(names, here), job.start_ns, job.stop_ns, job.quantity + job.scrap) for job, here in stopped]
    together = np.concatenate((np.stack(of_piles), np.array(of_jobs, np.int64).reshape(-1, 4).T), axis=1)
    machine, from_ns, ends_ns, scanned = together
    overlaps = _overlapping(machine, from_ns, ends_ns)
    within = np.flatnonzero((ends_ns >= span[0]) & (ends_ns < span[1]))
    place = within[np.argsort(ends_ns[within], kind="stable")]
    machine, from_ns, ends_ns, scanned = together[:, place]
    return Stays(names, machine, from_ns, ends_ns, scanned, overlaps[place], piles, [job for job, _ in stopped], place)


def _only(names: Sequence[str], here: Sequence[str]) -> int:
    return names.index(here[0]) if len(here) == 1 and here[0] in names else SEVERAL


def _piled(db: apsw.Connection, since: int, done: Deeds, machines: Machines) -> _Piles:
    """Put together what the same workers had at a station at the same time."""
    watched = np.array([name in machines for name in done.stations], np.bool_)
    which = np.flatnonzero(watched[done.station] & done.of_bundle)
    from_ns, in_out = _begun(db, since, done, which)
    order = np.lexsort((done.crew[which], done.station[which]))
    which, from_ns, in_out = which[order], from_ns[order], in_out[order]
    ends_ns, first = done.time_ns[which], np.ones(len(which), np.bool_)
    before_ns, began_ns = ends_ns[:-1], from_ns[1:]  # known: they had done the one before
    together = (ends_ns[1:] - before_ns <= SLACK_NS) | (began_ns < before_ns - SLACK_NS)
    for other in (done.station[which], done.crew[which]):
        together &= other[1:] == other[:-1]
    first[1:] = ~together
    return _Piles(db, done, which, from_ns, in_out, np.flatnonzero(first))


def _begun(db: apsw.Connection, since: int, done: Deeds, which: Int64s) -> tuple[Int64s, Bools]:
    """Return when each deed began, or NEVER, and whether it was scanned IN at the station."""
    from_ns, in_out = done.before_ns[which], np.zeros(len(which), np.bool_)
    begun = {(row, n): (station, at) for row, n, station, at in db.execute(_BEGUN, (since,))}
    if begun:
        for n, key in enumerate(zip(done.row[which].tolist(), done.n[which].tolist(), strict=True)):
            station, at = begun.get(key, (None, NEVER))
            if station == done.stations[done.station[which[n]]]:
                from_ns[n], in_out[n] = at, True
    unknown = np.flatnonzero(from_ns == NEVER).tolist()
    badges = _badges(db, since, int(done.row[which[unknown]].max())) if unknown else {}
    for n in unknown:
        at = which[n]
        station, crew = done.stations[done.station[at]], done.crews[done.crew[at]]
        came = (badges[station, one] for one in crew if (station, one) in badges)
        before = (ns for row, ns in came if row < done.row[at] and ns < done.time_ns[at])
        from_ns[n] = min(before, default=NEVER)
    return from_ns, in_out


def _badges(db: apsw.Connection, since: int, until: int) -> dict[tuple[str, str], tuple[int, int]]:
    """Return the key and the time at which each worker's badge was first scanned at each station, between two keys."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for row, at, body in db.execute(_BADGES, (since, until, '"do":"badge"')):
        for entry in orjson.loads(body)["entries"]:
            if entry["do"] == "badge":
                found.setdefault((entry["station"], entry["worker"]), (row, at))
    return found


def _stopped(db: apsw.Connection, machines: Machines, span: Span) -> list[tuple[Job, Sequence[str]]]:
    """Return jobs that were started and stopped, and whose pieces somebody told, and the machines they may be of."""
    told = jobs(JOBS.between(db, span[0] - JOBS_LOOKED_BACK_NS, span[1]))
    found = [(job, [job.machine] if job.machine else machines.get(job.station, ())) for job in told]
    return [(job, here) for job, here in found if job.start_ns and job.stop_ns and here and job.quantity]


def _overlapping(machine: Int64s, from_ns: Int64s, to_ns: Int64s) -> Bools:
    """Return which overlap with another at one machine by more than what is of one moment."""
    found = np.zeros(len(machine), np.bool_)
    known = np.flatnonzero((from_ns != NEVER) & (machine != SEVERAL))
    order = known[np.lexsort((from_ns[known], machine[known]))]
    for here in np.split(order, np.flatnonzero(np.diff(machine[order])) + 1):
        longest = np.maximum.accumulate(to_ns[here])  # the end of the one that lasts longest so far
        its = np.maximum.accumulate(np.where(np.append(True, longest[1:] > longest[:-1]), np.arange(len(here)), 0))
        clash = (from_ns[here[1:]] < longest[:-1] - SLACK_NS) & (to_ns[here[1:]] - from_ns[here[1:]] > SLACK_NS)
        found[here[1:][clash]] = found[here[its[:-1][clash]]] = True
    return found
