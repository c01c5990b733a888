"""The pace: rests as long as there was work, or longer."""

import asyncio
import time

import pytest

from gateway.publish.pace import Pace


@pytest.mark.parametrize(("work_s", "amount", "least_s"), [(0.03, 0, 0.06), (0.0, 50, 0.05), (0.02, 50, 0.05)])
def test_it_rests_as_long_as_there_was_work_or_until_the_rate_is_kept_to(
    work_s: float, amount: int, least_s: float
) -> None:
    async def run() -> float:
        pace, begun_s = Pace(most_per_s=1000), time.perf_counter()
        with pace.work(amount):
            time.sleep(work_s)  # noqa: ASYNC251 # it is the work, and work holds the loop
        await pace.rest()
        return time.perf_counter() - begun_s

    assert asyncio.run(run()) >= 0.98 * least_s
