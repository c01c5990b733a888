"""Pace: whoever works through a backlog takes half of the loop's time at the most, for the south goes first."""

import asyncio
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

LEAST_S: Final = 0.005  # of one rest: the loop's timers count in milliseconds


class Pace:
    """Rests as long as there was work, or until `most_per_s` is kept to, whichever is longer."""

    def __init__(self, most_per_s: float = math.inf) -> None:
        self._most_per_s = most_per_s
        self._owed_s = 0.0

    @contextmanager
    def work(self, amount: int = 0) -> Iterator[None]:
        """Count what is done inside, which must not await."""
        begun_s = time.perf_counter()
        yield
        busy_s = time.perf_counter() - begun_s
        self._owed_s += max(busy_s, amount / self._most_per_s - busy_s)

    async def rest(self) -> None:
        """Rest, once enough has come together."""
        if self._owed_s < LEAST_S:
            return
        begun_s = time.perf_counter()
        await asyncio.sleep(self._owed_s)
        too_long_s = time.perf_counter() - begun_s - self._owed_s
        self._owed_s = -min(too_long_s, LEAST_S)  # counts for the next time
