"""Stays: which bundles and jobs were at which station when, as scans tell it; to hold them against the machine there.

A bundle that was scanned IN was there until it was scanned as done. One that is scanned only when it is done was there
since whoever did it had done the one before, wherever; his first one since his badge. What the same workers had at a
station at the same time, or scanned within two minutes, is one stay: only its sum can be compared. Stays of others at
the same machine that overlap are marked, for nobody knows whose a piece was.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final, Literal, NamedTuple

import apsw
import orjson

from gateway.figures.timeline import Span
from gateway.journal.period import first_key
from gateway.journal.reader import JournalReader
from gateway.work.jobs import jobs
from gateway.work.projections.jobs import JOBS

DAY_NS: Final = 86_400_000_000_000
LOOKED_BACK_NS: Final = 4 * DAY_NS  # for what a worker did before: over a weekend
JOBS_LOOKED_BACK_NS: Final = 14 * DAY_NS
SLACK_NS: Final = 120_000_000_000  # scans this near to each other are of one moment
How = Literal["in_out", "out", "job"]
_DONE: Final = """
SELECT row, time_ns, bundle, operation, order_code, worker, station, quantity FROM work_lines AS line
WHERE row >= ? AND time_ns < ? AND what = 'done' AND corrects_row IS NULL AND waiting = 0
AND NOT EXISTS (SELECT 1 FROM work_lines WHERE corrects_row = line.row) ORDER BY time_ns, row, bundle, operation
"""
_BEGUN: Final = (
    "SELECT done_row, bundle, operation, station, time_ns FROM work_begun WHERE done_row >= ? AND waiting = 0"
)
_BADGES: Final = (
    "SELECT time_ns, body FROM events WHERE id >= ? AND kind = 'scan' AND instr(body, ?) AND json_valid(body)"
)


class Part(NamedTuple):
    """What was scanned of one operation: of a bundle, or of a job, which has none."""

    row: int
    bundle: str | None
    order: str | None
    operation: str | None
    pieces: int


@dataclass(slots=True)
class Stay:
    """Some work at a station, UTC ns; `from_ns` is None where nobody knows."""

    station: str
    machine: str | None  # None: the station has several, and nobody said which
    workers: tuple[str, ...]
    how: How
    from_ns: int | None
    to_ns: int
    parts: list[Part] = field(default_factory=list)
    overlaps: bool = False

    @property
    def scanned(self) -> int:
        """Return its pieces."""
        return sum(part.pieces for part in self.parts)


def stays(reader: JournalReader, machines: Mapping[str, Sequence[str]], span: Span) -> list[Stay]:
    """Return what ended within a span, UTC ns, at the stations whose machines are named, in the order of its end."""
    since, to_ns = first_key(reader, span[0] - LOOKED_BACK_NS), span[1] + LOOKED_BACK_NS
    found = [*_piled(_coupons(reader.db, machines, since, to_ns)), *_jobs(reader.db, machines, (span[0], to_ns))]
    _mark(found)
    return sorted((one for one in found if span[0] <= one.to_ns < span[1]), key=lambda one: one.to_ns)


def _coupons(db: apsw.Connection, machines: Mapping[str, Sequence[str]], since: int, to_ns: int) -> Iterator[Stay]:
    begun = {(row, bundle, code): (station, at) for row, bundle, code, station, at in db.execute(_BEGUN, (since,))}
    badges: dict[tuple[str, str], int] | None = None
    last: dict[str, int] = {}  # when each worker has done something, wherever
    for (row, bundle, operation), lines in groupby(db.execute(_DONE, (since, to_ns)), lambda one: (one[0], *one[2:4])):
        told = list(lines)
        _, at, _, _, order, _, station, _ = told[0]
        workers = tuple(sorted({line[5] for line in told}))
        if bundle is not None and station in machines:
            here = machines[station]
            stay = Stay(station, here[0] if len(here) == 1 else None, workers, "out", None, at)
            place, in_ns = begun.get((row, bundle, operation), ("", 0))
            if place == station:
                stay.how, stay.from_ns = "in_out", in_ns
            else:
                stay.from_ns = min((last[one] for one in workers if one in last), default=None)
            if stay.from_ns is None:
                badges = _badges(db, since) if badges is None else badges
                came = (badges.get((station, one)) for one in workers)
                stay.from_ns = min((ns for ns in came if ns is not None and ns < at), default=None)
            stay.parts.append(Part(row, bundle, order, operation, sum(line[7] for line in told)))
            yield stay
        last.update(dict.fromkeys(workers, at))


def _badges(db: apsw.Connection, since: int) -> dict[tuple[str, str], int]:
    """Return when each worker's badge was first scanned at each station."""
    found: dict[tuple[str, str], int] = {}
    for at, body in db.execute(_BADGES, (since, '"do":"badge"')):
        for entry in orjson.loads(body)["entries"]:
            if entry["do"] == "badge":
                found.setdefault((entry["station"], entry["worker"]), at)
    return found


def _piled(found: Iterable[Stay]) -> Iterator[Stay]:
    """Put together what the same workers had at a station at the same time."""
    latest: dict[Any, Stay] = {}
    for stay in found:
        key = (stay.station, stay.workers)
        pile = latest.get(key)
        together = pile is not None and stay.to_ns - pile.to_ns <= SLACK_NS
        if pile is not None and (together or (stay.from_ns or pile.to_ns) < pile.to_ns - SLACK_NS):
            known = pile.from_ns is not None and stay.from_ns is not None
            pile.from_ns = min(pile.from_ns or 0, stay.from_ns or 0) if known else None
            pile.to_ns = stay.to_ns
            pile.parts += stay.parts
        else:
            latest[key] = stay
            if pile:
                yield pile
    yield from latest.values()


def _jobs(db: apsw.Connection, machines: Mapping[str, Sequence[str]], span: Span) -> Iterator[Stay]:
    """Yield jobs that were started and stopped, and whose pieces somebody told."""
    all_names = {name for names in machines.values() for name in names}
    for job in jobs(JOBS.between(db, span[0] - JOBS_LOOKED_BACK_NS, span[1])):
        names = [job.machine] if job.machine else machines.get(job.station, ())
        if job.start_ns is None or job.stop_ns is None or not names or not job.quantity:
            continue
        machine = names[0] if len(names) == 1 and names[0] in all_names else None
        part = Part(job.row, None, job.order, job.operation, job.quantity + job.scrap)
        yield Stay(job.station, machine, tuple(sorted(job.workers)), "job", job.start_ns, job.stop_ns, [part])


def _mark(found: list[Stay]) -> None:
    """Mark those that overlap at one machine."""
    longest: dict[str, Stay] = {}
    known = [(one.from_ns, one) for one in found if one.from_ns is not None and one.machine is not None]
    for from_ns, stay in sorted(known, key=lambda one: one[0]):
        machine = stay.machine or ""
        other = longest.get(machine)
        if other and from_ns < other.to_ns - SLACK_NS and stay.to_ns - from_ns > SLACK_NS:
            stay.overlaps = other.overlaps = True
        if other is None or stay.to_ns > other.to_ns:
            longest[machine] = stay
