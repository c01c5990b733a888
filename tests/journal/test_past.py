"""Samples and states of a period, by the real process from a real journal."""

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gateway import apart
from gateway.event import Event
from gateway.journal.journal import Journal
from sensors.batch import Batch

SECOND = 1_000_000_000
BODY = {"fields": ["power", "heat"], "units": ["W", "degC"]}


def ask(path: Path, span: tuple[int, int], **what: Any) -> Any:
    return asyncio.run(apart.ask("gateway.journal.past", {"journal": str(path), "span": span, **what}))


async def keep(path: Path, clock: Any, count: int, every_ns: int) -> int:
    """Keep samples of a device and return the UTC ns of the first: every tenth is bad."""
    async with await Journal.open(path, "gw_1", clock) as journal:
        schema = await journal.declare("meter", BODY)
        mono_ns = clock.now_ns + np.arange(count, dtype=np.int64) * every_ns
        values = np.column_stack((np.arange(count, dtype=np.float64), np.full(count, 20.0)))
        quality = np.zeros((count, 2), np.uint8)
        quality[::10, 0] = 18
        journal.stage(Batch(0, 0, mono_ns, values, quality), schema)
        await journal.commit_block()
        return int(clock.time_ns(int(mono_ns[0])))


def test_samples_come_as_they_were_kept_and_a_bad_one_is_nothing(tmp_path: Path, clock: Any) -> None:
    first_ns = asyncio.run(keep(tmp_path / "j.db", clock, 30, SECOND))
    found = ask(tmp_path / "j.db", (first_ns + 5 * SECOND, first_ns + 15 * SECOND), point="meter.power")
    assert found["step_s"] == 0
    assert [row[2] for row in found["rows"]] == [5, 6, 7, 8, 9, None, 11, 12, 13, 14]
    assert [row[1] for row in found["rows"]] == [1, 1, 1, 1, 1, 0, 1, 1, 1, 1]
    assert found["rows"][0][0] == pytest.approx((first_ns + 5 * SECOND) / 1e6)


def test_many_samples_are_told_as_buckets_that_keep_the_extremes(tmp_path: Path, clock: Any) -> None:
    first_ns = asyncio.run(keep(tmp_path / "j.db", clock, 4000, SECOND // 10))
    found = ask(tmp_path / "j.db", (first_ns, first_ns + 400 * SECOND), point="meter.power")
    rows = found["rows"]
    assert 0 < found["step_s"] < 1
    assert len(rows) <= 1501
    assert sum(row[1] for row in rows) == 3600
    assert min(row[3] for row in rows if row[1]) == 1
    assert max(row[4] for row in rows if row[1]) == 3999


def test_another_point_or_time_has_no_samples(tmp_path: Path, clock: Any) -> None:
    first_ns = asyncio.run(keep(tmp_path / "j.db", clock, 10, SECOND))
    assert ask(tmp_path / "j.db", (first_ns, first_ns + SECOND), point="other.power")["rows"] == []
    assert ask(tmp_path / "j.db", (1, 2), point="meter.power")["rows"] == []


async def turn(path: Path, clock: Any, states: list[str], every_s: float) -> int:
    async with await Journal.open(path, "gw_1", clock) as journal:
        bodies = [{"machine": "press", "state": state, "before": "off", "after_s": 1} for state in states]
        begin_ns, every_ns = clock.now_ns, int(every_s * SECOND)
        clock.now_ns += every_ns * len(states)
        await journal.append(
            [Event("state", "press", begin_ns + at * every_ns, body) for at, body in enumerate(bodies)]
        )
        return int(clock.time_ns(begin_ns))


def test_states_are_stretches_and_what_was_before_the_journal_is_unknown(tmp_path: Path, clock: Any) -> None:
    begin_ns = asyncio.run(turn(tmp_path / "j.db", clock, ["run", "idle", "run"], 60))
    found = ask(tmp_path / "j.db", (begin_ns - 60 * SECOND, begin_ns + 200 * SECOND), machines=["press"])["press"]
    assert [state for _, state in found] == ["unknown", "run", "idle", "run"]
    assert [round((ts * 1e6 - begin_ns) / SECOND) for ts, _ in found] == [-60, 0, 60, 120]


def test_thousands_of_changes_become_the_state_that_lasted_longest(tmp_path: Path, clock: Any) -> None:
    begin_ns = asyncio.run(turn(tmp_path / "j.db", clock, ["run", "idle"] * 700, 1))
    found = ask(tmp_path / "j.db", (begin_ns, begin_ns + 1400 * SECOND), machines=["press"])["press"]
    assert 1 < len(found) <= 1000
    assert {state for _, state in found} == {"run", "idle"}
