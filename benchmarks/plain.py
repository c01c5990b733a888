"""The engine benchmark's eight shapes of rules in plain Python: one object a rule, one value after the other."""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

SECOND_NS = 1_000_000_000


@dataclass(slots=True)
class Track:
    """What is kept of one point for all its rules."""

    short: deque[tuple[int, float]] = field(default_factory=deque)  # 10 s
    long: deque[tuple[int, float]] = field(default_factory=deque)  # 60 s
    total: float = 0.0
    ewma: float = math.nan
    last_ns: int = 0
    value: float = math.nan
    other_ns: int | None = None
    first_ns: int | None = None

    def push(self, now_ns: int, value: float) -> None:
        """Take a reading and let old ones go."""
        self.short.append((now_ns, value))
        self.total += value
        while self.short[0][0] <= now_ns - 10 * SECOND_NS:
            self.total -= self.short.popleft()[1]
        self.long.append((now_ns, value))
        while self.long[0][0] <= now_ns - 60 * SECOND_NS:
            self.long.popleft()
        if self.first_ns is None:
            self.first_ns, self.ewma = now_ns, value
        else:
            self.ewma += -math.expm1(-(now_ns - self.last_ns) / 1e9 / 30.0) * (value - self.ewma)
            if value != self.value:
                self.other_ns = self.last_ns
        self.value, self.last_ns = value, now_ns

    def mean(self) -> float:
        """Return the mean of ten seconds."""
        return self.total / len(self.short)

    def rate(self) -> float:
        """Return the change per second within ten seconds."""
        (first_ns, first), (last_ns, last) = self.short[0], self.short[-1]
        return (last - first) / ((last_ns - first_ns) / 1e9) if last_ns > first_ns else math.nan

    def range(self) -> float:
        """Return the largest less the smallest value of a minute."""
        values = [value for _, value in self.long]
        return max(values) - min(values)

    def stuck(self, now_ns: int) -> bool:
        """Tell whether nothing has changed for half a minute."""
        begin_ns = now_ns - 30 * SECOND_NS
        return (self.other_ns is None or self.other_ns <= begin_ns) and (self.first_ns or 0) <= begin_ns


@dataclass(slots=True)
class Rule:
    """One rule: its shape, its points and its limits."""

    shape: str
    points: tuple[int, ...]
    high: float
    low: float
    active: bool = False
    since_ns: int | None = None
    raised: int = 0

    def step(self, now_ns: int, tracks: Sequence[Track]) -> None:
        """Look at the rule after a row."""
        when, until = self.truths(now_ns, tracks)
        if self.active:
            self.active = not until
        elif when and not until:
            self.active = True
            self.raised += 1

    def truths(self, now_ns: int, tracks: Sequence[Track]) -> tuple[bool, bool]:
        """Return whether the rule begins and whether it ends."""
        track = tracks[self.points[0]]
        match self.shape:
            case "threshold":
                return track.value > self.high, track.value < self.low
            case "hold":
                if track.value <= self.high:
                    self.since_ns = None
                    return False, track.value < self.low
                self.since_ns = now_ns if self.since_ns is None else self.since_ns
                return now_ns - self.since_ns >= 3 * SECOND_NS, track.value < self.low
            case "mean":
                when = track.mean() > self.high
            case "rate":
                when = track.rate() > self.high
            case "range":
                when = track.range() > self.high
            case "ewma":
                when = track.ewma > self.high
            case "stuck":
                when = track.stuck(now_ns)
            case _:
                other, third = tracks[self.points[1]], tracks[self.points[2]]
                when = track.value - other.value > self.high and third.value < self.low
        return when, not when


def run(rules: Sequence[Rule], points: int, times: Sequence[int], rows: Sequence[Sequence[float]]) -> int:
    """Evaluate all rules after each row and return how often one was raised."""
    tracks = [Track() for _ in range(points)]
    for now_ns, row in zip(times, rows, strict=True):
        for track, value in zip(tracks, row, strict=True):
            track.push(now_ns, value)
        for rule in rules:
            rule.step(now_ns, tracks)
    return sum(rule.raised for rule in rules)
