"""Steps of the wall clock by ten years: rows keep their order and their marks, and a right clock is never held back."""

import asyncio
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gateway.clock import BELIEVED_AFTER_NS, LEAP_NS, Belief
from gateway.event import Event, Row
from gateway.journal import upkeep, writer
from gateway.journal.journal import Journal
from sensors.batch import one_row

TEN_YEARS_NS = 3653 * 86_400_000_000_000
STEPS = [pytest.param(-TEN_YEARS_NS, id="back"), pytest.param(TEN_YEARS_NS, id="forward")]
FIELDS = {"fields": ["power"], "units": ["W"]}
S = 1_000_000_000


@pytest.fixture(autouse=True)
def _brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer looks after its clock and its room without rest."""
    monkeypatch.setattr(writer, "UPKEEP_S", 0.01)
    monkeypatch.setattr(upkeep, "RETENTION_S", 0.0)


async def keep(journal: Journal, clock: Any, seconds: int = 3) -> None:
    """A scan and a sample each second, and their block."""
    schema = await journal.declare("meter_1", FIELDS)
    for _ in range(seconds):
        clock.pass_s(1)
        await journal.append([Event("scan", "scanner_1", clock.now_ns, {})])
        journal.stage(one_row(0, 0, clock.now_ns, np.array([1.0]), np.zeros(1, np.uint8)), schema)
    await journal.commit_block()


async def scans(journal: Journal) -> list[Row]:
    return [row for row in await journal.events(None) if row.kind == "scan"]


async def samples(journal: Journal) -> list[tuple[int, int, str]]:
    """(mono, UTC, clock) of each row that may be sent."""
    return [
        (mono_ns, time_ns, block.clock)
        for block in await journal.blocks(None)
        for mono_ns, time_ns in zip(block.columns.mono_ns.tolist(), block.columns.time_ns.tolist(), strict=True)
    ]


async def settled(journal: Journal, rows: int) -> tuple[list[Row], list[tuple[int, int, str]]]:
    """Wait until so many scans and samples are frozen, and return them."""
    async with asyncio.timeout(60):
        while len(await scans(journal)) < rows or len(await samples(journal)) < rows:
            await journal.commit_block()
            await asyncio.sleep(0.01)
    return await scans(journal), await samples(journal)


@pytest.mark.parametrize("step_ns", STEPS)
def test_steps_before_the_clock_is_right_leave_no_trace(tmp_path: Path, clock: Any, step_ns: int) -> None:
    right_ns = clock.offset_ns

    async def main() -> None:
        clock.synced = False
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            await keep(journal, clock)
            clock.offset_ns += step_ns
            await keep(journal, clock)
            clock.pass_s(890)  # the hold is not over, whatever the wall clock says
            assert await journal.freeze() == 0
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:  # what waited was no last time
            clock.offset_ns, clock.synced = right_ns, True
            events, rows = await settled(journal, 6)
            assert [(row.time_ns - row.mono_ns, row.clock) for row in events] == [(right_ns, "synced")] * 6
            assert [(utc - mono, said) for mono, utc, said in rows] == [(right_ns, "synced")] * 6

    asyncio.run(main())


@pytest.mark.parametrize("step_ns", STEPS)
def test_a_step_that_is_taken_back_in_time_leaves_no_trace(tmp_path: Path, clock: Any, step_ns: int) -> None:
    right_ns = clock.offset_ns

    async def main() -> None:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            await keep(journal, clock)
            before = await settled(journal, 3)
            clock.offset_ns, clock.synced = right_ns + step_ns, False  # who sets a clock takes NTP's word from it
            await keep(journal, clock)
            assert await settled(journal, 3) == before
            clock.offset_ns, clock.synced = right_ns, True
            events, rows = await settled(journal, 6)
            assert (events[:3], rows[:3]) == before
            assert {(row.time_ns - row.mono_ns, row.clock) for row in events} == {(right_ns, "synced")}
            assert {(utc - mono, said) for mono, utc, said in rows} == {(right_ns, "synced")}

    asyncio.run(main())


@pytest.mark.parametrize("step_ns", STEPS)
def test_a_step_that_stays_is_marked_and_holds_no_later_row(tmp_path: Path, clock: Any, step_ns: int) -> None:
    """After the hold the wrong decade goes out, saying so; the rows of the right clock bear the right time."""
    right_ns = clock.offset_ns

    async def main() -> None:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            await keep(journal, clock)
            clock.offset_ns, clock.synced = right_ns + step_ns, False
            await keep(journal, clock)
            clock.pass_s(901)
            wrong = await settled(journal, 6)
            assert [row.clock for row in wrong[0]] == ["synced"] * 3 + ["unsynced"] * 3
            assert [said for _, _, said in wrong[1]] == ["synced"] * 3 + ["unsynced"] * 3
            times = [row.time_ns for row in wrong[0]], [utc for _, utc, _ in wrong[1]]
            assert all(earlier < later for each in times for earlier, later in pairwise(each))
            offsets = {row.time_ns - row.mono_ns for row in wrong[0][3:]} | {
                utc - mono for mono, utc, _ in wrong[1][3:]
            }
            assert (offsets == {right_ns + step_ns}) is (step_ns > 0)  # back in time they only follow one another
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            clock.offset_ns, clock.synced = right_ns, True
            await keep(journal, clock)
            events, rows = await settled(journal, 9)
            assert (events[:6], rows[:6]) == wrong
            assert [(row.time_ns - row.mono_ns, row.clock) for row in events[6:]] == [(right_ns, "synced")] * 3
            assert [(utc - mono, said) for mono, utc, said in rows[6:]] == [(right_ns, "synced")] * 3

    asyncio.run(main())


def test_two_starts_at_the_same_wrong_time_never_give_a_time_twice(tmp_path: Path, clock: Any) -> None:
    """A Pi whose clock begins in 1970 at each start."""

    async def main(boot: str, rows_then: int) -> None:
        clock.boot_id, clock.synced, clock.now_ns, clock.offset_ns = boot, False, 0, 0
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            await keep(journal, clock)
            clock.pass_s(901)
            events, rows = await settled(journal, rows_then)
            assert {row.clock for row in events} == {"unsynced"} == {said for _, _, said in rows}
            assert all(before.time_ns < row.time_ns for before, row in pairwise(events))
            assert all(before < utc for (_, before, _), (_, utc, _) in pairwise(rows))

    asyncio.run(main("boot-1", 3))
    asyncio.run(main("boot-2", 6))


@pytest.mark.parametrize("step_ns", STEPS)
def test_a_clock_that_leaps_is_believed_once_it_stood_for_ten_minutes(step_ns: int) -> None:
    belief = Belief()
    assert belief.holds(0, 0)
    assert belief.holds(S, LEAP_NS)  # an hour is a correction
    assert not belief.holds(2 * S, step_ns)
    assert belief.holds(3 * S, LEAP_NS)  # taken back: as if nothing had been
    assert not belief.holds(4 * S, step_ns)
    assert not belief.holds(5 * S, 2 * step_ns)
    assert not belief.holds(5 * S + BELIEVED_AFTER_NS - 1, 2 * step_ns)
    assert belief.holds(5 * S + BELIEVED_AFTER_NS, 2 * step_ns)
    assert belief.holds(6 * S + BELIEVED_AFTER_NS, 2 * step_ns)


async def blocks_of_days(journal: Journal, clock: Any, days: int) -> None:
    """One block each day."""
    schema = await journal.declare("meter_1", FIELDS)
    for _ in range(days):
        clock.pass_s(86_400)
        journal.stage(one_row(0, 0, clock.now_ns, np.array([1.0]), np.zeros(1, np.uint8)), schema)
        await journal.commit_block()


async def stay(journal: Journal, blocks: int) -> None:
    """Wait until no more than so many are left, and see that so many stay."""
    async with asyncio.timeout(60):
        while len(await journal.blocks(None)) > blocks:  # noqa: ASYNC110 - what the upkeep does tells no one
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.4)
    assert len(await journal.blocks(None)) == blocks


def test_a_wrong_future_empties_no_journal(tmp_path: Path, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Called synchronised, ten years ahead: four go for each that comes, and nothing more once it is mended."""
    monkeypatch.setattr("gateway.journal.retention.BLOCKS_A_STEP", 4)

    async def main() -> None:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            await blocks_of_days(journal, clock, 25)
            await stay(journal, 25)
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            clock.offset_ns += TEN_YEARS_NS
            await blocks_of_days(journal, clock, 1)
            await stay(journal, 26 - 4)
            clock.offset_ns -= TEN_YEARS_NS
            await blocks_of_days(journal, clock, 3)
            await stay(journal, 26 - 4 + 3)

    asyncio.run(main())


