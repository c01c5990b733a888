"""The shop's calendar in its own time zone: the planned time, the shift that is on, the day that a time belongs to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gateway.config.parts import Workshop
from gateway.config.shift import DAY_MIN, Shift, minutes
from gateway.figures.timeline import Span, clipped, merged, without

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SECOND_NS = 1_000_000_000


class Turn(NamedTuple):
    """One shift on one day, and the parts of it that are work."""

    shift: str
    whole: Span
    work: list[Span]


@dataclass(frozen=True, slots=True)
class Workday:
    """The planned hours. Times are UTC in ns; where clocks are changed a shift is an hour longer or shorter."""

    zone: ZoneInfo
    shifts: tuple[Shift, ...]
    holidays: frozenset[date]

    @classmethod
    def of(cls, workshop: Workshop, shifts: Sequence[Shift] = ()) -> "Workday":
        """Read a configuration; without shifts the workshop's hours are one, on every day."""
        every_day = Shift(name="day", start=workshop.day_start, end=workshop.day_end, days=WEEK)
        closed = frozenset(map(date.fromisoformat, workshop.holidays))
        return cls(ZoneInfo(workshop.timezone), tuple(shifts) or (every_day,), closed)

    def holds(self, time_ns: int, now_ns: int) -> bool:
        """Return whether two UTC times fall on the same local day."""
        return self._local(time_ns).date() == self._local(now_ns).date()

    def midnight_ns(self, now_ns: int) -> int:
        """Return the UTC time at which the local day of `now_ns` began."""
        return self._utc(self._local(now_ns).date(), 0)

    def of_day(self, now_ns: int) -> tuple[Span, list[Turn]]:
        """Return the local day of a UTC time from midnight to midnight, and the shifts that begin on it."""
        day = self._local(now_ns).date()
        return (self._utc(day, 0), self._utc(day + timedelta(1), 0)), list(self._on(day))

    def week_and_month(self, now_ns: int) -> tuple[Span, Span]:
        """Return the local week, from Monday on, and the month of a UTC time."""
        day = self._local(now_ns).date()
        monday, first = day - timedelta(day.weekday()), day.replace(day=1)
        spans = (monday, monday + timedelta(7)), (first, (first + timedelta(31)).replace(day=1))
        week, month = ((self._utc(start, 0), self._utc(stop, 0)) for start, stop in spans)
        return week, month

    def planned(self, period: Span) -> list[Span]:
        """Return the planned time within a period: shifts without their breaks; what two shifts share counts once."""
        return clipped(merged([span for turn in self._turns(period) for span in turn.work]), period)

    def breaks(self, period: Span) -> list[Span]:
        """Return the planned breaks within a period, as far as no other shift works in them."""
        pauses = [pause for turn in self._turns(period) for pause in without(turn.whole, turn.work)]
        planned = self.planned(period)
        return [part for pause in clipped(merged(pauses), period) for part in without(pause, clipped(planned, pause))]

    def turn(self, day: date, shift: str) -> Turn | None:
        """Return a shift of a day; None where it does not begin on that day."""
        return next((turn for turn in self._on(day) if turn.shift == shift), None)

    def hour(self, now_ns: int) -> int:
        """Return the hour that the clock on the wall shows, 0 to 23."""
        return self._local(now_ns).hour

    def time_of_day_h(self, now_ns: int) -> float:
        """Return what it shows with its minutes and seconds, as hours: 22.5 at half past ten in the evening."""
        there = self._local(now_ns)
        return there.hour + there.minute / 60 + there.second / 3600

    def works(self, now_ns: int) -> bool:
        """Return whether work is planned now."""
        return bool(self.planned((now_ns, now_ns + 1)))

    def shift(self, now_ns: int) -> str | None:
        """Return the shift that is on, breaks included; None when there is none."""
        turns = self._turns((now_ns, now_ns + 1))
        return next((turn.shift for turn in turns if turn.whole[0] <= now_ns < turn.whole[1]), None)

    def share(self, now_ns: int) -> float:
        """Return how much of the day's planned time is over, 0 to 1; 0 on a day without any.

        A night that runs over midnight is the day before's until the next day's work begins.
        """
        today = self._local(now_ns).date()
        work = [span for turn in self._on(today) for span in turn.work]
        night = [span for turn in self._on(today - timedelta(1)) for span in turn.work]
        over_midnight = any(stop > self._utc(today, 0) for _, stop in night)
        if over_midnight and not any(start <= now_ns for start, _ in work):
            work = night
        planned = merged(work)
        length = sum(stop - start for start, stop in planned)
        return sum(max(0, min(stop, now_ns) - start) for start, stop in planned) / length if length else 0.0

    def _turns(self, period: Span) -> Iterator[Turn]:
        """Yield the shifts that may touch a period: those of the day before run into it."""
        day, last = self._local(period[0]).date() - timedelta(1), self._local(period[1]).date()
        while day <= last:
            yield from self._on(day)
            day += timedelta(1)

    def _on(self, day: date) -> Iterator[Turn]:
        if day in self.holidays:
            return
        for shift in self.shifts:
            if WEEK[day.weekday()] in shift.days:
                yield self._turn(day, shift)

    def _turn(self, day: date, shift: Shift) -> Turn:
        start, breaks = minutes(shift.start), []
        whole = self._utc(day, start), self._utc(day, start + shift.length_min)
        for one in shift.breaks:
            begin = start + shift.after_start_min(one.start)
            lasts_min = (minutes(one.end) - minutes(one.start)) % DAY_MIN
            breaks.append((self._utc(day, begin), self._utc(day, begin + lasts_min)))
        return Turn(shift.name, whole, without(whole, breaks))

    def _utc(self, day: date, minute: int) -> int:
        """Return the UTC at which the clock on the wall shows a time; behind 24 h on the next day."""
        days, rest = divmod(minute, DAY_MIN)
        local = datetime(day.year, day.month, day.day, rest // 60, rest % 60, tzinfo=self.zone) + timedelta(days)
        return int(local.timestamp()) * SECOND_NS

    def _local(self, time_ns: int) -> datetime:
        return datetime.fromtimestamp(time_ns / 1e9, self.zone)
