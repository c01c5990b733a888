"""planned(), hour(): what the clock on the shop's wall says. They change at whole seconds, with time alone."""

from typing import Final

from gateway.engine.columns import Frame
from gateway.engine.season import Season

CALENDAR: Final = ("planned", "hour")


class Calendar:
    """One of the two, for all who ask."""

    def __init__(self, season: Season, op: str, out: slice) -> None:
        self.season, self.op, self.out = season, op, out

    def run(self, frame: Frame) -> None:
        """Evaluate all columns."""
        for column, mono_ns in enumerate(frame.mono_ns.tolist()):
            if self.op == "planned":
                frame.truths[self.out, column] = 1 if self.season.planned(mono_ns) else -1
            else:
                frame.numbers[self.out, column] = self.season.time_of_day_h(mono_ns)