@pytest.mark.parametrize("step_ns", STEPS)
def test_what_a_wrong_clock_stamped_stays_as_long_as_what_comes_after_it(
    tmp_path: Path, clock: Any, step_ns: int
) -> None:
    right_ns = clock.offset_ns

    async def main() -> None:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock, samples_keep_d=10) as journal:
            clock.offset_ns, clock.synced = right_ns + step_ns, False
            await blocks_of_days(journal, clock, 3)
            clock.pass_s(901)
            await stay(journal, 3)
            clock.offset_ns, clock.synced = right_ns, True
            await blocks_of_days(journal, clock, 9)
            await stay(journal, 12)
            await blocks_of_days(journal, clock, 3)
            await stay(journal, 11)  # the fourth day is more than ten days ago, and took those before along

    asyncio.run(main())


def test_what_is_a_moment_ahead_of_the_clock_goes_in_its_turn(tmp_path: Path, clock: Any) -> None:
    """A clock that was put back by some minutes: the times of what comes then are ahead of it for a while."""

    async def main() -> None:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock, samples_keep_d=10) as journal:
            await blocks_of_days(journal, clock, 1)
            clock.offset_ns -= 300 * S
            await stay(journal, 1)  # looked at while it is ahead
            clock.pass_s(11 * 86_400)
            await stay(journal, 0)

    asyncio.run(main())
