"""A search that the dashboard asks for: one at a time, what it tells and found, and writing its proposal."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from gateway.config.places import read
from gateway.config.root import EdgeConfig
from gateway.errands import Errands
from gateway.finding import writing
from gateway.finding.findings import Findings
from gateway.finding.form import SearchForm
from gateway.finding.glance import Glance, proposed
from gateway.finding.known import known_profiles
from gateway.finding.line import Words
from gateway.finding.proposal import proposal
from gateway.finding.search import Wanted, plan, search

MOST_TOLD: Final = 500  # lines; the newest


class Explorer:
    """Knows the configuration's file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._errands = Errands()
        self.running = False
        self.told: list[Words] = []
        self.found = Findings()
        self.drivers = ""
        self._glance: Glance | None = None

    def begin(self, form: SearchForm, config: EdgeConfig) -> None:
        """Begin a search. Raises ValueError for a network that is none, RuntimeError while one is running."""
        if self.running:
            raise RuntimeError("A search is running.")
        self.told, self.found, self.drivers = [], Findings(), ""
        wanted = plan(config, self._tell, **form.model_dump())
        self.running = True
        self._errands.run(self._search(wanted, writing.names_in(config)))

    async def _search(self, wanted: Wanted, taken: set[str]) -> None:
        try:
            await self.hush()
            profiles = await asyncio.to_thread(known_profiles, self._path, self._tell)
            self.found = await search(wanted, profiles, self._tell)
            self.drivers = proposal(self.found, taken)
        finally:
            self.running = False

    def _tell(self, words: Words) -> None:
        self.told = [*self.told, words][-MOST_TOLD:]

    def state(self) -> dict[str, Any]:
        """Return what is known now: what was told, how much was found, and the lines for `drivers:`, also as data."""
        known, unknown = self.found.known, self.found.unknown
        told = {"running": self.running, "told": self.told}
        proposed = (read(f"drivers:\n{self.drivers}\n").data or {}).get("drivers") or []
        return told | {"known": known, "unknown": unknown, "drivers": self.drivers, "proposed": proposed}

    async def look(self, ts: Callable[[int], float]) -> dict[str, Any]:
        """Return what the proposed devices read now (see Glance.look). Raises ValueError while nothing is proposed."""
        if self._glance is None or self._glance.over:
            config = await asyncio.to_thread(proposed, self.taken(), self._path)
            if config is None:
                raise ValueError("What is proposed would not be valid by itself.")
            if self._glance is None or self._glance.over:  # nobody else began to look meanwhile
                self._glance = Glance(config)
        return self._glance.look(ts)

    async def hush(self) -> None:
        """Give the wires of what is proposed back, if they are looked at."""
        if (glance := self._glance) is not None:
            self._glance = None
            await glance.end()

    def taken(self) -> str:
        """Return the proposal. Raises ValueError while there is none."""
        if not self.drivers or self.running:
            raise ValueError("Nothing is proposed.")
        return self.drivers
