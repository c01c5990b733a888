"""How late polls are: of a daemon by what its peers heard, of bare sleeps by themselves."""

import asyncio
import json
import sys
import time
from collections.abc import Iterable, Sequence


def lateness(times_s: Sequence[float], period_s: float) -> list[float]:
    """Return how much of a period each time is late; the rhythm is the one that the earliest of all keep."""
    offsets = [time_s - number * period_s for number, time_s in enumerate(times_s)]
    return [(offset - min(offsets)) / period_s for offset in offsets]


def percentile(values: Iterable[float], percent: float) -> float:
    """Return the value that so many percent do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


async def _sleep(period_s: float, phase_s: float, end_s: float) -> list[float]:
    found, due_s = [], time.monotonic() + phase_s
    while due_s < end_s:
        await asyncio.sleep(due_s - time.monotonic())
        found.append(time.monotonic())
        due_s += period_s
    return lateness(found, period_s)


async def control(groups: Sequence[tuple[int, float]], seconds: float) -> float:
    """Return the p99 in percent of tasks that do nothing but sleep: so many of each period, phases spread."""
    end_s = time.monotonic() + seconds
    tasks = [
        asyncio.create_task(_sleep(period_s, n / count * period_s, end_s))
        for count, period_s in groups
        for n in range(count)
    ]
    return 100 * percentile([one for task in tasks for one in await task], 99)


if __name__ == "__main__":
    print(asyncio.run(control(json.loads(sys.argv[1]), float(sys.argv[2]))))
