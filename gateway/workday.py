"""The workshop's day, in its own time zone: which day a time belongs to, and how much of the work time is over."""

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from gateway.config.parts import Workshop


@dataclass(frozen=True, slots=True)
class Workday:
    """The planned hours of a day."""

    zone: ZoneInfo
    start: time
    end: time

    @classmethod
    def of(cls, workshop: Workshop) -> "Workday":
        """Read the hours of a workshop's configuration."""
        return cls(
            ZoneInfo(workshop.timezone),
            time.fromisoformat(workshop.day_start),
            time.fromisoformat(workshop.day_end),
        )

    def holds(self, time_ns: int, now_ns: int) -> bool:
        """Return whether two UTC times fall on the same local day."""
        return self._local(time_ns).date() == self._local(now_ns).date()

    def midnight_ns(self, now_ns: int) -> int:
        """Return the UTC time at which the local day of `now_ns` began."""
        local = self._local(now_ns)
        return int(local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).timestamp()) * 1_000_000_000

    def share(self, now_ns: int) -> float:
        """Return how much of the planned time is over, 0 to 1; a day that ends before it starts runs into the next."""
        start, end, now = _seconds(self.start), _seconds(self.end), _seconds(self._local(now_ns).time())
        length = (end - start) % 86400 or 86400
        return min(1.0, ((now - start) % 86400 if end < start else max(0, now - start)) / length)

    def _local(self, time_ns: int) -> datetime:
        return datetime.fromtimestamp(time_ns / 1e9, self.zone)


def _seconds(of_day: time) -> int:
    return of_day.hour * 3600 + of_day.minute * 60 + of_day.second
