"""What a function of the language is: its forms, what it takes and gives, and what people are told about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Form = Literal["plain", "window", "state", "wave", "learned", "season", "calendar", "since", "ever", "within"]
# What the result measures: the same as the argument; a difference of it (no offset: a spread of temperatures);
# a sum of many; a difference per second; a number; true or false; or what the argument is the square of;
# or the velocity of an acceleration; or the argument times time; a time; a share of a time.
Result = Literal[
    "same", "difference", "total", "per_second", "number", "truth", "root", "velocity", "accrued", "time", "share"
]


@dataclass(frozen=True, slots=True)
class Function:
    """One form of a function.

    `learned`: of a value, a baseline's name, how many chart points are the baseline, and what a chart point is (the
    mean of a stretch of time, or of so many readings in a row); `season`: likewise, with the name of a season.
    `plain`: of numbers, `least` to `most` of them. `window`: of the good readings of a point (or of what is computed
    from points) within a duration, with an optional `hop`. `state`: the same with any duration, without `hop`: a few
    numbers are kept of each argument. `wave`: of the samples in the last window that is over, with a `hop` when
    windows overlap. `calendar`: of the clock on the shop's wall, without arguments.

    What accrues (integral, hours, count_since) has three forms: `window`; `since`, from when a truth last became true;
    `ever`, until somebody sets it to zero. `within`: of two truths and a duration.
    """

    name: str
    form: Form
    signature: str
    result: Result
    description: Mapping[str, str]
    least: int = 2
    most: int = 2
    of_truths: bool = False  # takes what is true or false too
    of_numbers: bool = True
