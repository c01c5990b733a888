"""Terms: what of a shop's configuration pay and reports are worked out by; as JSON for a process of its own."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from gateway.config.parts import Workshop
from gateway.config.root import EdgeConfig
from gateway.config.shift import Shift
from gateway.figures.timeline import Span
from gateway.pay.minimum import Minimums
from gateway.workday import Workday

DAY = timedelta(1)


@dataclass(frozen=True)
class Terms:
    """The shop's calendar, how long a badge stays, and the minimum wage."""

    workshop: Workshop
    shifts: tuple[Shift, ...]
    badge_hold_s: float
    minimums: Minimums
    _latest: dict[str, tuple[str, int, int]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, config: EdgeConfig) -> "Terms":
        """Read a configuration."""
        minimums = sorted((one.since, one.won_per_h) for one in config.work.minimum_wage)
        return cls(config.workshop, config.shifts, config.work.badge_hold_s, minimums)

    @classmethod
    def told(cls, question: dict[str, Any]) -> "Terms":
        """Return what `question` has told."""
        return cls(
            Workshop(**question["workshop"]),
            tuple(Shift(**one) for one in question["shifts"]),
            question["badge_hold_s"],
            [(since, won) for since, won in question["minimums"]],
        )

    def question(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "workshop": self.workshop.model_dump(mode="json"),
            "shifts": [one.model_dump(mode="json") for one in self.shifts],
            "badge_hold_s": self.badge_hold_s,
            "minimums": [list(one) for one in self.minimums],
        }

    @cached_property
    def day(self) -> Workday:
        """Return the calendar."""
        return Workday.of(self.workshop, self.shifts)

    def bounds(self, first: date, last: date) -> Span:
        """Return the UTC ns of local dates; both belong to the span."""
        zone = self.day.zone
        ends = (datetime(one.year, one.month, one.day, tzinfo=zone) for one in (first, last + DAY))
        start_s, stop_s = (int(one.timestamp()) for one in ends)
        return start_s * 10**9, stop_s * 10**9

    def date_of(self, time_ns: int) -> date:
        """Return the local date of a UTC time."""
        return datetime.fromtimestamp(time_ns // 10**9, self.day.zone).date()

    def days(self, span: Span) -> Iterator[tuple[str, Span]]:
        """Cut a span at local midnights; each part with its date, ISO."""
        start_ns = span[0]
        while start_ns < span[1]:
            day, midnight_ns = self._day(start_ns)
            stop_ns = min(span[1], midnight_ns)
            yield day, (start_ns, stop_ns)
            start_ns = stop_ns

    def _day(self, time_ns: int) -> tuple[str, int]:
        """Return the date of a time, and when it ends; the one asked for last is asked for again."""
        day, start_ns, stop_ns = self._latest.get("day", ("", 0, 0))
        if not start_ns <= time_ns < stop_ns:
            there = self.date_of(time_ns)
            day, (start_ns, stop_ns) = there.isoformat(), self.bounds(there, there)
            self._latest["day"] = (day, start_ns, stop_ns)
        return day, stop_ns
