"""Seldom: what few days need, and takes memory: made when somebody first asks for it."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.clock import Clock
from gateway.config.root import EdgeConfig
from gateway.desk import Desk

if TYPE_CHECKING:
    from gateway.finding.explorer import Explorer
    from gateway.replay.trial import Trials
    from gateway.reports.office import Office


class Seldom:
    """The daemon's parts that are not imported at its start."""

    id: str
    desk: Desk
    _path: Path
    _first: EdgeConfig
    _clock: Clock

    @cached_property
    def explorer(self) -> "Explorer":
        """Return who looks for devices, when the dashboard asks."""
        from gateway.finding.explorer import Explorer

        return Explorer(self._path)

    @cached_property
    def trials(self) -> "Trials":
        """Return who tries rules that are not live yet."""
        from gateway.replay.trial import Trials

        return Trials(self._path)

    @cached_property
    def office(self) -> "Office":
        """Return who works out pay and reports."""
        from gateway.reports.office import Office

        return Office(Path(self._first.journal.path), self.id, self._clock, self.desk)
