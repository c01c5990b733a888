"""Cables that are pulled and plugged in again: the short form of `make soak ONLY=replug`, which does it 200 times."""

import asyncio
import random
from pathlib import Path

from soak_replug import KINDS, Campaign


def test_every_serial_instrument_is_read_again_after_its_cable_was_out_and_nothing_stays_open(tmp_path: Path) -> None:
    campaign = Campaign(tmp_path, random.Random(7), out_s=0.3)
    asyncio.run(campaign.run(2))
    assert len(campaign.reopened_s) == 2 * len(KINDS)
    assert campaign.wrong == []
