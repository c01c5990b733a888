"""Power cuts, simulated on a recorded disk: the short form of `make soak ONLY=crash`, which tries 10,000 of them."""

import random
from pathlib import Path

import pytest
from histories import KINDS
from soak_crash import Campaign

from gateway.journal import schema

CUTS = 12


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", KINDS)
def test_no_power_cut_takes_what_was_acknowledged_or_lets_a_number_be_used_twice(tmp_path: Path, kind: str) -> None:
    campaign = Campaign(tmp_path, random.Random(5), [kind])
    campaign.run(CUTS)
    assert campaign.wrong == []
    assert campaign.acknowledged > CUTS


@pytest.mark.timeout(300)
@pytest.mark.parametrize("cuts", [CUTS, pytest.param(4 * CUTS, marks=pytest.mark.slow)])
def test_nor_does_a_second_cut_while_what_the_first_has_left_is_taken_up(tmp_path: Path, cuts: int) -> None:
    campaign = Campaign(tmp_path, random.Random(7), again=1.0)
    campaign.run(cuts)
    assert campaign.wrong == []
    assert any(name.endswith("again") for name in campaign.points)


@pytest.mark.timeout(300)
def test_a_journal_that_did_not_sync_each_commit_would_be_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(db: schema.apsw.Connection, exclusive: bool) -> None:
        set_up(db, exclusive)
        db.pragma("synchronous", "NORMAL")

    set_up = schema._set_up
    monkeypatch.setattr(schema, "_set_up", careless)
    campaign = Campaign(tmp_path, random.Random(5), ["scans"])
    campaign.run(CUTS)
    assert any("lost: scan" in found for found in campaign.wrong)
