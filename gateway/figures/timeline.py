"""A machine's states over a period, and what of it lies within spans of time (shifts, gaps of the record)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gateway.states import STATES, UNKNOWN
from sensors.batch import Float64s, Int64s

Span = tuple[int, int]  # UTC ns: from, to
Int8s = NDArray[np.int8]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Timeline:
    """`codes[i]` (a place in STATES) holds from `edges_ns[i]` to `edges_ns[i + 1]`; N codes, N + 1 edges, ascending."""

    edges_ns: Int64s
    codes: Int8s

    @classmethod
    def of(cls, period: Span, before: int, changes: Sequence[tuple[int, int]], gaps: Sequence[Span] = ()) -> "Timeline":
        """Return the states of a period from its changes (UTC ns, code), in order; in gaps of the record: unknown.

        `before` is the state at the period's beginning.
        """
        start_ns, stop_ns = period
        kept = [(start_ns, before), *(one for one in changes if start_ns <= one[0] < stop_ns)]
        edges = np.array([*(at for at, _ in kept), stop_ns], np.int64)
        codes = np.array([code for _, code in kept], np.int8)
        known = cls(edges, codes).split(gaps)
        covered = np.where(inside(known.edges_ns, gaps), UNKNOWN, known.codes).astype(np.int8)
        return cls(known.edges_ns, covered)

    def split(self, spans: Sequence[Span]) -> "Timeline":
        """Return the same states with edges where the spans have theirs."""
        return self.split_at(np.array([edge for span in spans for edge in span], np.int64))

    def split_at(self, times_ns: Int64s) -> "Timeline":
        """Return the same states with edges at these times, too, as far as they lie within."""
        if len(self.codes) == 0:
            return self
        first, last = self.edges_ns[0], self.edges_ns[-1]
        edges = np.union1d(self.edges_ns, times_ns[(times_ns > first) & (times_ns < last)])
        return Timeline(edges, self.at(edges[:-1]))

    def overlaid(self, code: int, spans: Sequence[Span], over: Sequence[int]) -> "Timeline":
        """Return the same states, but `code` within the spans where one of `over` was."""
        parts = self.split(spans)
        there = inside(parts.edges_ns, spans) & np.isin(parts.codes, over)
        return Timeline(parts.edges_ns, np.where(there, code, parts.codes).astype(np.int8))

    def at(self, times_ns: Int64s) -> Int8s:
        """Return the state that begins or goes on at each time."""
        return self._codes(np.searchsorted(self.edges_ns, times_ns, "right"))

    def before(self, times_ns: Int64s) -> Int8s:
        """Return the state just before each time: at one time pieces are counted first, then the state changes."""
        return self._codes(np.searchsorted(self.edges_ns, times_ns, "left"))

    def _codes(self, behind: NDArray[np.intp]) -> Int8s:
        found: Int8s = self.codes[np.clip(behind - 1, 0, len(self.codes) - 1)]
        return found

    def durations_s(self) -> Float64s:
        """Return how long each piece lasts."""
        return np.diff(self.edges_ns) / 1e9

    def seconds(self, spans: Sequence[Span]) -> dict[str, float]:
        """Return the seconds of each state within the spans, which do not overlap."""
        parts = self.split(spans)
        durations = np.where(inside(parts.edges_ns, spans), parts.durations_s(), 0.0)
        sums = np.bincount(parts.codes, durations, len(STATES))
        return dict(zip(STATES, sums.tolist(), strict=True))

    def lasted_s(self, spans: Sequence[Span] | Int64s) -> Float64s:
        """Return the seconds of each state within each of N spans, which may overlap, [N, states]."""
        each = np.zeros((len(self.edges_ns), len(STATES)))
        each[np.arange(1, len(self.edges_ns)), self.codes] = self.durations_s()
        sums, ends = np.cumsum(each, axis=0), np.array(spans, np.int64).reshape(-1, 2) - self.edges_ns[0]
        at = self.edges_ns - self.edges_ns[0]
        found = [np.diff(np.interp(ends, at, sums[:, state]), axis=1)[:, 0] for state in range(len(STATES))]
        return np.stack(found, axis=1)


def inside(edges_ns: Int64s, spans: Sequence[Span]) -> Bools:
    """Return for each piece between two neighbouring edges whether it begins within a span."""
    return holds(edges_ns[:-1], spans)


def holds(times_ns: Int64s, spans: Sequence[Span]) -> Bools:
    """Return for each time whether a span holds it; a span's end is not in it."""
    found = np.zeros(len(times_ns), np.bool_)
    for start_ns, stop_ns in spans:
        found |= (times_ns >= start_ns) & (times_ns < stop_ns)
    return found


def merged(spans: Sequence[Span]) -> list[Span]:
    """Return spans in order, those that touch or overlap as one; empty ones go."""
    found: list[Span] = []
    for start_ns, stop_ns in sorted(span for span in spans if span[0] < span[1]):
        if found and start_ns <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], stop_ns))
        else:
            found.append((start_ns, stop_ns))
    return found


def clipped(spans: Sequence[Span], period: Span) -> list[Span]:
    """Return what of the spans lies within a period."""
    start_ns, stop_ns = period
    cut = [(max(one, start_ns), min(other, stop_ns)) for one, other in spans]
    return [span for span in cut if span[0] < span[1]]


def without(span: Span, holes: Sequence[Span]) -> list[Span]:
    """Return what is left of a span."""
    found, begin_ns = [], span[0]
    for start_ns, stop_ns in [*merged(holes), (span[1], span[1])]:
        found.append((begin_ns, min(start_ns, span[1])))
        begin_ns = max(begin_ns, stop_ns)
    return [one for one in found if one[0] < one[1]]
