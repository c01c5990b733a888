"""Hours at work, from badges: who was at which station from when to when, and how sure that is.

A stay begins with a badge and ends when the worker leaves, when somebody else takes the station over, or when the
badge's time there is over. Whoever was at two stations at once worked once. Planned breaks are no work. Only a worker
who left is known to have worked to the end: of every other stay the time behind the last scan is in doubt, and counted.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Final, NamedTuple

from gateway.figures.timeline import Span, clipped, merged, without

QUARTER_NS: Final = 900_000_000_000
HOUR_S: Final = 3600


class Mark(NamedTuple):
    """A badge, or somebody leaving; UTC ns."""

    time_ns: int
    station: str
    worker: str  # empty: all who are at the station leave
    leaves: int  # BADGE, LEFT or TAKEN_OVER


BADGE, LEFT, TAKEN_OVER = range(3)


class Stay(NamedTuple):
    """A worker at a station."""

    worker: str
    start_ns: int
    stop_ns: int
    left: bool  # it ended because the worker left, and said so


@dataclass(slots=True)
class Hours:
    """A worker's time: by local date, and what of it nobody saw the end of."""

    worked_s: dict[str, float] = field(default_factory=dict)
    doubt_s: float = 0.0
    unseen_s: float = 0.0  # quarter hours with work in them, and no badge: not in the hours
    never_left: int = 0  # stays that ended without leaving

    @property
    def total_s(self) -> float:
        """Return all of it."""
        return sum(self.worked_s.values())

    @property
    def coverage(self) -> float | None:
        """Return the share of the time that is known for sure; None where there is none."""
        known, all_of_it = self.total_s - self.doubt_s, self.total_s + self.unseen_s
        return known / all_of_it if all_of_it > 0 else None

    def entry(self) -> dict[str, Any]:
        """Return it for JSON, in hours."""
        return {
            "hours": round(self.total_s / HOUR_S, 2),
            "doubt_h": round(self.doubt_s / HOUR_S, 2),
            "unseen_h": round(self.unseen_s / HOUR_S, 2),
            "never_left": self.never_left,
            "coverage": None if self.coverage is None else round(self.coverage, 4),
        }


def stays(marks: Iterable[Mark], hold_ns: int, now_ns: int) -> list[Stay]:
    """Return who was where, from marks in order of time. Nobody's stay goes on behind `now_ns`."""
    begun: dict[tuple[str, str], int] = {}
    found: list[Stay] = []

    def end(station: str, worker: str, stop_ns: int, left: bool) -> None:
        start_ns = begun.pop((station, worker))
        over_ns = start_ns + hold_ns
        found.append(Stay(worker, start_ns, min(stop_ns, over_ns), left and stop_ns <= over_ns))

    for mark in marks:
        here = [worker for station, worker in begun if station == mark.station]
        if mark.leaves == BADGE:
            if mark.worker in here:
                end(mark.station, mark.worker, mark.time_ns, left=True)
            elif found and found[-1][::2] == (mark.worker, mark.time_ns):  # who takes over from himself goes on
                found[-1] = found[-1]._replace(left=True)
            begun[mark.station, mark.worker] = mark.time_ns
        else:
            for worker in here:
                if mark.worker in ("", worker):
                    end(mark.station, worker, mark.time_ns, left=mark.leaves == LEFT)
    for station, worker in list(begun):
        end(station, worker, now_ns, left=False)
    return sorted(found, key=lambda stay: (stay.start_ns, stay.worker))


def hours(
    found: Iterable[Stay],
    active: Mapping[str, Sequence[int]],
    breaks: Sequence[Span],
    period: Span,
    days: Callable[[Span], Iterable[tuple[str, Span]]],
) -> dict[str, Hours]:
    """Return each worker's hours of a period (UTC ns).

    `active`: the quarter hours (since 1970) in which a worker's pieces were scanned. `days` cuts a span at midnight,
    and says each part's local date.
    """
    of_worker: dict[str, list[Stay]] = defaultdict(list)
    for stay in found:
        of_worker[stay.worker].append(stay)
    return {
        worker: _of_one(of_worker.get(worker, []), active.get(worker, ()), breaks, period, days)
        for worker in of_worker.keys() | active.keys()
    }


def _of_one(
    found: Sequence[Stay],
    active: Sequence[int],
    breaks: Sequence[Span],
    period: Span,
    days: Callable[[Span], Iterable[tuple[str, Span]]],
) -> Hours:
    told, active = Hours(), sorted(set(active))
    for span in _worked([(stay.start_ns, stay.stop_ns) for stay in found], breaks, period):
        for day, (start_ns, stop_ns) in days(span):
            told.worked_s[day] = told.worked_s.get(day, 0.0) + (stop_ns - start_ns) / 1e9
    sure = [_sure(stay, active) for stay in found]
    told.doubt_s = max(0.0, told.total_s - _seconds(_worked(sure, breaks, period)))
    told.never_left = sum(not stay.left for stay in found if clipped([(stay.start_ns, stay.stop_ns)], period))
    told.unseen_s = _unseen(found, active, period) * QUARTER_NS / 1e9
    return told


def _sure(stay: Stay, active: Sequence[int]) -> Span:
    """Return what of a stay is known: to its end, or to the end of the last quarter hour with work in it."""
    if stay.left:
        return stay.start_ns, stay.stop_ns
    last = bisect_left(active, stay.stop_ns / QUARTER_NS)
    seen_ns = (active[last - 1] + 1) * QUARTER_NS if last else 0
    return stay.start_ns, min(max(seen_ns, stay.start_ns), stay.stop_ns)


def _unseen(found: Sequence[Stay], active: Sequence[int], period: Span) -> int:
    """Return how many quarter hours with work in them no stay touches."""
    first, stop = (time_ns // QUARTER_NS for time_ns in period)
    seen: set[int] = set()
    for stay in found:
        seen.update(range(stay.start_ns // QUARTER_NS, -(-stay.stop_ns // QUARTER_NS)))
    return sum(first <= one < stop and one not in seen for one in active)


def _worked(spans: Sequence[Span], breaks: Sequence[Span], period: Span) -> list[Span]:
    """Return spans as one, without the breaks (in order, apart from each other)."""
    ends, found = [stop_ns for _, stop_ns in breaks], []
    for span in clipped(merged(spans), period):
        first = bisect_right(ends, span[0])
        last = bisect_left(breaks, span[1], first, key=itemgetter(0))
        found += without(span, breaks[first:last])
    return found


def _seconds(spans: Iterable[Span]) -> float:
    return sum(stop_ns - start_ns for start_ns, stop_ns in spans) / 1e9
