"""When the shop works: its shifts and their breaks."""

from typing import Literal, Self

from pydantic import Field, model_validator

from drivers.base import Name, Options
from gateway.config.parts import CLOCK_TIME, Text

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WORKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
DAY_MIN = 24 * 60


class Break(Options):
    """쉬는 시간. / A break."""

    start: str = Field(pattern=CLOCK_TIME, description="시작. / When it begins.")
    end: str = Field(pattern=CLOCK_TIME, description="끝. / When it ends.")


class Shift(Options):
    """근무조 하나. 끝이 시작보다 이르면 다음 날 끝나요. / One shift; an end before its start is on the next day."""

    name: Name = Field(description="근무조 이름. / The shift's name.")
    label: Text | None = Field(None, description="화면에 보이는 이름. / The name on the screen.")
    start: str = Field(pattern=CLOCK_TIME, description="시작. / When it begins.")
    end: str = Field(pattern=CLOCK_TIME, description="끝. / When it ends.")
    days: tuple[Weekday, ...] = Field(
        WORKDAYS, min_length=1, description="시작하는 요일들. / The days of the week on which it begins."
    )
    breaks: tuple[Break, ...] = Field((), description="쉬는 시간들. / Its breaks.")

    @model_validator(mode="after")
    def _breaks_within(self) -> Self:
        for one in self.breaks:
            start, end = self.after_start_min(one.start), self.after_start_min(one.end) or DAY_MIN
            if not start < end <= self.length_min:
                raise ValueError(
                    f"쉬는 시간 {one.start}~{one.end}이 근무 시간 안에 없어요 / "
                    f"the break {one.start} to {one.end} is not within the shift"
                )
        return self

    @property
    def length_min(self) -> int:
        """Return how long the shift lasts by the clock on the wall; with equal ends a whole day."""
        return self.after_start_min(self.end) or DAY_MIN

    def after_start_min(self, time: str) -> int:
        """Return how long after its start the clock on the wall shows a time."""
        return (minutes(time) - minutes(self.start)) % DAY_MIN


def minutes(time: str) -> int:
    """Return the minutes of `hours:minutes`."""
    hour, _, minute = time.partition(":")
    return int(hour) * 60 + int(minute)
