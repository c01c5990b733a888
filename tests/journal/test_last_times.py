"""What a start must know although it is not written with every commit."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from gateway.journal.journal import Journal
from sensors.batch import one_row


def test_last_times_that_were_not_saved_with_their_commit_are_known_after_a_kill(tmp_path: Path, clock: Any) -> None:
    """The clock steps back while the power is away: what comes then is later than all that was kept."""
    path, cut = tmp_path / "running" / "j.db", tmp_path / "cut"

    async def sample(journal: Journal, commits: int) -> list[int]:
        declared = await journal.declare("meter_1", {"fields": ["power"], "units": ["W"]})
        times = []
        for _ in range(commits):
            clock.pass_s(10)
            staged = journal.stage(one_row(0, 0, clock.now_ns, np.zeros(1), np.zeros(1, np.uint8)), declared)
            assert staged is not None
            times.append(int(staged[0]))
            await journal.commit_block()
        return times

    async def run() -> list[int]:
        async with await Journal.open(path, "gw_1", clock) as journal:
            times = await sample(journal, 9)  # more than a minute: saved at first, and once between
            shutil.copytree(path.parent, cut)  # all that a kill leaves
            return times

    async def again() -> list[int]:
        async with await Journal.open(cut / "j.db", "gw_1", clock) as journal:
            return await sample(journal, 1)

    before = asyncio.run(run())
    clock.offset_ns -= 3_600_000_000_000
    assert asyncio.run(again())[0] > before[-1]
