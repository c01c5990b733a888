"""The verifier: restores the shops' copies for a test, one after another, in a process of its own, and tells the shops.

Bounded: each shop once in `verify_every_d` at the most, and resting so long that it takes `verify_share` of a core.
"""

import asyncio
import logging
import shutil
from pathlib import Path
from typing import Any, Final

from center.clock import Clock
from center.config import Config
from center.fleet import Fleet, Place
from center.intake import Intake
from center.schema import BY_HAND, COPY
from center.writer import DAY_MS
from gateway.apart import Failed, ask
from gateway.publish.replica import Copied, write_copied
from gateway.publish.topics import Topics

log = logging.getLogger("gongbang.center")

LOOK_S: Final = 2.0  # between two looks for a shop whose turn it is
MOST_S: Final = 3600.0  # that one may take


class Verifier:
    """`run` lives as long as the center does. What it finds is kept, shown, and told; nothing is mended."""

    def __init__(self, config: Config, clock: Clock, fleet: Fleet, intake: Intake) -> None:
        self._path, self._share, self._every_d = Path(config.path), config.verify_share, config.verify_every_d
        self._clock, self._fleet, self._intake = clock, fleet, intake
        self._hears = False  # the broker is there, and has not been told all

    def hearing(self, hears: bool) -> None:
        """Note that we are connected, or not: a broker may have forgotten what it was told. From any thread."""
        self._hears = hears

    async def run(self) -> None:
        """Verify, for ever."""
        while True:
            began_s = self._clock.mono_s()
            try:
                await self._turn()
            except Exception:  # the task's outer border: without it no copy would be tested any more
                log.exception("no copy can be tested")
            worked_s = self._clock.mono_s() - began_s
            await asyncio.sleep(max(LOOK_S, worked_s / self._share - worked_s))

    async def _turn(self) -> None:
        if self._hears:
            self._hears = False
            for place, copied in self._fleet.copies():
                self._tell(place, copied)
        if self._every_d and (due := self._fleet.due(self._clock.utc_ms() - int(self._every_d * DAY_MS))):
            await self.verify(due)

    async def verify(self, place: Place) -> None:
        """Restore one shop's copy for a test, and tell what came of it."""
        question = {"center": str(self._path), "workshop": place[0], "gateway": place[1], "name": "test"}
        try:
            async with asyncio.timeout(MOST_S):
                answer = await ask("center.copy", question)
        except TimeoutError:
            answer = {"trouble": f"it did not end in {MOST_S:g} s"}
        except Failed as failed:
            answer = {"trouble": str(failed)}
        self._settle(place, answer)

    def _settle(self, place: Place, answer: dict[str, Any]) -> None:
        now_ms = self._clock.utc_ms()
        if "trouble" in answer or answer["witness_ms"] is None:
            why = answer.get("trouble", "there is no witness")
            log.warning("%s/%s: its copy was not tested: %s", *place, why)
            self._fleet.not_copied(place, now_ms, why)
            return
        copied = Copied(now_ms, answer["witness_ms"], answer["ok"], answer["said"])
        if not copied.ok:
            log.error("%s/%s: its copy differs from the shop's journal: %s", *place, "; ".join(copied.said))
        self._fleet.copied(place, copied)
        self._tell(place, copied)

    def _tell(self, place: Place, copied: Copied) -> None:
        self._intake.publish(Topics(*place).copy, write_copied(copied), retain=True)


def sweep(path: Path) -> None:
    """Throw away what was left by a center that was killed. Raises OSError."""
    for one in path.parent.glob(f"{path.name}{COPY}-*"):
        if BY_HAND not in one.name:
            shutil.rmtree(one) if one.is_dir() else one.unlink()
